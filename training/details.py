"""Dates, numbers, names and phrases of a text: where they stand and which type an answer is. Pure.

By patterns, for making claims that are wrong in one detail; a type that is told wrongly makes a
negative easier, not false.
"""

import re
from collections.abc import Iterable, Iterator

from index.split import Span

DATE, NUMBER, NAME, PHRASE = "date", "number", "name", "phrase"

MONTHS = """
    January February March April May June July August September October November December
""".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
NUMBER_WORDS = """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
    thousand million billion trillion dozen half
""".split()
STOP = frozenset(
    """
    a an the and or but nor of in on at by for from to with without as is are was were be been being
    it its he she his her him they their them we our us you your i my this that these those there
    here which who whom whose what when where why how not no so than then also only just such if
    while after before during since until because although though however into onto over under
    between among about against through has have had do does did can could will would shall should
    may might must one some any all both each every other another more most many much
""".split()
)

_MONTH, _DAY = "|".join(MONTHS), "|".join(DAYS)
_YEAR = r"(?:1[0-9]\d\d|20\d\d)(?!\d|[.,]\d)"
_DATE = re.compile(
    rf"\b(?:(?:\d{{1,2}} )?(?:{_MONTH})(?: \d{{1,2}}(?!\d))?(?:,? {_YEAR})?|{_YEAR}s?|{_DAY})\b"
)
_SCALE = r"(?: (?:hundred|thousand|million|billion|trillion|dozen|percent|per cent|%))*"
_NUMBER = re.compile(
    rf"(?<![\w.])(?:[$£€]?\d[\d,]*(?:\.\d+)?%?(?![\w])|(?:{'|'.join(NUMBER_WORDS)})\b){_SCALE}",
    re.IGNORECASE,
)
_WORD = r"[A-Z][\w'\u2019.-]*\w"
_NAME = re.compile(rf"\b{_WORD}(?: (?:(?:of|the|de|la|van|von|der|du|del|al|and) )*{_WORD})*")
_RUN = re.compile(r"[^\W\d_][\w'\u2019-]*(?: [^\W\d_][\w'\u2019-]*)*")


def type_of(text: str) -> str:
    """What the text as a whole is: a date, a number, a name, or else a phrase."""
    bare = re.sub(r"^(?:the|an?|in|on|at|by|about|around|since) ", "", text.strip(" .,;:\"'()"))
    for kind in (DATE, NUMBER, NAME):
        found = max(spans_of(bare, kind), key=lambda s: s[1] - s[0], default=(0, 0))
        if found[1] - found[0] >= 0.6 * len(bare) > 0:
            return kind
    return PHRASE


def spans_of(text: str, kind: str) -> list[Span]:
    """All places of that type in the text, in order, none of them in another."""
    if kind == DATE:
        return [m.span() for m in _DATE.finditer(text)]
    if kind == NUMBER:
        dates = spans_of(text, DATE)
        return [m.span() for m in _NUMBER.finditer(text) if _is_free(m.span(), dates)]
    if kind == NAME:
        return list(_names(text))
    return list(_phrases(text))


def _is_free(span: Span, others: Iterable[Span]) -> bool:
    return not any(span[0] < end and start < span[1] for start, end in others)


def _names(text: str) -> Iterator[Span]:
    """Words in capitals, without those that a sentence begins with and months."""
    dates = spans_of(text, DATE)
    for match in _NAME.finditer(text):
        start, end = match.span()
        first = re.match(r"[\w'\u2019.-]+ ?", text[start:end])
        while first and first[0].strip().lower() in STOP:
            start += len(first[0])
            first = re.match(r"[\w'\u2019.-]+ ?", text[start:end])
        if start < end and _is_free((start, end), dates):
            yield start, end


def _phrases(text: str) -> Iterator[Span]:
    """Runs of up to five words that are none of STOP, between such words and punctuation."""
    for start, end in (span for kind in (DATE, NUMBER, NAME) for span in spans_of(text, kind)):
        text = text[:start] + "." * (end - start) + text[end:]
    for match in _RUN.finditer(text):
        run: list[Span] = []
        for word in re.finditer(r"[^ ]+", match[0]):
            stops = word[0].lower() in STOP
            if run and (stops or len(run) == 5):
                yield run[0][0], run[-1][1]
                run = []
            if not stops:
                run.append((match.start() + word.start(), match.start() + word.end()))
        if run:
            yield run[0][0], run[-1][1]

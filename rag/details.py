"""Numbers and names that a question insists on, and which of them a passage does not hold.

"What was the 2015 agreement?" resembles a passage on the agreement of 2018 in all but what counts.
"""

import re

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019\-][^\W\d_]+)*")
_TIMES_AND_NUMBERS = frozenset(
    """
    one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty
    seventy eighty ninety hundred hundreds thousand thousands million millions billion billions
    trillion dozen dozens half third quarter none no several few most all both january february
    march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday spring summer autumn winter today yesterday tomorrow century
    """.split()
)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")

# Capitalised at the head of a question, or in it by English custom, without being anyone's name.
NO_NAMES = frozenset(
    """
    a about after an and any are at be before between by can could did do does during each for from
    give had has have how i if in into is it list many may much name no not of on one or over please
    should since some tell than that the their them there these they this those to under until was
    were what when where which who whom whose why will with would you
""".split()
)


def missing_numbers(question: str, text: str) -> tuple[int, int]:
    """How many years, and how many other numbers, of the question `text` does not hold."""
    held = {_plain(n) for n in _NUMBER.findall(text)}
    missing = [n for n in map(_plain, _NUMBER.findall(question)) if n not in held]
    years = sum(1 for n in missing if _YEAR.fullmatch(n))
    return years, len(missing) - years


def missing_names(question: str, text: str) -> float:
    """The share of the question's capitalised words that `text` does not hold, 0 without any.

    A word counts as held if one in the text begins alike: Korea in Korean, Russia in Russian.
    """
    names = {w.casefold() for w in _WORD.findall(question) if w[0].isupper()} - NO_NAMES
    if not names:
        return 0.0
    words = {word.casefold() for word in _WORD.findall(text)}
    beginnings = {word[:length] for word in words for length in range(1, len(word) + 1)}
    missing = sum(1 for name in names if stem(name) not in beginnings)
    return missing / len(names)


def content_words(question: str) -> list[str]:
    """The question's words and numbers that say what it is about."""
    words = re.findall(r"\w+", question)
    return [word for word in words if word.casefold() not in NO_NAMES]


def fits_kind(question: str, answer: str) -> bool:
    """Whether an answer can be of the kind that the question's first words ask for.

    When and how many want a number (or one spelled out, or a month or day); who wants a capital,
    and not one more of the things that it names itself: no accord signed an accord. Any other
    question is fitted by any answer.
    """
    asked = " ".join(re.findall(r"\w+", question.casefold())[:2])
    if asked.startswith("when") or asked in ("how many", "how much", "what year", "which year"):
        words = set(re.findall(r"\w+", answer.casefold()))
        return any(c.isdigit() for c in answer) or not words.isdisjoint(_TIMES_AND_NUMBERS)
    if asked.startswith("who"):
        return any(c.isupper() for c in answer) and not _is_thing_of(question, answer)
    return True


def _is_thing_of(question: str, answer: str) -> bool:
    """Whether the answer's last word stands in the question in small letters, so is no name.

    Where a question begins with a small letter, its names may be written with one too.
    """
    last = re.findall(r"\w+", answer.casefold())[-1:]
    return question[:1].isupper() and bool(last) and last[0] in content_words(question)


def _plain(number: str) -> str:
    return number.replace(",", "")


def stem(name: str) -> str:
    """The beginning that a name shares with its adjective and its other forms."""
    name = name.removesuffix("'s").removesuffix("\u2019s")
    return name if len(name) < 5 else name[: max(4, len(name) - 2)]

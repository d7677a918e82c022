"""When two articles answer one question differently, and neither can be put behind the other.

Only questions that expect one answer, of a kind whose answers can be compared: a time, a number, a
name. "Where" is left out, since a place has true names of every size.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.candidate import Candidate
from rag.compose import supporters
from rag.details import missing_names, missing_numbers
from rag.same import Said, is_copy, overlaps, same_answer

# Of the reader's scores, in logits; chosen on open-dev's first half, when they had retrieval's in
# them. Its order does not tell which of two reports that both answer is the better one, and how
# near their days are is asked of `rag.timing` before.
MARGIN = 2.0
# Of two answers that exclude each other, and that nothing puts apart, one is right at the most: so
# neither is likelier than not, however sure the reader is of the first.
AT_ODDS = 0.5

Probability = Callable[[Sequence[Candidate]], float]  # that the first one's answer is right


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another article's different answer. `confidence`: the less likely one's, at most AT_ODDS."""

    rival: Candidate
    confidence: float


_ASKED = {
    "time": re.compile(r"when|(?:what|which) (?:year|month|day|date|century)"),
    "number": re.compile(
        r"how (?:many|much|old|long|far|tall|high|big|large|fast|deep|often)"
        r"|(?:what|which) (?:number|percentage|percent|share|age|price)"
    ),
    "name": re.compile(
        r"who|whom|whose"
        r"|(?:what|which) (?:country|city|town|state|team|club|company|party|president|minister)"
    ),
}
_PREPOSITIONS = r"(?:(?:in|on|at|by|for|from|to|with|of|since|until|about) )?"

_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        """
        zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen twenty
        """.split()
    )
}
_SIZES = frozenset("dozen hundred thousand million billion trillion half third quarter".split())
_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_YEAR = re.compile(r"1\d{3}|20\d\d")


def find_conflict(
    question: str, candidates: Sequence[Candidate], probability: Probability, threshold: float
) -> Conflict | None:
    """The best candidate of another article whose different answer is nearly as well supported.

    Both passages hold all names and years of the question: the mayors of two other towns do not
    disagree. The reader's score is at most MARGIN below the first one's, and either would be given
    if the other were not there, nor what sides with it: neither's probability is then below
    `threshold`. None if there is none.
    """
    kind = asks_for(question)
    if not kind or not candidates or not _is_about(question, candidates[0]):
        return None
    best, article = candidates[0], candidates[0].found.article
    agreeing = {c.found.article.id for c in (best, *supporters(best, candidates[1:]))}
    for other in candidates[1:]:
        if best.reading.score - other.reading.score > MARGIN:
            continue
        theirs = other.found.article
        if theirs.id in agreeing or is_copy(best.quote, other.quote):
            continue
        if not _is_about(question, other):
            continue
        said = Said(best.answer, article.text), Said(other.answer, theirs.text)
        if same_answer(*said) or not disagree(kind, best.answer, other.answer):
            continue
        ours = [c for c in candidates if c is best or not _sides_with(other, c)]
        others = [other, *(c for c in candidates if c is not other and not _sides_with(best, c))]
        either = min(probability(ours), probability(others))
        if either >= threshold:
            return Conflict(other, min(either, AT_ODDS))
    return None


def _is_about(question: str, candidate: Candidate) -> bool:
    passage = f"{candidate.found.heading}\n{candidate.found.text}"
    years, _ = missing_numbers(question, passage)
    return not years and not missing_names(question, passage)


def _sides_with(one: Candidate, other: Candidate) -> bool:
    """Whether it gives the same answer or a part of it, or prints the same sentence."""
    said = Said(one.answer, one.found.article.text), Said(other.answer, other.found.article.text)
    return (
        same_answer(*said) or overlaps(one.answer, other.answer) or is_copy(one.quote, other.quote)
    )


def asks_for(question: str) -> str:
    """ "time", "number" or "name"; "" for a question that may have several answers."""
    asked = " ".join(re.findall(r"\w+", question.casefold()))
    for kind, words in _ASKED.items():
        if re.match(rf"{_PREPOSITIONS}(?:{words.pattern})\b", asked):
            return kind
    return ""


def disagree(kind: str, one: str, other: str) -> bool:
    """Whether both cannot be right, as far as their words tell; False where these tell nothing.

    Times are compared in what both name: year, month, day of the week, other numbers. Numbers
    disagree when neither has all of the other's, names when they share no word.
    """
    if overlaps(one, other):
        return False
    if kind == "name":
        ours, theirs = _names(one), _names(other)
        return bool(ours and theirs) and ours.isdisjoint(theirs)
    if kind == "number":
        ours, theirs = _numbers(one), _numbers(other)
        return bool(ours and theirs) and not (ours <= theirs or theirs <= ours)
    shared = [(a, b) for a, b in zip(_times(one), _times(other), strict=True) if a and b]
    return any(not (a <= b or b <= a) for a, b in shared)


def _names(text: str) -> set[str]:
    return {w.casefold() for w in re.findall(r"[^\W\d_]{2,}", text) if w[0].isupper()}


def _numbers(text: str) -> set[str]:
    bare = re.sub(r"(?<=\d),(?=\d)", "", text.casefold())
    words = re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+", bare)
    known = (_NUMBERS.get(word, word) for word in words)
    found = {word for word in known if word[0].isdigit() or word.rstrip("s") in _SIZES}
    return found if any(word[0].isdigit() for word in found) else set()


def _times(text: str) -> tuple[set[str], ...]:
    """Years, months, days of the week, other numbers."""
    words = re.findall(r"[^\W_]+", text.casefold())
    # "May" and "March" are words too, but not in an answer that is a time.
    years = {w for w in words if _YEAR.fullmatch(w)}
    numbers = {m[0] for w in words if w not in years and (m := re.match(r"\d+", w))}
    return years, {w for w in words if w in _MONTHS}, {w for w in words if w in _DAYS}, numbers

"""Answers from a file -> the cases that they answer. Knows no format."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eval.cases import Case
from eval.given import Given, Quote
from index.errors import InvalidInput, InvalidRecord
from rag.answer import REFUSAL


@dataclass(frozen=True, slots=True)
class Answered:
    """A row of answers: `place` is for errors; `id` or `question` says which case it answers."""

    place: str
    id: str | None
    question: str | None
    given: Given


@dataclass(frozen=True, slots=True)
class Matched:
    """The answers by the case's id, and what the rows asked that no case asks, in their order."""

    answers: Mapping[str, Given]
    unknown: tuple[str, ...]


def match(rows: Iterable[Answered], cases: Sequence[Case]) -> Matched:
    """By the case's id, else by the question's text, in which case and white space do not count.

    Raises InvalidRecord for a row that has neither, one whose question several cases ask, one
    whose id and question are of two cases, and the second answer to a case.
    """
    known = {case.id: case for case in cases}
    asking: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        asking[_folded(case.question)].append(case)
    answers: dict[str, Given] = {}
    places: dict[str, str] = {}
    unknown: list[str] = []
    for row in rows:
        asked = _asked(row, known, asking)
        if asked is None:
            unknown.append(row.question or row.id or "")
            continue
        if asked.id in answers:
            words = f'the case "{asked.id}" is answered by {places[asked.id]} already'
            raise InvalidRecord(row.place, "id", f"{words}; leave one of the two")
        answers[asked.id] = row.given
        places[asked.id] = row.place
    return Matched(answers, tuple(unknown))


def to_given(
    text: str,
    refused: bool | None,
    confidence: float | None,
    quotes: tuple[Quote, ...],
    refusals: Sequence[str] = (),
) -> Given:
    """`refused` None: it is a refusal if the text says so. Words of refusal are no answer found."""
    says_so = is_refusal(text, refusals)
    is_refused = says_so if refused is None else refused
    return Given("" if is_refused and says_so else text, is_refused, confidence, quotes)


def is_refusal(text: str, refusals: Sequence[str] = ()) -> bool:
    """Whether the text is blank, or begins with our refusal or one of these, case aside.

    Raises InvalidInput for a refusal that is blank: every text begins with it.
    """
    if not all(refusal.strip() for refusal in refusals):
        raise InvalidInput("a text of refusal is blank; give its first words")
    said = _folded(text)
    return not said or any(said.startswith(_folded(words)) for words in (REFUSAL, *refusals))


def _asked(
    row: Answered, known: Mapping[str, Case], asking: Mapping[str, Sequence[Case]]
) -> Case | None:
    if not row.id and not row.question:
        raise InvalidRecord(row.place, "id", "is missing, and so is the question; give one of them")
    named = known.get(row.id or "")
    same = asking.get(_folded(row.question or ""), [])
    if named:
        # A question may be worded otherwise under its id; that of another case is a mix-up.
        if same and named not in same:
            words = f'"{named.id}" is one case and the question that of "{same[0].id}"'
            raise InvalidRecord(row.place, "id", f"{words}; give the id of the case that is asked")
        return named
    if len(same) > 1:
        ids = ", ".join(f'"{case.id}"' for case in same)
        raise InvalidRecord(row.place, "question", f"is asked by the cases {ids}; give the id too")
    return same[0] if same else None


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()

"""Questions with known answers, one JSON object a line.

    {"id", "question", "answers": [...], "answerable": true, "article_ids": [...]?,
     "evidence": [...]?, "history": [...]?, "filters": {"after", "before", "sources"}?,
     "asked_at"?, "slices": {...}?, "without": [...]?}

`answers` are right answers, any of which will do. A piece of `evidence` is a text that a cited
quote must hold, or `{"article_id", "start", "end"}`, a place that one must touch. `article_ids` are
the articles that answer. `slices` are names and values by which figures are told apart. `without`
takes every passage that holds one of its texts out of the archive for this question, which makes
an answerable question one that is not. A question that the archive cannot answer has
`"answerable": false` and no answers.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.errors import InvalidInput, InvalidRecord
from index.filters import NO_FILTERS, Filters

_KNOWN = (
    "id question answers answerable article_ids evidence history filters asked_at slices without"
).split()


@dataclass(frozen=True, slots=True)
class Place:
    """Half-open, in code points of the article's stored text."""

    article_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool
    evidence: tuple[str | Place, ...] = ()
    article_ids: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    filters: Filters = NO_FILTERS
    asked_at: str | None = None
    slices: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()

    @property
    def cluster(self) -> str:
        """Questions of one cluster are not independent of each other: those on one article."""
        return self.slices.get("cluster") or min(self.article_ids, default=self.id)


def read_cases(path: Path) -> list[Case]:
    """Raises InvalidInput or InvalidRecord, naming file and line; a bad case is never skipped."""
    cases: list[Case] = []
    seen: set[str] = set()
    for place, row in read_rows(path, "cases"):
        case = _parse(row, place)
        if case.id in seen:
            raise InvalidRecord(place, "id", f'"{case.id}" stands above already; give another')
        seen.add(case.id)
        cases.append(case)
    if not cases:
        raise InvalidInput(f"{path}: holds no case; give one JSON object a line")
    return cases


def read_rows(path: Path, what: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a file of JSON lines, each with its `file:line`; blank lines are passed over.

    Raises InvalidInput, saying that `what` cannot be read, or InvalidRecord.
    """
    try:
        lines = path.read_text("utf-8").split("\n")  # U+2028 is no end of a line of JSON
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: the {what} cannot be read ({error})") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InvalidRecord(place, "line", f"is not JSON ({error})") from None
        if not isinstance(row, dict):
            raise InvalidRecord(place, "line", "is not a JSON object")
        yield place, row


def _parse(row: dict[str, Any], place: str) -> Case:
    for name in row:
        if name not in _KNOWN:
            words = f"is not a field of a case; known are {', '.join(_KNOWN)}"
            raise InvalidRecord(place, name, words)
    case = Case(
        id=text_field(row, "id", place),
        question=text_field(row, "question", place),
        answers=text_fields(row, "answers", place),
        answerable=bool(row.get("answerable", row.get("answers"))),
        evidence=tuple(_evidence(row, place)),
        article_ids=text_fields(row, "article_ids", place),
        history=text_fields(row, "history", place),
        filters=_filters(row.get("filters") or {}, place),
        asked_at=text_field(row, "asked_at", place) if row.get("asked_at") else None,
        slices=_slices(row.get("slices") or {}, place),
        without=text_fields(row, "without", place),
    )
    if case.answerable != bool(case.answers):
        raise InvalidRecord(place, "answers", "must be given exactly when `answerable` is true")
    return case


def text_field(row: dict[str, Any], field: str, place: str) -> str:
    """Raises InvalidRecord unless the field holds a string that is not blank."""
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise InvalidRecord(place, field, "is missing; give a string")
    return value


def text_fields(row: dict[str, Any], field: str, place: str) -> tuple[str, ...]:
    """The strings of a list, () if the field is missing. Raises InvalidRecord for anything else."""
    values = row.get(field) or []
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise InvalidRecord(place, field, "must be a list of strings")
    return tuple(values)


def _evidence(row: dict[str, Any], place: str) -> Iterator[str | Place]:
    values = row.get("evidence") or []
    if not isinstance(values, list):
        raise InvalidRecord(place, "evidence", "must be a list")
    for value in values:
        if isinstance(value, str) and value.strip():
            yield value
            continue
        match value:
            case {"article_id": str(id_), "start": int(start), "end": int(end), **more} if (
                not more and 0 <= start < end
            ):
                yield Place(id_, start, end)
            case _:
                words = "must hold texts, or objects of article_id, start and end"
                raise InvalidRecord(place, "evidence", words)


def _filters(value: Any, place: str) -> Filters:
    try:
        return Filters.parse(**value)
    except (TypeError, InvalidInput) as error:
        words = f"must hold after, before or sources ({error})"
        raise InvalidRecord(place, "filters", words) from None


def _slices(value: Any, place: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise InvalidRecord(place, "slices", "must be an object of strings")
    return value

"""Questions with known answers, one JSON object a line.

    {"id", "question", "answers": [...], "answerable": true, "article_ids": [...]?,
     "evidence": [...]?, "history": [...]?, "filters": {"after", "before", "sources"}?,
     "asked_at"?, "slices": {...}?, "without": [...]?}

`answers` are right answers, any of which will do. A piece of `evidence` is a text that a cited
quote must hold, or `{"article_id", "start", "end"}`, a place that one must touch. `article_ids` are
the articles that answer. `history` is what was asked before, oldest first: questions, or
`{"question", "answer"}` where the answer counts too. `slices` are names and values by which figures
are told apart. `without` takes every passage that holds one of its texts out of the archive for
this question, which makes an answerable question one that is not. A question that the archive
cannot answer has `"answerable": false` and no answers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from eval.adapters.nodes import Node, read_rows
from index.errors import InvalidInput
from index.filters import NO_FILTERS, Filters
from rag.standalone import Turn

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
    history: tuple[Turn, ...] = ()
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
    cases: dict[str, Case] = {}
    for row in read_rows(path, "cases"):
        case = _parse(row)
        if case.id in cases:
            raise row.need("id").error(f'"{case.id}" stands above already; give another')
        cases[case.id] = case
    return list(cases.values())


def _parse(row: Node) -> Case:
    for name in row.value:
        if name not in _KNOWN:
            words = f"is not a field of a case; known are {', '.join(_KNOWN)}"
            raise Node(row.value[name], row.file, name).error(words)
    answers = _texts(row, "answers")
    answerable, asked_at = row.get("answerable"), row.get("asked_at")
    case = Case(
        id=row.need("id").words(),
        question=row.need("question").words(),
        answers=answers,
        answerable=answerable.truth() if answerable else bool(answers),
        evidence=tuple(_evidence(row)),
        article_ids=_texts(row, "article_ids"),
        history=tuple(_turns(row)),
        filters=_filters(row),
        asked_at=asked_at.words() if asked_at else None,
        slices=_slices(row),
        without=_texts(row, "without"),
    )
    if case.answerable != bool(case.answers):
        words = "must be given exactly when `answerable` is true"
        raise Node(row.value.get("answers"), row.file, "answers").error(words)
    return case


def _items(row: Node, name: str) -> list[Node]:
    values = row.get(name)
    return values.items() if values else []


def _texts(row: Node, name: str) -> tuple[str, ...]:
    return tuple(item.words() for item in _items(row, name))


def _evidence(row: Node) -> Iterator[str | Place]:
    for piece in _items(row, "evidence"):
        if isinstance(piece.value, str):
            yield piece.words()
            continue
        start, end = piece.need("start").whole(), piece.need("end").whole()
        if not 0 <= start < end or len(piece.value) > 3:
            raise piece.error("is no place; give a text, or article_id, start and end")
        yield Place(piece.need("article_id").words(), start, end)


def _turns(row: Node) -> Iterator[Turn]:
    for item in _items(row, "history"):
        if isinstance(item.value, str):
            yield Turn(item.words())
            continue
        asked, answer = item.need("question").words(), item.need("answer").words()
        if len(item.value) > 2:
            raise item.error("is no turn; give a question, or question and answer")
        yield Turn(asked, answer)


def _filters(row: Node) -> Filters:
    given = row.get("filters")
    if not given:
        return NO_FILTERS
    after, before = given.get("after"), given.get("before")
    for name in given.value:
        if name not in ("after", "before", "sources"):
            raise Node(given.value[name], row.file, f"filters.{name}").error(
                "is no filter; known are after, before and sources"
            )
    try:
        return Filters.parse(
            after.words() if after else None,
            before.words() if before else None,
            _texts(given, "sources"),
        )
    except InvalidInput as error:
        raise given.error(str(error)) from None


def _slices(row: Node) -> dict[str, str]:
    given = row.get("slices")
    if not given:
        return {}
    given.has("")  # raises for what is no object
    return {name: given.need(name).words() for name in given.value}

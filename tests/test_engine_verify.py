"""One question through the engine with invented readers: what is read, and what is verified."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from index.archive import Archive
from rag.answer import REFUSAL, Answer
from rag.calibrate import Calibrator
from rag.deadline import NEVER, Deadline
from rag.engine import Engine
from rag.features import FEATURES
from rag.lazy import Lazy
from rag.logistic import Logistic
from rag.reader import Pair, Reader, Reading
from rag.settings import Settings
from tests.invented import CountingEncoder, invented

# Invented for these tests.
TEXT = "The harbour of Elmsey was closed. Mayor Ada Quill blamed the storm."
LATER = "It was Tom Reed."
QUESTION = "Who blamed the storm?"


class SpanReader:
    """Finds the same span in every passage, does what it is told meanwhile, and keeps the pairs."""

    name = "span"

    def __init__(self, start: int, end: int, meanwhile: Callable[[], object] = dict) -> None:
        self.reading = Reading(start, end, 4.0, 1.0, 2.0)
        self.meanwhile = meanwhile
        self.pairs: list[Pair] = []

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        self.meanwhile()
        self.pairs.extend(pairs)
        deadline.check()
        return [self.reading for _ in pairs]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "data", CountingEncoder())
    list(archive.ingest([invented("harbour", TEXT)]))
    return archive


def ask(archive: Archive, reader: Reader, threshold: float = 0.0) -> Answer:
    """An answer of any confidence that is not below the threshold."""
    calibrator = Calibrator(Logistic.undecided(len(FEATURES)), 0.0, 0.5)
    settings = Settings(data=archive.folder, threshold=threshold)
    return Engine(archive, Lazy(lambda: reader), Lazy(lambda: calibrator), settings).ask(QUESTION)


def name_span() -> tuple[int, int]:
    start = TEXT.index("Ada Quill")
    return start, start + len("Ada Quill")


def test_the_span_of_a_reader_is_answered(archive: Archive) -> None:
    answer = ask(archive, SpanReader(*name_span()))
    assert (answer.text, answer.model, answer.dropped_citations) == ("Ada Quill", "span", 0)
    assert [c.cited_text for c in answer.citations] == ["Mayor Ada Quill blamed the storm."]
    stages = "snapshot encode dense lexical load read compose verify"
    assert list(answer.timings_ms) == stages.split()


def update(archive: Archive) -> None:
    newer = invented("harbour", LATER, published_at="2024-02-20")
    assert [o.status for o in archive.ingest([newer])] == ["updated"]


def remove(archive: Archive) -> None:
    assert archive.remove(["harbour"]) == ["harbour"]


@pytest.mark.parametrize("change", [update, remove])
def test_a_change_meanwhile_does_not_touch_the_answer(
    archive: Archive, change: Callable[[Archive], None]
) -> None:
    began = archive.snapshot().name
    answer = ask(archive, SpanReader(*name_span(), lambda: change(archive)))
    assert archive.snapshot().name != began
    assert (answer.snapshot, answer.as_of) == (began, "2024-01-15")
    assert (answer.text, answer.abstained, answer.dropped_citations) == ("Ada Quill", False, 0)
    assert [c.cited_text for c in answer.citations] == ["Mayor Ada Quill blamed the storm."]


@pytest.mark.parametrize("change", [update, remove])
def test_a_change_meanwhile_does_not_touch_the_leads(
    archive: Archive, change: Callable[[Archive], None]
) -> None:
    began = archive.snapshot().name
    answer = ask(archive, SpanReader(*name_span(), lambda: change(archive)), threshold=1.0)
    assert (answer.snapshot, answer.abstained, answer.dropped_citations) == (began, True, 0)
    assert [c.cited_text for c in answer.nearest] == [TEXT]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (len(TEXT) + 100, len(TEXT) + 109),  # behind the article
        (len(TEXT) - 6, len(TEXT) + 3),  # over its end
        (-6, 3),  # before its beginning
        (0, 0),
        (7, 7),  # nothing, inside a sentence
        (9, 4),  # backwards
    ],
)
def test_a_span_that_is_none_is_never_quoted(archive: Archive, start: int, end: int) -> None:
    answer = ask(archive, SpanReader(start, end))
    assert (answer.text, answer.abstained) == (REFUSAL, True)
    assert (answer.sentences, answer.citations) == ((), ())
    assert answer.dropped_citations == 1


def test_the_ten_nearest_passages_are_read(archive: Archive) -> None:
    list(archive.ingest(invented(str(i), f"Berth {i} at Elmsey.") for i in range(14)))
    reader = SpanReader(0, 5)
    ask(archive, reader)
    assert len(reader.pairs) == 10
    assert {pair.question for pair in reader.pairs} == {QUESTION}
    assert TEXT in [pair.passage for pair in reader.pairs]

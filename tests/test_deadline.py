"""A question past its deadline stops, and sets the workers free. All articles invented."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.archive import Archive
from index.onnx import Workers
from rag.calibrate import Calibrator
from rag.deadline import NEVER, Deadline
from rag.engine import Engine
from rag.errors import Abandoned, TimedOut
from rag.features import FEATURES
from rag.lazy import Lazy
from rag.logistic import Logistic
from rag.reader import OnnxReader, Pair, Reading
from rag.settings import Settings
from tests.invented import CountingEncoder, invented

QUESTION = "Who closed the harbour?"


class LateReader:
    """Notes that it was asked; the deadline passes while it reads."""

    name = "late"

    def __init__(self, lasts: float) -> None:
        self.lasts = lasts
        self.deadlines: list[Deadline] = []

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        self.deadlines.append(deadline)
        time.sleep(self.lasts)
        return [Reading(0, 3, 4.0, 1.0, 2.0) for _ in pairs]


def _engine(folder: Path, reader: LateReader) -> Engine:
    archive = Archive(folder, CountingEncoder())
    list(archive.ingest([invented("harbour")]))
    calibrator = Calibrator(Logistic.undecided(len(FEATURES)), 0.0, 0.5)
    settings = Settings(data=folder, threshold=0.0)
    return Engine(archive, Lazy(lambda: reader), Lazy(lambda: calibrator), settings)


def test_a_deadline_that_has_passed_before_the_first_stage(tmp_path: Path) -> None:
    reader = LateReader(0)
    engine = _engine(tmp_path, reader)
    for call in (engine.ask, engine.search):
        with pytest.raises(TimedOut, match=r"within the limit of 0 seconds; ask again when"):
            call(QUESTION, deadline=Deadline.after(0))
    assert reader.deadlines == []


def test_a_deadline_that_passes_while_it_reads(tmp_path: Path) -> None:
    reader = LateReader(0.3)
    engine = _engine(tmp_path, reader)
    deadline = Deadline.after(0.2)
    with pytest.raises(TimedOut, match=r"within the limit of 0\.2 seconds"):
        engine.ask(QUESTION, deadline=deadline)
    assert reader.deadlines == [deadline]


def test_without_a_deadline_it_takes_as_long_as_it_takes(tmp_path: Path) -> None:
    reader = LateReader(0)
    assert _engine(tmp_path, reader).ask(QUESTION).text
    assert reader.deadlines == [NEVER]
    NEVER.check()


def test_the_shipped_reader_stops_between_passages() -> None:
    """A worker that is busy past the deadline leaves the passages behind it unread."""
    workers = Workers(1)
    reader = OnnxReader(workers)
    pairs = [Pair(QUESTION, "", "Mayor Ida Holt closed the harbour. " * 20)] * 500
    began = time.monotonic()
    reader.read(pairs[:10])
    ten = time.monotonic() - began
    with pytest.raises(TimedOut):
        reader.read(pairs, Deadline.after(ten))
    began = time.monotonic()
    reader.read(pairs[:1])  # at once: no passage of the question before is still waiting
    assert time.monotonic() - began < 25 * ten  # all 500 take 50 times as long as ten


def test_a_deadline_that_is_given_up() -> None:
    deadline, other = Deadline.after(60), Deadline.after(60)
    deadline.check()
    deadline.give_up()
    with pytest.raises(Abandoned, match=r"^who asked has left; the question was not answered$"):
        deadline.check()
    deadline.give_up()  # a second time changes nothing
    other.check()
    late = Deadline.after(0)
    late.give_up()
    with pytest.raises(Abandoned):  # who has left does not care for the limit
        late.check()


def test_the_deadline_that_all_share_cannot_be_given_up() -> None:
    with pytest.raises(ValueError, match="this deadline is shared"):
        NEVER.give_up()
    NEVER.check()


def test_a_question_that_is_given_up_before_its_first_stage(tmp_path: Path) -> None:
    reader = LateReader(0)
    engine = _engine(tmp_path, reader)
    deadline = Deadline.after(60)
    deadline.give_up()
    for call in (engine.ask, engine.search):
        with pytest.raises(Abandoned):
            call(QUESTION, deadline=deadline)
    assert reader.deadlines == []


def test_the_shipped_reader_stops_between_passages_when_it_is_given_up() -> None:
    workers = Workers(1)
    reader = OnnxReader(workers)
    pairs = [Pair(QUESTION, "", "Mayor Ida Holt closed the harbour. " * 20)] * 500
    began = time.monotonic()
    reader.read(pairs[:10])
    ten = time.monotonic() - began
    deadline = Deadline.after(3_600)
    threading.Timer(ten, deadline.give_up).start()
    began = time.monotonic()
    with pytest.raises(Abandoned):
        reader.read(pairs, deadline)
    reader.read(pairs[:1])
    assert time.monotonic() - began < 25 * ten  # all 500 take 50 times as long as ten

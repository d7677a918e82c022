"""Times folded by hand, and a question timed whose models take as long as the test says."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from eval.cases import Case
from eval.speed import Timed, machine, summarise, time_question, warm_up
from index.archive import Archive
from rag.deadline import NEVER, Deadline
from rag.engine import Engine
from rag.lazy import Lazy
from rag.reader import Pair, Reader, Reading
from rag.settings import Settings
from tests.invented import CountingEncoder, invented

ENCODES, READS = 0.01, 0.03  # seconds
CASE = Case("bay", "What stays closed?", ("harbour",), True, slices={"kind": "what"})


def timed(id_: str, total: float, passes: float = 1.0, **stages: float) -> Timed:
    return Timed(id_, f"Question {id_}?", id_, total, passes, stages)


def failed(id_: str) -> Timed:
    return Timed(id_, f"Question {id_}?", id_, 0.0, 0.0, {}, failed="NotFound: gone")


def test_percentiles_by_hand() -> None:
    """Of 0, 1 ... 100 ms the p-th percentile is p, in whatever order they come."""
    rows = [timed(str(ms), float(ms)) for ms in (*range(100, 50, -1), *range(51))]
    found = summarise(rows)
    assert (found["p50_ms"], found["p95_ms"], found["p99_ms"]) == (50, 95, 99)
    assert found["latency_ms"] == {"p50": 50, "p95": 95, "p99": 99}
    assert found["mean_ms"] == 50


def test_a_percentile_between_two_questions() -> None:
    """Of 10 and 20 ms: linear between them."""
    found = summarise([timed("a", 10.0), timed("b", 20.0)])
    assert (found["p50_ms"], found["p95_ms"], found["p99_ms"]) == (15, 19.5, 19.9)


def test_means_by_hand() -> None:
    rows = [
        timed("a", 30.0, 10.0, encode=4.0, read=6.0),
        timed("b", 60.0, 40.0, encode=8.0, read=22.0, verify=3.0),
    ]
    found = summarise(rows)
    assert (found["questions"], found["failed"]) == (2, 0)
    assert (found["mean_ms"], found["passes_ms"]) == (45, 25)
    assert found["ratio"] == 2.25  # of 3 and 1.5, not 45 / 25
    # A stage that a question did not come to took it no time.
    assert found["stages_ms"] == {"encode": 6, "read": 14, "verify": 1.5}
    assert {found["populations"][name] for name in ("mean_ms", "passes_ms", "ratio")} == {2}


def test_failed_questions_are_counted_and_have_no_time() -> None:
    whole = [timed("a", 30.0, 10.0, read=6.0), timed("b", 60.0, 40.0, read=22.0)]
    found = summarise([failed("x"), *whole, failed("y"), whole[0].without_result()])
    assert (found["questions"], found["failed"]) == (5, 3)
    kept = ("mean_ms", "passes_ms", "ratio", "p50_ms", "p95_ms", "p99_ms", "stages_ms")
    without = summarise(whole)
    assert {name: found[name] for name in kept} == {name: without[name] for name in kept}
    nothing = summarise([failed("x")])
    assert (nothing["questions"], nothing["failed"], nothing["mean_ms"]) == (1, 1, None)
    assert "p50_ms" not in nothing


def test_the_seeds_question_is_timed(engine: Engine) -> None:
    case = Case("agreement", "Which agreement did North Korea sign?", ("x",), True)
    warm_up(engine, [case])
    row = time_question(engine, case)
    assert (row.failed, row.cluster) == ("", "agreement")
    assert min(row.total_ms, row.passes_ms, row.ratio, *row.stages_ms.values()) > 0
    assert row.ratio == row.total_ms / row.passes_ms
    assert sum(row.stages_ms.values()) <= row.total_ms + 0.01  # each stage is rounded
    assert Timed.from_json(row.as_json()) == row


class SlowEncoder(CountingEncoder):
    def encode(self, texts: Sequence[str]) -> np.ndarray:
        time.sleep(ENCODES)
        return super().encode(texts)


class SlowReader:
    """Takes its time, and remembers what it was given to read."""

    def __init__(self, reader: Reader) -> None:
        self.name = "slow"
        self.given: list[list[Pair]] = []
        self._reader = reader

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        self.given.append(list(pairs))
        time.sleep(READS)
        return self._reader.read(pairs, deadline)


def test_both_passes_are_in_the_question_and_run_again_bare(engine: Engine, tmp_path: Path) -> None:
    """Every bound is a lower one, of a sleep, or between two clocks around one another."""
    slow = SlowReader(engine.reader.get())
    archive = Archive(tmp_path / "archive", SlowEncoder())
    bay = Engine(archive, Lazy(lambda: slow), engine.calibrator, Settings())
    bay.ingest(invented("one"), invented("two", "The ferry of Invented Bay was sold."))
    began = time.perf_counter()
    row = time_question(bay, CASE)
    around = 1000 * (time.perf_counter() - began)
    assert row.failed == ""
    assert row.stages_ms["encode"] >= 1000 * ENCODES
    assert row.stages_ms["read"] >= 1000 * READS
    assert row.passes_ms >= 1000 * (ENCODES + READS)
    assert sum(row.stages_ms.values()) <= row.total_ms + 0.01
    assert row.total_ms + row.passes_ms <= around
    in_the_question, bare = slow.given
    assert len(bare) == 2
    assert {p.passage for p in bare} == {p.passage for p in in_the_question}
    assert row.slices == {"kind": "what"}


def test_a_question_that_fails_says_why(engine: Engine) -> None:
    row = time_question(engine, Case("blank", "???", ("x",), True))
    assert row.failed.startswith("InvalidInput: the question holds no word")
    assert (row.total_ms, row.passes_ms, row.stages_ms) == (0.0, 0.0, {})


def test_the_machine_is_named() -> None:
    found = machine()
    assert found["cores"] >= 1
    assert found["processor"]
    assert found["system"]


@pytest.mark.parametrize("count", [0, 3, 5, 9])
def test_the_first_five_warm_up(engine: Engine, count: int) -> None:
    class Counting(Engine):
        asked = 0

        def trace(self, *_: object, **__: object) -> None:  # type: ignore[override]
            self.asked += 1
            raise LookupError

    counting = Counting(engine.archive, engine.reader, engine.calibrator, engine.settings)
    warm_up(counting, [CASE] * count)
    assert counting.asked == min(count, 5)

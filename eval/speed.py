"""How long a question takes, stage by stage, against what its model passes alone take.

Each question is asked of the engine, and right after it the same passes are run bare: one of the
encoder, and the reader's over the very same pairs. Their ratio is what everything else costs, and
holds on a busy machine too. Times differ from run to run; nothing else of a run does.
"""

import os
import platform
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from eval.cases import Case
from eval.fold import Measure, fold
from rag.engine import Engine
from rag.reader import Pair

WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Timed:
    """One question's times in milliseconds: in all, its bare model passes, and each stage."""

    id: str
    question: str
    cluster: str
    total_ms: float
    passes_ms: float
    stages_ms: Mapping[str, float]
    failed: str = ""
    slices: Mapping[str, str] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.total_ms / self.passes_ms

    def without_result(self) -> "Timed":
        return replace(self, failed="no result")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> "Timed":
        return Timed(**row)


def warm_up(engine: Engine, cases: Sequence[Case]) -> None:
    """Loads the models and the archive's files; what goes wrong here goes wrong again."""
    for case in cases[:WARM_UP]:
        time_question(engine, case)


def time_question(engine: Engine, case: Case) -> Timed:
    try:
        began = time.perf_counter()
        trace = engine.trace(case.question, filters=case.filters, asked_at=case.asked_at)
        total = time.perf_counter() - began
        pairs = [Pair(case.question, c.found.heading, c.found.text) for c in trace.candidates]
        began = time.perf_counter()
        engine.archive.encoder.encode([case.question])
        engine.reader.get().read(pairs)
        passes = time.perf_counter() - began
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
        return Timed(case.id, case.question, case.cluster, 0.0, 0.0, {}, words, dict(case.slices))
    stages = {name: round(ms, 3) for name, ms in trace.answer.timings_ms.items()}
    return Timed(
        case.id, case.question, case.cluster, 1000 * total, 1000 * passes, stages,
        slices=dict(case.slices),
    )  # fmt: skip


def _of_timed(value: str) -> Any:
    return lambda row: None if row.failed else getattr(row, value)


MEASURES: tuple[Measure[Timed], ...] = (
    Measure("mean_ms", _of_timed("total_ms"), better=-1, fixed=False, scale=1),
    Measure("passes_ms", _of_timed("passes_ms"), better=0, fixed=False, scale=1),
    # The only one of the three that a busier machine leaves as it is.
    Measure("ratio", _of_timed("ratio"), better=-1, scale=1),
    Measure("failed", lambda row: float(row.failed != ""), rate=True, better=-1),
)


def summarise(rows: Sequence[Timed]) -> dict[str, Any]:
    """Milliseconds; `ratio` is the mean of a question's time over its bare passes'."""
    timed = [row for row in rows if not row.failed]
    figures: dict[str, Any] = {
        "questions": len(rows),
        **fold(rows, MEASURES),
        "failed": len(rows) - len(timed),
    }
    if timed:
        p50, p95, p99 = np.percentile([row.total_ms for row in timed], [50, 95, 99]).tolist()
        figures |= {"p50_ms": round(p50, 2), "p95_ms": round(p95, 2), "p99_ms": round(p99, 2)}
        figures["latency_ms"] = {"p50": round(p50, 2), "p95": round(p95, 2), "p99": round(p99, 2)}
        names = dict.fromkeys(name for row in timed for name in row.stages_ms)
        figures["stages_ms"] = {
            name: round(sum(row.stages_ms.get(name, 0.0) for row in timed) / len(timed), 3)
            for name in names
        }
    return figures


def machine() -> dict[str, Any]:
    """What the times are of."""
    names = []
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.system(),
    }

"""What Prometheus scrapes. Each application has its own registry; nothing is global.

No label's value comes from a client: the series are as many as the code names.
"""

import threading
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api.queue import Queue
from index.errors import DatelineError
from rag.answer import Answer
from rag.engine import Engine

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OUTCOMES = (
    "answered",
    "abstained",
    "rejected",  # the request was wrong
    "overloaded",
    "timed_out",
    "abandoned",  # the client left before the answer
    "failed",
)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    def __init__(self, queues: Mapping[str, Queue], engine: Callable[[], Engine | None]) -> None:
        """`engine` gives None until it is open."""
        self._registry = registry = CollectorRegistry()
        self._questions = Counter(
            "dateline_questions",
            "Questions, by what became of them.",
            ["outcome"],
            registry=registry,
        )
        for outcome in OUTCOMES:
            self._questions.labels(outcome)  # shown from the start, as 0
        self._stages = Histogram(
            "dateline_stage_seconds",
            "Seconds that answered and refused questions spent in each stage.",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._dropped = Counter(
            "dateline_dropped_citations",
            "Quotes that differed from the stored article, and so were not sent.",
            registry=registry,
        )
        self._requests = Histogram(
            "dateline_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=registry,
        )
        registry.register(_Queues(queues))
        registry.register(_ArchiveState(engine))
        ProcessCollector(registry=registry)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).observe(seconds)

    def count_question(self, outcome: str) -> None:
        self._questions.labels(outcome).inc()

    def count_answer(self, answer: Answer) -> None:
        """Its stages and dropped citations; its outcome is counted with its request."""
        for stage, milliseconds in answer.timings_ms.items():
            self._stages.labels(stage).observe(milliseconds / 1000)
        self._dropped.inc(answer.dropped_citations)

    def exposition(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self._registry)


class _Queues(Collector):
    def __init__(self, queues: Mapping[str, Queue]) -> None:
        self._queues = queues

    def collect(self) -> Iterator[GaugeMetricFamily]:
        labels = ["queue"]
        running = GaugeMetricFamily("dateline_queue_running", "Requests that run.", labels=labels)
        waiting = GaugeMetricFamily(
            "dateline_queue_waiting", "Requests that wait for their turn.", labels=labels
        )
        for name, queue in self._queues.items():
            running.add_metric([name], queue.running)
            waiting.add_metric([name], queue.waiting)
        yield running
        yield waiting


class _ArchiveState(Collector):
    """Read when it is scraped; counted once for each snapshot."""

    def __init__(self, engine: Callable[[], Engine | None]) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._counted: tuple[str, tuple[int, int]] | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        engine = self._engine()
        if engine is None:
            return
        try:
            # Not `archive.snapshot()`, which would first make up for the lag.
            snapshot = engine.archive.current
            with self._lock:
                if self._counted is None or self._counted[0] != snapshot.name:
                    self._counted = (snapshot.name, snapshot.counts())
                articles, passages = self._counted[1]
            lag = engine.archive.store.head().seq - snapshot.head.seq
        except DatelineError:
            return  # what cannot be read is absent; /health/ready says why
        yield GaugeMetricFamily("dateline_articles", "Articles that are found.", articles)
        yield GaugeMetricFamily("dateline_passages", "Passages that are found.", passages)
        yield GaugeMetricFamily(
            "dateline_index_lag_changes", "Changes that are stored and not yet found.", lag
        )

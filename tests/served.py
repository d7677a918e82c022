"""A real server on a real port, and models that wait until a test lets them go on."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import uvicorn
from fastapi import FastAPI

from api.serve import bind
from index.archive import Archive
from rag.calibrate import Calibrator
from rag.deadline import NEVER, Deadline
from rag.engine import Engine
from rag.errors import Abandoned, TimedOut
from rag.features import FEATURES
from rag.lazy import Lazy
from rag.logistic import Logistic
from rag.reader import Pair, Reading
from rag.settings import Settings
from tests.invented import CountingEncoder, invented

PATIENCE = 60.0  # seconds; the machine may be busy


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The server's address."""
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(
        uvicorn.Config(app, lifespan="off", http="h11", log_config=None, access_log=False)
    )
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


class GatedReader:
    """Finds the first three characters of every passage, once `gate` is open."""

    name = "gated"

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.asked = 0  # questions that came as far as the gate
        self.pairs: list[Pair] = []  # all that it was given
        self.stopped = 0  # questions whose deadline passed, or was given up, at the gate

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        self.asked += 1
        self.pairs += pairs
        while not self.gate.wait(0.01):
            try:
                deadline.check()
            except (Abandoned, TimedOut):
                self.stopped += 1
                raise
        return [Reading(0, 3, 4.0, 1.0, 2.0) for _ in pairs]


class GatedEncoder(CountingEncoder):
    """Encodes a text that holds a word once `gate` is open, and all others at once."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word
        self.gate = threading.Event()
        self.waits = threading.Event()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        if any(self.word in text for text in texts):
            self.waits.set()
            assert self.gate.wait(PATIENCE)
        return super().encode(texts)


def gated_engine(
    reader: GatedReader, settings: Settings, encoder: CountingEncoder | None = None
) -> Engine:
    """An engine over one invented article; it answers whatever the reader gives."""
    archive = Archive(settings.data, encoder or CountingEncoder())
    list(archive.ingest([invented("harbour")]))
    calibrator = Calibrator(Logistic.undecided(len(FEATURES)), 0.0, 0.0)
    return Engine(archive, Lazy(lambda: reader), Lazy(lambda: calibrator), settings)


def settings_for(folder: Path, **given: object) -> Settings:
    """One model worker, so two questions run at a time."""
    return Settings.load({}, data=folder / "archive", threshold=0.0, workers=1, **given)


def until(is_so: Callable[[], bool]) -> None:
    """Waits until it is so; fails if it never is."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it never came to be so"
        time.sleep(0.01)

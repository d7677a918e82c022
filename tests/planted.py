"""Defects, one in each stage of an answer's path, for tests of the gate.

Each stands behind what is a seam anyway: the archive, the reader, the engine that every face asks,
the files of the checker. Nothing here is used by the program.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from index.archive import Archive
from index.dense import DenseIndex
from index.lexical import LexicalSnapshot
from index.records import Article, Passage
from index.snapshot import Snapshot
from rag.deadline import NEVER, Deadline
from rag.engine import Engine, Trace
from rag.entailment import MODELS, SHIPPED, Checker, Claim
from rag.reader import Pair, Reader, Reading


class LateReader:
    """Its spans begin and end a character too late."""

    name = "late"

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        readings = self._reader.read(pairs, deadline)
        return [_later(r, len(p.passage)) for p, r in zip(pairs, readings, strict=True)]


def _later(reading: Reading, last: int) -> Reading:
    return replace(reading, start=min(reading.start + 1, last), end=min(reading.end + 1, last))


class _Shortened(Snapshot):
    def passages(self, ids: Sequence[int]) -> dict[int, tuple[Passage, Article]]:
        found = super().passages(ids)
        return {id_: (p, replace(a, text=a.text[1:])) for id_, (p, a) in found.items()}


class ShortenedArchive(Archive):
    """What is read has lost the first character of the article, and what is stored has not: as if
    one of the two had stripped a byte order mark."""

    def snapshot(self) -> Snapshot:
        whole = super().snapshot()
        return _Shortened(whole.store, whole.dense, whole.lexical)


class _Shuffled:
    """An index whose scores are right, and another passage's."""

    def __init__(self, index: DenseIndex | LexicalSnapshot) -> None:
        self._index = index

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    def scores(self, asked: Any, ids: Sequence[int]) -> np.ndarray:
        scores: np.ndarray = self._index.scores(asked, ids)
        return scores[np.random.default_rng(len(ids)).permutation(len(ids))]


class ShuffledArchive(Archive):
    """Both searches find what they should, and fusion gives each passage another one's scores."""

    def snapshot(self) -> Snapshot:
        whole = super().snapshot()
        dense, lexical = _Shuffled(whole.dense), _Shuffled(whole.lexical)
        return Snapshot(whole.store, cast(DenseIndex, dense), cast(LexicalSnapshot, lexical))


class OffByOne(Engine):
    """After the quotes were verified, their offsets are moved by one."""

    def trace(self, question: str, **more: Any) -> Trace:
        trace = super().trace(question, **more)
        moved = tuple(replace(c, start=c.start + 1, end=c.end + 1) for c in trace.answer.citations)
        return replace(trace, answer=replace(trace.answer, citations=moved))


class Uncited(Engine):
    """After the quotes were verified, each sentence loses its first."""

    def trace(self, question: str, **more: Any) -> Trace:
        trace = super().trace(question, **more)
        left = tuple(replace(s, citations=s.citations[1:]) for s in trace.answer.sentences)
        return replace(trace, answer=replace(trace.answer, sentences=left))


class Remembering:
    """A checker that is asked nothing twice: what it says of a claim depends on nothing else."""

    def __init__(self, checker: Checker) -> None:
        self._checker, self._known = checker, dict[Claim, float]()
        self.name, self.threshold = checker.name, checker.threshold

    def check(self, claims: Sequence[Claim], deadline: Deadline = NEVER) -> list[float]:
        new = [claim for claim in dict.fromkeys(claims) if claim not in self._known]
        self._known.update(zip(new, self._checker.check(new, deadline), strict=True))
        return [self._known[claim] for claim in claims]


def copy_checker(folder: Path, **calibration: float) -> Path:
    """The shipped checker's files, with other numbers in its calibration."""
    shutil.copytree(MODELS / SHIPPED, folder)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["calibration"] |= calibration
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder

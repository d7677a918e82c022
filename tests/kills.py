"""A process that changes an archive without end, to be killed, and what its journal promises.

    python -m tests.kills ARCHIVE JOURNAL SEED

Each operation is written to the journal before it begins, and again when the archive has said that
it is done, fsynced, so that the journal never promises less than was acknowledged. Its articles are
invented.
"""

import hashlib
import json
import os
import random
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np

from index.archive import Archive
from index.records import Article
from tests.invented import invented

Texts = dict[str, str]

ARTICLES = 40  # ids; each comes, changes and goes many times
LONG_PASSAGES = 200  # of every fourth, so that the FAISS file is soon behind and written anew


class HashEncoder:
    """A text's vector is its SHAKE-256: as fast as can be, and for another text another one."""

    name = "hash"
    fingerprint = "0123456789ab"
    dimension = 32

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        digests = [hashlib.shake_256(text.encode()).digest(self.dimension) for text in texts]
        flat = np.frombuffer(b"".join(digests), dtype=np.int8).astype(np.float32)
        vectors = flat.reshape(len(texts), self.dimension) + np.float32(0.5)  # never all 0
        unit: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def word(article: int, version: str) -> str:
    """The word that stands in this version of this article and nowhere else."""
    return f"quay{article}v{version}"


def make_article(article: int, version: str) -> Article:
    text = f"The {word(article, version)} of Invented Bay is closed."
    if article % 4 == 0:
        # In a script without spaces a passage is long in few bytes, and soon read.
        text += (" " + "港" * 150 + ".") * LONG_PASSAGES
    return invented(f"invented/{article}", text)


def work(folder: Path, journal: int, seed: str) -> None:
    """Changes the archive until it is killed: seven of ten times by an ingest, else a removal."""
    chance = random.Random(seed)
    archive = Archive(folder, HashEncoder())
    for number in count():
        if chance.random() < 0.1:  # what happens by itself a quarter of an hour after a removal
            archive.store.purge(archive.snapshot().head.seq, "9999")
        if chance.random() < 0.3:  # whoever likes may do so; the next operation writes it anew
            (folder / "dense.faiss").unlink(missing_ok=True)
        some = chance.sample(range(ARTICLES), chance.randint(1, 4))
        if chance.random() < 0.7:
            articles = [make_article(article, f"{seed}n{number}") for article in some]
            _write(journal, {"doing": {article.id: article.text for article in articles}})
            for outcome in archive.ingest(articles):
                _write(journal, {"done": outcome.id})
        else:
            ids = [f"invented/{article}" for article in some]
            _write(journal, {"doing": dict.fromkeys(ids)})
            archive.remove(ids)
            _write(journal, {"done": ids})


def promised(journal: str, before: Texts) -> list[Texts]:
    """The states in which the archive may be, given its state `before` and the worker's journal.

    One when the last operation was acknowledged, in part or whole; else two, without it and with
    it: an operation is one transaction. A last line that was not written to its end counts not.
    """
    states = [before]
    for line in journal.split("\n")[:-1]:
        said = json.loads(line)
        if "doing" in said:
            changed = {**states[-1], **said["doing"]}
            states = [states[-1], {id_: text for id_, text in changed.items() if text is not None}]
        else:
            states = states[-1:]
    return states


def _write(journal: int, said: object) -> None:
    os.write(journal, f"{json.dumps(said)}\n".encode())
    os.fsync(journal)


if __name__ == "__main__":
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    work(Path(sys.argv[1]), os.open(sys.argv[2], flags), sys.argv[3])

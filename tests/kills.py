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
import re
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from index.archive import Archive
from index.lexical_index import LexicalIndex
from index.records import Article
from index.reencode import re_encode
from index.store import Store
from tests.invented import invented

Texts = dict[str, str]

ARTICLES = 40  # ids; each comes, changes and goes many times
LONG_PASSAGES = 200  # of every fourth, so that the FAISS file is soon behind and written anew
OPERATIONS = {"new": 32, "update": 32, "removal": 30, "purge": 12, "re-encode": 2}  # how often
IN_AN_INDEX = ("tantivy's commit", "the FAISS file")
KINDS = (*OPERATIONS, *IN_AN_INDEX)

# Of another sound and another post for each article, so that the reader mistakes none.
_PLACES = [
    f"{first}{last}"
    for last in ("ford", "mouth", "haven", "stead", "wick")
    for first in ("Wex", "Dun", "Kel", "Mor", "Tar", "Bel", "Fen", "Hol")
]
_POSTS = (
    *("harbour master", "ferry captain", "chief pilot", "town clerk"),
    *("customs officer", "mayor", "dock inspector", "lighthouse keeper"),
)


class HashEncoder:
    """A text's vector is the sum of its words', each its SHAKE-256: fast, and alike if they are."""

    dimension = 32

    def __init__(self, name: str = "hash") -> None:
        self.name = name
        self.fingerprint = hashlib.sha256(name.encode()).hexdigest()[:12]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([self._one(text) for text in texts]).reshape(len(texts), self.dimension)

    def _one(self, text: str) -> np.ndarray:
        words = [f"{self.name} {word}".encode() for word in re.findall(r"\w+", text.lower())]
        digests = [hashlib.shake_256(word).digest(self.dimension) for word in words or [b""]]
        flat = np.frombuffer(b"".join(digests), dtype=np.int8).astype(np.float32)
        vector = flat.reshape(-1, self.dimension).sum(axis=0) + np.float32(0.5)  # never all 0
        unit: np.ndarray = vector / np.linalg.norm(vector)
        return unit


def encoder_of(folder: Path) -> HashEncoder:
    """The one that the archive was made with: it may have been killed while it was changed."""
    if not folder.exists():
        return HashEncoder()
    store = Store(folder / "archive.sqlite")
    made_with = store.encoder()
    store.close()
    return HashEncoder(made_with[0]) if made_with else HashEncoder()


def surname(article: int, version: str) -> str:
    """The word that stands in this version of this article and nowhere else."""
    digest = hashlib.sha256(f"{article} {version}".encode()).digest()
    syllables = ("bdfklmnrtv"[byte % 10] + "aeiou"[byte // 10 % 5] for byte in digest[:6])
    return "".join(syllables).capitalize()


def post(article: int) -> str:
    return f"the {_POSTS[article * 3 % 8]} of {_PLACES[article]}"


def make_article(article: int, version: str) -> Article:
    text = f"Captain {surname(article, version)} is {post(article)}."
    if article % 4 == 0:
        # In a script without spaces a passage is long in few bytes, and soon read.
        text += (" " + "港" * 150 + ".") * LONG_PASSAGES
    return invented(f"invented/{article}", text)


def work(folder: Path, journal: int, seed: str) -> None:
    """Changes the archive until it is killed."""
    chance = random.Random(seed)
    archive = Archive(folder, encoder_of(folder))
    for number in count():
        here = {a.id for a in archive.snapshot().articles(limit=ARTICLES)}
        numbers = range(ARTICLES)
        present = [n for n in numbers if f"invented/{n}" in here]
        absent = [n for n in numbers if f"invented/{n}" not in here]
        kind = chance.choices(list(OPERATIONS), list(OPERATIONS.values()))[0]
        if chance.random() < 0.3:  # whoever likes may do so; the next operation writes it anew
            (folder / "dense.faiss").unlink(missing_ok=True)
        if kind in ("new", "update"):
            of = absent if kind == "new" else present
            some = chance.sample(of, min(len(of), chance.randint(1, 4)))
            articles = [make_article(n, f"{seed}n{number}") for n in some]
            _begin(journal, kind, {article.id: article.text for article in articles})
            for outcome in archive.ingest(articles):
                _write(journal, {"done": outcome.id})
            continue
        if kind == "removal":
            some = chance.sample(present, min(len(present), chance.randint(1, 4)))
            ids = [f"invented/{n}" for n in some]
            _begin(journal, kind, dict.fromkeys(ids))
            archive.remove(ids)
        elif kind == "purge":  # what happens by itself a quarter of an hour after a removal
            _begin(journal, kind, {})
            archive.store.purge(archive.snapshot().head.seq, "9999")
        else:
            other = HashEncoder("hash" if archive.encoder.name != "hash" else "another hash")
            _begin(journal, kind, {})
            re_encode(folder, other)
            archive = Archive(folder, other)
        _write(journal, {"done": kind})


def promised(journal: str, before: Texts) -> list[Texts]:
    """The states in which the archive may be, given its state `before` and the worker's journal.

    One when the last operation was acknowledged, in part or whole; else two, without it and with
    it: an operation is one transaction. A last line that was not written to its end counts not.
    """
    states = [before]
    for said in _lines(journal):
        if "doing" in said:
            changed = {**states[-1], **said["texts"]}
            states = [states[-1], {id_: text for id_, text in changed.items() if text is not None}]
        else:
            states = states[-1:]
    return states


def touched(journal: str) -> list[str]:
    """The ids of the last operation that changed articles."""
    last = [said["texts"] for said in _lines(journal) if said.get("texts")][-1:]
    return list(last[0]) if last else []


def struck(journal: str, folder: Path) -> str:
    """What was under way when the worker was killed: one of KINDS, or `between` two of them.

    To be asked before anything else opens the archive, and mends it.
    """
    if (folder / "dense.faiss.new").exists():
        return "the FAISS file"
    store = Store(folder / "archive.sqlite")
    try:
        behind = LexicalIndex(folder / "lexical").snapshot().head != store.head()
    except (ValueError, OSError):
        behind = True
    store.close()
    if behind:
        return "tantivy's commit"
    last = _lines(journal)[-1]
    return str(last.get("doing", "between"))


def _lines(journal: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.split("\n")[:-1]]


def _begin(journal: int, kind: str, texts: dict[str, str] | dict[str, None]) -> None:
    _write(journal, {"doing": kind, "texts": texts})


def _write(journal: int, said: object) -> None:
    os.write(journal, f"{json.dumps(said)}\n".encode())
    os.fsync(journal)


if __name__ == "__main__":
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    work(Path(sys.argv[1]), os.open(sys.argv[2], flags), sys.argv[3])

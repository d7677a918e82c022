"""Invented articles, a small encoder and a reader, for tests. Nothing here is news."""

import hashlib
from collections.abc import Sequence

import numpy as np

from index.filters import NO_FILTERS, Filters
from index.records import Article
from index.snapshot import Snapshot
from index.sources.fields import seal
from rag.deadline import NEVER, Deadline
from rag.reader import Pair, Reading


class CountingEncoder:
    """Counts the texts it is given. A text's vector is the sum of its words', each a fixed one."""

    def __init__(self, name: str = "counting", dimension: int = 16) -> None:
        self.name = name
        self.fingerprint = hashlib.sha256(name.encode()).hexdigest()[:12]
        self.dimension = dimension
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += len(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split() or [""]:
                seed = hashlib.sha256(f"{self.name} {word}".encode()).digest()[:8]
                generator = np.random.default_rng(int.from_bytes(seed, "little"))
                vectors[row] += generator.standard_normal(self.dimension)
            vectors[row] /= np.linalg.norm(vectors[row])
        return vectors


class Likes:
    """A reader whose score is given by a part of the passage, 0 for others; counts what it read."""

    def __init__(self, scores: dict[str, float]) -> None:
        self.name = "likes"
        self._scores = scores
        self.read_passages: list[str] = []

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        deadline.check()
        self.read_passages += [pair.passage for pair in pairs]
        scores = [sum(v for k, v in self._scores.items() if k in p.passage) for p in pairs]
        return [Reading(0, 1, 0.0, 0.0, score) for score in scores]


def invented(
    id_: str,
    text: str = "The harbour of Invented Bay stays closed.",
    source: str | None = "Invented Wire",
    published_at: str | None = "2024-01-15",
) -> Article:
    """An article that says of itself that it is invented."""
    title = "Invented report"
    return seal(Article(id_, text, title=title, source=source, published_at=published_at))


def found(
    snapshot: Snapshot,
    encoder: CountingEncoder,
    question: str,
    k: int = 10,
    filters: Filters = NO_FILTERS,
) -> tuple[list[str], list[str]]:
    """The texts of the passages that the dense and the lexical search find, best first."""
    vector = encoder.encode([question])[0]
    encoder.encoded -= 1  # the question; tests count passages
    texts = []
    for ids, scores in (
        snapshot.search_dense(vector, k, filters),
        snapshot.search_lexical(question, k, filters),
    ):
        assert len(ids) == len(scores) <= k
        assert scores.tolist() == sorted(scores.tolist(), reverse=True)
        passages = snapshot.passages(ids.tolist())
        assert len(passages) == len(ids)  # what is found can be seen in the snapshot
        texts.append([a.text[p.start : p.end] for p, a in (passages[i] for i in ids.tolist())])
    return texts[0], texts[1]

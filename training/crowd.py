"""Paragraphs of the reading data as an archive, and the passages that our retrieval finds in it.

Knows nothing of groups. Everything is kept in memory beside the archive: a question then costs a
few milliseconds, most of them its encoding.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from index.archive import Archive
from index.encode import Encoder
from index.heading import heading
from index.onnx import Workers
from index.records import Article
from index.sources.fields import seal
from rag.retrieve import rank
from training.data import Row, invent_day, invent_source

BARE = 0.25  # share of the paragraphs without a date and a source
NEIGHBOURS = 40


@dataclass(frozen=True, slots=True)
class Shown:
    """One passage of the archive as the reader sees it; `article` is the id of its paragraph.

    `start` is its offset in the paragraph. `title` is "" where none is known.
    """

    id: int
    article: str
    start: int
    title: str
    heading: str
    text: str


def make_article(context: str, title: str, dice: random.Random, bare: float = 0.0) -> Article:
    """The paragraph as an article of an invented day and source; a share `bare` has neither."""
    known = not (bare and dice.random() < bare)
    article = Article(
        id=article_id(context),
        text=context,
        title=title or None,
        source=invent_source(dice) if known else None,
        published_at=invent_day(dice) if known else None,
    )
    return seal(article)


def article_id(context: str) -> str:
    return hashlib.sha256(context.encode()).hexdigest()[:16]


class Crowd:
    """All passages, by id; ranked for questions, and the neighbours of each by cosine."""

    def __init__(self, archive: Archive) -> None:
        self._snapshot = archive.snapshot()
        self._encoder: Encoder = archive.encoder
        dense = self._snapshot.dense.merged().base
        self._ids, self._vectors = dense.ids, dense.vectors().astype(np.float32)  # (N,), (N, d)
        loaded = self._snapshot.passages(self._ids.tolist())
        self.passages = {
            id_: Shown(id_, a.id, p.start, a.title or "", heading(a), a.text[p.start : p.end])
            for id_, (p, a) in loaded.items()
        }
        self._of_article: dict[str, list[Shown]] = {}
        for shown in self.passages.values():
            self._of_article.setdefault(shown.article, []).append(shown)

    def __len__(self) -> int:
        return len(self.passages)

    def of_paragraph(self, context: str) -> list[Shown]:
        """The passages that the paragraph was cut into, in order; [] if it is not here."""
        return self._of_article.get(article_id(context), [])

    def rank_all(
        self, questions: Sequence[str], limit: int, workers: Workers
    ) -> Iterator[list[Shown]]:
        """For each question at most `limit` passages, best first, as `rank` has them."""

        def rank_one(question: str) -> list[Shown]:
            vector = self._encoder.encode([question])[0]
            ids = rank(self._snapshot, vector, question, limit).ids
            return [self.passages[id_] for id_ in ids]

        return workers.map(rank_one, questions)

    def neighbours(self, shown: Shown) -> list[Shown]:
        """The passages with the highest cosine to this one, best first, without itself."""
        at = int(np.searchsorted(self._ids, shown.id))
        cosines = self._vectors @ self._vectors[at]  # (N,)
        cosines[at] = -np.inf
        best = np.argpartition(-cosines, min(NEIGHBOURS, len(cosines) - 1))[:NEIGHBOURS]
        best = best[np.argsort(-cosines[best], kind="stable")]
        return [self.passages[int(self._ids[i])] for i in best if i != at]


def make_crowd(
    rows: Iterable[Row],
    folder: Path,
    encoder: Encoder,
    more: Iterable[Article] = (),
    seed: int = 3,
) -> Crowd:
    """The archive in `folder` of all paragraphs of the rows, and of `more` articles as they are.

    One that is there is used again.
    """
    dice = random.Random(seed)
    titles: dict[str, str] = {}
    for row in rows:
        if row["context"].strip():
            titles[row["context"]] = titles.get(row["context"]) or row["title"]
    archive = Archive(folder, encoder)
    paragraphs = (make_article(c, t, dice, BARE) for c, t in titles.items())
    for _ in archive.ingest(chain(paragraphs, more)):
        pass
    return Crowd(archive)

"""A question -> the passages to read: dense and lexical search, fused.

Fusion after Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023):
a convex combination of both scores, each normalised from its theoretical minimum to the highest
found; but BM25's at least to what a passage with all of the question's words of content would have,
so it counts for less where they are not the passages' words. Both scores are computed for the whole
union, so no passage suffers for being cut off in one.
Where the question prefers a time (`rag.timing`), nearness to it is combined with them in its turn.
At last a share of each score is that of the best passage of the same article: the passage that
answers is often not the one that names whom the article is about.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from index.encode import Encoder
from index.filters import NO_FILTERS, Filters
from index.heading import heading
from index.lexical import LexicalSnapshot
from index.records import Article, Passage
from index.snapshot import Snapshot
from rag.details import content_words
from rag.stopwatch import Stopwatch
from rag.timing import Window

DEPTH = 100  # passages taken from each search
DENSE_WEIGHT = 0.6
# Of nearness, where a time is preferred: a near passage is read before a far one that is a tenth
# better. Ten are read, so the far one mostly still is.
TIME_WEIGHT = 0.1
ARTICLE_WEIGHT = 0.3  # of the score of the best passage of the same article
PULLED = 50  # the best so many of all that were found are pulled up by their article's best
TIES = 20  # looked at beside those asked for, since passages with the very same text tie


@dataclass(frozen=True, slots=True)
class Found:
    """A retrieved passage. `score` is fused from `cosine` and `bm25`, in [0, 1].

    Where the question prefers a time, nearness to it is a part of it too; and a share of it is that
    of the best passage of the same article.
    """

    passage: Passage
    article: Article
    score: float
    cosine: float
    bm25: float

    @property
    def text(self) -> str:
        return _text(self.passage, self.article)

    @property
    def heading(self) -> str:
        return heading(self.article)

    def as_json(self) -> dict[str, Any]:
        return {
            "article_id": self.article.id,
            "document_title": self.article.title,
            "source": self.article.source,
            "published_at": self.article.published_at,
            "url": self.article.url,
            "start_char_index": self.passage.start,
            "end_char_index": self.passage.end,
            "text": self.text,
            "score": round(self.score, 6),
            "cosine": round(self.cosine, 6),
            "bm25": round(self.bm25, 6),
        }


@dataclass(frozen=True, slots=True)
class Ranked:
    """N passages, best first: ids, and of each the fused score and the two that it is from."""

    ids: list[int]
    scores: np.ndarray  # (N,)
    cosines: np.ndarray  # (N,)
    bm25s: np.ndarray  # (N,)


def rank(
    snapshot: Snapshot,
    vector: np.ndarray,
    question: str,
    limit: int,
    filters: Filters = NO_FILTERS,
    watch: Stopwatch | None = None,
    admits: Callable[[str], bool] | None = None,
    window: Window | None = None,
) -> Ranked:
    """At most `limit` passages that pass the filters; ties by id. `vector` is the question's.

    Without what an article's best passage adds, which is `retrieve`'s.

    Of what both searches find, passages whose text `admits` turns away are left out as if they were
    not there: so an evaluation asks what would be answered without them.
    """
    watch = watch or Stopwatch()
    with watch("dense"):
        dense_ids, _ = snapshot.search_dense(vector, DEPTH, filters)
    with watch("lexical"):
        lexical_ids, _ = snapshot.search_lexical(question, DEPTH, filters)
    ids = np.union1d(dense_ids, lexical_ids).tolist()
    if admits:
        texts = snapshot.passages(ids)
        ids = [i for i in ids if i in texts and admits(_text(*texts[i]))]
    if not ids:
        return Ranked([], *(np.empty(0, dtype=np.float32),) * 3)
    with watch("dense"):
        cosine = snapshot.dense.scores(vector, ids)
    with watch("lexical"):
        bm25 = snapshot.lexical.scores(question, ids)
        of_all_words = _of_all_words(question, snapshot.lexical)
    fused = DENSE_WEIGHT * _normalise(cosine) + (1 - DENSE_WEIGHT) * _normalise(bm25, of_all_words)
    if window:
        with watch("load"):
            published = snapshot.published(ids)
        near = np.array([window.nearness(published.get(i)) for i in ids])  # (N,)
        fused = (1 - TIME_WEIGHT) * fused + TIME_WEIGHT * near
    best = np.argsort(-fused, kind="stable")[:limit]
    return Ranked([ids[i] for i in best.tolist()], fused[best], cosine[best], bm25[best])


def retrieve(
    snapshot: Snapshot,
    encoder: Encoder,
    question: str,
    filters: Filters,
    limit: int,
    watch: Stopwatch | None = None,
    admits: Callable[[str], bool] | None = None,
    window: Window | None = None,
) -> list[Found]:
    """At most `limit` passages that pass the filters, best first; ties by article id and start.

    There are twice DEPTH at most: what either search finds. Of more than TIES that tie at the end
    of the list, the oldest in the archive come first. `admits` as in `rank`; of a
    `window`, what is near comes before what is far and equally good, which is still found.
    Fewer that are asked for are the first of more.
    """
    watch = watch or Stopwatch()
    with watch("encode"):
        vector = encoder.encode([question])[0]
    looked_at = max(limit, PULLED) + TIES
    ranked = rank(snapshot, vector, question, looked_at, filters, watch, admits, window)
    if not ranked.ids:
        return []
    with watch("load"):
        loaded = snapshot.passages(ranked.ids)
        found = [
            Found(*loaded[id_], float(score), float(cosine), float(bm25))
            for id_, score, cosine, bm25 in zip(
                ranked.ids, ranked.scores, ranked.cosines, ranked.bm25s, strict=True
            )
            if id_ in loaded
        ]
        found.sort(key=_order)
        found = _pulled_up(found[:PULLED]) + found[PULLED:]
    return found[:limit]


def _order(found: Found) -> tuple[float, str, int]:
    return -found.score, found.article.id, found.passage.start


def _pulled_up(found: list[Found]) -> list[Found]:
    """In their new order: a share of each score is that of its article's best passage here."""
    best: dict[str, float] = {}
    for f in found:
        best[f.article.id] = max(f.score, best.get(f.article.id, 0.0))
    pulled = [
        replace(f, score=f.score + ARTICLE_WEIGHT * (best[f.article.id] - f.score)) for f in found
    ]
    return sorted(pulled, key=_order)


def _text(passage: Passage, article: Article) -> str:
    return article.text[passage.start : passage.end]


def _of_all_words(question: str, lexical: LexicalSnapshot) -> float:
    """The BM25 score of a passage of mean length with each of the question's words of content."""
    return sum(map(lexical.idf, lexical.terms(" ".join(content_words(question)))))


def _normalise(scores: np.ndarray, at_least: float = 0.0) -> np.ndarray:
    """(N,) -> (N,) in [0, 1]: from the theoretical minimum, 0 for both scores, to the best.

    No top lies under `at_least`.
    """
    top = max(float(scores.max()), at_least)
    return np.clip(scores, 0, None) / top if top > 0 else np.zeros_like(scores)

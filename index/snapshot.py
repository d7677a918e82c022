"""One immutable state of the archive: what a question is answered from, from first to last."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.changes import Head
from index.dense import DenseIndex
from index.filters import NO_FILTERS, Filters
from index.lexical import LexicalSnapshot
from index.records import Article, Passage
from index.store import Store

Scored = tuple[np.ndarray, np.ndarray]  # passage ids (N,) int64, scores (N,) float32, best first


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Snapshot:
    """The store read at one change, with the FAISS and tantivy indexes at that very change."""

    store: Store
    dense: DenseIndex
    lexical: LexicalSnapshot

    @property
    def head(self) -> Head:
        return self.dense.head

    @property
    def name(self) -> str:
        """`SEQ-FINGERPRINT`; two archives with the same history have the same names."""
        return f"{self.head.seq}-{self.head.digest[:12]}"

    def as_of(self) -> str | None:
        """The newest `published_at` in the archive."""
        return self.store.newest(self.head.seq)

    def has_any(self, filters: Filters) -> bool:
        """Whether an article passes the filters."""
        return self.store.has_any(filters, self.head.seq)

    def search_dense(self, vector: np.ndarray, k: int, filters: Filters = NO_FILTERS) -> Scored:
        """Passages by cosine. Filters apply before the search: k pass them, if there are k."""
        rows = self.store.rows_matching(filters, self.head.seq) if filters else None
        return self.dense.search(vector, k, rows)

    def search_lexical(self, question: str, k: int, filters: Filters = NO_FILTERS) -> Scored:
        """Passages by BM25. Filters apply before the search."""
        return self.lexical.search(question, k, filters)

    def passages(self, ids: Sequence[int]) -> dict[int, tuple[Passage, Article]]:
        """The passages of this state among `ids`, each with the article it was cut from."""
        return self.store.passages(ids, self.head.seq)

    def published(self, ids: Sequence[int]) -> dict[int, str | None]:
        """When the articles of these passages were published; much cheaper than `passages`."""
        return self.store.published(ids, self.head.seq)

    def passages_of(self, article_id: str) -> list[Passage]:
        """The passages of an article, in their order; none if it is not there."""
        return self.store.passages_of(article_id, self.head.seq)

    def article(self, id_: str) -> Article | None:
        return self.store.article(id_, self.head.seq)

    def articles(self, after_id: str = "", limit: int = 100) -> list[Article]:
        """A page of the articles, ordered by id, from the first after `after_id`."""
        return self.store.articles(self.head.seq, after_id, limit)

    def counts(self) -> tuple[int, int]:
        """Articles and passages; the passages are those that can be found."""
        return self.store.count_articles(self.head.seq), len(self.dense)

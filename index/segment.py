"""A FAISS index and what its positions stand for. What FAISS does unasked is known only here.

It pads results with -1 when too few can be found, keeps any of several that share the last score,
and does not normalise; a wrong dimension is an AssertionError without a message.

Vectors stand in it as float16, as the store has them: half the memory of float32, read through in
less time (docs/experiments.md), and the inner products are the same.
"""

from dataclasses import dataclass, replace
from typing import Any

import faiss
import numpy as np

from index.changes import VECTOR_TYPE
from index.sketch import candidates


@dataclass(frozen=True, slots=True)
class Segment:
    """N passages: vectors in an exact inner-product index, their ids and article versions.

    `ids` and `rows` are (N,) int64, ascending, as the store gives them; `alive` is (N,) bool: False
    for a passage whose version was removed since. With a sketch of the same N vectors, a search
    without `rows` looks exactly at what the sketch finds, else at every vector.
    """

    index: faiss.IndexScalarQuantizer
    ids: np.ndarray
    rows: np.ndarray
    alive: np.ndarray
    sketch: faiss.IndexPQFastScan | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def vectors(self) -> np.ndarray:
        """(N, dimension) float16: the index's own memory, not a copy."""
        codes = faiss.rev_swig_ptr(self.index.codes.data(), self.index.codes.size())
        matrix: np.ndarray = codes.view(VECTOR_TYPE).reshape(len(self), self.index.d)
        return matrix

    def search(
        self, vector: np.ndarray, k: int, rows: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Ids and inner products, best first, of at most k living passages; ties by older id.

        With `rows`, only passages of these article versions are searched.
        """
        allowed = self.alive if rows is None else self.alive & np.isin(self.rows, rows)
        total = int(np.count_nonzero(allowed))
        k = min(k, total)
        if k < 1:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        # OpenMP's threads would wait for each other over one query (docs/experiments.md). The
        # number is each calling thread's own.
        faiss.omp_set_num_threads(1)
        if self.sketch is not None and rows is None:
            seen = candidates(self.sketch, vector, k)
            at = seen[allowed[seen]]
            if len(at) >= max(k, len(seen) // 2):  # where many are gone, better ones lie further on
                return self._best(at, self._inner_products(at, vector), k)
        only = None if total == len(self) else _only(allowed)
        query = np.ascontiguousarray(vector[None, :], dtype=np.float32)
        scores, at = (
            found[0] for found in self.index.search(query, min(k + 1, total), params=only)
        )
        if len(at) > k and scores[k] == scores[k - 1]:
            # Several share the last score: take them all, so that the older ones can be chosen.
            below = float(np.nextafter(scores[k - 1], np.float32(-np.inf)))
            _, scores, at = self.index.range_search(query, below, params=only)
        return self._best(at, scores, k)

    def _best(self, at: np.ndarray, scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        best = np.lexsort((self.ids[at], -scores))[:k]
        return self.ids[at][best], scores[best]

    def _inner_products(self, at: np.ndarray, vector: np.ndarray) -> np.ndarray:
        products: np.ndarray = self.vectors()[at].astype(np.float32) @ vector
        return products

    def scores(self, vector: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """(len(ids),) inner products; 0 for a passage that is not here, or removed."""
        scores = np.zeros(len(ids), dtype=np.float32)
        if len(self):
            at = np.minimum(np.searchsorted(self.ids, ids), len(self) - 1)
            here = (self.ids[at] == ids) & self.alive[at]
            scores[here] = self._inner_products(at[here], vector)
        return scores

    def without(self, rows: np.ndarray) -> "Segment":
        """The same, sharing the index, with the passages of these article versions removed."""
        if not len(rows):
            return self
        return replace(self, alive=self.alive & ~np.isin(self.rows, rows))


def make_segment(vectors: np.ndarray, ids: np.ndarray, rows: np.ndarray) -> Segment:
    """A segment of N living passages; `vectors` is (N, dimension), float16 or wider."""
    index: Any = faiss.IndexScalarQuantizer(
        vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    index.add_sa_codes(np.ascontiguousarray(vectors, dtype=VECTOR_TYPE).view(np.uint8))
    return Segment(index, ids, rows, np.ones(len(ids), dtype=bool))


def empty_segment(dimension: int) -> Segment:
    none = np.empty(0, dtype=np.int64)
    return make_segment(np.empty((0, dimension), dtype=VECTOR_TYPE), none, none)


def joined(segments: list[Segment]) -> Segment:
    """The living passages of several segments, given from the oldest to the newest, in one."""
    return make_segment(
        np.concatenate([s.vectors()[s.alive] for s in segments]),
        np.concatenate([s.ids[s.alive] for s in segments]),
        np.concatenate([s.rows[s.alive] for s in segments]),
    )


def _only(allowed: np.ndarray) -> Any:
    """Search parameters that admit the positions where `allowed`, (N,) bool, is True."""
    wrapped: Any = faiss  # its types are SWIG's and know nothing of the wrappers around them
    bits = np.packbits(allowed, bitorder="little")
    return wrapped.SearchParameters(sel=wrapped.IDSelectorBitmap(bits))

"""A FAISS index and what its positions stand for. What FAISS does unasked is known only here.

It pads results with -1 when too few can be found, keeps any of several that share the last score,
and does not normalise; a wrong dimension is an AssertionError without a message.
"""

from dataclasses import dataclass, replace
from typing import Any

import faiss
import numpy as np


@dataclass(frozen=True, slots=True)
class Segment:
    """N passages: vectors in a flat inner-product index, their ids and article versions.

    `ids` and `rows` are (N,) int64, ascending, as the store gives them; `alive` is (N,) bool: False
    for a passage whose version was removed since.
    """

    index: faiss.IndexFlatIP
    ids: np.ndarray
    rows: np.ndarray
    alive: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def vectors(self) -> np.ndarray:
        """(N, dimension) float32: the index's own memory, not a copy."""
        flat = faiss.rev_swig_ptr(self.index.get_xb(), self.index.ntotal * self.index.d)
        matrix: np.ndarray = flat.reshape(self.index.ntotal, self.index.d)
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
        only = None if total == len(self) else _only(allowed)
        query = np.ascontiguousarray(vector[None, :], dtype=np.float32)
        scores, at = (
            found[0] for found in self.index.search(query, min(k + 1, total), params=only)
        )
        if len(at) > k and scores[k] == scores[k - 1]:
            # Several share the last score: take them all, so that the older ones can be chosen.
            below = float(np.nextafter(scores[k - 1], np.float32(-np.inf)))
            _, scores, at = self.index.range_search(query, below, params=only)
        best = np.lexsort((self.ids[at], -scores))[:k]
        return self.ids[at][best], scores[best]

    def scores(self, vector: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """(len(ids),) inner products; 0 for a passage that is not here, or removed."""
        scores = np.zeros(len(ids), dtype=np.float32)
        if len(self):
            at = np.minimum(np.searchsorted(self.ids, ids), len(self) - 1)
            here = (self.ids[at] == ids) & self.alive[at]
            scores[here] = self.vectors()[at[here]] @ vector
        return scores

    def without(self, rows: np.ndarray) -> "Segment":
        """The same, sharing the index, with the passages of these article versions removed."""
        if not len(rows):
            return self
        return replace(self, alive=self.alive & ~np.isin(self.rows, rows))


def make_segment(vectors: np.ndarray, ids: np.ndarray, rows: np.ndarray) -> Segment:
    """A segment of N living passages; `vectors` is (N, dimension)."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return Segment(index, ids, rows, np.ones(len(ids), dtype=bool))


def empty_segment(dimension: int) -> Segment:
    none = np.empty(0, dtype=np.int64)
    return make_segment(np.empty((0, dimension), dtype=np.float32), none, none)


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

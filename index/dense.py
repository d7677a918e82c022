"""Nearest-vector search in FAISS, over what the store holds: a cache that can be deleted.

Exact; in a large base a sketch says where to look (`index.sketch`). A `DenseIndex` never changes;
catching up makes another that shares the large part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.changes import GENESIS, Head
from index.segment import Segment, empty_segment, joined, make_segment
from index.sketch import WORTHWHILE, make_sketch
from index.store import Store

_SMALL = 1_000  # passages; to replay as many when an archive is opened takes milliseconds


@dataclass(frozen=True, slots=True)
class DenseIndex:
    """The passages at `head`: a large base and a tail that is small beside it.

    `unsaved` counts the passages added and the versions removed since the index was last in a file.
    """

    head: Head
    encoder: str
    base: Segment
    tail: Segment
    unsaved: int

    def __len__(self) -> int:
        return int(np.count_nonzero(self.base.alive) + np.count_nonzero(self.tail.alive))

    def search(
        self, vector: np.ndarray, k: int, rows: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Ids and cosines, best first, of at most k passages; of equal ones the older id first.

        `vector` is (dimension,) and of length 1. With `rows`, only passages of these article
        versions are searched.
        """
        found = [segment.search(vector, k, rows) for segment in (self.base, self.tail)]
        ids = np.concatenate([f[0] for f in found])
        scores = np.concatenate([f[1] for f in found])
        best = np.lexsort((ids, -scores))[: max(0, k)]
        return ids[best], scores[best]

    def scores(self, vector: np.ndarray, ids: Sequence[int]) -> np.ndarray:
        """(len(ids),) cosines, equal to those of a search but for rounding.

        0 for a passage that is not in the index.
        """
        wanted = np.asarray(ids, dtype=np.int64)
        scores: np.ndarray = self.base.scores(vector, wanted) + self.tail.scores(vector, wanted)
        return scores

    def advance(self, store: Store, head: Head) -> "DenseIndex":
        """The index at `head`, which must lie in the same history, not before this one's."""
        gone = store.rows_removed(self.head.seq, head.seq)
        ids, rows, vectors = store.vectors_added(self.head.seq, head.seq, self.base.index.d)
        tail = self.tail.without(gone)
        if len(ids):
            tail = joined([tail, make_segment(vectors, ids, rows)])
        advanced = replace(
            self,
            head=head,
            base=self.base.without(gone),
            tail=tail,
            unsaved=self.unsaved + len(ids) + len(gone),
        )
        return advanced.merged() if len(tail) > self._few() else advanced

    def worth_saving(self) -> bool:
        """Whether the file, if there is one, has fallen behind by a tenth of the passages."""
        return self.unsaved > self._few()

    def merged(self) -> "DenseIndex":
        """The same passages in one base, without those that are gone."""
        if not len(self.tail) and self.base.alive.all():
            return self
        base = joined([self.base, self.tail])
        return replace(self, base=base, tail=empty_segment(base.index.d))

    def sketched(self) -> "DenseIndex":
        """The same with a sketch of the base, if it has none and is worth one: takes seconds."""
        if self.base.sketch is not None:
            return self
        return replace(self, base=replace(self.base, sketch=make_sketch(self.base.vectors())))

    def with_sketch_of(self, other: "DenseIndex") -> "DenseIndex":
        """The same with the other's sketch, if both have the same base."""
        if self.base.index is not other.base.index:
            return self
        return replace(self, base=replace(self.base, sketch=other.base.sketch))

    def wants_sketch(self) -> bool:
        return self.base.sketch is None and len(self.base) >= WORTHWHILE

    def _few(self) -> int:
        return max(_SMALL, len(self) // 10)


def build_dense(store: Store, head: Head, encoder: str, dimension: int) -> DenseIndex:
    """The index at `head`, made from the vectors in the store; nothing is encoded again."""
    nothing = empty_segment(dimension)
    return DenseIndex(GENESIS, encoder, nothing, nothing, 0).advance(store, head).merged()

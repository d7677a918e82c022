"""Exact nearest-vector search in FAISS, over what the store holds: a cache that can be deleted.

A `DenseIndex` never changes; catching up makes another that shares the large part.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from index.changes import GENESIS, Head
from index.files import replace_file
from index.segment import Segment, empty_segment, joined, make_segment
from index.store import Store

_MAGIC = b"dateline dense 1\n"
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

    def _few(self) -> int:
        return max(_SMALL, len(self) // 10)


def build_dense(store: Store, head: Head, encoder: str, dimension: int) -> DenseIndex:
    """The index at `head`, made from the vectors in the store; nothing is encoded again."""
    nothing = empty_segment(dimension)
    return DenseIndex(GENESIS, encoder, nothing, nothing, 0).advance(store, head).merged()


def save_dense(index: DenseIndex, path: Path) -> DenseIndex:
    """Writes the index; returns it merged, as it is in the file.

    The file is a magic line, the SHA-256 of all that follows, a line of JSON, and then the FAISS
    index, the ids and the article versions.
    """
    index = replace(index.merged(), unsaved=0)
    base = index.base
    header = {
        "seq": index.head.seq,
        "digest": index.head.digest,
        "encoder": index.encoder,
        "passages": len(base),
    }
    vectors = faiss.serialize_index(base.index).tobytes()
    parts = (json.dumps(header).encode(), b"\n", vectors, base.ids.tobytes(), base.rows.tobytes())
    content = b"".join(parts)
    replace_file(path, _MAGIC + hashlib.sha256(content).digest() + content)
    return index


def load_dense(path: Path, store: Store, encoder: str) -> DenseIndex | str:
    """What `save_dense` wrote; or, if it cannot be used, why not."""
    try:
        whole = path.read_bytes()
    except OSError as error:
        return f"{path.name} cannot be read ({error.strerror})"
    content_at = len(_MAGIC) + hashlib.sha256().digest_size
    content = memoryview(whole)[content_at:]
    checksum = whole[len(_MAGIC) : content_at]
    if not whole.startswith(_MAGIC) or hashlib.sha256(content).digest() != checksum:
        return f"{path.name} is damaged, or of another version"
    header_end = whole.index(b"\n", content_at)
    header = json.loads(whole[content_at:header_end])
    head, count = Head(header["seq"], header["digest"]), header["passages"]
    if header["encoder"] != encoder or not store.holds(head):
        return f"{path.name} was made from another archive or encoder"
    vectors_end = len(whole) - 2 * 8 * count  # ids and rows are int64
    index: Any = faiss.deserialize_index(
        np.frombuffer(whole[header_end + 1 : vectors_end], np.uint8)
    )
    ids = np.frombuffer(whole, np.int64, count, vectors_end).copy()
    rows = np.frombuffer(whole, np.int64, count, vectors_end + 8 * count).copy()
    base = Segment(index, ids, rows, np.ones(count, dtype=bool))
    return DenseIndex(head, encoder, base, empty_segment(index.d), 0)

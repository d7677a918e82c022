"""FAISS and tantivy beside the store, kept at one and the same change.

Whoever holds the writer lock brings tantivy to the store's last change; everyone then brings FAISS
to where tantivy is. Either may be missing, old, damaged or foreign: it is made again from the
store, and nothing is encoded. Damage that befalls the files while they are open is not looked for.
"""

import shutil
import threading
import weakref
from pathlib import Path

from index.changes import Head
from index.dense import DenseIndex, build_dense
from index.dense_file import load_dense, save_dense
from index.errors import ArchiveBusy, ArchiveUnusable
from index.files import WriterLock
from index.lexical import LexicalSnapshot
from index.lexical_index import LexicalIndex
from index.snapshot import Snapshot
from index.store import Store


class Indexes:
    """`notes` tells what was found wrong with an index, and mended."""

    def __init__(
        self, folder: Path, store: Store, lock: WriterLock, encoder: str, dimension: int
    ) -> None:
        """Opens both; `encoder` is the fingerprint of what made the vectors. Does not catch up."""
        self._store = store
        self._lock = lock
        self._encoder, self._dimension = encoder, dimension
        self.notes: list[str] = []
        self._swap = threading.Lock()
        self._being_sketched: object = None
        self._snapshots: weakref.WeakSet[Snapshot] = weakref.WeakSet()
        self._dense_path = folder / "dense.faiss"
        self._lexical_path = folder / "lexical"
        self._lexical = self._open_lexical()
        self._dense = self._open_dense()
        self.follow()

    @property
    def current(self) -> Snapshot:
        """The state that was last followed to."""
        return self._current

    def oldest_seq(self) -> int:
        """The sequence number of the oldest snapshot that someone still holds."""
        with self._swap:
            return min(snapshot.head.seq for snapshot in self._snapshots)

    def catch_up(self) -> None:
        """To the store's last change. Only for the holder of the writer lock."""
        try:
            self._lexical.catch_up(self._store, self._store.head())
        except (ValueError, OSError) as error:
            raise self._unusable(error) from error
        self.follow()

    def catch_up_if_free(self) -> None:
        """As far as can be without waiting: a process that is writing catches up by itself."""
        try:
            # After a crash nobody else may come to do it.
            with self._lock.held(wait=False):
                self.catch_up()
                self.save()
        except ArchiveBusy:
            self.follow()

    def follow(self) -> None:
        """Takes the newest tantivy commit and brings FAISS to the very same change."""
        with self._swap:
            try:
                lexical = self._lexical.snapshot()
            except ValueError as error:
                raise self._unusable(error) from error
            if lexical.head != self._dense.head:
                ahead = lexical.head.seq > self._dense.head.seq
                if ahead and self._store.holds(self._dense.head):
                    self._dense = self._dense.advance(self._store, lexical.head)
                else:
                    self._dense = self._build_dense(lexical.head)
            self._publish(lexical)
        self._sketch_beside()

    def _publish(self, lexical: LexicalSnapshot) -> None:
        self._current = Snapshot(self._store, self._dense, lexical)
        self._snapshots.add(self._current)

    def _sketch_beside(self) -> None:
        """Has a large index sketched in a thread of its own; until then it is searched through."""
        with self._swap:
            dense = self._dense
            if not dense.wants_sketch() or dense.base.index is self._being_sketched:
                return
            self._being_sketched = dense.base.index

        def sketch() -> None:
            sketched = dense.sketched()
            with self._swap:
                self._dense = self._dense.with_sketch_of(sketched)
                self._publish(self._current.lexical)

        threading.Thread(target=sketch, daemon=True).start()

    def save(self) -> None:
        """Writes the FAISS file if it is missing or has fallen far behind.

        Only for the holder of the writer lock, so no change comes meanwhile; questions go on.
        """
        dense = self._dense
        if self.saved() and not dense.worth_saving():
            return
        try:
            written = save_dense(dense, self._dense_path)
        except OSError as error:  # a cache: what was ingested is safe without it
            self.notes.append(f"{self._dense_path.name} was not written ({error.strerror})")
            return
        with self._swap:
            self._dense = written
            self._publish(self._current.lexical)

    def saved(self) -> bool:
        return self._dense_path.exists()

    def _open_lexical(self) -> LexicalIndex:
        try:
            return self._check_lexical()
        except (ValueError, OSError):
            pass
        with self._lock.held():
            try:
                return self._check_lexical()  # another process may have mended it meanwhile
            except (ValueError, OSError) as error:
                self.notes.append(f"the lexical index was damaged ({error}); made again")
            try:
                if self._lexical_path.is_dir():
                    shutil.rmtree(self._lexical_path)
                else:
                    self._lexical_path.unlink(missing_ok=True)
                lexical = LexicalIndex(self._lexical_path)
                lexical.catch_up(self._store, self._store.head())
            except (ValueError, OSError) as error:
                raise self._unusable(error) from error
            return lexical

    def _check_lexical(self) -> LexicalIndex:
        """Raises ValueError or OSError when it is damaged, or made from another archive."""
        lexical = LexicalIndex(self._lexical_path)
        snapshot = lexical.snapshot()
        if not self._store.holds(snapshot.head):
            raise ValueError("it was made from another archive")
        passages = self._store.count_indexed(snapshot.head.seq)
        if len(snapshot) != passages:
            raise ValueError(f"it holds {len(snapshot)} passages, the archive {passages}")
        return lexical

    def _open_dense(self) -> DenseIndex:
        loaded = load_dense(self._dense_path, self._store, self._encoder)
        if isinstance(loaded, DenseIndex):
            return loaded
        if self._dense_path.exists():
            self.notes.append(f"{loaded}; made again")
            self._dense_path.unlink(missing_ok=True)
        return self._build_dense(self._store.head())

    def _build_dense(self, head: Head) -> DenseIndex:
        return build_dense(self._store, head, self._encoder, self._dimension)

    def _unusable(self, error: Exception) -> ArchiveUnusable:
        return ArchiveUnusable(
            f"{self._lexical_path}: {error}; see that the folder is there and can be written and "
            f"that the disk has room, then start again: what is lost is made again"
        )

"""FAISS and tantivy beside the store, kept at one and the same change.

Whoever holds the writer lock brings tantivy to the store's last change; everyone then brings FAISS
to where tantivy is. Either may be missing, old, damaged or foreign: it is made again from the
store, and nothing is encoded. In a folder that cannot be written, or on a full disk, this process
catches up on its own. Files that are deleted or garbled while they are open are made again at the
next change; a tantivy file that another program cuts short ends the process, by the signal SIGBUS.
"""

import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path

from index.changes import Head
from index.dense import DenseIndex, build_dense
from index.dense_file import load_dense, save_dense
from index.errors import ArchiveBusy, ArchiveUnusable
from index.files import WriterLock
from index.lexical import LexicalSnapshot
from index.lexical_home import LexicalHome
from index.snapshot import Snapshot
from index.store import Store

PATIENCE_SECONDS = 0.5  # with a writer that has stored a removal and not yet told tantivy


class Indexes:
    """`notes` tells what was found wrong with an index, and mended."""

    def __init__(
        self, folder: Path, store: Store, lock: WriterLock, encoder: str, dimension: int
    ) -> None:
        """Opens both; `encoder` is the fingerprint of what made the vectors. Does not catch up."""
        self._store = store
        self._lock = lock
        self._encoder, self._dimension = encoder, dimension
        self._swap = threading.Lock()
        self._being_sketched: object = None
        self._snapshots: weakref.WeakSet[Snapshot] = weakref.WeakSet()
        self._dense_path = folder / "dense.faiss"
        self._lexical = LexicalHome(folder / "lexical", store, lock)
        self.notes = self._lexical.notes
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
        self._lexical.catch_up()
        self.follow()

    def catch_up_if_free(self) -> None:
        """As far as can be without waiting: a process that is writing catches up by itself."""
        try:
            # After a crash nobody else may come to do it.
            with self._lock.held(wait=False):
                self.catch_up()
                self.save()
        except ArchiveBusy:
            self._follow_the_writer()
        except ArchiveUnusable:  # the folder cannot be written, or the disk is full
            self.catch_up_alone()

    def _follow_the_writer(self) -> None:
        """To where the process is that writes; past every removal that it has stored.

        It commits to tantivy moments after the store; on a full disk it may never.
        """
        patience = time.monotonic() + PATIENCE_SECONDS
        try:
            self.follow()
            while self._hides_removals() and time.monotonic() < patience:
                time.sleep(0.01)
                self.follow()
        except ArchiveUnusable:  # tantivy's files were damaged while they were open
            self.catch_up_alone()
        if self._hides_removals():
            self.catch_up_alone()

    def _hides_removals(self) -> bool:
        followed, stored = self._current.head, self._store.head()
        return len(self._store.rows_removed(followed.seq, stored.seq)) > 0

    def catch_up_alone(self) -> None:
        """To the store's last change, in this process alone; others do the same as they ask."""
        self._lexical.catch_up_privately()
        self.follow()

    def follow(self) -> None:
        """Takes the newest tantivy commit and brings FAISS to the very same change."""
        with self._swap:
            lexical = self._lexical.snapshot()
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
            try:
                sketched = dense.sketched()
                with self._swap:
                    self._dense = self._dense.with_sketch_of(sketched)
                    self._publish(self._current.lexical)
            finally:
                self._being_sketched = None  # it may be large

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
            note = f"{self._dense_path.name} was not written ({error.strerror})"
            if note not in self.notes:
                self.notes.append(note)
            return
        with self._swap:
            if written.head == self._dense.head:
                self._dense = written
                self._publish(self._current.lexical)

    def saved(self) -> bool:
        return self._dense_path.exists()

    def _open_dense(self) -> DenseIndex:
        loaded = load_dense(self._dense_path, self._store, self._encoder)
        if isinstance(loaded, DenseIndex):
            return loaded
        if self._dense_path.exists():
            self.notes.append(f"{loaded}; made again")
            with suppress(OSError):  # it is not needed where it cannot be replaced
                self._dense_path.unlink(missing_ok=True)
        return self._build_dense(self._store.head())

    def _build_dense(self, head: Head) -> DenseIndex:
        return build_dense(self._store, head, self._encoder, self._dimension)

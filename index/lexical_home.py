"""Where this process keeps its tantivy index: with the archive, or, while that fails, on its own.

In a folder that cannot be written, or on a full disk, questions go on: whatever the archive's index
lacks is made in a folder of this process alone, and given up as soon as the archive's has it.
"""

import re
import shutil
import threading
from pathlib import Path

from index.errors import ArchiveUnusable
from index.files import WriterLock
from index.lexical import LexicalSnapshot
from index.lexical_index import LexicalIndex
from index.private import PrivateFolder, private_folders
from index.store import Store

_IN_A_TANTIVY_ERROR = re.compile(r'message: "([^"]+)"')  # what the system said


class LexicalHome:
    """`notes` tells what was found wrong, and mended."""

    def __init__(self, path: Path, store: Store, lock: WriterLock) -> None:
        """Opens the index; one that is missing, damaged or foreign is made again.

        This and every method raise ArchiveUnusable when there is no room for one anywhere.
        """
        self._path, self._store, self._lock = path, store, lock
        self.notes: list[str] = []
        self._one_at_a_time = threading.Lock()
        self._private: tuple[LexicalIndex, PrivateFolder] | None = None
        self._shared: LexicalIndex | None = None
        try:
            self._shared = self._open_shared()
        except ArchiveUnusable:
            self.catch_up_privately()

    def snapshot(self) -> LexicalSnapshot:
        """The last commit, by whichever process, that has come furthest."""
        private = self._private
        indexes = [self._shared] if self._shared else []
        indexes += [private[0]] if private else []
        snapshots: list[LexicalSnapshot] = []
        problem: Exception = OSError("it is not there")
        for index in indexes:
            try:
                snapshots.append(index.snapshot())
            except ValueError as error:  # damaged while it was open; the other may be whole
                problem = error
        if not snapshots:
            raise self._unusable(problem) from problem
        return max(snapshots, key=lambda snapshot: snapshot.head.seq)

    def catch_up(self) -> None:
        """To the store's last change. Only for the holder of the writer lock."""
        try:
            shared = self._shared or self._check(self._path)
            shared.catch_up(self._store, self._store.head())
        except (ValueError, OSError):
            shared = self._mend()
        self._shared, self._private = shared, None

    def catch_up_privately(self) -> None:
        """To the store's last change, writing nothing into the archive's folder."""
        head = self._store.head()
        with self._one_at_a_time:
            problem: Exception = OSError("there is no temporary folder")
            try:
                if self._shared and self._shared.snapshot().head == head:
                    return
            except ValueError as error:
                problem = error
            if self._private:
                try:
                    self._private[0].catch_up(self._store, head)
                    return
                except (ValueError, OSError) as error:
                    problem = error
            for folder in private_folders(self._path):
                try:
                    index = self._open_private(folder)
                    index.catch_up(self._store, head)
                except (ValueError, OSError) as error:
                    problem = error
                else:
                    self._private = (index, folder)
                    return
        raise self._unusable(problem) from problem

    def _open_private(self, folder: PrivateFolder) -> LexicalIndex:
        try:
            return self._check(folder.path)
        except (ValueError, OSError) as error:
            self._note(f"the lexical index was made again, for now ({_problem(error)})")
        folder.clear()
        return LexicalIndex(folder.path)

    def _open_shared(self) -> LexicalIndex:
        try:
            return self._check(self._path)
        except (ValueError, OSError):
            with self._lock.held():
                return self._mend()

    def _mend(self) -> LexicalIndex:
        """The archive's index at the store's last change. Only for the holder of the writer lock.

        It is made again if it is damaged, not if there is merely no room for what it lacks.
        """
        try:
            try:
                lexical = self._check(self._path)  # another process may have mended it meanwhile
            except (ValueError, OSError) as error:
                self._note(f"the lexical index was damaged ({_problem(error)}); made again")
                if self._path.is_dir():
                    shutil.rmtree(self._path)
                else:
                    self._path.unlink(missing_ok=True)
                lexical = LexicalIndex(self._path)
            lexical.catch_up(self._store, self._store.head())
        except (ValueError, OSError) as error:
            self._note(f"the lexical index was not written ({_problem(error)})")
            raise self._unusable(error) from error
        return lexical

    def _note(self, note: str) -> None:
        if note not in self.notes:  # a full disk says so at every change
            self.notes.append(note)

    def _check(self, path: Path) -> LexicalIndex:
        """Raises ValueError or OSError when it is damaged, or made from another archive."""
        lexical = LexicalIndex(path)
        snapshot = lexical.snapshot()
        if not self._store.holds(snapshot.head):
            here, stored = snapshot.head.seq, self._store.head().seq
            if here > stored:  # SQLite ends at the first damaged page of its journal, and is silent
                raise ValueError(
                    f"it was at change {here}, and archive.sqlite is at {stored}: what was stored "
                    f"in between is lost, or an older copy was put back; ingest it again"
                )
            raise ValueError("it was made from another archive")
        passages = self._store.count_indexed(snapshot.head.seq)
        if len(snapshot) != passages:
            raise ValueError(f"it holds {len(snapshot)} passages, the archive {passages}")
        return lexical

    def _unusable(self, error: Exception) -> ArchiveUnusable:
        return ArchiveUnusable(
            f"{self._path}: {_problem(error)}; see that the folder is there and can be written and "
            f"that the disk has room, then start again: what is lost is made again"
        )


def _problem(error: Exception) -> str:
    said = _IN_A_TANTIVY_ERROR.search(str(error))
    return said[1] if said else str(error)

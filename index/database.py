"""One SQLite file: a connection for each thread, transactions, and errors in words.

Knows nothing of what the tables hold. Where the folder cannot be written, what is there is read,
and everything else goes on as soon as it can be written again.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.connection import Stamp, cannot_write, connect, connect_to_read, stamp
from index.errors import ArchiveDamaged, ArchiveUnusable
from index.schema import migrate

Values = Sequence[Any] | Mapping[str, Any]


class Database:
    def __init__(self, path: Path) -> None:
        """Opens or creates the file and brings its tables up to date.

        This and every method raise ArchiveDamaged when the file is not a whole database, and
        ArchiveUnusable when it cannot be opened, read or written for another reason.
        """
        self.path = path
        self._threads = threading.local()
        with self._in_words():
            self._threads.held = _Held(path, create=True)
            migrate(self._connection)

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._hold().connection

    def _hold(self) -> "_Held":
        held: _Held | None = getattr(self._threads, "held", None)
        if held is None or held.outdated():
            self._threads.held = held = _Held(self.path, create=False)
        return held

    def each(self, sql: str, values: Values = ()) -> Iterator[sqlite3.Row]:
        """The rows, as they are read."""
        with self._in_words():
            held = self._hold()
            yield from held.connection.execute(sql, values)
            held.check_unchanged()

    def first(self, sql: str, values: Values = ()) -> sqlite3.Row | None:
        with self._in_words():
            held = self._hold()
            row: sqlite3.Row | None = held.connection.execute(sql, values).fetchone()
            held.check_unchanged()
            return row

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction that writes; of an exception, as of a crash, nothing is left."""
        with self._in_words():
            if not self._hold().may_write:
                self.close()  # it may be possible by now
            self._hold().check_in_place()
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back after some failures, a full disk for one.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Closes this thread's connection; the others' close when their threads end."""
        self._threads.held = None

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "Could not decode to UTF-8" in str(error):  # for which SQLite has no error
                raise damaged(self.path, str(error)) from error
            raise ArchiveUnusable(
                f"{self.path}: {error}; see that the folder is there and can be written, that the "
                f"disk has room, and that no other program holds the file"
            ) from error
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:
                raise  # a mistake of this program, not of the file
            raise damaged(self.path, str(error)) from error


class _Held:
    """One thread's connection, closed when the thread ends.

    By itself it would stay open until the garbage collector meets the cycle that it lies in.
    """

    def __init__(self, path: Path, create: bool) -> None:
        self.may_write = True
        self._path = path
        self._seen: Stamp | None = None
        try:
            self.connection = connect(path, create)
        except sqlite3.OperationalError as error:
            if not cannot_write(error):
                raise
            self.may_write = False
            self.connection, self._seen = connect_to_read(path)
        self.connection.row_factory = sqlite3.Row
        self._inode = stamp(path)[0]

    def outdated(self) -> bool:
        """Whether another process has changed what this connection takes for unchanging."""
        return self._seen is not None and self._seen != stamp(self._path)

    def check_in_place(self) -> None:
        """Before writing: what is written to a file without a name is lost with the connection."""
        if stamp(self._path)[0] != self._inode:
            raise ArchiveUnusable(
                f"{self._path}: it was deleted or replaced while it was open; put it back if it is "
                f"missing, then start again"
            )

    def check_unchanged(self) -> None:
        """After reading: of a change meanwhile, part may have been read."""
        if self.outdated():
            raise ArchiveUnusable(f"{self._path}: it was changed while it was read; try again")

    def __del__(self) -> None:
        if hasattr(self, "connection"):  # else it could not be opened
            self.connection.close()


def damaged(path: Path, problem: str) -> ArchiveDamaged:
    return ArchiveDamaged(
        f"{path}: {problem}; put a copy of the archive's folder back, or ingest the articles again "
        f"into another folder"
    )

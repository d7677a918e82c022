"""One SQLite file: a connection for each thread, transactions, and errors in words.

Knows nothing of what the tables hold.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
            migrate(self._connection)

    @property
    def _connection(self) -> sqlite3.Connection:
        held: _Held | None = getattr(self._threads, "held", None)
        if held is None:
            held = _Held(self.path)
            self._threads.held = held
        return held.connection

    def each(self, sql: str, values: Values = ()) -> Iterator[sqlite3.Row]:
        """The rows, as they are read."""
        with self._in_words():
            yield from self._connection.execute(sql, values)

    def first(self, sql: str, values: Values = ()) -> sqlite3.Row | None:
        with self._in_words():
            row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return row

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction that writes; of an exception, as of a crash, nothing is left."""
        with self._in_words():
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

    def __init__(self, path: Path) -> None:
        # A store that is dropped is dropped with the connections of other threads.
        self.connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False
        )
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("PRAGMA secure_delete = ON")

    def __del__(self) -> None:
        if hasattr(self, "connection"):  # else it could not be opened
            self.connection.close()


def damaged(path: Path, problem: str) -> ArchiveDamaged:
    return ArchiveDamaged(
        f"{path}: {problem}; put a copy of the archive's folder back, or ingest the articles again "
        f"into another folder"
    )

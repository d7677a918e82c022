"""Connections to the archive's SQLite file: one that may write, or one that can only read.

In WAL mode SQLite makes two files beside its own before it reads. Where it cannot, in a folder that
is read-only or on a full disk, the file alone is read, if all that was stored is in it.
"""

import sqlite3
from contextlib import suppress
from pathlib import Path

# A full disk shows as any of these, by the file that has no room.
_CANNOT_WRITE = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
)

Stamp = tuple[int, ...]


def connect(path: Path, create: bool) -> sqlite3.Connection:
    """A connection that may write. Raises sqlite3.Error."""
    settings = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
    return _open(path, "mode=rwc" if create else "mode=rw", *settings)


def connect_to_read(path: Path) -> tuple[sqlite3.Connection, Stamp | None]:
    """A connection that cannot write; and what `stamp` said, if it does not notice changes itself.

    Raises sqlite3.Error: for one, if the journal holds what is not in the file yet, and SQLite
    cannot make what it needs to read the two together.
    """
    before = stamp(path)
    try:
        return _open(path, "mode=ro"), None
    except sqlite3.OperationalError as error:
        if not cannot_write(error) or before[-1]:
            raise
    return _open(path, "mode=ro&immutable=1"), before


def cannot_write(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF in _CANNOT_WRITE


def stamp(path: Path) -> Stamp:
    """Another after every change: what is written goes to the journal first, whose size counts.

    Of a file that is not there, all 0.
    """
    file, journal = _stat(path), _stat(path.with_name(f"{path.name}-wal"))
    return *file, journal[1]


def _stat(path: Path) -> Stamp:
    with suppress(OSError):
        found = path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns
    return 0, 0, 0


def _open(path: Path, how: str, *settings: str) -> sqlite3.Connection:
    # A store that is dropped is dropped with the connections of other threads.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        timeout=30,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for setting in settings:
            connection.execute(f"PRAGMA {setting}")
        connection.execute("SELECT count(*) FROM sqlite_schema")  # opening alone reads nothing
    except BaseException as error:
        connection.close()
        if isinstance(error, UnicodeDecodeError):  # raised as SQLite's own error is told
            raise sqlite3.DatabaseError("its list of tables is not UTF-8") from error
        raise
    return connection

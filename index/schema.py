"""The store's tables, and the steps that bring an older archive to them.

Step n takes an archive from `PRAGMA user_version = n` to n + 1. A step that was ever released is
never edited; a change is a new step.
"""

import sqlite3

from index.errors import ArchiveUnusable

# One row of `articles` is one version of one article, seen by the snapshots whose sequence number
# s satisfies added_seq <= s < removed_seq. AUTOINCREMENT, because a plain rowid is used again.
# A version that is deleted for good leaves its numbers in `purged`, so that a derived index from
# before its removal can still learn of it.
_FIRST = """
CREATE TABLE changes (
    seq     INTEGER PRIMARY KEY,
    digest  TEXT NOT NULL,
    at      TEXT NOT NULL
) STRICT;
CREATE TABLE encoder (
    name        TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    dimension   INTEGER NOT NULL
) STRICT;
CREATE TABLE articles (
    row          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL,
    title        TEXT,
    source       TEXT,
    source_key   TEXT,
    author       TEXT,
    published_at TEXT,
    updated_at   TEXT,
    ingested_at  TEXT NOT NULL,
    url          TEXT,
    language     TEXT,
    body_start   INTEGER NOT NULL,
    sha256       TEXT NOT NULL,
    added_seq    INTEGER NOT NULL,
    removed_seq  INTEGER,
    text         TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX articles_live ON articles (id) WHERE removed_seq IS NULL;
CREATE INDEX articles_by_id ON articles (id, added_seq);
CREATE INDEX articles_added ON articles (added_seq);
CREATE INDEX articles_removed ON articles (removed_seq) WHERE removed_seq IS NOT NULL;
CREATE INDEX articles_day ON articles (published_at, added_seq, removed_seq);
CREATE INDEX articles_source ON articles (source_key, added_seq, removed_seq);
CREATE TABLE passages (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    article_row INTEGER NOT NULL REFERENCES articles (row),
    ordinal     INTEGER NOT NULL,
    start       INTEGER NOT NULL,
    "end"       INTEGER NOT NULL,
    vector      BLOB NOT NULL
) STRICT;
CREATE INDEX passages_of_article ON passages (article_row, ordinal);
CREATE TABLE purged (
    row         INTEGER PRIMARY KEY,
    added_seq   INTEGER NOT NULL,
    removed_seq INTEGER NOT NULL,
    passages    INTEGER NOT NULL
) STRICT;
CREATE INDEX purged_removed ON purged (removed_seq);
"""

STEPS = (_FIRST,)


def migrate(connection: sqlite3.Connection) -> None:
    """Brings the tables up to date. Raises ArchiveUnusable for an archive of a later dateline."""
    if _version(connection) == len(STEPS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again: another process may have done it while this one waited.
        version = _version(connection)
        if version > len(STEPS):
            raise ArchiveUnusable(
                f"the archive was made by a later dateline (its format is {version}, this one "
                f"reads up to {len(STEPS)}); install the later one"
            )
        for step in STEPS[version:]:
            for statement in step.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version

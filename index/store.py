"""SQLite, the only truth: article versions, passages, vectors and the log of changes.

Knows nothing of FAISS, tantivy, models or files of news. Whoever writes must hold the archive's
writer lock. What a snapshot sees is read at its sequence number, whatever was changed since.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from index.changes import GENESIS, VECTOR_TYPE, Change, Head
from index.database import Database, damaged
from index.filters import Filters
from index.records import Article, Passage, content_hash, has_types

_ARTICLE_COLUMNS = ", ".join(f"a.{field.name}" for field in fields(Article))
_VISIBLE = "added_seq <= :seq AND (removed_seq IS NULL OR removed_seq > :seq)"
# The plus has SQLite read an index that holds both numbers, and no row with its text.
_VISIBLE_IN_INDEX = f"+{_VISIBLE}"
_ADDED = (
    "FROM articles a JOIN passages p ON p.article_row = a.row "
    f"WHERE added_seq > :after AND {_VISIBLE} ORDER BY p.article_row, p.id"
)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with the article version that it was cut from."""

    id: int
    article_row: int
    article: Article
    start: int
    end: int


Clock = Callable[[], datetime]  # an aware time; nothing but labels and purging depends on it


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Store:
    def __init__(self, path: Path, clock: Clock = wall_clock) -> None:
        """Opens or creates the file. Errors are those of `index.database`."""
        self._database = Database(path)
        self._clock = clock

    # --- state

    def head(self) -> Head:
        row = self._database.first("SELECT seq, digest FROM changes ORDER BY seq DESC LIMIT 1")
        return Head(row["seq"], row["digest"]) if row else GENESIS

    def holds(self, head: Head) -> bool:
        """Whether this archive's history passed through `head`."""
        if head == GENESIS:
            return True
        row = self._database.first("SELECT digest FROM changes WHERE seq = ?", [head.seq])
        return row is not None and row["digest"] == head.digest

    def encoder(self) -> tuple[str, str, int] | None:
        """Name, fingerprint and dimension of what made the vectors; None if there are none yet."""
        row = self._database.first("SELECT name, fingerprint, dimension FROM encoder")
        return (row["name"], row["fingerprint"], row["dimension"]) if row else None

    # --- writing

    @contextmanager
    def change(self, now: datetime | None = None) -> Iterator[Change]:
        """One transaction; nothing of it is visible, or survives a crash, before it is whole."""
        with self._database.transaction() as connection:
            change = Change(connection, self.head(), now or self._clock())
            yield change
            change.log()

    def purge(self, before_seq: int, removed_before: str) -> int:
        """Deletes the versions that no snapshot from `before_seq` on can see; how many they were.

        Versions removed at or after the time `removed_before` stay: another process may still be
        answering from them.
        """
        bound = (before_seq, removed_before)
        gone = "FROM articles JOIN changes ON seq = removed_seq WHERE removed_seq <= ? AND at < ?"
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO purged SELECT row, added_seq, removed_seq, "
                f"(SELECT count(*) FROM passages WHERE article_row = row) {gone}",
                bound,
            )
            connection.execute(
                f"DELETE FROM passages WHERE article_row IN (SELECT row {gone})", bound
            )
            return connection.execute(
                f"DELETE FROM articles WHERE row IN (SELECT row {gone})", bound
            ).rowcount

    # --- reading at a sequence number

    def hashes(self, ids: Sequence[str]) -> dict[str, str]:
        """The content hash of each of `ids` that is in the archive now."""
        found = {}
        for id_ in ids:
            row = self._database.first(
                "SELECT sha256 FROM articles WHERE id = ? AND removed_seq IS NULL", [id_]
            )
            if row:
                found[id_] = row["sha256"]
        return found

    def article(self, id_: str, seq: int) -> Article | None:
        """Raises ArchiveDamaged if it is not what was stored: quotes are checked against it."""
        row = self._database.first(
            f"SELECT {_ARTICLE_COLUMNS} FROM articles a WHERE id = :id AND {_VISIBLE}",
            {"id": id_, "seq": seq},
        )
        article = self._article(row) if row else None
        if article and content_hash(article) != article.sha256:
            path = self._database.path
            raise damaged(path, f"article {id_!r} does not have the content that was stored")
        return article

    def articles(self, seq: int, after_id: str = "", limit: int = 100) -> list[Article]:
        """A page of the articles, ordered by id, from the first after `after_id`."""
        rows = self._database.each(
            f"SELECT {_ARTICLE_COLUMNS} FROM articles a WHERE id > :after AND {_VISIBLE} "
            "ORDER BY id LIMIT :limit",
            {"after": after_id, "seq": seq, "limit": limit},
        )
        return [self._article(row) for row in rows]

    def passages(self, ids: Sequence[int], seq: int) -> dict[int, tuple[Passage, Article]]:
        """Each passage that can be seen at `seq`, with the version it was cut from."""
        found = {}
        for id_ in ids:
            row = self._database.first(
                f'SELECT p.ordinal, p.start, p."end", {_ARTICLE_COLUMNS} FROM passages p '
                f"JOIN articles a ON a.row = p.article_row WHERE p.id = :id AND {_VISIBLE}",
                {"id": int(id_), "seq": seq},
            )
            if row:
                article = self._article(row[3:])
                self._check_numbers(row[:3])
                found[int(id_)] = (Passage(int(id_), article.id, *row[:3]), article)
        return found

    def published(self, ids: Sequence[int], seq: int) -> dict[int, str | None]:
        """`published_at` of each of the passages that can be seen at `seq`; no text is read."""
        found = {}
        for id_ in ids:
            row = self._database.first(
                "SELECT a.published_at FROM passages p "
                f"JOIN articles a ON a.row = p.article_row WHERE p.id = :id AND {_VISIBLE}",
                {"id": int(id_), "seq": seq},
            )
            if row:
                if not isinstance(row["published_at"], str | None):
                    problem = f"the day of passage {id_} is not what was stored"
                    raise damaged(self._database.path, problem)
                found[int(id_)] = row["published_at"]
        return found

    def passages_of(self, article_id: str, seq: int) -> list[Passage]:
        """The passages of the version of an article that can be seen at `seq`, in their order."""
        sql = (
            f'SELECT p.id, p.ordinal, p.start, p."end" FROM passages p '
            f"JOIN articles a ON a.row = p.article_row WHERE a.id = :id AND {_VISIBLE} "
            f"ORDER BY p.ordinal"
        )
        found = []
        for id_, *numbers in self._database.each(sql, {"id": article_id, "seq": seq}):
            self._check_numbers(numbers)
            found.append(Passage(id_, article_id, *numbers))
        return found

    def count_articles(self, seq: int) -> int:
        """How many articles a snapshot at `seq` sees."""
        return self._count(f"articles WHERE {_VISIBLE_IN_INDEX}", {"seq": seq})

    def count_passages(self, seq: int) -> int:
        """How many passages a snapshot at `seq` sees."""
        both = "articles CROSS JOIN passages ON article_row = row"  # in this order
        return self._count(f"{both} WHERE {_VISIBLE_IN_INDEX}", {"seq": seq})

    def newest(self, seq: int) -> str | None:
        """The latest `published_at` that a snapshot at `seq` sees."""
        row = self._database.first(
            f"SELECT published_at FROM articles WHERE published_at IS NOT NULL AND {_VISIBLE} "
            "ORDER BY published_at DESC LIMIT 1",
            {"seq": seq},
        )
        return row["published_at"] if row else None

    def has_any(self, filters: Filters, seq: int) -> bool:
        """Whether a snapshot at `seq` sees an article that passes the filters."""
        clause, values = filters.sql()
        return (
            self._database.first(
                f"SELECT 1 FROM articles WHERE {clause} AND {_VISIBLE} LIMIT 1",
                {**values, "seq": seq},
            )
            is not None
        )

    def rows_matching(self, filters: Filters, seq: int) -> np.ndarray:
        """(R,) int64, ascending: the article versions seen at `seq` that pass the filters."""
        clause, values = filters.sql()
        rows = self._database.each(
            f"SELECT row FROM articles WHERE {clause} AND {_VISIBLE}", {**values, "seq": seq}
        )
        return np.sort(np.fromiter((row["row"] for row in rows), dtype=np.int64))

    def count_undated(self, filters: Filters, seq: int) -> int:
        """How many articles a date filter leaves out because nobody knows their day."""
        clause, values = filters.without_dates().sql()
        return self._count(
            f"articles WHERE published_at IS NULL AND {clause} AND {_VISIBLE}",
            {**values, "seq": seq},
        )

    def _article(self, values: Sequence[Any]) -> Article:
        article = Article(*values)
        if not has_types(article):
            raise damaged(self._database.path, f"article {article.id!r} is not what was stored")
        return article

    def _check_numbers(self, values: Sequence[Any]) -> None:
        if not all(isinstance(value, int) for value in values):
            raise damaged(self._database.path, f"{values} are not the numbers of a passage")

    def _count(self, what: str, values: dict[str, str | int]) -> int:
        row = self._database.first(f"SELECT count(*) FROM {what}", values)
        return row[0] if row else 0

    # --- what derived indexes catch up from

    def passages_added(self, after: int, up_to: int) -> Iterator[StoredPassage]:
        """Passages that were not there at `after` and are at `up_to`, in the order of their ids."""
        return self._passages(_ADDED, {"after": after, "seq": up_to})

    def every_passage(self) -> Iterator[StoredPassage]:
        """Also those of versions that were removed and are not purged yet."""
        return self._passages("FROM passages p ORDER BY p.article_row, p.id", {})

    def _passages(self, where: str, values: dict[str, int]) -> Iterator[StoredPassage]:
        columns = 'p.id, p.article_row, p.start, p."end"'
        row, article = 0, None
        for span in self._database.each(f"SELECT {columns} {where}", values):
            self._check_numbers(span)
            id_, article_row, start, end = span
            if article is None or article_row != row:
                # Once for all its passages, which share one text; sorted with each of them, as one
                # statement would have it, a long article takes gigabytes.
                row, article = article_row, self._version(article_row)
            yield StoredPassage(id_, row, article, start, end)

    def _version(self, row: int) -> Article:
        (values,) = self._database.each(
            f"SELECT {_ARTICLE_COLUMNS} FROM articles a WHERE row = ?", [row]
        )
        return self._article(values)

    def vectors_added(
        self, after: int, up_to: int, dimension: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ids (P,), article versions (P,) and vectors (P, dimension) of the same passages.

        int64, int64 and float16; the texts are not read.
        """
        rows = list(
            self._database.each(
                f"SELECT p.id, p.article_row, p.vector {_ADDED}", {"after": after, "seq": up_to}
            )
        )
        ids = np.array([row["id"] for row in rows], dtype=np.int64)
        article_rows = np.array([row["article_row"] for row in rows], dtype=np.int64)
        size = dimension * np.dtype(VECTOR_TYPE).itemsize
        whole = (isinstance(row["vector"], bytes) and len(row["vector"]) == size for row in rows)
        wrong = [row["id"] for row, good in zip(rows, whole, strict=True) if not good]
        if wrong:
            problem = f"the vector of passage {wrong[0]} is not of dimension {dimension}"
            raise damaged(self._database.path, problem)
        vectors = np.frombuffer(b"".join(row["vector"] for row in rows), dtype=VECTOR_TYPE)
        return ids, article_rows, vectors.reshape(len(rows), dimension)

    def count_indexed(self, seq: int) -> int:
        """How many passages an index made at `seq` holds: also those that were purged since."""
        purged = self._database.first(
            f"SELECT total(passages) FROM purged WHERE {_VISIBLE}", {"seq": seq}
        )
        return self.count_passages(seq) + (int(purged[0]) if purged else 0)

    def rows_removed(self, after: int, up_to: int) -> np.ndarray:
        """(R,) int64, ascending: versions that were there at `after` and are gone at `up_to`."""
        gone = "removed_seq > :after AND removed_seq <= :seq AND added_seq <= :after"
        rows = self._database.each(
            f"SELECT row FROM articles WHERE {gone} UNION SELECT row FROM purged WHERE {gone} "
            "ORDER BY row",
            {"after": after, "seq": up_to},
        )
        return np.fromiter((row["row"] for row in rows), dtype=np.int64)

    def close(self) -> None:
        """Closes this thread's connection; the others' close when their threads end."""
        self._database.close()

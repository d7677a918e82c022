"""A change of the archive: what is added and removed in one transaction, and the state it leads to.

Each change has a sequence number and a digest chained over all that came before it, so two archives
with the same history have the same digest, and a derived index can tell that it was made from this
very history.
"""

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from index.filters import Filters
from index.records import Article

VECTOR_TYPE = np.float16  # halves the store; a dot product moves by less than 0.001


@dataclass(frozen=True, slots=True)
class Head:
    """A state of the archive: the number of its last change and the digest of its history."""

    seq: int
    digest: str


GENESIS = Head(0, "0" * 64)  # the state of every archive before its first change


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article ready to be stored: its passages' spans and vectors (P, dimension)."""

    article: Article
    spans: list[tuple[int, int]]
    vectors: np.ndarray


class Change:
    """The open transaction that `Store.change` gives."""

    def __init__(self, connection: sqlite3.Connection, before: Head, now: datetime) -> None:
        self._connection = connection
        self._seq = before.seq + 1
        self._digest = hashlib.sha256(before.digest.encode())
        self._now = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def put(self, new: NewArticle) -> None:
        """Adds an article, in place of the one with its id if there is one."""
        article = new.article
        self.remove(article.id)
        # The spans count, because the digest also stands for what derived indexes hold.
        self._digest.update(f"+{article.id}\0{article.sha256}\0{new.spans}\0".encode())
        row = self._connection.execute(
            "INSERT INTO articles (id, text, title, source, author, published_at, updated_at, "
            "ingested_at, url, language, body_start, sha256, source_key, added_seq) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(article.id, article.text, article.title, article.source, article.author),
                *(article.published_at, article.updated_at, self._now, article.url),
                *(article.language, article.body_start, article.sha256),
                *(Filters.source_key(article.source), self._seq),
            ],
        ).lastrowid
        vectors = new.vectors.astype(VECTOR_TYPE)
        self._connection.executemany(
            'INSERT INTO passages (article_row, ordinal, start, "end", vector) '
            "VALUES (?, ?, ?, ?, ?)",
            [
                (row, ordinal, start, end, vectors[ordinal].tobytes())
                for ordinal, (start, end) in enumerate(new.spans)
            ],
        )

    def remove(self, id_: str) -> bool:
        """Takes the article out of all later snapshots; False if it is not there."""
        done = self._connection.execute(
            "UPDATE articles SET removed_seq = ? WHERE id = ? AND removed_seq IS NULL",
            [self._seq, id_],
        )
        if done.rowcount:
            self._digest.update(f"-{id_}\0".encode())
        return bool(done.rowcount)

    def set_encoder(self, name: str, fingerprint: str, dimension: int) -> None:
        self._digest.update(f"encoder {fingerprint}\0".encode())
        self._connection.execute("DELETE FROM encoder")
        self._connection.execute(
            "INSERT INTO encoder VALUES (?, ?, ?)", [name, fingerprint, dimension]
        )

    def set_vectors(self, vectors: Iterable[tuple[int, np.ndarray]]) -> None:
        """Replaces the vectors of passages, given by id."""
        self._connection.executemany(
            "UPDATE passages SET vector = ? WHERE id = ?",
            ((vector.astype(VECTOR_TYPE).tobytes(), id_) for id_, vector in vectors),
        )

    def log(self) -> None:
        self._connection.execute(
            "INSERT INTO changes VALUES (?, ?, ?)", [self._seq, self._digest.hexdigest(), self._now]
        )

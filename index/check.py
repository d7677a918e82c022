"""Whether an archive is sound: SQLite against its own laws, then FAISS and tantivy against SQLite.

It reads SQLite by its own statements, over a connection that cannot write, so that a mistake in
`store` is not repeated here. All is read as one snapshot sees it: another process may write
meanwhile. The digests of past changes are not computed again: what they were made of is deleted.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np

from index.archive import Archive
from index.changes import GENESIS, VECTOR_TYPE
from index.connection import connect_to_read
from index.dense_file import load_dense
from index.records import Article, content_hash, has_types
from index.segment import Segment
from index.snapshot import Snapshot
from index.split import Span

UNIT_TOLERANCE = 0.001  # rounding to float16 changes a length by less than 2**-11 of it

_VISIBLE = "added_seq <= :first AND (removed_seq IS NULL OR removed_seq > :last)"
_ARTICLE = ", ".join(f"a.{name}" for name in Article.__dataclass_fields__)
_SPANS = 'SELECT ordinal, start, "end" FROM passages WHERE article_row = ? ORDER BY id'
_VECTORS = (
    "SELECT p.id, vector FROM passages p JOIN articles a ON a.row = article_row "
    f"WHERE {_VISIBLE} ORDER BY p.id"
)
_MISDATED = "SELECT id FROM articles JOIN changes ON seq = added_seq WHERE ingested_at != at"
_ADRIFT = (
    "SELECT id FROM articles WHERE added_seq NOT IN (SELECT seq FROM changes) OR removed_seq <= "
    "added_seq OR removed_seq IS NOT NULL AND removed_seq NOT IN (SELECT seq FROM changes)"
)


def check(archive: Archive) -> list[str]:
    """What is wrong with the archive, in words; nothing if it is sound. Changes nothing stored.

    As every question does, it first lets indexes that lag behind the store catch up. It reads the
    whole archive. Raises EncoderMismatch, as `Archive.snapshot` does.
    """
    snapshot = archive.snapshot()
    return list(_problems(archive, snapshot))


def _problems(archive: Archive, snapshot: Snapshot) -> Iterator[str]:
    path = archive.folder.resolve() / "archive.sqlite"
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(closing(connect_to_read(path)[0]))
            connection.execute("BEGIN")  # every statement reads one and the same state
            yield from _of_the_file(connection)
            yield from _of_the_log(connection, snapshot)
            yield from _of_the_articles(connection, snapshot.head.seq)
            dimension = archive.encoder.dimension
            yield from _of_the_indexes(connection, snapshot, dimension)
            yield from _of_the_dense_file(connection, archive, snapshot.head.seq)
        except (sqlite3.DatabaseError, TypeError, ValueError) as error:
            # A bit may also make a number a text, or nothing.
            yield f"{path.name}: {error}"


def _of_the_file(connection: sqlite3.Connection) -> Iterator[str]:
    for (found,) in connection.execute("PRAGMA integrity_check"):
        if found != "ok":
            yield f"archive.sqlite: {found}"
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"archive.sqlite: row {row} of {table} belongs to no row of {parent}"


def _of_the_log(connection: sqlite3.Connection, snapshot: Snapshot) -> Iterator[str]:
    digests = dict(connection.execute("SELECT seq, digest FROM changes ORDER BY seq"))
    if list(digests) != list(range(1, len(digests) + 1)):
        yield f"the log of changes has a gap: {len(digests)} changes, the last is {max(digests)}"
    known = digests | {GENESIS.seq: GENESIS.digest}
    for name, head in (("FAISS", snapshot.dense.head), ("tantivy", snapshot.lexical.head)):
        if known.get(head.seq) != head.digest:
            yield f"{name} is at change {head.seq} of another history"
    if snapshot.dense.head != snapshot.lexical.head:
        numbers = f"{snapshot.dense.head.seq}, tantivy at {snapshot.lexical.head.seq}"
        yield f"the indexes are at different changes: FAISS at {numbers}"
    for (id_,) in connection.execute(_ADRIFT):
        yield f"article {id_!r} was added or removed by a change that is not in the log"
    for (id_,) in connection.execute(_MISDATED):
        yield f"article {id_!r} was not ingested at the time of the change that added it"


def _of_the_articles(connection: sqlite3.Connection, seq: int) -> Iterator[str]:
    live = "SELECT id, count(*) FROM articles WHERE removed_seq IS NULL GROUP BY id"
    for id_, count in connection.execute(f"{live} HAVING count(*) > 1"):
        yield f"article {id_!r} is in the archive {count} times"
    visible = f"SELECT a.row, {_ARTICLE} FROM articles a WHERE {_VISIBLE}"
    for row, *values in connection.execute(visible, {"first": seq, "last": seq}):
        article = Article(*values)
        if not has_types(article) or content_hash(article) != article.sha256:
            yield f"article {article.id!r} does not have the content that its hash was made of"
        found = list(connection.execute(_SPANS, [row]))
        if [ordinal for ordinal, _, _ in found] != list(range(len(found))):
            yield f"article {article.id!r}: its passages are not numbered in their order"
        problem = _of_the_spans(article, [(start, end) for _, start, end in found])
        if problem:
            yield f"article {article.id!r}: {problem}"


def _of_the_spans(article: Article, spans: Iterable[Span]) -> str | None:
    """The first breach of what `split_passages` promises."""
    text, at = article.text, article.body_start
    for start, end in spans:
        if not 0 <= start < end <= len(text) or not text[start:end].strip():
            return f"passage {start}:{end} is empty, or not within its {len(text)} characters"
        if text[start:end] != text[start:end].strip():
            return f"passage {start}:{end} begins or ends with white space"
        if start < at:
            return f"passage {start}:{end} begins before {at}, where it may"
        if text[at:start].strip():
            return f"the text {at}:{start} is in no passage"
        at = end
    return f"the text {at}:{len(text)} is in no passage" if text[at:].strip() else None


def _of_the_indexes(
    connection: sqlite3.Connection, snapshot: Snapshot, dimension: int
) -> Iterator[str]:
    seq = snapshot.head.seq
    stored = dict(connection.execute(_VECTORS, {"first": seq, "last": seq}))
    size = dimension * np.dtype(VECTOR_TYPE).itemsize
    wrong = [id_ for id_, vector in stored.items() if len(vector) != size]
    yield from _some("the vector is not of the encoder's dimension in", wrong)
    whole = [id_ for id_, vector in stored.items() if len(vector) == size]
    vectors = _matrix([stored[id_] for id_ in whole], dimension)
    lengths = np.linalg.norm(vectors.astype(np.float32), axis=1)
    unit = np.abs(lengths - 1) <= UNIT_TOLERANCE  # False for what is no number
    long_or_short = [id_ for id_, good in zip(whole, unit, strict=True) if not good]
    yield from _some("the vector is not of length 1 in", long_or_short)
    dense = snapshot.dense.merged().base
    yield from _of_the_ids("FAISS", dense.ids.tolist(), list(stored))
    yield from _of_the_vectors("FAISS", dense, stored)
    yield from _of_the_ids("tantivy", snapshot.lexical.ids().tolist(), list(stored))


def _of_the_dense_file(connection: sqlite3.Connection, archive: Archive, seq: int) -> Iterator[str]:
    path: Path = archive.folder / "dense.faiss"
    if not path.exists():
        return  # a cache: it is made again
    loaded = load_dense(path, archive.store, archive.encoder.fingerprint)
    if isinstance(loaded, str):
        yield loaded
        return
    # It may be from before or after the snapshot; what both see is compared.
    bounds = {"first": min(seq, loaded.head.seq), "last": max(seq, loaded.head.seq)}
    stored = dict(connection.execute(_VECTORS, bounds))
    held = set(loaded.base.ids.tolist())
    yield from _some(f"{path.name} lacks", [id_ for id_ in stored if id_ not in held])
    yield from _of_the_vectors(path.name, loaded.base, stored)


def _of_the_ids(name: str, held: list[int], stored: list[int]) -> Iterator[str]:
    yield from _some(f"{name} lacks", sorted(set(stored) - set(held)))
    yield from _some(f"{name} holds, and SQLite does not,", sorted(set(held) - set(stored)))
    again = [id_ for id_, count in Counter(held).items() if count > 1]
    yield from _some(f"{name} holds more than once", again)


def _of_the_vectors(name: str, base: Segment, stored: dict[int, bytes]) -> Iterator[str]:
    """Where a passage's vector in FAISS is not exactly the one in SQLite."""
    size = base.index.d * np.dtype(VECTOR_TYPE).itemsize
    common = [(at, id_) for at, id_ in enumerate(base.ids.tolist()) if id_ in stored]
    common = [(at, id_) for at, id_ in common if len(stored[id_]) == size]
    expected = _matrix([stored[id_] for _, id_ in common], base.index.d)
    same = (base.vectors()[[at for at, _ in common]] == expected).all(axis=1)
    differing = [id_ for (_, id_), equal in zip(common, same, strict=True) if not equal]
    yield from _some(f"{name} holds another vector than SQLite of", differing)


def _matrix(vectors: list[bytes], dimension: int) -> np.ndarray:
    """(len(vectors), dimension), of the type in which they are stored."""
    flat = np.frombuffer(b"".join(vectors), dtype=VECTOR_TYPE)
    return flat.reshape(len(vectors), dimension)


def _some(problem: str, ids: list[int]) -> Iterator[str]:
    if ids:
        shown = ", ".join(str(id_) for id_ in ids[:5])
        more = ", ..." if len(ids) > 5 else ""
        yield f"{problem} {len(ids)} passage{'' if len(ids) == 1 else 's'}: {shown}{more}"

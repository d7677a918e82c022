"""The checker: silent about a sound archive; each disagreement that is planted in one is named."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import tantivy

from index.archive import Archive
from index.check import check
from index.lexical import make_analyser, make_schema
from rag.engine import Engine
from tests.invented import CountingEncoder, invented

ROOT = Path(__file__).parents[1]
LONG = " ".join(f"Berth {i} of the invented harbour is closed." for i in range(60))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive of five invented articles; `long` has several passages, `3` was removed."""
    archive = Archive(tmp_path / "archive", CountingEncoder())
    list(archive.ingest([invented("long", LONG)]))
    list(archive.ingest(invented(str(i), f"Berth {i} is open.") for i in range(4)))
    archive.remove(["3"])
    list(archive.ingest([invented("2", "Berth 2 is closed again.")]))
    archive.store.close()
    return archive.folder


def problems(folder: Path) -> list[str]:
    return check(Archive(folder, CountingEncoder()))


def alter(folder: Path, *statements: str, values: tuple[bytes, ...] = ()) -> None:
    with closing(sqlite3.connect(folder / "archive.sqlite", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement, values)


def test_a_real_archive_is_sound(engine: Engine) -> None:
    assert check(engine.archive) == []


def test_updated_emptied_and_new_archives_are_sound(folder: Path, tmp_path: Path) -> None:
    assert problems(folder) == []
    archive = Archive(folder, CountingEncoder())
    archive.remove(["long", "0", "1", "2"])
    assert check(archive) == []
    archive.store.purge(archive.store.head().seq, "9999")
    assert check(archive) == []
    assert problems(folder) == []
    assert problems(tmp_path / "new") == []


def test_indexes_that_lag_behind_are_no_problem(folder: Path) -> None:
    reader = Archive(folder, CountingEncoder())
    outcomes = Archive(folder, CountingEncoder()).ingest([invented("x"), invented("y")])
    assert next(outcomes).status == "added"  # stored; it holds the lock, and no index has it yet
    assert check(reader) == []
    assert [outcome.id for outcome in outcomes] == ["y"]
    assert check(reader) == []


def test_checking_changes_no_byte(folder: Path) -> None:
    archive = Archive(folder, CountingEncoder())
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    before = [path.read_bytes() for path in files]
    assert check(archive) == []
    assert [path.read_bytes() for path in files] == before


# Passages 1 to 4 are of `long`; 5 to 8 of 0 to 3, of which 3 was removed; 9 is of 2, updated.
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE passages SET \"end\" = 9999 WHERE id = 9", "9999 is empty, or not within its 24"),
        ("UPDATE passages SET start = \"end\" WHERE id = 9", "'2': passage 24:24 is empty"),
        ("UPDATE passages SET start = start - 9 WHERE id = 3", "'long': passage"),
        ("UPDATE passages SET start = start + 9 WHERE id = 3", "is in no passage"),
        ("UPDATE passages SET start = start - 1 WHERE id = 3", "begins or ends with white space"),
        ("UPDATE passages SET ordinal = 7 WHERE id = 3", "are not numbered in their order"),
        ("UPDATE articles SET text = 'Invented.' || text WHERE id = '1'", "'1' does not have the"),
        ("UPDATE articles SET removed_seq = 99 WHERE id = '3'", "'3' was added or removed by a"),
        ("UPDATE articles SET ingested_at = '2024' WHERE id = '1'", "'1' was not ingested at the"),
        ("DELETE FROM changes WHERE seq = 2", "the log of changes has a gap: 3 changes, the last"),
        ("UPDATE passages SET article_row = 99 WHERE id = 8", "row 8 of passages belongs to no"),
        ("UPDATE passages SET vector = x'003c' WHERE id = 9", "'s dimension in 1 passage: 9"),
        ("UPDATE passages SET vector = zeroblob(32) WHERE id = 9", "of length 1 in 1 passage: 9"),
    ],
)  # fmt: skip
def test_what_sqlite_should_not_hold_is_named(statement: str, named: str, folder: Path) -> None:
    archive = Archive(folder, CountingEncoder())
    alter(folder, statement)
    assert any(named in problem for problem in check(archive)), check(archive)


def test_an_article_that_is_there_twice_is_named(folder: Path) -> None:
    alter(folder, "DROP INDEX articles_live", "UPDATE articles SET removed_seq = NULL")
    assert "article '2' is in the archive 2 times" in problems(folder)


def test_an_index_of_sqlite_that_lacks_a_row_is_named(folder: Path) -> None:
    alter(
        folder,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'IS NULL', 'IS NOT NULL') "
        "WHERE name = 'articles_live'",
    )
    assert any(problem.startswith("archive.sqlite: ") for problem in problems(folder))


def test_another_vector_than_faiss_has_is_named(folder: Path) -> None:
    (folder / "dense.faiss").unlink()
    Archive(folder, CountingEncoder()).store.close()  # now the file has all of them
    other = np.eye(1, 16, dtype=np.float16)[0].tobytes()
    alter(folder, "UPDATE passages SET vector = ? WHERE id = 9", values=(other,))
    assert problems(folder) == [
        "FAISS holds another vector than SQLite of 1 passage: 9",
        "dense.faiss holds another vector than SQLite of 1 passage: 9",
    ]


def test_a_passage_that_faiss_lacks_is_named(folder: Path) -> None:
    archive = Archive(folder, CountingEncoder())
    alter(
        folder,
        "INSERT INTO articles SELECT 99, 'x', title, source, source_key, author, published_at, "
        "updated_at, ingested_at, url, language, body_start, sha256, added_seq, removed_seq, text "
        "FROM articles WHERE id = '1'",
        'INSERT INTO passages SELECT 99, 99, ordinal, start, "end", vector FROM passages '
        "WHERE id = 6",
    )
    assert check(archive) == ["FAISS lacks 1 passage: 99", "tantivy lacks 1 passage: 99"]


def test_a_dense_file_of_another_archive_is_named(folder: Path, tmp_path: Path) -> None:
    archive = Archive(folder, CountingEncoder())
    other = Archive(tmp_path / "other", CountingEncoder())
    list(other.ingest([invented("x", "Another archive.")]))
    (other.folder / "dense.faiss").unlink()
    Archive(other.folder, CountingEncoder()).store.close()
    (folder / "dense.faiss").write_bytes((other.folder / "dense.faiss").read_bytes())
    assert check(archive) == ["dense.faiss was made from another archive or encoder"]
    (folder / "dense.faiss").write_bytes(b"")
    assert check(archive) == ["dense.faiss is damaged, or of another version"]


@pytest.mark.parametrize(
    ("added", "named"),
    [
        (77, "tantivy holds, and SQLite does not, 1 passage: 77"),
        (6, "tantivy holds more than once 1 passage: 6"),
    ],
)
def test_a_passage_that_tantivy_lacks_is_named(added: int, named: str, folder: Path) -> None:
    # One for another, so that opening the archive, which counts them, does not mend it.
    index = tantivy.Index(make_schema(), path=str(folder / "lexical"), reuse=True)
    index.register_tokenizer("news", make_analyser())
    writer = index.writer(heap_size=50_000_000, num_threads=1)
    writer.delete_documents_by_term("passage_id", 9)
    document = tantivy.Document()
    document.add_integer("passage_id", added)
    writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    assert problems(folder) == ["tantivy lacks 1 passage: 9", named]


def test_the_command_says_sound_or_what_is_not(tmp_path: Path, own: Engine) -> None:
    def run(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rag.cli.main", "status", "--check", *more]
        folder = ["--data", str(tmp_path / "archive")]
        return subprocess.run([*command, *folder], cwd=ROOT, capture_output=True, text=True)

    own.ingest(invented("a"), invented("b"))
    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "sound\n", "")
    alter(tmp_path / "archive", "UPDATE articles SET text = text || ' No.' WHERE id = 'a'")
    done = run()
    assert (done.returncode, done.stderr) == (1, "")
    hash_, gap = done.stdout.splitlines()
    assert hash_ == "article 'a' does not have the content that its hash was made of"
    assert gap.startswith("article 'a': the text ")
    assert json.loads(run("--json").stdout) == {"sound": False, "problems": [hash_, gap]}

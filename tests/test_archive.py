"""The archive as the rest of the program uses it: ingest, update, remove, filters, many at once."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.archive import BATCH_ARTICLES, Archive, Outcome
from index.errors import (
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveUnusable,
    InvalidRecord,
)
from index.filters import Filters
from index.records import Article
from tests.invented import CountingEncoder, found, invented

OLD = "The ferry to Invented Island is cancelled."
NEW = "The ferry to Invented Island sails again."


@pytest.fixture
def encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def archive(tmp_path: Path, encoder: CountingEncoder) -> Archive:
    return Archive(tmp_path / "data", encoder, wait_seconds=0.1)


def ingest(archive: Archive, *records: Article | InvalidRecord) -> list[str]:
    return [outcome.status for outcome in archive.ingest(records)]


def test_the_same_article_twice_changes_nothing(archive: Archive, encoder: CountingEncoder) -> None:
    assert ingest(archive, invented("a", OLD)) == ["added"]
    name, encoded = archive.snapshot().name, encoder.encoded
    assert ingest(archive, invented("a", OLD)) == ["unchanged"]
    assert ingest(archive, invented("b", NEW), invented("a", OLD)) == ["added", "unchanged"]
    assert encoded == 1
    assert encoder.encoded == 2
    assert name.startswith("1-")
    assert archive.snapshot().name.startswith("2-")


def test_an_update_leaves_nothing_of_the_old_text(
    archive: Archive, encoder: CountingEncoder
) -> None:
    ingest(archive, invented("a", OLD))
    older = archive.snapshot()
    assert ingest(archive, invented("a", NEW)) == ["updated"]
    newer = archive.snapshot()
    for question in ("ferry cancelled", "ferry sails"):
        assert found(newer, encoder, question) == ([NEW], [NEW])
        assert found(older, encoder, question) == ([OLD], [OLD])
    assert found(newer, encoder, "cancelled")[1] == []
    texts = [s.article("a") for s in (older, newer)]
    assert [a.text for a in texts if a] == [OLD, NEW]


def test_what_is_removed_is_gone_and_can_come_back(
    archive: Archive, encoder: CountingEncoder
) -> None:
    ingest(archive, invented("a", OLD), invented("b", NEW))
    older = archive.snapshot()
    assert archive.remove(["a", "nobody", "a"]) == ["a"]
    assert archive.remove(["a"]) == []
    assert found(archive.snapshot(), encoder, "ferry") == ([NEW], [NEW])
    assert archive.snapshot().article("a") is None
    assert archive.snapshot().counts() == (1, 1)
    assert sorted(found(older, encoder, "ferry")[0]) == sorted([OLD, NEW])
    assert ingest(archive, invented("a", OLD)) == ["added"]
    assert found(archive.snapshot(), encoder, "cancelled")[1] == [OLD]


def test_an_article_that_holds_no_words_is_kept(archive: Archive, encoder: CountingEncoder) -> None:
    article = invented("a", "header")
    assert ingest(archive, Article("a", "header", sha256=article.sha256, body_start=6)) == ["added"]
    assert archive.snapshot().counts() == (1, 0)
    assert found(archive.snapshot(), encoder, "header") == ([], [])


def test_outcomes_come_in_order_with_what_was_wrong(archive: Archive) -> None:
    problem = InvalidRecord("news.jsonl:2", "text", "is missing")
    records: list[Article | InvalidRecord]
    records = [invented("a"), problem, invented("b", "One. " * 400), invented("a", NEW)]
    assert list(archive.ingest(records)) == [
        Outcome("added", "a", 1),
        Outcome("rejected", "", problem=problem),
        Outcome("added", "b", 6),
        Outcome("updated", "a", 1),
    ]
    article = archive.snapshot().article("a")
    assert article is not None
    assert article.text == NEW


def test_an_article_made_by_hand_is_checked_and_sealed(archive: Archive) -> None:
    assert ingest(archive, Article("a", OLD)) == ["added"]
    assert ingest(archive, Article("a", NEW), Article("a", NEW)) == ["updated", "unchanged"]
    (outcome,) = archive.ingest([Article("b", OLD, published_at="yesterday")])
    assert outcome.status == "rejected"
    assert "article 'b': published_at: 'yesterday' is not a date" in str(outcome.problem)


def test_nothing_happens_before_the_outcomes_are_taken(archive: Archive) -> None:
    outcomes = archive.ingest(invented(str(i)) for i in range(3 * BATCH_ARTICLES))
    assert archive.snapshot().counts() == (0, 0)
    next(outcomes)
    del outcomes
    assert archive.snapshot().counts()[0] == BATCH_ARTICLES
    assert archive.snapshot().lexical.head == archive.store.head()


def test_a_source_that_fails_leaves_what_was_acknowledged(archive: Archive) -> None:
    def records() -> Iterator[Article]:
        yield from (invented(str(i)) for i in range(BATCH_ARTICLES))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(archive.ingest(records()))
    assert archive.snapshot().counts()[0] == BATCH_ARTICLES


def test_two_archives_with_one_history_have_one_name(tmp_path: Path) -> None:
    names = []
    for name in ("one", "two"):
        archive = Archive(tmp_path / name, CountingEncoder())
        ingest(archive, invented("a", OLD), invented("b"))
        ingest(archive, invented("a", NEW))
        archive.remove(["b"])
        names.append(archive.snapshot().name)
    assert names[0] == names[1]
    ingest(archive, invented("c"))
    assert archive.snapshot().name != names[0]


def test_purging_waits_for_snapshots_that_are_open(
    archive: Archive, encoder: CountingEncoder
) -> None:
    ingest(archive, invented("a", OLD))
    older = archive.snapshot()
    archive.remove(["a"])
    long_after = "9999-12-31T00:00:00Z"
    oldest = archive._indexes.oldest_seq
    assert archive.store.purge(oldest(), long_after) == 0
    assert found(older, encoder, "ferry")[0] == [OLD]
    del older
    assert archive.store.purge(oldest(), long_after) == 1


@pytest.fixture
def two_hundred(archive: Archive) -> Archive:
    ingest(archive, *(invented(str(i), f"{OLD} Berth {i}.") for i in range(200)))
    special = "One ferry of another kind."
    ingest(archive, invented("x", special, "The Invented Post", "2023-05-01"))
    ingest(archive, invented("y", "An undated ferry.", published_at=None))
    return archive


@pytest.mark.parametrize(
    ("filters", "undated"),
    [
        (Filters(sources=("the invented POST",)), 0),
        (Filters(before="2023-05-02"), 1),
        (Filters(after="2023-05-01", before="2023-05-02"), 1),
        (Filters(before="2024-01-15", sources=("The Invented Post",)), 0),
    ],
)
def test_a_filter_that_admits_one_finds_it(
    two_hundred: Archive, encoder: CountingEncoder, filters: Filters, undated: int
) -> None:
    snapshot = two_hundred.snapshot()
    one = ["One ferry of another kind."]
    # Two hundred fit the question better.
    assert found(snapshot, encoder, f"{OLD} Berth", k=1, filters=filters) == (one, one)
    assert found(snapshot, encoder, f"{OLD} Berth", k=9, filters=filters) == (one, one)
    assert found(snapshot, encoder, f"{OLD} Berth", k=1)[0] != one
    assert two_hundred.store.count_undated(filters, snapshot.head.seq) == undated


def test_days_are_admitted_from_after_to_before(
    two_hundred: Archive, encoder: CountingEncoder
) -> None:
    snapshot = two_hundred.snapshot()
    for filters, expected in (
        (Filters(after="2024-01-15"), 200),
        (Filters(after="2024-01-16"), 0),
        (Filters(before="2024-01-15"), 1),
        (Filters(before="2024-01-16"), 201),
        (Filters(), 202),
        (Filters(sources=("nobody",)), 0),
    ):
        dense, lexical = found(snapshot, encoder, "ferry", k=500, filters=filters)
        assert len(dense) == len(lexical) == expected


def test_the_newest_date_is_that_of_the_snapshot(two_hundred: Archive) -> None:
    older = two_hundred.snapshot()
    ingest(two_hundred, invented("z", published_at="2025-01-01"))
    assert older.as_of() == "2024-01-15"
    assert two_hundred.snapshot().as_of() == "2025-01-01"


def test_a_second_archive_on_the_folder_follows(archive: Archive, encoder: CountingEncoder) -> None:
    other = Archive(archive.folder, encoder)
    for text in (OLD, NEW):
        ingest(archive, invented("a", text))
        assert found(other.snapshot(), encoder, "ferry") == ([text], [text])
        assert other.snapshot().name == archive.snapshot().name
    other.remove(["a"])
    assert found(archive.snapshot(), encoder, "ferry") == ([], [])


def test_a_snapshot_beside_an_ingest_is_an_older_state(
    archive: Archive, encoder: CountingEncoder
) -> None:
    other = Archive(archive.folder, encoder)
    outcomes = archive.ingest([invented("a", OLD)])
    next(outcomes)
    assert other.snapshot().counts() == (0, 0)
    assert archive.snapshot().counts() == (0, 0)
    with pytest.raises(ArchiveBusy, match="is being written by process"):
        Archive(archive.folder, encoder, wait_seconds=0.05).remove(["a"])
    assert list(outcomes) == []
    assert other.snapshot().counts() == archive.snapshot().counts() == (1, 1)


def test_snapshots_taken_during_an_ingest_are_whole(archive: Archive) -> None:
    done = threading.Event()
    failures: list[BaseException] = []

    def look() -> None:
        mine = CountingEncoder()
        try:
            while not done.is_set():
                snapshot = archive.snapshot()
                articles, passages = snapshot.counts()
                dense, lexical = found(snapshot, mine, "harbour", k=500)
                assert len(dense) == len(lexical) == passages == articles
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for start in range(0, 80, 8):
        ingest(archive, *(invented(str(i)) for i in range(start, start + 8)))
        archive.remove([str(start)])
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert archive.snapshot().counts() == (70, 70)


_OPEN = """
import sys
from pathlib import Path
from index.archive import Archive
from tests.invented import CountingEncoder
print("ready", flush=True)
sys.stdin.readline()
print(Archive(Path(sys.argv[1]), CountingEncoder()).snapshot().name)
"""


def test_processes_that_make_one_archive_at_one_moment(tmp_path: Path) -> None:
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", _OPEN, str(tmp_path / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        for _ in range(3)
    ]
    for maker in makers:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "ready\n"
    for maker in makers:
        assert maker.stdin is not None
        maker.stdin.write("\n")
        maker.stdin.flush()
    assert {maker.communicate()[0] for maker in makers} == {"0-000000000000\n"}


def test_a_folder_that_cannot_be_is_told_in_words(tmp_path: Path, encoder: CountingEncoder) -> None:
    (tmp_path / "file").write_text("a regular file")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ArchiveUnusable, match="choose another folder with --data"):
            Archive(folder, encoder)


@pytest.mark.parametrize("content", [None, b"", b"\0", b"not a database" * 99])
def test_a_store_that_is_lost_is_told_in_words(
    archive: Archive, encoder: CountingEncoder, content: bytes | None
) -> None:
    ingest(archive, invented("a"))
    path = archive.folder / "archive.sqlite"
    archive.store.close()
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ArchiveDamaged, match=r"archive\.sqlite: .*put a copy"):
        Archive(archive.folder, encoder)
    assert path.exists() == (content is not None)

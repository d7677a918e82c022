"""The store: versions, sequence numbers, digests, purging, and a file that is not whole."""

import os
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.changes import GENESIS, Head, NewArticle
from index.errors import ArchiveDamaged, ArchiveUnusable
from index.filters import Filters
from index.records import Article
from index.sources.fields import seal
from index.store import Store
from tests.invented import invented

LATER = "9999-12-31T00:00:00Z"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "archive.sqlite")


def put(store: Store, *articles: Article, spans: list[tuple[int, int]] | None = None) -> Head:
    """Stores the articles in one change, each as the spans that are given, or as one passage."""
    with store.change() as change:
        for article in articles:
            cut = [(0, len(article.text))] if spans is None else spans
            change.put(NewArticle(article, cut, np.ones((len(cut), 2), np.float32)))
    return store.head()


def remove(store: Store, id_: str) -> Head:
    with store.change() as change:
        assert change.remove(id_)
    return store.head()


def passage_ids(store: Store, seq: int) -> list[int]:
    return [passage.id for passage in store.passages_added(0, seq)]


def test_each_sequence_number_sees_its_own_version(store: Store) -> None:
    first = put(store, invented("a", "old"), invented("b"))
    second = put(store, invented("a", "new"))
    third = remove(store, "a")
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    texts = [a.text if (a := store.article("a", seq)) else None for seq in range(5)]
    assert texts == [None, "old", "new", None, None]
    assert [store.count_articles(seq) for seq in range(4)] == [0, 2, 2, 1]
    assert [store.count_passages(seq) for seq in range(4)] == [0, 2, 2, 1]
    assert [a.id for a in store.articles(2)] == ["a", "b"]
    assert [a.id for a in store.articles(2, after_id="a")] == ["b"]
    assert [a.id for a in store.articles(2, limit=1)] == ["a"]
    assert set(store.hashes(["a", "b", "c"])) == {"b"}
    old, new = passage_ids(store, 1)[0], passage_ids(store, 2)[-1]
    assert set(store.passages([old, new], seq=1)) == {old}
    assert set(store.passages([old, new], seq=2)) == {new}


def test_days_are_those_of_the_version_that_is_seen(store: Store) -> None:
    put(store, invented("a", "old"), invented("b", published_at=None))
    put(store, invented("a", "new", published_at="2024-02-01T09:00:00Z"))
    old, undated, new = sorted({*passage_ids(store, 1), *passage_ids(store, 2)})
    ids = [new, undated, old, 99]
    assert store.published(ids, seq=1) == {old: "2024-01-15", undated: None}
    assert store.published(ids, seq=2) == {new: "2024-02-01T09:00:00Z", undated: None}
    for seq in (0, 1, 2):
        whole = store.passages(ids, seq)
        assert store.published(ids, seq) == {i: a.published_at for i, (_, a) in whole.items()}


@settings(max_examples=50, deadline=None)
@given(text=st.text(min_size=1))
def test_an_article_comes_back_as_it_went_in(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    store = Store(tmp_path_factory.mktemp("store") / "archive.sqlite")
    given = Article("id", text, "t", "s", "a", "2024-01-15", "2024-01-16", None, "u", "en")
    put(store, seal(given))
    stored = store.article("id", 1)
    assert stored is not None
    assert stored.ingested_at is not None
    assert (stored.text, stored.title, stored.published_at) == (text, "t", "2024-01-15")
    store.close()


def test_a_change_that_fails_leaves_nothing(store: Store) -> None:
    before = put(store, invented("a"))
    articles = [invented("b"), None]
    with pytest.raises(AttributeError):
        put(store, *articles)  # type: ignore[arg-type]
    assert store.head() == before
    assert store.count_articles(before.seq + 1) == store.count_passages(before.seq + 1) == 1
    assert put(store, invented("b")).seq == before.seq + 1


def test_the_digest_names_the_history(tmp_path: Path) -> None:
    def history(name: str, *steps: Article, spans: list[tuple[int, int]] | None = None) -> Head:
        store = Store(tmp_path / name)
        for article in steps:
            put(store, article, spans=spans)
        return store.head()

    a, b = invented("a"), invented("b")
    told = history("1", a, b)
    assert told == history("2", a, b)
    others = [
        history("3", b, a),
        history("4", a, invented("b", "another text")),
        history("5", a, b, spans=[(0, 5), (6, 9)]),
    ]
    assert len({told.digest, *(head.digest for head in others)}) == 4


def test_a_store_knows_the_states_it_passed_through(store: Store) -> None:
    first = put(store, invented("a"))
    second = put(store, invented("b"))
    assert all(store.holds(head) for head in (GENESIS, first, second))
    assert not store.holds(Head(first.seq, second.digest))
    assert not store.holds(Head(3, second.digest))


def test_ids_of_passages_are_never_used_again(store: Store) -> None:
    first = passage_ids(store, put(store, invented("a")).seq)
    assert store.purge(remove(store, "a").seq, LATER) == 1
    second = passage_ids(store, put(store, invented("a")).seq)
    assert max(first) < min(second)


def test_purging_spares_what_a_snapshot_sees_and_what_was_removed_lately(store: Store) -> None:
    put(store, invented("a", "old"))
    with store.change(datetime(2024, 1, 1, 12, tzinfo=UTC)) as change:
        change.remove("a")
    assert store.purge(1, LATER) == 0  # a snapshot at 1 still sees it
    assert store.purge(2, "2024-01-01T12:00:00Z") == 0  # removed at that time, not before it
    assert store.article("a", 1) is not None
    assert store.purge(2, "2024-01-01T12:00:01Z") == 1
    assert store.article("a", 1) is None
    assert store.rows_removed(1, 2).tolist() == [1]  # an index from before still learns of it


def test_a_purged_text_is_no_longer_in_the_file(store: Store, tmp_path: Path) -> None:
    put(store, invented("a", "Zanzibarium " * 50), invented("b"))
    head = remove(store, "a")
    store.purge(head.seq, LATER)
    store.close()  # the last connection writes the log into the file
    assert all(b"Zanzibarium" not in path.read_bytes() for path in tmp_path.iterdir())


def test_what_was_added_and_removed_between_two_states(store: Store) -> None:
    put(store, invented("a", "one"), invented("b", "two"))
    put(store, invented("a", "three"))
    put(store, invented("c", "four"))
    remove(store, "c")
    assert [p.article.text for p in store.passages_added(1, 4)] == ["three"]
    assert [p.article.text for p in store.passages_added(1, 3)] == ["three", "four"]
    assert store.rows_removed(1, 4).tolist() == [1]
    assert store.rows_removed(3, 4).tolist() == [4]
    assert store.rows_removed(0, 4).tolist() == []
    ids, rows, vectors = store.vectors_added(0, 4, dimension=2)
    assert ids.tolist() == [p.id for p in store.passages_added(0, 4)]
    assert rows.tolist() == [2, 3]
    assert vectors.tolist() == [[1, 1], [1, 1]]
    assert store.vectors_added(4, 4, dimension=2)[2].shape == (0, 2)


def test_filters_by_day_and_source(store: Store) -> None:
    head = put(
        store,
        invented("before", published_at="2024-01-14T23:59:59Z"),
        invented("day", published_at="2024-01-15"),
        invented("instant", published_at="2024-01-15T10:00:00Z", source="invented  WIRE"),
        invented("after", published_at="2024-01-16"),
        invented("undated", published_at=None, source="Invented Post"),
    )

    def passing(filters: Filters) -> list[int]:
        return [int(row) for row in store.rows_matching(filters, head.seq)]

    assert passing(Filters(after="2024-01-15")) == [2, 3, 4]
    assert passing(Filters(before="2024-01-15")) == [1]
    assert passing(Filters(after="2024-01-15", before="2024-01-16")) == [2, 3]
    assert passing(Filters(sources=("Invented wire",))) == [1, 2, 3, 4]
    assert passing(Filters(sources=("nobody",))) == []
    assert passing(Filters(after="2024-01-16", sources=("Invented Wire", "other"))) == [4]
    assert store.count_undated(Filters(after="2024-01-15"), head.seq) == 1
    by_source = Filters(after="2024-01-15", sources=("Invented Wire",))
    assert store.count_undated(by_source, head.seq) == 0
    assert store.newest(head.seq) == "2024-01-16"
    assert store.newest(0) is None


@pytest.mark.parametrize("left", [20, 100, 4095, 4096, 4097, 20_000])
def test_a_file_cut_short_is_damaged_in_words(store: Store, tmp_path: Path, left: int) -> None:
    path = tmp_path / "archive.sqlite"
    put(store, *(invented(str(i), "word " * 500) for i in range(20)))
    store.close()
    os.truncate(path, left)
    with pytest.raises(ArchiveDamaged, match=r"archive\.sqlite: .*; put a copy") as caught:
        Store(path).head()
    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)


def test_damage_that_is_met_later_is_told_in_words(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    put(store, *(invented(str(i), "word " * 500) for i in range(20)))
    store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)  # all but the page that is read on opening
    path.write_bytes(content)
    damaged = Store(path)
    with pytest.raises(ArchiveDamaged, match="put a copy"):
        damaged.articles(seq=1)


def test_a_folder_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnusable, match="see that the folder is there"):
        Store(tmp_path / "nowhere" / "archive.sqlite")


def test_an_archive_of_a_later_dateline_is_left_alone(store: Store, tmp_path: Path) -> None:
    store.close()
    with sqlite3.connect(tmp_path / "archive.sqlite") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(ArchiveUnusable, match="later dateline"):
        Store(tmp_path / "archive.sqlite")


def test_a_thread_that_ends_closes_its_connection(store: Store) -> None:
    def open_files() -> int:
        return len(os.listdir("/dev/fd"))

    before = open_files()
    for _ in range(20):
        thread = threading.Thread(target=store.head)
        thread.start()
        thread.join()
    assert open_files() < before + 10

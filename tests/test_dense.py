"""The dense index against brute force in numpy; its file, whole and damaged in every way."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from index.changes import GENESIS, Head, NewArticle
from index.dense import DenseIndex, build_dense
from index.dense_file import load_dense, save_dense
from index.segment import Segment, empty_segment, joined, make_segment
from index.store import Store
from tests.invented import invented

ENCODER = "abc123"
DIMENSION = 3


def index_of(base: Segment, tail: Segment | None = None) -> DenseIndex:
    return DenseIndex(GENESIS, ENCODER, base, tail or empty_segment(DIMENSION), 0)


def brute_force(vectors: np.ndarray, ids: np.ndarray, vector: np.ndarray, k: int) -> list[int]:
    """The ids of the k highest inner products; of equal ones the lower id first."""
    scored = sorted(zip(-(vectors @ vector), ids, strict=True))
    return [int(id_) for _, id_ in scored[:k]]


# Whole numbers, so that inner products are exact and many of them are equal.
_VECTORS = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 60), st.just(DIMENSION)),
    elements=st.integers(-2, 2).map(float),
)


@settings(max_examples=400, deadline=None)
@given(vectors=_VECTORS, query=_VECTORS, k=st.integers(0, 70), data=st.data())
def test_search_equals_brute_force(
    vectors: np.ndarray, query: np.ndarray, k: int, data: st.DataObject
) -> None:
    count = len(vectors)
    ids = np.cumsum(data.draw(arrays.arrays(np.int64, count, elements=st.integers(1, 3))))
    rows = np.sort(data.draw(arrays.arrays(np.int64, count, elements=st.integers(1, 9))))
    cut = data.draw(st.integers(0, count))
    removed = data.draw(st.sets(st.integers(1, 9)))
    wanted = data.draw(st.none() | st.sets(st.integers(1, 9)))
    gone = np.array(sorted(removed), dtype=np.int64)
    base, tail = (
        make_segment(vectors[part], ids[part], rows[part]).without(gone)
        for part in (slice(cut), slice(cut, None))
    )
    index = index_of(base, tail)
    allowed = [r not in removed and (wanted is None or r in wanted) for r in rows.tolist()]
    only = None if wanted is None else np.array(sorted(wanted), dtype=np.int64)
    expected = brute_force(vectors[allowed], ids[allowed], query[0], k)
    for searched in (index, index.merged()):
        found, scores = searched.search(query[0], k, only)
        assert found.tolist() == expected
        exact = dict(zip(ids.tolist(), (vectors @ query[0]).tolist(), strict=True))
        assert scores.tolist() == [exact[id_] for id_ in expected]
        living = [id_ for id_, r in zip(ids.tolist(), rows.tolist(), strict=True) if r not in gone]
        asked = [*ids.tolist(), 0, 10_000]
        assert searched.scores(query[0], asked).tolist() == [
            exact[id_] if id_ in living else 0 for id_ in asked
        ]
    assert len(index) == len(index.merged()) == len(living)


@pytest.mark.parametrize("k", [1, 2, 99, 100, 101, 150, 300])
def test_of_many_equal_ones_the_oldest_are_found(k: int) -> None:
    # FAISS itself keeps others when better ones come later, and changes its ways at k = 100.
    generator = np.random.default_rng(k)
    vectors = generator.integers(0, 3, size=(700, 1)).astype(np.float32)
    ids = np.arange(1, 701)
    index = DenseIndex(
        GENESIS,
        ENCODER,
        make_segment(vectors[:500], ids[:500], ids[:500]),
        make_segment(vectors[500:], ids[500:], ids[500:]),
        0,
    )
    one = np.ones(1, dtype=np.float32)
    assert index.search(one, k)[0].tolist() == brute_force(vectors, ids, one, k)


def test_nothing_is_found_in_nothing() -> None:
    index = index_of(empty_segment(DIMENSION))
    assert index.search(np.ones(DIMENSION, np.float32), 10)[0].tolist() == []
    assert index.scores(np.ones(DIMENSION, np.float32), [1]).tolist() == [0]
    assert len(index.merged()) == 0


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "archive.sqlite")


def put(store: Store, ids: list[int], vector: tuple[float, ...] = (1, 0, 0)) -> Head:
    with store.change() as change:
        for id_ in ids:
            article = invented(str(id_))
            vectors = np.array([vector], dtype=np.float32)
            change.put(NewArticle(article, [(0, len(article.text))], vectors))
    return store.head()


def test_an_index_that_follows_equals_one_made_at_once(store: Store) -> None:
    index = build_dense(store, GENESIS, ENCODER, DIMENSION)
    put(store, [1, 2, 3], (1, 0, 0))
    index = index.advance(store, store.head())
    put(store, [4, 2], (0, 1, 0))
    index = index.advance(store, store.head())
    with store.change() as change:
        change.remove("1")
    index = index.advance(store, store.head())
    fresh = build_dense(store, store.head(), ENCODER, DIMENSION)
    for query in np.eye(DIMENSION, dtype=np.float32):
        for mine, its in zip(index.search(query, 9), fresh.search(query, 9), strict=True):
            assert mine.tolist() == its.tolist()
    assert index.head == fresh.head == store.head()
    assert len(index) == len(fresh) == 3


def test_a_purged_version_leaves_an_index_from_before(store: Store) -> None:
    index = build_dense(store, put(store, [1, 2]), ENCODER, DIMENSION)
    put(store, [1])
    assert store.purge(store.head().seq, "9999") == 1
    assert len(index.advance(store, store.head())) == 2


def test_an_older_index_stays_as_it_was(store: Store) -> None:
    older = build_dense(store, put(store, [1, 2]), ENCODER, DIMENSION)
    found = older.search(np.ones(DIMENSION, np.float32), 9)[0].tolist()
    with store.change() as change:
        change.remove("1")
    newer = older.advance(store, store.head())
    assert older.search(np.ones(DIMENSION, np.float32), 9)[0].tolist() == found
    assert newer.search(np.ones(DIMENSION, np.float32), 9)[0].tolist() == found[1:]


def test_a_tail_that_grows_large_is_merged(store: Store) -> None:
    index = build_dense(store, put(store, [0]), ENCODER, DIMENSION)
    few = index.advance(store, put(store, list(range(1, 11))))
    assert (len(few.base), len(few.tail)) == (1, 10)
    many = few.advance(store, put(store, list(range(11, 1_100))))
    assert (len(many.base), len(many.tail)) == (1_100, 0)
    assert not few.worth_saving()
    assert many.worth_saving()


@pytest.fixture
def path(store: Store, tmp_path: Path) -> Path:
    path = tmp_path / "dense.faiss"
    save_dense(build_dense(store, put(store, [1, 2, 3]), ENCODER, DIMENSION), path)
    return path


def test_a_saved_index_is_the_same_when_loaded(store: Store, path: Path) -> None:
    index = build_dense(store, put(store, [4, 2], (0, 1, 0)), ENCODER, DIMENSION)
    saved = save_dense(index, path)
    loaded = load_dense(path, store, ENCODER)
    assert isinstance(loaded, DenseIndex)
    assert loaded.head == saved.head == store.head()
    for query in np.eye(DIMENSION, dtype=np.float32):
        found = loaded.search(query, 9)
        assert [part.tolist() for part in found] == [p.tolist() for p in index.search(query, 9)]
    assert len(loaded.advance(store, put(store, [9]))) == 5


def test_a_flipped_bit_anywhere_is_noticed(store: Store, path: Path) -> None:
    whole = path.read_bytes()
    for at in range(len(whole)):
        content = bytearray(whole)
        content[at] ^= 1 << at % 8
        path.write_bytes(content)
        assert "damaged" in str(load_dense(path, store, ENCODER)), at


def test_a_file_cut_anywhere_is_noticed(store: Store, path: Path) -> None:
    whole = path.read_bytes()
    for left in range(len(whole)):
        path.write_bytes(whole[:left])
        assert load_dense(path, store, ENCODER) == (
            "dense.faiss is damaged, or of another version"
        ), left
    path.write_bytes(whole + b"\0")
    assert "damaged" in str(load_dense(path, store, ENCODER))


def test_a_file_that_is_not_there_or_not_ours_is_refused(
    store: Store, path: Path, tmp_path: Path
) -> None:
    other = Store(tmp_path / "other.sqlite")
    assert "another archive" in str(load_dense(path, other, ENCODER))
    put(other, [7, 8, 9])
    assert "another archive" in str(load_dense(path, other, ENCODER))
    assert "another archive or encoder" in str(load_dense(path, store, "other"))
    assert "cannot be read" in str(load_dense(tmp_path / "absent", store, ENCODER))


def test_joining_keeps_the_order_of_ids() -> None:
    parts = [
        make_segment(np.eye(2, dtype=np.float32), np.array([1, 2]), np.array([1, 1])),
        make_segment(np.eye(2, dtype=np.float32), np.array([5, 7]), np.array([2, 3])),
    ]
    whole = joined([parts[0].without(np.array([1])), parts[1]])
    assert (whole.ids.tolist(), whole.rows.tolist()) == ([5, 7], [2, 3])

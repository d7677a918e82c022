"""The sketch of a large index against the exact search, and what it must leave as it is."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.changes import GENESIS, NewArticle
from index.dense import DenseIndex
from index.dense_file import load_dense, save_dense
from index.files import WriterLock
from index.indexes import Indexes
from index.segment import Segment, empty_segment, make_segment
from index.sketch import WORTHWHILE, make_sketch
from index.store import Store
from tests.invented import invented

DIMENSION = 32


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """(WORTHWHILE, DIMENSION) float16 of length 1, in clusters, as those of articles are."""
    generator = np.random.default_rng(7)
    centres = generator.standard_normal((500, DIMENSION))
    noise = generator.standard_normal((WORTHWHILE, DIMENSION))
    mixed = centres[generator.integers(0, 500, WORTHWHILE)] + 0.7 * noise
    unit: np.ndarray = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return unit.astype(np.float16)


@pytest.fixture(scope="module")
def exact(vectors: np.ndarray) -> Segment:
    numbers = np.arange(1, WORTHWHILE + 1)
    return make_segment(vectors, numbers, numbers)


@pytest.fixture(scope="module")
def sketched(vectors: np.ndarray, exact: Segment) -> Segment:
    return replace(exact, sketch=make_sketch(vectors))


def test_the_best_are_those_of_the_exact_search(exact: Segment, sketched: Segment) -> None:
    queries = exact.vectors()[:: WORTHWHILE // 50].astype(np.float32)
    found = total = 0
    for query in queries:
        ids, scores = sketched.search(query, 100)
        expected, its_scores = exact.search(query, 100)
        assert ids[:10].tolist() == expected[:10].tolist()
        np.testing.assert_allclose(scores[:10], its_scores[:10], atol=1e-6)
        found += len(np.intersect1d(ids, expected))
        total += 100
    assert found >= 0.999 * total


def test_what_was_removed_is_not_found(exact: Segment, sketched: Segment) -> None:
    query = exact.vectors()[0].astype(np.float32)
    gone = np.sort(exact.search(query, 5)[0])
    left = sketched.without(gone)
    assert left.sketch is sketched.sketch
    assert left.search(query, 10)[0].tolist() == exact.search(query, 15)[0][5:].tolist()


def test_where_most_of_what_it_finds_is_gone_all_are_searched(
    exact: Segment, sketched: Segment
) -> None:
    query = exact.vectors()[0].astype(np.float32)
    gone = np.sort(exact.search(query, 2_000)[0])  # all that the sketch looks at
    assert sketched.without(gone).search(query, 5)[0].tolist() == (
        exact.without(gone).search(query, 5)[0].tolist()
    )


def test_filtered_searches_are_exact(exact: Segment, sketched: Segment) -> None:
    query = exact.vectors()[0].astype(np.float32)
    rows = np.arange(3, WORTHWHILE, 1_000)
    assert sketched.search(query, 50, rows)[0].tolist() == exact.search(query, 50, rows)[0].tolist()


def test_few_vectors_have_no_sketch(vectors: np.ndarray) -> None:
    assert make_sketch(vectors[:-1]) is None
    assert make_sketch(vectors[:, :15]) is None  # an odd number of dimensions has no pairs


def test_the_file_keeps_the_sketch(exact: Segment, tmp_path: Path) -> None:
    store = Store(tmp_path / "archive.sqlite")
    index = DenseIndex(GENESIS, "abc123", exact, empty_segment(DIMENSION), 0)
    saved = save_dense(index, tmp_path / "dense.faiss")
    loaded = load_dense(tmp_path / "dense.faiss", store, "abc123")
    assert isinstance(loaded, DenseIndex)
    assert loaded.base.sketch is not None
    assert not loaded.wants_sketch()
    for query in exact.vectors()[:5].astype(np.float32):
        assert loaded.search(query, 50)[0].tolist() == saved.search(query, 50)[0].tolist()


def test_an_archive_that_grows_large_is_sketched_beside_its_questions(
    vectors: np.ndarray, tmp_path: Path
) -> None:
    store = Store(tmp_path / "archive.sqlite")
    lock = WriterLock(tmp_path, 1)
    indexes = Indexes(tmp_path, store, lock, "abc123", DIMENSION)
    article = invented("many", "A harbour. " * 10)
    spans = [(0, 10)] * WORTHWHILE  # the store does not ask where they stand
    with store.change() as change:
        change.put(NewArticle(article, spans, vectors))
    with lock.held():
        indexes.catch_up()
    before = indexes.current
    query = vectors[5].astype(np.float32)
    expected = before.search_dense(query, 10)[0].tolist()
    for _ in range(600):  # a busy machine may take its time
        if indexes.current.dense.base.sketch is not None:
            break
        time.sleep(0.1)
    assert indexes.current.dense.base.sketch is not None
    assert indexes.current.head == before.head
    assert indexes.current.search_dense(query, 10)[0].tolist() == expected

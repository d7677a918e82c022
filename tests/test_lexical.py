"""BM25 in tantivy against BM25 written down again; any question at all; filters; old states."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.changes import Head, NewArticle
from index.filters import Filters
from index.heading import heading
from index.lexical import LexicalSnapshot, make_analyser
from index.lexical_index import LexicalIndex
from index.records import Article
from index.store import Store
from tests.invented import invented

HARBOUR = "The harbour closed. The harbour master said that ships wait at sea."
MARKET = "Prices at the market rose; traders said that fish is dear."
FERRY = "A ferry left the harbour late."
SHIP = "Ships, ships and more ships."


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "archive.sqlite")


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    return LexicalIndex(tmp_path / "lexical")


def put(store: Store, *articles: Article) -> Head:
    with store.change() as change:
        for article in articles:
            vectors = np.ones((1, 2), np.float32)
            change.put(NewArticle(article, [(0, len(article.text))], vectors))
    return store.head()


def caught_up(index: LexicalIndex, store: Store) -> LexicalSnapshot:
    index.catch_up(store, store.head())
    return index.snapshot()


@pytest.fixture
def snapshot(store: Store, index: LexicalIndex) -> LexicalSnapshot:
    texts = (HARBOUR, MARKET, FERRY, SHIP)
    put(store, *(invented(str(i), text) for i, text in enumerate(texts)))
    return caught_up(index, store)


def bm25(texts: dict[int, str], question: str) -> dict[int, float]:
    """Robertson and Zaragoza (2009), with the idf of Lucene; k1 = 1.2, b = 0.75.

    The document that names the index's state is one of tantivy's, without a word. Lengths up to 40
    words are exact in tantivy; longer ones are rounded.
    """
    analyse = make_analyser().analyze
    words = {id_: Counter(analyse(text)) for id_, text in texts.items()}
    documents = len(texts) + 1
    average = sum(counts.total() for counts in words.values()) / documents
    scores = {}
    for id_, counts in words.items():
        score = 0.0
        for term in set(analyse(question)):
            holding = sum(term in other for other in words.values())
            idf = math.log(1 + (documents - holding + 0.5) / (holding + 0.5))
            norm = 1.2 * (1 - 0.75 + 0.75 * counts.total() / average)
            score += idf * counts[term] * 2.2 / (counts[term] + norm)
        if score:
            scores[id_] = score
    return scores


def stored_texts(store: Store) -> dict[int, str]:
    passages = store.passages_added(0, store.head().seq)
    return {p.id: f"{heading(p.article)}\n{p.article.text}" for p in passages}


@pytest.mark.parametrize(
    "question",
    ["harbour", "Who closed the harbour?", "ships at sea", "ship ship ship", "invented 2024"],
)
def test_scores_are_those_of_bm25(store: Store, snapshot: LexicalSnapshot, question: str) -> None:
    expected = bm25(stored_texts(store), question)
    ids, scores = snapshot.search(question, 10)
    assert dict(zip(ids.tolist(), scores.tolist(), strict=True)) == pytest.approx(
        expected, rel=1e-4
    )
    assert expected  # a question without an answer would agree with anything


def test_a_long_passage_scores_nearly_as_in_bm25(store: Store, index: LexicalIndex) -> None:
    put(store, invented("long", HARBOUR * 9), invented("short", FERRY))
    ids, scores = caught_up(index, store).search("harbour master", 10)
    expected = bm25(stored_texts(store), "harbour master")
    assert dict(zip(ids.tolist(), scores.tolist(), strict=True)) == pytest.approx(
        expected, rel=0.02
    )


@pytest.mark.parametrize(
    ("question", "matches"),
    [
        ("", 0),
        ("   \n", 0),
        ('"', 0),
        ("()[]{}^~*?:\\/!-+&|<>=", 0),
        ("\U0001f600 \U0001f1eb\U0001f1f7", 0),
        ("unheard", 0),
        ("date: 2024", 4),
        ('"harbour', 2),
        ("(harbour", 2),
        ("harbour AND NOT ferry", 2),
        ("body:harbour^5", 2),
        ("HARBOUR's", 3),
        ("hárbour", 2),
        ("harbour " * 2_000, 2),
        ("x" * 10_000, 0),
    ],
)
def test_a_question_is_words_and_never_a_query(
    snapshot: LexicalSnapshot, question: str, matches: int
) -> None:
    ids, scores = snapshot.search(question, 10)
    assert len(ids) == len(scores)
    assert len(ids) >= min(1, matches)
    if matches < 2:
        assert len(ids) == matches


def test_a_question_of_10_000_different_words_is_answered(snapshot: LexicalSnapshot) -> None:
    question = " ".join(f"word{i}" for i in range(10_000))
    assert len(snapshot.search(f"harbour {question}", 10)[0]) == 2


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(question=st.text(), k=st.integers(-1, 5))
def test_no_question_raises_and_scores_agree(
    snapshot: LexicalSnapshot, question: str, k: int
) -> None:
    ids, scores = snapshot.search(f"{question} ships harbour", k)
    assert len(ids) <= max(0, k)
    again = snapshot.scores(f"{question} ships harbour", ids.tolist())
    assert again.tolist() == pytest.approx(scores.tolist(), rel=1e-5)


def test_scores_of_passages_that_do_not_match_or_are_not_there(
    store: Store, snapshot: LexicalSnapshot
) -> None:
    harbour, market, *_ = stored_texts(store)
    found = dict(zip(*(part.tolist() for part in snapshot.search("harbour", 10)), strict=True))
    scores = snapshot.scores("harbour", [market, harbour, 999, harbour]).tolist()
    assert scores == pytest.approx([0, found[harbour], 0, found[harbour]])
    assert snapshot.scores("", [harbour]).tolist() == [0]
    assert snapshot.scores("harbour", []).tolist() == []


def test_k_is_a_bound_even_when_it_is_huge(snapshot: LexicalSnapshot) -> None:
    assert len(snapshot.search("invented", 2)[0]) == 2
    assert len(snapshot.search("invented", 10**15)[0]) == 4
    assert len(snapshot.search("invented", 0)[0]) == 0


def test_an_empty_index_answers_nothing(index: LexicalIndex) -> None:
    snapshot = index.snapshot()
    assert len(snapshot) == 0
    assert snapshot.search("harbour", 10)[0].tolist() == []
    assert snapshot.scores("harbour", [1]).tolist() == [0]
    assert snapshot.idf("harbour") == pytest.approx(math.log(2))


def test_filters_by_day_and_source(store: Store, index: LexicalIndex) -> None:
    put(
        store,
        invented("before", published_at="2024-01-14T23:59:59Z"),
        invented("day", published_at="2024-01-15"),
        invented("instant", published_at="2024-01-15T10:00:00Z", source="invented  WIRE"),
        invented("after", published_at="2024-01-16"),
        invented("undated", published_at=None, source=None),
    )
    snapshot = caught_up(index, store)
    for filters in (
        Filters(),
        Filters(after="2024-01-15"),
        Filters(before="2024-01-15"),
        Filters(after="2024-01-15", before="2024-01-16"),
        Filters(after="2024-01-16", before="2024-01-15"),
        Filters(after="0001-01-01"),
        Filters(before="9999-12-31"),
        Filters(sources=("Invented wire",)),
        Filters(sources=("nobody",)),
        Filters(sources=("",)),
        Filters(after="2024-01-16", sources=("nobody", "INVENTED WIRE")),
    ):
        ids, scores = snapshot.search("harbour", 10, filters)
        # One passage for each version, so that their numbers are the same.
        assert sorted(ids.tolist()) == store.rows_matching(filters, store.head().seq).tolist()
        unfiltered = snapshot.scores("harbour", ids.tolist())
        assert scores.tolist() == pytest.approx(unfiltered.tolist(), rel=1e-5)


def test_a_snapshot_stays_and_the_next_one_follows(store: Store, index: LexicalIndex) -> None:
    put(store, invented("a", HARBOUR))
    older = caught_up(index, store)
    put(store, invented("a", MARKET), invented("b", FERRY))
    assert index.snapshot().head == older.head  # nobody has caught up
    newer = caught_up(index, store)
    assert [len(older), len(newer)] == [1, 2]
    assert older.search("master", 10)[0].tolist() == [1]
    assert newer.search("master", 10)[0].tolist() == []
    assert newer.search("traders ferry", 10)[0].tolist() in ([2, 3], [3, 2])
    assert newer.head == store.head()


def test_how_rare_a_term_is(store: Store, index: LexicalIndex) -> None:
    put(store, invented("a", HARBOUR), invented("b", FERRY), invented("c", MARKET))
    snapshot = caught_up(index, store)
    # Two of three passages hold it: log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    assert snapshot.idf("harbour") == pytest.approx(math.log(1.6))
    assert snapshot.idf("unheard") == pytest.approx(math.log(8))
    assert snapshot.tokens("The Harbours' harbour!") == ["the", "harbour", "harbour"]
    assert snapshot.terms("The Harbours' harbour!") == ["the", "harbour"]
    with store.change() as change:
        change.remove("a")
        change.remove("b")
    assert caught_up(index, store).idf("harbour") > 0


def test_an_index_of_another_history_is_begun_again(
    store: Store, index: LexicalIndex, tmp_path: Path
) -> None:
    other = Store(tmp_path / "other.sqlite")
    put(other, invented("x", SHIP))
    put(other, invented("y", SHIP))
    index.catch_up(other, other.head())
    put(store, invented("a", HARBOUR))
    snapshot = caught_up(index, store)
    assert (len(snapshot), snapshot.head) == (1, store.head())
    assert snapshot.search("ships", 10)[0].tolist() == [1]  # the word stands in HARBOUR too


def test_files_of_a_merged_segment_go_whichever_process_wrote_them(
    store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "lexical"
    writers = [LexicalIndex(folder), LexicalIndex(folder)]  # as two processes have it open
    for i in range(24):
        put(store, invented(str(i)))
        writers[i % 2].catch_up(store, store.head())
    assert len(writers[0].snapshot()) == 24
    assert len(list(folder.glob("*.term"))) < 12

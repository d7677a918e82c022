"""Retrieval over a real archive: fused scores by hand, candidates of both searches, order."""

import hashlib
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.archive import Archive
from index.filters import NO_FILTERS, Filters
from index.records import Article
from index.sources.fields import seal
from rag.retrieve import DEPTH, Found, retrieve
from tests.invented import invented

QUESTION = "Which ferry left the harbour?"
WORDS = (  # as long as each other
    invented("both", "The ferry and the harbour at 40 percent."),
    invented("word", "The ferry and the meadow at 20 percent."),
    invented("other", "The meadow and the harbour at -80 percent."),
    invented("none", "The meadow and the orchard at 80 percent."),
)


class PercentEncoder:
    """A text with `at N percent` has the cosine N / 100 with every text that says no such thing."""

    name = "percent"
    fingerprint = hashlib.sha256(b"percent").hexdigest()[:12]
    dimension = 2

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        said = [re.search(r"at (-?\d+) percent", text) for text in texts]
        cosines = [int(match[1]) / 100 if match else 1.0 for match in said]
        rows = [(cosine, math.sqrt(1 - cosine**2)) for cosine in cosines]
        return np.array(rows, dtype=np.float32).reshape(len(texts), 2)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "data", PercentEncoder())


def ingest(archive: Archive, *articles: Article) -> None:
    assert all(outcome.status == "added" for outcome in archive.ingest(articles))


def ask(
    archive: Archive, limit: int, filters: Filters = NO_FILTERS, question: str = QUESTION
) -> list[Found]:
    return retrieve(archive.snapshot(), archive.encoder, question, filters, limit)


def ids(found: Sequence[Found]) -> list[str]:
    return [f.article.id for f in found]


@pytest.fixture
def crowd(archive: Archive) -> Archive:
    """200 invented articles, middling by cosine and by word, and three that one search misses."""
    crowd = [invented(f"crowd{i}", f"Berth {i} of the harbour at 20 percent.") for i in range(200)]
    meant = invented("meant", "Those vessels sailed out of port at 90 percent.")
    named = invented("named", "The only ferry of the town at -50 percent.")
    post = invented("post", "Something else at -90 percent.", "The Invented Post")
    ingest(archive, *crowd[:100], meant, named, post, *crowd[100:])
    return archive


def test_the_fused_score_by_hand(archive: Archive) -> None:
    # Both words are in two of them: one word has half the BM25 of both.
    ingest(archive, *WORDS)
    found = ask(archive, 10, question="ferry harbour")
    by_hand = {
        "both": 0.6 * 40 / 80 + 0.4 * 1,
        "none": 0.6 * 80 / 80 + 0.4 * 0,
        "word": 0.6 * 20 / 80 + 0.4 * 1 / 2,
        "other": 0.6 * 0 + 0.4 * 1 / 2,  # a cosine below 0 counts as 0
    }
    assert ids(found) == list(by_hand)
    assert [f.score for f in found] == pytest.approx(list(by_hand.values()), abs=1e-3)
    assert [f.cosine for f in found] == pytest.approx([0.4, 0.8, 0.2, -0.8], abs=1e-3)
    top = found[0].bm25
    assert top > 0
    assert [f.bm25 / top for f in found] == pytest.approx([1, 0, 0.5, 0.5], abs=1e-6)


def test_words_that_no_passage_has_make_the_others_count_for_less(archive: Archive) -> None:
    ingest(archive, *WORDS)
    found = ask(archive, 10, question="Which ferry harbour volcano?")
    # Rarity: two passages of four hold each known word, none the other; "which" does not count.
    ideal = 2 * math.log(1 + 2.5 / 2.5) + math.log(1 + 4.5 / 0.5)
    # BM25 of one known word: to tantivy the mark of the archive's state is a fifth passage, empty.
    known = math.log(1 + 3.5 / 2.5) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 8 / 6.4))
    by_hand = {
        "none": 0.6 * 80 / 80,
        "both": 0.6 * 40 / 80 + 0.4 * 2 * known / ideal,
        "word": 0.6 * 20 / 80 + 0.4 * known / ideal,
        "other": 0.4 * known / ideal,
    }
    assert ids(found) == list(by_hand)
    assert [f.score for f in found] == pytest.approx(list(by_hand.values()), abs=1e-3)


def test_without_a_word_in_common_the_cosine_alone_ranks(archive: Archive) -> None:
    ingest(archive, *(invented(f"{n}", f"A meadow at {n} percent.") for n in (10, 80, 40)))
    found = ask(archive, 10)
    assert ids(found) == ["80", "40", "10"]
    assert [f.score for f in found] == pytest.approx([0.6, 0.3, 0.075], abs=1e-3)


def test_an_articles_best_passage_pulls_up_the_others(archive: Archive) -> None:
    rain = " ".join(["Rain fell on the meadow, and nobody was out."] * 20)
    text = f"Clouds at 80 percent. {rain}\n\n{rain}\n\nWind at 20 percent."
    ingest(archive, invented("long", text), invented("short", "Sun at 30 percent."))
    found = ask(archive, 10, question="Who flew?")  # no word of theirs
    by_hand = {
        "Clouds": 0.7 * 0.6 * 80 / 100 + 0.3 * 0.6,
        "Wind": 0.7 * 0.6 * 20 / 100 + 0.3 * 0.6,
        "Sun": 0.6 * 30 / 100,  # it would be before Wind by itself
        "Rain": 0.6,  # the article's best
    }
    told = [next(kind for kind in by_hand if kind in f.text) for f in found]
    assert told == ["Rain", "Clouds", "Wind", "Sun"]
    assert [f.score for f in found] == pytest.approx([by_hand[kind] for kind in told], abs=1e-3)


def test_fewer_are_the_first_of_more(archive: Archive) -> None:
    rain = " ".join(["Rain fell on the meadow, and nobody was out."] * 20)
    long = f"Clouds at 80 percent. {rain}\n\n{rain}\n\nWind at 60 percent."
    ingest(archive, *(invented(f"sun{i}", "Sun at 70 percent.") for i in range(40)))
    ingest(archive, *(invented(f"fog{i}", f"Fog at {50 - i} percent.") for i in range(40)))
    ingest(archive, invented("long", long))
    every = ask(archive, 2 * DEPTH, question="Who flew?")
    told = [re.sub(r".*(Rain|Clouds|Wind|Sun|Fog).*", r"\1", f.text, flags=re.S) for f in every]
    # By itself the wind is behind the forty suns, and the best of its article before all.
    assert told[2] == "Wind"
    assert told[3:43] == ["Sun"] * 40
    for limit in (1, 3, 10, 29, 50, 51, 70):
        assert ask(archive, limit, question="Who flew?") == every[:limit]


def test_what_one_search_alone_finds_is_a_candidate(crowd: Archive) -> None:
    found = ask(crowd, 2)
    assert sorted(ids(found)) == ["meant", "named"]
    by_id = {f.article.id: f for f in found}
    assert by_id["meant"].bm25 == 0
    assert by_id["named"].cosine == pytest.approx(-0.5, abs=1e-3)  # though FAISS never offered it


def test_filters_apply_before_the_search(crowd: Archive) -> None:
    assert "post" not in ids(ask(crowd, 200))
    only = Filters(sources=("the invented post",))
    assert ids(ask(crowd, 1, only)) == ids(ask(crowd, 10, only)) == ["post"]
    assert ask(crowd, 10, Filters(before="2024-01-15")) == []


def test_equal_passages_come_by_article_and_start(archive: Archive) -> None:
    half = " ".join(["The ferry left the harbour at 40 percent, it was said."] * 11)
    text = f"{half}\n\n{half}"
    ingest(archive, *(invented(id_, text) for id_ in ("c", "a", "d", "b")))
    found = ask(archive, 10)
    starts = sorted({f.passage.start for f in found})
    assert len(starts) > 1
    assert len({(f.text, f.score) for f in found}) == 1
    in_order = [(id_, start) for id_ in "abcd" for start in starts]
    for limit in (1, 3, len(in_order)):
        first = [(f.article.id, f.passage.start) for f in ask(archive, limit)]
        assert first == in_order[:limit]


def test_no_more_than_asked_for_and_no_fewer(crowd: Archive) -> None:
    for limit in (1, 7, DEPTH):
        found = ask(crowd, limit)
        assert len(set(ids(found))) == len(found) == limit
        assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)


def test_all_that_either_search_finds(crowd: Archive) -> None:
    found = ask(crowd, 2 * DEPTH)
    snapshot = crowd.snapshot()
    dense, _ = snapshot.search_dense(crowd.encoder.encode([QUESTION])[0], DEPTH)
    lexical, _ = snapshot.search_lexical(QUESTION, DEPTH)
    assert {f.passage.id for f in found} == {*dense.tolist(), *lexical.tolist()}
    assert [f.score for f in found][:DEPTH] == [f.score for f in ask(crowd, DEPTH)]


def test_what_is_turned_away_is_as_if_it_were_not_there(archive: Archive) -> None:
    texts = {"a": "The ferry sank.", "b": "The ferry of Lund sank.", "c": "A ferry sails."}
    ingest(archive, *(invented(id_, text) for id_, text in texts.items()))
    kept = retrieve(
        archive.snapshot(),
        archive.encoder,
        "ferry of Lund",
        Filters(),
        10,
        admits=lambda text: "Lund" not in text,
    )
    assert sorted(ids(kept)) == ["a", "c"]
    archive.remove(["b"])
    without = retrieve(archive.snapshot(), archive.encoder, "ferry of Lund", Filters(), 10)
    assert ids(kept) == ids(without)
    assert [f.cosine for f in kept] == [f.cosine for f in without]


def test_what_is_found_tells_its_place(archive: Archive) -> None:
    ingest(archive, seal(Article("a", "A ferry.", title="Of an invented ferry")))
    found = ask(archive, 1)[0]
    assert (found.text, found.heading) == ("A ferry.", "Of an invented ferry")
    assert (found.as_json()["start_char_index"], found.as_json()["end_char_index"]) == (0, 8)


def test_an_empty_archive_has_nothing(archive: Archive) -> None:
    assert ask(archive, 10) == []
    ingest(archive, invented("a"))
    archive.remove(["a"])
    assert ask(archive, 10) == []

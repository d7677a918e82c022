"""The engine answers cases: what is written down of each, on the seed and an invented archive."""

from dataclasses import replace
from pathlib import Path

import pytest

from eval.answers import FAILED, REFUSED, RIGHT
from eval.asking import ask, gold_passages
from eval.cases import Case, Place, read_cases
from rag.engine import Engine
from rag.settings import Settings

CASES = {c.id: c for c in read_cases(Path(__file__).parents[1] / "eval" / "data" / "seed.jsonl")}
SEED = "000_8f1bdb7aece23af3.txt"
AGREEMENT = replace(CASES["agreement"], article_ids=(SEED,))


def test_an_answer_with_its_quote_and_its_path(engine: Engine) -> None:
    row = ask(engine, AGREEMENT)
    assert row.verdict == RIGHT
    assert "Inter-Korean Comprehensive Military Agreement" in row.answer
    assert not row.em
    assert row.f1 == pytest.approx(8 / 15)  # it says the agreement's four words, and seven more
    assert row.evidence_cited
    quote = row.quotes[0]
    assert quote.verified
    assert quote.answer is not None
    assert quote.text[slice(*quote.answer)] == row.answer
    text = engine.article(SEED).text
    assert quote.start is not None
    assert text[quote.start :].startswith(quote.text)
    assert row.path is not None
    assert (row.path.found, row.path.top20, row.path.read, row.path.first) == (True,) * 4
    assert row.path.gold_f1 == pytest.approx(8 / 15)


def test_what_would_have_been_answered_is_scored_though_refused(engine: Engine) -> None:
    careful = Engine(engine.archive, engine.reader, engine.calibrator, Settings(threshold=1.0))
    row = ask(careful, AGREEMENT)
    assert row.verdict == REFUSED
    assert row.answer == ask(engine, AGREEMENT).answer
    assert row.right
    assert row.evidence_cited  # what would have been cited
    assert row.confidence == ask(engine, AGREEMENT).confidence


def test_a_question_that_fails_is_a_result(engine: Engine) -> None:
    row = ask(engine, Case("blank", "???", ("x",), True, article_ids=(SEED,)))
    assert row.verdict == FAILED
    assert "InvalidInput: the question holds no word" in row.failed
    assert row.path is not None
    assert (row.path.found, row.path.gold_f1) == (False, 0.0)
    assert row.confidence is None


def test_passages_that_hold_the_answer_are_taken_out(engine: Engine) -> None:
    """The seed's three passages all stay findable; without the answer's, another is read."""
    answer = "Inter-Korean Comprehensive Military Agreement"
    without = replace(AGREEMENT, answers=(), answerable=False, evidence=(), without=(answer,))
    row = ask(engine, without)
    assert answer not in "".join(q.text for q in row.quotes)
    assert row.path is None
    nothing = replace(without, without=("the Korean", "North Korea", "Korea"))
    row = ask(engine, nothing)
    assert (row.verdict, row.answer, row.quotes, row.confidence) == (RIGHT, "", (), 0.0)


def test_filters_and_the_day_of_asking_reach_the_engine(engine: Engine) -> None:
    from index.filters import Filters

    row = ask(engine, replace(AGREEMENT, filters=Filters(before="2020-01-01")))
    assert row.verdict == REFUSED
    assert ask(engine, replace(AGREEMENT, asked_at="no day")).verdict == FAILED


def test_gold_passages_are_those_with_the_evidence(engine: Engine) -> None:
    snapshot = engine.archive.snapshot()
    whole = snapshot.passages_of(SEED)
    assert [p.ordinal for p in whole] == [0, 1, 2]
    assert snapshot.passages_of("nobody's") == []
    holding = gold_passages(AGREEMENT, snapshot)
    assert len(holding) == 1
    assert all(e in holding[0].text for e in AGREEMENT.evidence if isinstance(e, str))
    place = Place(SEED, whole[2].start + 5, whole[2].start + 9)
    placed = replace(AGREEMENT, evidence=(place,))
    assert [f.passage for f in gold_passages(placed, snapshot)] == [whole[2]]
    # Without evidence, an answer will do; without an article, nothing is known.
    assert gold_passages(replace(AGREEMENT, evidence=()), snapshot) == holding
    assert gold_passages(replace(AGREEMENT, article_ids=("nobody's",)), snapshot) == []


def test_a_gold_passage_that_was_not_stored_is_read_badly(engine: Engine) -> None:
    """Else a splitter that cuts answers in two would take its questions out of the figure."""
    for lost in (
        replace(AGREEMENT, article_ids=("nobody's",)),
        replace(AGREEMENT, answers=("moon",), evidence=()),
    ):
        path = ask(engine, lost).path
        assert path is not None
        assert path.gold_f1 == 0
    path = ask(engine, replace(AGREEMENT, article_ids=())).path
    assert path is not None
    assert path.gold_f1 is None


def test_evidence_at_a_place_is_cited_when_a_quote_touches_it(engine: Engine) -> None:
    row = ask(engine, AGREEMENT)
    quote = row.quotes[0]
    assert quote.start is not None
    end = quote.start + len(quote.text)
    for place, cited in (
        (Place(SEED, quote.start, end), True),
        (Place(SEED, end - 1, end + 50), True),
        (Place(SEED, end, end + 50), False),
        (Place("nobody's", quote.start, end), False),
    ):
        assert ask(engine, replace(AGREEMENT, evidence=(place,))).evidence_cited is cited


def test_the_same_question_has_the_same_result_twice(engine: Engine) -> None:
    for case in CASES.values():
        assert ask(engine, case) == ask(engine, case)

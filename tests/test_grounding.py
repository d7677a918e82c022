"""Answers judged: the engine's, another system's, refusals and failures."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.answers import score
from eval.cases import Case, read_cases
from eval.citations import Judged
from eval.given import Given, Quote, Said, failure
from eval.grounding import SUPPORTED, UNSUPPORTED, Grounded
from eval.judging import ground, ground_given, judged
from rag.engine import Engine
from rag.entailment import Checker
from rag.huggingface_checker import HuggingFaceChecker
from rag.word_checker import WordChecker
from tests.grounded import grounded, sentence
from tests.test_entailment import make

CASES = {c.id: c for c in read_cases(Path(__file__).parents[1] / "eval" / "data" / "seed.jsonl")}
CASE = Case("bay", "What closed the harbour?", ("storm",), True)
STORM = Quote("A storm closed the harbour.", article_id="bay", start=0, verified=True)
RAIN = Quote("It rained for days.", article_id="bay", start=40, verified=True)
CHECKER = WordChecker()


def test_each_sentence_is_judged_by_what_it_cites() -> None:
    said = (Said("A storm closed the harbour.", (0,)), Said("It rained for days.", (0,)))
    row = judged(CASE, Given("…", quotes=(STORM, RAIN), sentences=said), CHECKER)
    assert [s.supported for s in row.sentences] == [True, False]
    assert (row.verdict, row.is_supported) == (UNSUPPORTED, False)
    assert row.trouble == "not supported: 'It rained for days.'"
    right = (said[0], Said("It rained for days.", (1,)))
    row = judged(CASE, Given("A storm", quotes=(STORM, RAIN), sentences=right), CHECKER)
    assert (row.verdict, row.trouble, row.is_right) == (SUPPORTED, "", True)


def test_answers_that_disagree_are_judged_each_by_its_own_and_scored_by_the_first() -> None:
    both = Given(
        "a storm rain", quotes=(RAIN, STORM), sentences=(Said("a storm", (1,)), Said("rain", (0,))),
        conflicting=True,
    )  # fmt: skip
    row = judged(CASE, both, CHECKER)
    assert [(s.text, s.cites, s.supported) for s in row.sentences] == [
        ("a storm", (1,), True),
        ("rain", (0,), False),  # it rained; that is not the very word
    ]
    assert (row.result.answer, row.result.em, row.verdict) == ("a storm", True, UNSUPPORTED)
    assert row.result.quotes == (RAIN, STORM)  # what the sentences cite, by its number
    alone = score(CASE, both)
    assert (alone.answer, alone.quotes, alone.em) == ("a storm", (STORM,), True)
    assert alone.beside == ("rain",)
    turned = replace(both, sentences=both.sentences[::-1])
    assert (score(CASE, turned).answer, judged(CASE, turned, CHECKER).is_right) == ("rain", False)
    whole = score(CASE, replace(both, conflicting=False))
    assert (whole.answer, whole.beside) == ("a storm rain", ())


def test_a_short_answer_claims_to_answer() -> None:
    row = judged(CASE, Given("a storm", quotes=(STORM,)), CHECKER)
    assert row.sentences == (
        Judged("a storm", "What closed the harbour? -> a storm", (0,), (True,), True, 1.0),
    )


def test_a_refusal_says_nothing_to_support_and_a_failure_too() -> None:
    refused = judged(CASE, Given("a storm", refused=True, quotes=(STORM,)), CHECKER)
    assert (refused.sentences, refused.is_given, refused.trouble) == ((), False, "")
    failed = judged(CASE, failure("boom"), CHECKER)
    assert (failed.sentences, failed.verdict, failed.trouble) == ((), "failed", "no answer: boom")
    nothing = Case("none", "Who?", (), False)
    assert judged(nothing, Given("", refused=True), CHECKER).is_right
    assert not refused.is_right
    assert not judged(nothing, Given("a storm", quotes=(STORM,)), CHECKER).is_right


def test_right_without_support_is_not_right_enough() -> None:
    row = judged(CASE, Given("a storm", quotes=(RAIN,)), CHECKER)
    assert (row.result.right, row.is_supported, row.is_right) == (True, False, False)


def test_an_answer_without_a_word_is_not_supported() -> None:
    row = judged(CASE, Given("...", quotes=(STORM,)), CHECKER)
    assert (row.verdict, row.trouble) == (UNSUPPORTED, "an answer without a word")


def test_the_baseline_cites_the_passage_for_everything() -> None:
    passage = Quote(f"{STORM.text} The mayor spoke.", article_id="bay", start=0, verified=True)
    text = "A storm closed the harbour. The mayor spoke to us."
    row = judged(CASE, Given(text, quotes=(STORM,)), CHECKER, (passage,))
    assert row.baseline is not None
    assert row.baseline.quote == passage
    assert [s.text for s in row.baseline.sentences] == [s.text for s in row.sentences]
    assert [(s.cites, s.counts, s.supported) for s in row.baseline.sentences] == [
        ((0,), (True,), True),
        ((0,), (False,), False),
    ]
    nothing = judged(CASE, Given(text, quotes=(STORM,)), CHECKER, (None,))
    assert nothing.baseline is not None
    assert [(s.cites, s.supported) for s in nothing.baseline.sentences] == [((), False)] * 2


def test_quotes_that_do_not_stand_are_told() -> None:
    forged = Quote(STORM.text, article_id="bay", start=3, verified=False)
    row = judged(CASE, Given("a storm", quotes=(STORM, forged), dropped=1), CHECKER)
    assert (row.verdict, row.unverified) == (SUPPORTED, 2)
    assert row.trouble == "1 citations are not needed; 2 quotes do not stand in their article"


def test_the_engine_is_judged(engine: Engine) -> None:
    row = ground(engine, CASES["agreement"], CHECKER, with_baseline=True)
    assert row.result.right
    (said,) = row.sentences
    assert said.claim == f"{CASES['agreement'].question} -> {row.result.answer}"
    assert (said.supported, said.cites[:1], said.counts[:1]) == (True, (0,), (True,))
    assert row.baseline is not None
    assert row.baseline.quote is not None
    top = engine.search(CASES["agreement"].question, limit=1)[0]
    assert row.baseline.quote.text == top.text
    assert row.baseline.quote.verified
    assert ground(engine, CASES["agreement"], CHECKER, with_baseline=False).baseline is None


def test_an_error_of_the_engine_is_a_result(engine: Engine) -> None:
    row = ground(engine, Case("blank", "?!", ("x",), True), CHECKER, with_baseline=True)
    assert "holds no word" in row.failed
    assert row.baseline is not None
    assert row.sentences == row.baseline.sentences == ()


def test_anothers_answers_beside_the_engines_search(engine: Engine) -> None:
    case = CASES["agreement"]
    answers = {case.id: Given("a storm", quotes=(STORM,))}
    row = ground_given(answers, case, CHECKER, engine)
    assert row.sentences[0].supported
    assert row.baseline is not None
    assert row.baseline.quote is not None
    assert not row.baseline.sentences[0].supported  # the seed knows of no storm
    assert ground_given(answers, case, CHECKER, None).baseline is None
    assert "no answer to this question" in ground_given({}, case, CHECKER, None).failed
    wordless = Case("blank", "?!", ("x",), True)
    blank = ground_given({"blank": Given("a storm", quotes=(STORM,))}, wordless, CHECKER, engine)
    assert blank.baseline is not None
    assert blank.baseline.quote is None


def test_any_checker_behind_the_seam(engine: Engine, tmp_path: Path) -> None:
    """Of random weights: what it says is nonsense, and is taken as it is."""
    tiny: Checker = HuggingFaceChecker(make(tmp_path / "nli", ["neutral", "entailment"]))
    row = ground(engine, CASES["agreement"], tiny, with_baseline=True)
    assert row.baseline is not None
    for said in (*row.sentences, *row.baseline.sentences):
        assert 0 < said.probability < 1
        assert said.supported == (said.probability >= tiny.threshold)


@given(st.booleans(), st.booleans(), st.none() | st.booleans(), st.lists(st.booleans(), max_size=3))
def test_results_survive_json(
    refused: bool, supported: bool, baseline: bool | None, counts: list[bool]
) -> None:
    row = grounded("a", sentence(supported, counts), refused=refused, baseline=baseline)
    for kept in (row, row.without_result()):
        written = json.loads(json.dumps(kept.as_json()))
        assert written["id"] == "a"
        assert Grounded.from_json(written) == kept


def test_a_passage_that_was_not_found_survives_json() -> None:
    row = judged(CASE, Given("a storm", quotes=(STORM,)), CHECKER, (None,))
    assert Grounded.from_json(json.loads(json.dumps(row.as_json()))) == row


@pytest.mark.parametrize("counts", [[True, False], [False, True, False]])
def test_citations_that_are_not_needed_are_told(counts: list[bool]) -> None:
    spare = counts.count(False)
    assert grounded("a", sentence(True, counts)).trouble == f"{spare} citations are not needed"
    assert "not needed" not in grounded("a", sentence(False, [False])).trouble

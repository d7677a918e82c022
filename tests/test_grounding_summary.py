"""Figures of grounding, folded by hand, and each of them by a defect that it must see."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.given import Quote
from eval.grounding import Baseline, Grounded
from eval.grounding_summary import MEASURES, f1, precision, recall, summarise
from tests.grounded import grounded, sentence

# With an answer: right and supported; right, and half of it supported; wrong and supported, with
# a citation to spare; refused. Without one: refused; answered, and not supported.
ROWS = [
    grounded("a"),
    grounded("b", sentence(), sentence(False, [False, False]), kind="when", baseline=False),
    grounded("c", sentence(True, [True, True, False]), right=False),
    grounded("d", refused=True),
    grounded("e", gold="", refused=True),
    grounded("f", sentence(False, [False]), gold="", verified=False, baseline=False),
]


def test_figures_by_hand() -> None:
    found = summarise(ROWS)
    assert (found["questions"], found["answerable"], found["unanswerable"]) == (6, 4, 2)
    expected = {
        "answered_answerable": 75.0,
        "answered_unanswerable": 50.0,
        "right": 50.0,
        "right_and_supported": 25.0,
        "supported_among_right": 50.0,
        "unsupported": 100 * 2 / 6,
        "citation_recall": 100 * (1 + 1 / 2 + 1 + 0) / 4,
        "citation_precision": 100 * (1 + 1 / 3 + 2 / 3 + 0) / 4,
        "citation_f1": 100 * (1 + 0.4 + 0.8 + 0) / 4,
        "cited_characters": (8 + 12 + 24 + 8) / 4,
        "baseline_recall": 50.0,
        "baseline_precision": 50.0,
        "baseline_f1": 50.0,
        "baseline_characters": 40.0,
        "recall_over_baseline": 100 * (0 + 1 / 2 + 0 + 0) / 4,
        "precision_over_baseline": 100 * (0 + 1 / 3 - 1 / 3 + 0) / 4,
        "failed": 0,
        "sentences": 5,
        "sentences_supported": 3,
        "citations": 8,
        "citations_that_count": 4,
        "quotes": 18,
        "quotes_verified": 15,
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=0.006), name
    assert found["populations"]["citation_recall"] == 4
    assert found["populations"]["supported_among_right"] == 2
    assert found["intervals"]["right_and_supported"] == [4.56, 69.94]  # Wilson's of 1 in 4
    low, high = found["intervals"]["citation_recall"]
    assert 0 <= low < 62.5 < high <= 100
    assert found["slices"]["kind"]["when"]["figures"]["citation_recall"]["value"] == 50.0
    assert set(expected) >= {m.name for m in MEASURES}


def test_an_answer_without_citations_counts_0_and_0() -> None:
    """Its precision is of nothing; as in ALCE's evaluation it is 0 and not left out."""
    found = summarise([grounded("a", sentence(False, [])), grounded("b")])
    assert (found["citation_recall"], found["citation_precision"]) == (50.0, 50.0)
    assert found["populations"]["citation_precision"] == 2


def test_refusals_alone_have_no_recall() -> None:
    found = summarise([grounded("a", refused=True)])
    assert (found["citation_recall"], found["citation_precision"]) == (None, None)
    assert (found["answered_answerable"], found["unsupported"]) == (0.0, 0.0)


def test_without_a_baseline_there_is_no_figure_of_it() -> None:
    found = summarise([grounded("a", baseline=None)])
    assert {v for n, v in found.items() if "baseline" in n} == {None}


def test_a_question_without_a_result_is_the_worst_there_is() -> None:
    whole = summarise(ROWS)
    failed = summarise([ROWS[0].without_result(), *ROWS[1:]])
    assert (failed["failed"], failed["questions"]) == (1, 6)
    for name in ("answered_answerable", "right", "right_and_supported", "citation_recall",
                 "citation_precision", "citation_f1", "baseline_recall"):  # fmt: skip
        assert failed[name] < whole[name], name
    assert failed["unsupported"] > whole["unsupported"]
    assert failed["populations"]["citation_recall"] == whole["populations"]["citation_recall"]


SENTENCES = st.lists(st.lists(st.booleans(), max_size=4), max_size=4)


@given(SENTENCES)
def test_f1_lies_between_recall_and_precision(shape: list[list[bool]]) -> None:
    sentences = [sentence(any(counts), counts) for counts in shape]
    both = sorted([recall(sentences), precision(sentences)])
    assert both[0] - 1e-9 <= f1(sentences) <= both[1] + 1e-9
    assert 0 <= both[0] <= both[1] <= 1


Defect = Callable[[Grounded], Grounded]


def _refuse(row: Grounded) -> Grounded:
    return replace(row, result=replace(row.result, refused=True)) if row.id == "a" else row


def _answer_what_has_none(row: Grounded) -> Grounded:
    return grounded("e", gold="", right=False) if row.id == "e" else row


def _answer_wrongly(row: Grounded) -> Grounded:
    return replace(row, result=replace(row.result, right=False)) if row.id == "a" else row


def _lose_support(row: Grounded) -> Grounded:
    return replace(row, sentences=(sentence(False, [False]),)) if row.id == "a" else row


def _cite_beside(row: Grounded) -> Grounded:
    return replace(row, sentences=(sentence(True, [True, False]),)) if row.id == "a" else row


def _cite_at_length(row: Grounded) -> Grounded:
    quotes = tuple(replace(q, text=q.text * 2) for q in row.result.quotes)
    return replace(row, result=replace(row.result, quotes=quotes))


def _cut_the_passage(row: Grounded) -> Grounded:
    passage = Quote("It is x.", article_id="a", start=0, verified=True)
    sentences = row.baseline.sentences if row.baseline else ()
    return replace(row, baseline=Baseline(passage, sentences))


def _find_beside(row: Grounded) -> Grounded:
    lost = Baseline(None, (sentence(False, [False]),))
    return replace(row, baseline=lost) if row.id == "a" else row


def _forge(row: Grounded) -> Grounded:
    quotes = tuple(replace(q, verified=False) for q in row.result.quotes)
    return replace(row, result=replace(row.result, quotes=quotes)) if row.id == "a" else row


def _drop(row: Grounded) -> Grounded:
    return replace(row, result=replace(row.result, dropped=1))


def _say_nothing(row: Grounded) -> Grounded:
    return replace(row, sentences=())


def _fail(row: Grounded) -> Grounded:
    return row.without_result() if row.id == "e" else row


# For each figure a defect of its input, and whether the figure then rises or falls.
DEFECTS: dict[str, tuple[Defect, int]] = {
    "answered_answerable": (_refuse, -1),
    "answered_unanswerable": (_answer_what_has_none, 1),
    "right": (_answer_wrongly, -1),
    "right_and_supported": (_lose_support, -1),
    "supported_among_right": (_lose_support, -1),
    "unsupported": (_lose_support, 1),
    "citation_recall": (_lose_support, -1),
    "citation_precision": (_cite_beside, -1),
    "citation_f1": (_cite_beside, -1),
    "cited_characters": (_cite_at_length, 1),
    "baseline_recall": (_find_beside, -1),
    "baseline_precision": (_find_beside, -1),
    "baseline_f1": (_find_beside, -1),
    "baseline_characters": (_cut_the_passage, -1),
    "recall_over_baseline": (_lose_support, -1),
    "precision_over_baseline": (_cite_beside, -1),
    "failed": (_fail, 1),
    "sentences_supported": (_lose_support, -1),
    "citations_that_count": (_lose_support, -1),
    "citations": (_cite_beside, 1),
    "sentences": (_say_nothing, -1),
    "quotes_verified": (_forge, -1),
    "quotes": (_drop, 1),
}


def test_every_figure_has_a_defect_to_see() -> None:
    known = set(summarise(ROWS)) - {"questions", "answerable", "unanswerable", "slices"}
    assert set(DEFECTS) == known - {"intervals", "populations"}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_shows(name: str) -> None:
    defect, direction = DEFECTS[name]
    sound, broken = summarise(ROWS), summarise([defect(row) for row in ROWS])
    assert (broken[name] - sound[name]) * direction > 0

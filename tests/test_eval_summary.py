"""Figures of a run, folded by hand, and each of them by a defect that it must see."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from eval.answers import FAILED, REFUSED, RIGHT, WRONG, Path, Result, score
from eval.cases import Case, Place
from eval.given import Given, Quote, failure
from eval.summary import MEASURES, summarise
from tests.scored import ALL_THE_WAY, result

# Four questions with an answer: right and given; wrong and given; right and refused; wrong and
# refused. Two without: refused, and answered.
ROWS = [
    result("a", right=True, confidence=0.9, cluster="one"),
    result("b", right=False, f1=0.5, confidence=0.8, cluster="one", kind="when"),
    result("c", right=True, refused=True, confidence=0.3, cluster="two"),
    result("d", right=False, refused=True, confidence=0.1, path=Path(True, False, False, False)),
    result("e", gold="", right=False, refused=True, confidence=0.2),
    result("f", gold="", right=False, confidence=0.7),
]


def test_figures_by_hand() -> None:
    found = summarise(ROWS, threshold=0.5)
    assert (found["questions"], found["answerable"], found["unanswerable"]) == (6, 4, 2)
    expected = {
        "f1": 100 * (1 + 0.5 + 0 + 0 + 1 + 0) / 6,
        "em": 100 * 2 / 6,
        "has_answer_f1": 100 * 1.5 / 4,
        "has_answer_em": 25.0,
        "no_answer_f1": 50.0,
        "first_f1": 100 * 2.5 / 4,
        "first_em": 50.0,
        "first_right": 50.0,
        "gold_passage_f1": 100.0,
        "right": 25.0,
        "wrong": 100 * 2 / 6,
        "wrongly_refused": 50.0,
        "right_but_refused": 50.0,
        "rightly_refused": 50.0,
        "answered": 50.0,
        "right_among_answered": 100 / 3,
        "crag": 100 * (1 - 1 - 1 + 0 + 0 + 0) / 6,
        "evidence_cited": 100.0,
        "failed": 0,
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=0.006), name
    assert found["populations"]["right_among_answered"] == 3
    assert found["intervals"]["first_right"] == [15.0, 85.0]  # Wilson's of 2 in 4
    # Most confident first: a right, b wrong, f wrong, c right, e wrong, d wrong.
    risks = [0, 1 / 2, 2 / 3, 2 / 4, 3 / 5, 4 / 6]
    assert found["aurc"] == pytest.approx(sum(risks) / 6, abs=1e-4)
    assert found["coverage_at_80"] == pytest.approx(100 / 6, abs=0.01)
    # Answering a, b, f and c: 1 + 0.5 + 0 + 1, and e and d refused: 1 + 0.
    assert (found["best_f1"], found["best_f1_threshold"]) == (
        pytest.approx(100 * 3.5 / 6, abs=0.01),
        0.8,
    )
    gaps = [0.1, 0.8, 0.7, 0.7, 0.2, 0.1]
    assert found["calibration_error"] == pytest.approx(sum(gaps) / 6, abs=1e-4)
    assert found["operating_point"] == {"coverage": 0.5, "risk": 0.6667, "threshold": 0.5}
    assert [step["count"] for step in found["path"]] == [4, 4, 3, 3, 3, 2, 1]
    assert found["slices"]["kind"]["when"]["questions"] == 1
    assert found["slices"]["kind"]["who"]["figures"]["first_right"]["value"] == pytest.approx(66.67)
    assert "cluster" not in found["slices"]


def test_verdicts_and_what_is_said_of_them() -> None:
    verdicts = [RIGHT, WRONG, REFUSED, REFUSED, RIGHT, WRONG]
    assert [row.verdict for row in ROWS] == verdicts
    assert ROWS[0].trouble == ""
    assert ROWS[1].trouble == "answered 'y'; right would be 'x'"
    assert ROWS[2].trouble == "refused; right would be 'x'"
    assert "does not hold an answer" in ROWS[5].trouble
    assert "not the evidence" in result("g", evidence_cited=False).trouble
    assert "1 quotes do not stand" in result("g", verified=False).trouble
    assert result("g", failed="boom").verdict == FAILED


def test_a_question_without_a_result_is_the_worst_there_is() -> None:
    whole = summarise(ROWS, 0.5)
    failed = summarise([ROWS[0].without_result(), *ROWS[1:]], 0.5)
    assert failed["failed"] == 1
    assert failed["questions"] == whole["questions"]
    for name in ("f1", "em", "first_right", "right", "crag", "gold_passage_f1", "best_f1"):
        assert failed[name] < whole[name], name
    assert failed["wrong"] > whole["wrong"]
    assert failed["aurc"] > whole["aurc"]
    assert failed["populations"] == whole["populations"] | {
        "right_but_refused": 1,
        "evidence_cited": 0,
    }
    assert failed["right_among_answered"] == 0
    assert failed["operating_point"]["risk"] == 1


def test_an_empty_answer_to_what_has_none_is_a_refusal_at_any_threshold() -> None:
    """As in SQuAD's script: it costs nothing to give it."""
    rows = [
        result("a", confidence=0.5),
        replace(result("b", gold="", refused=True, confidence=0.9), answer=""),
    ]
    found = summarise(rows, 0.4)
    assert (found["f1"], found["best_f1"], found["best_em"]) == (100, 100, 100)


def test_confidences_that_are_no_probabilities() -> None:
    rows = [replace(row, confidence=10 * (row.confidence or 0)) for row in ROWS]
    found, sound = summarise(rows, 5.0), summarise(ROWS, 0.5)
    assert (found["calibration_error"], found["reliability"]) == (None, None)
    assert (found["aurc"], found["best_f1"]) == (sound["aurc"], sound["best_f1"])
    failed = summarise([ROWS[0].without_result(), *rows[1:]], 5.0)
    assert failed["risk_coverage"][0][1] == 1  # surer than any


def test_a_failed_question_has_no_right_word_in_it() -> None:
    """Nothing is left of the gold answer by SQuAD's rules, as nothing was of the answer."""
    row = score(Case("a", "Which?", ("A",), True), failure("boom"))
    assert (row.em, row.f1, row.right) == (False, 0.0, False)


def test_an_unverified_quote_is_no_evidence() -> None:
    case = Case("a", "Which?", ("x",), True, evidence=(Place("one", 0, 5), "said so"))
    for verified, cited in ((False, False), (None, True), (True, True)):
        for quote in (
            Quote("it was x", article_id="one", start=2, verified=verified),
            Quote("he said so", verified=verified),
        ):
            assert score(case, Given("x", quotes=(quote,))).evidence_cited is cited


def test_a_quote_that_was_dropped_is_told() -> None:
    row = replace(result("a"), dropped=2)
    assert "2 quotes do not stand" in row.trouble
    found = summarise([row], 0.5)
    assert (found["quotes"], found["quotes_verified"]) == (3, 1)


def test_a_system_that_says_nothing_of_its_confidence() -> None:
    found = summarise([replace(row, confidence=None, path=None) for row in ROWS], None)
    assert "aurc" not in found
    assert found["path"] is None
    assert found["gold_passage_f1"] is None
    assert found["first_right"] == 50.0


def test_results_survive_json() -> None:
    import json

    for row in [*ROWS, result("g", failed="boom", confidence=None)]:
        assert Result.from_json(json.loads(json.dumps(row.as_json()))) == row


Defect = Callable[[Result], Result]


def _answer_wrongly(row: Result) -> Result:
    return replace(row, right=False, em=False, f1=0.0) if row.id == "a" else row


def _refuse(row: Result) -> Result:
    return replace(row, refused=True) if row.id == "a" else row


def _answer_what_has_none(row: Result) -> Result:
    return replace(row, refused=False) if row.id == "e" else row


def _read_the_gold_passage_badly(row: Result) -> Result:
    return replace(row, path=Path(True, True, True, True, 0.2)) if row.id == "a" else row


def _lose_the_order(row: Result) -> Result:
    return row if row.confidence is None else replace(row, confidence=1 - row.confidence)


def _boast(row: Result) -> Result:
    return row if row.confidence is None else replace(row, confidence=math.sqrt(row.confidence))


def _cite_beside(row: Result) -> Result:
    return replace(row, evidence_cited=False) if row.evidence_cited else row


def _fail(row: Result) -> Result:
    return row.without_result() if row.id == "e" else row


# For each figure a defect of its input, and whether the figure then rises or falls.
DEFECTS: dict[str, tuple[Defect, int]] = {
    "f1": (_answer_wrongly, -1),
    "em": (_answer_wrongly, -1),
    "has_answer_f1": (_refuse, -1),
    "has_answer_em": (_refuse, -1),
    "no_answer_f1": (_answer_what_has_none, -1),
    "first_f1": (_answer_wrongly, -1),
    "first_em": (_answer_wrongly, -1),
    "first_right": (_answer_wrongly, -1),
    "gold_passage_f1": (_read_the_gold_passage_badly, -1),
    "right": (_refuse, -1),
    "wrong": (_answer_what_has_none, 1),
    "wrongly_refused": (_refuse, 1),
    "right_but_refused": (_refuse, 1),
    "rightly_refused": (_answer_what_has_none, -1),
    "answered": (_refuse, -1),
    "right_among_answered": (_answer_what_has_none, -1),
    "crag": (_answer_what_has_none, -1),
    "evidence_cited": (_cite_beside, -1),
    "failed": (_fail, 1),
    "best_f1": (_answer_wrongly, -1),
    "best_em": (_answer_wrongly, -1),
    "aurc": (_lose_the_order, 1),
    "auroc": (_lose_the_order, -1),
    "coverage_at_80": (_lose_the_order, -1),
    "coverage_at_90": (_lose_the_order, -1),
    "calibration_error": (_boast, 1),
}


def test_every_figure_has_a_defect_to_see() -> None:
    folded = {measure.name for measure in MEASURES}
    of_confidence = {"best_f1", "best_em", "aurc", "auroc", "calibration_error"}
    assert set(DEFECTS) == folded | of_confidence | {"coverage_at_80", "coverage_at_90"}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_shows(name: str) -> None:
    defect, direction = DEFECTS[name]
    sound, broken = summarise(ROWS, 0.5), summarise([defect(row) for row in ROWS], 0.5)
    assert (broken[name] - sound[name]) * direction > 0


def test_a_lost_step_shows_on_the_path() -> None:
    lost = [replace(r, path=Path(True, True, True, False, 1.0)) if r.id == "a" else r for r in ROWS]
    before, after = ([s["count"] for s in summarise(rows, 0.5)["path"]] for rows in (ROWS, lost))
    assert before[:4] == after[:4]
    assert before[4] == after[4] + 1
    assert ALL_THE_WAY.first

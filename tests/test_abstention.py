"""Refusing: by hand, by brute force, against scikit-learn and SQuAD's sweep, and the laws."""

import itertools
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from eval.abstention import aurc, auroc, best_threshold, coverage_at, crag, risk_coverage
from index.errors import InvalidInput

CONFIDENCES = st.integers(0, 10).map(lambda tenths: tenths / 10)  # so that many are equal
ROWS = st.lists(st.tuples(CONFIDENCES, st.booleans()), min_size=1, max_size=30)
# Confidence, and F1 if answered and if refused.
SCORED = st.lists(
    st.tuples(CONFIDENCES, CONFIDENCES, st.sampled_from([0.0, 1.0])), min_size=1, max_size=30
)

# By confidence: right, then one right and one wrong together, then wrong, then right.
CONFIDENCE = [0.7, 0.9, 0.2, 0.7, 0.4]
IS_RIGHT = [True, True, True, False, False]


def test_risk_coverage_by_hand() -> None:
    coverage, risk = risk_coverage(CONFIDENCE, IS_RIGHT)
    np.testing.assert_allclose(coverage, [1 / 5, 3 / 5, 4 / 5, 1])
    np.testing.assert_allclose(risk, [0, 1 / 3, 2 / 4, 2 / 5])


def test_aurc_by_hand() -> None:
    # Within the two of 0.7 half a wrong answer is expected after the first.
    by_hand = (0 + 0.5 / 2 + 1 / 3 + 2 / 4 + 2 / 5) / 5
    assert aurc(CONFIDENCE, IS_RIGHT) == pytest.approx(by_hand)
    assert aurc([0.5, 0.5, 0.5], [True, False, False]) == pytest.approx(2 / 3)
    assert aurc([3, 2, 1], [True, True, True]) == 0
    assert aurc([3, 2, 1], [False, False, False]) == 1


@pytest.mark.parametrize(
    ("accuracy", "coverage"),
    [(1, 0.2), (0.67, 0.2), (2 / 3, 0.6), (0.6, 1), (0, 1), (1.01, 0)],
)
def test_coverage_at_by_hand(accuracy: float, coverage: float) -> None:
    # At 0.6 all are answered, although 4 of 5 are answered less well.
    assert coverage_at(accuracy, CONFIDENCE, IS_RIGHT) == pytest.approx(coverage)


def test_accuracies_as_they_are_written_are_reached() -> None:
    for total in range(1, 101):
        for rights in range(total + 1):
            is_right = np.arange(total) < rights
            assert coverage_at(rights / total, np.zeros(total), is_right) == 1
    # The first of two equal ones cannot be answered alone.
    assert coverage_at(1, [0.9, 0.9], [True, False]) == 0


def test_auroc_by_hand() -> None:
    # Of 3 x 2 pairs: 0.9 beats both; 0.7 is equal to one and beats one; 0.2 beats none.
    assert auroc(CONFIDENCE, IS_RIGHT) == pytest.approx((2 + 0.5 + 1) / 6)
    assert auroc([0.5, 0.5], [True, False]) == 0.5
    assert auroc([0.5, 0.4], [True, True]) is None
    assert auroc([0.5, 0.4], [False, False]) is None


@settings(deadline=None)
@given(ROWS)
def test_auroc_agrees_with_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    confidence, right = zip(*rows, strict=True)
    if len(set(right)) < 2:
        assert auroc(confidence, right) is None
    else:
        assert auroc(confidence, right) == pytest.approx(roc_auc_score(right, confidence))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=6))
def test_aurc_is_the_mean_over_all_orders_of_equal_confidences(
    rows: list[tuple[int, bool]],
) -> None:
    areas = []
    for order in itertools.permutations(rows):
        if [c for c, _ in order] == sorted((c for c, _ in rows), reverse=True):
            wrong = list(itertools.accumulate(not right for _, right in order))
            risks = [Fraction(w, i) for i, w in enumerate(wrong, 1)]
            areas.append(sum(risks) / len(rows))
    confidence, right = zip(*rows, strict=True)
    assert aurc(confidence, right) == pytest.approx(float(sum(areas) / len(areas)))


@settings(deadline=None)
@given(ROWS, st.floats(0, 1))
def test_coverage_and_risk_agree_with_counting_at_each_threshold(
    rows: list[tuple[float, bool]], accuracy: float
) -> None:
    confidence, right = zip(*rows, strict=True)
    coverage, risk = risk_coverage(confidence, right)
    kept = [[r for c, r in rows if c >= t] for t in sorted(set(confidence), reverse=True)]
    np.testing.assert_allclose(coverage, [len(k) / len(rows) for k in kept])
    np.testing.assert_allclose(risk, [k.count(False) / len(k) for k in kept])
    assert (np.diff(coverage) > 0).all()
    assert coverage[-1] == 1
    largest = max((len(k) for k in kept if k.count(True) / len(k) >= accuracy), default=0)
    assert coverage_at(accuracy, confidence, right) == pytest.approx(largest / len(rows))
    assert coverage_at(accuracy / 2, confidence, right) >= largest / len(rows)


@settings(deadline=None)
@given(ROWS)
def test_a_rising_scale_changes_no_rank(rows: list[tuple[float, bool]]) -> None:
    confidence, right = zip(*rows, strict=True)
    scaled = [math.exp(3 * c) - 20 for c in confidence]
    assert aurc(scaled, right) == aurc(confidence, right)
    assert auroc(scaled, right) == auroc(confidence, right)
    area, reverse = auroc(confidence, right), auroc(confidence, [not r for r in right])
    assert (area is None) == (reverse is None)
    if area is not None and reverse is not None:
        assert area + reverse == pytest.approx(1)
    assert 0 <= aurc(confidence, right) <= 1


def test_best_threshold_by_hand() -> None:
    confidence = [0.9, 0.7, 0.7, 0.4]
    # Answering the first gains 1, the next two 1 - 1, the last 0.5.
    assert best_threshold(confidence, [1, 1, 0, 0.5], [0, 0, 1, 0]) == (2.5 / 4, 0.4)
    # Without the last two equally good thresholds are left: the fewest answers.
    assert best_threshold(confidence[:3], [1, 1, 0], [0, 0, 1]) == (2 / 3, 0.9)
    assert best_threshold([0.9, 0.8], [0, 0], [1, 1]) == (1.0, None)
    assert best_threshold([0.9, 0.8], [1, 1], [1, 1]) == (1.0, None)
    assert best_threshold([0.0, 1.0], [1, 1], [0, 0]) == (1.0, 0.0)


def test_sums_that_only_rounding_tells_apart_are_equally_good() -> None:
    assert -0.3 + 0.1 + 0.2 > 0
    score, threshold = best_threshold([3, 2, 1], [0, 0.1, 0.2], [0.3, 0, 0])
    assert score == pytest.approx(0.1)
    assert threshold is None


@settings(deadline=None)
@given(SCORED)
def test_best_threshold_is_the_best_of_all(rows: list[tuple[float, float, float]]) -> None:
    confidence, answered, refused = zip(*rows, strict=True)
    score, threshold = best_threshold(confidence, answered, refused)

    def mean(least: float) -> float:
        return sum(a if c >= least else r for c, a, r in rows) / len(rows)

    least = math.inf if threshold is None else threshold
    assert score == pytest.approx(mean(least))
    for other in (math.inf, *confidence):
        assert mean(other) <= score + 1e-9
        if other > least:
            assert mean(other) < score - 1e-9
    assert threshold is None or threshold in confidence


def official_sweep(
    no_answer: Sequence[float], f1: Sequence[float], has_answer: Sequence[bool], said: Sequence[str]
) -> tuple[float, float | None]:
    """SQuAD 2.0's definition: refuse all, then give the answers one by one, likeliest first.

    The best percentage and the no-answer probability up to which is answered; None for none.
    """
    total = best = float(has_answer.count(False))
    threshold = None
    for i in sorted(range(len(no_answer)), key=lambda i: no_answer[i]):
        if has_answer[i]:
            total += f1[i]
        elif said[i]:
            total -= 1
        if total > best:
            best, threshold = total, no_answer[i]
    return 100 * best / len(no_answer), threshold


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**20),
            st.integers(0, 8).map(lambda eighths: eighths / 8),
            st.booleans(),
            st.sampled_from(["", "Quill"]),
        ),
        min_size=1,
        max_size=30,
        unique_by=lambda row: row[0],  # equal ones are where that script depends on their order
    )
)
def test_best_threshold_agrees_with_squads_sweep(
    rows: list[tuple[int, float, bool, str]],
) -> None:
    no_answer = [n / 2**20 for n, _, _, _ in rows]
    has_answer, said = [h for _, _, h, _ in rows], [s for _, _, _, s in rows]
    f1 = [f if h and s else float(not h and not s) for _, f, h, s in rows]
    expected, its_threshold = official_sweep(no_answer, f1, has_answer, said)
    score, threshold = best_threshold(
        [1 - n for n in no_answer], f1, [float(not h) for h in has_answer]
    )
    assert 100 * score == pytest.approx(expected)
    assert threshold == (None if its_threshold is None else 1 - its_threshold)


def test_squads_sweep_finds_a_score_that_no_threshold_gives() -> None:
    rows = [0.5, 0.5], [1.0, 0.0], [True, False], ["Quill", "Quill"]
    assert official_sweep(*rows) == (100, 0.5)
    assert best_threshold([0.5, 0.5], [1, 0], [0, 1]) == (0.5, None)


def test_scores_are_rounded_alike_in_every_order() -> None:
    best = best_threshold([1, 1, 1], [0.1, 0.2, 0.3], [0, 0, 0])
    assert best == best_threshold([1, 1, 1], [0.3, 0.2, 0.1], [0, 0, 0]) == (0.6 / 3, 1)


@settings(deadline=None)
@given(SCORED, st.randoms(use_true_random=False))
def test_nothing_depends_on_the_order_of_rows(
    rows: list[tuple[float, float, float]], random: Random
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    found = []
    for order in (rows, shuffled):
        confidence, answered, refused = zip(*order, strict=True)
        right = [score > 0.5 for score in answered]
        steps = [column.tolist() for column in risk_coverage(confidence, right)]
        ranks = aurc(confidence, right), auroc(confidence, right)
        reached = coverage_at(0.7, confidence, right)
        found.append((steps, ranks, reached, best_threshold(confidence, answered, refused)))
    assert found[0] == found[1]


def test_crag_by_hand() -> None:
    assert crag(["right", "right", "right", "refused", "wrong"]) == pytest.approx(2 / 5)
    assert crag(["refused"]) == crag(["failed"]) == 0
    assert crag(["right", "failed"]) == 0.5  # it counts among the questions
    assert crag(iter(["wrong", "wrong"])) == -1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: risk_coverage([], []), "confidence: holds no question"),
        (lambda: aurc([0.5], [True, False]), "confidence has 1, right has 2"),
        (lambda: aurc([0.5, math.inf], [True, False]), "confidence: number 1 is inf"),
        (lambda: auroc([0.5], [1]), "right: is 1-dimensional int64"),
        (lambda: coverage_at(0.5, [0.5], [[True]]), "right: is 2-dimensional bool"),
        (lambda: best_threshold([], [], []), "confidence: holds no question"),
        (lambda: best_threshold([0.5], [1], [1, 0]), "score_if_refused has 2"),
        (lambda: best_threshold([0.5], [math.nan], [1]), "score_if_answered: number 0 is nan"),
        (lambda: crag(["right", "maybe"]), "'maybe' is none; give right, refused, failed, wrong"),
        (lambda: crag([]), "verdicts: are none"),
    ],
)
def test_errors_say_what_and_where(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        call()
    assert words in str(caught.value)

"""Agreement of two judgements: by hand, and as scikit-learn has it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score

from eval.agreement import balanced_accuracy, best_threshold, kappa

TRUTH = np.array([True, True, True, False])
PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=30)
SCORED = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])), min_size=2, max_size=30
)


def test_by_hand() -> None:
    said = np.array([True, True, False, False])
    assert balanced_accuracy(TRUTH, said) == pytest.approx((2 / 3 + 1) / 2)
    # 3 of 4 agree; by chance 3/4 * 1/2 + 1/4 * 1/2
    assert kappa(TRUTH, said) == pytest.approx((0.75 - 0.5) / 0.5)
    assert kappa(TRUTH, TRUTH) == 1
    assert math.isnan(kappa(said | True, said | True))
    assert math.isnan(balanced_accuracy(said | True, said))


def test_the_best_threshold_by_hand() -> None:
    scores = np.array([0.9, 0.6, 0.2, 0.4])
    # From 0.6 on two of three are found and nothing false; from 0.2 on all and all.
    assert best_threshold(TRUTH, scores) == pytest.approx((0.5, (2 / 3 + 1) / 2))
    assert best_threshold(TRUTH, np.array([0.5, 0.5, 0.5, 0.5])) == (0.5, 0.5)
    with pytest.raises(ValueError, match="takes both"):
        best_threshold(TRUTH | True, scores)


@given(PAIRS)
def test_agrees_with_scikit_learn(pairs: list[tuple[bool, bool]]) -> None:
    one, other = (np.array(side) for side in zip(*pairs, strict=True))
    if one.any() and not one.all():
        expected = balanced_accuracy_score(one, other)
        assert balanced_accuracy(one, other) == pytest.approx(expected)
        assert kappa(one, other) == pytest.approx(cohen_kappa_score(one, other))
        assert kappa(one, other) == pytest.approx(kappa(other, one))


@given(SCORED)
def test_no_threshold_is_better(pairs: list[tuple[bool, float]]) -> None:
    truth, scores = (np.array(side) for side in zip(*pairs, strict=True))
    if truth.any() and not truth.all():
        threshold, accuracy = best_threshold(truth, scores)
        assert balanced_accuracy(truth, scores >= threshold) == pytest.approx(accuracy)
        tried = [balanced_accuracy(truth, scores >= t) for t in np.arange(-0.1, 1.2, 0.125)]
        assert accuracy == pytest.approx(max(tried))

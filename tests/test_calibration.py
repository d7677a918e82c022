"""Calibration: by hand, against scikit-learn, and at the edges of the bins."""

import math
from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from eval.calibration import Bin, calibration, calibration_error
from index.errors import InvalidInput

ROWS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


def test_by_hand() -> None:
    confidence, right = [0.125, 0.1875, 0.5, 0.75, 1.0], [False, True, True, True, False]
    assert calibration(confidence, right, bins=4) == [
        Bin(0.0, 0.25, 2, 0.15625, 0.5),
        Bin(0.25, 0.5, 0, None, None),
        Bin(0.5, 0.75, 1, 0.5, 1.0),
        Bin(0.75, 1.0, 2, 0.875, 0.5),
    ]
    by_hand = (2 * 0.34375 + 1 * 0.5 + 2 * 0.375) / 5
    assert calibration_error(confidence, right, bins=4) == pytest.approx(by_hand)
    assert calibration_error(confidence, right, bins=1) == pytest.approx(0.6 - 0.5125)


def test_the_calibrated_the_sure_and_the_contrary() -> None:
    assert calibration_error([0.75] * 4, [True, True, True, False]) == 0
    assert calibration_error([1.0, 0.0], [True, False]) == 0
    assert calibration_error([1.0, 0.0], [False, True]) == 1


def test_there_are_ten_bins_and_no_question_leaves_them_empty() -> None:
    table = calibration([], np.array([], dtype=bool))
    assert [row.low for row in table] == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert [row.high for row in table] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
    assert {(row.count, row.confidence, row.accuracy) for row in table} == {(0, None, None)}


@settings(deadline=None)
@given(st.integers(1, 1_000).flatmap(lambda bins: st.tuples(st.just(bins), st.integers(0, bins))))
def test_an_edge_belongs_to_the_bin_that_it_opens(edge: tuple[int, int]) -> None:
    bins, i = edge
    table = calibration([i / bins], [True], bins)
    assert [row.count for row in table].index(1) == min(i, bins - 1)
    assert table[min(i, bins - 1)].low == min(i, bins - 1) / bins


@settings(deadline=None)
@given(ROWS, st.integers(1, 20), st.randoms(use_true_random=False))
def test_every_question_is_in_its_bin_in_whatever_order(
    rows: list[tuple[float, bool]], bins: int, random: Random
) -> None:
    confidence, right = zip(*rows, strict=True)
    table = calibration(confidence, right, bins)
    for row in table:
        own = [(c, r) for c, r in rows if row.low <= c < row.high or (c == 1 and row.high == 1)]
        assert row.count == len(own)
        if own:
            assert row.confidence == pytest.approx(sum(c for c, _ in own) / len(own))
            assert row.accuracy == pytest.approx(sum(r for _, r in own) / len(own))
    error = calibration_error(confidence, right, bins)
    assert 0 <= error <= 1
    # One bin for all shows the least error: in others, what is too much and too little add up.
    assert calibration_error(confidence, right, 1) <= error + 1e-12
    shuffled = list(rows)
    random.shuffle(shuffled)
    confidence, right = zip(*shuffled, strict=True)
    assert calibration(confidence, right, bins) == table
    assert calibration_error(confidence, right, bins) == error


def test_sums_are_rounded_alike_in_every_order() -> None:
    assert 0.1 + 0.2 + 0.3 != 0.3 + 0.2 + 0.1
    right = [True] * 3
    assert calibration([0.1, 0.2, 0.3], right, 1) == calibration([0.3, 0.2, 0.1], right, 1)


def test_agrees_with_scikit_learn() -> None:
    generator = np.random.default_rng(1)
    confidence = generator.beta(2, 2, 300)  # none on an edge, where the two differ
    right = generator.random(300) < confidence**2
    table = [row for row in calibration(confidence, right, 15) if row.count]
    accuracy, mean = calibration_curve(right, confidence, n_bins=15, strategy="uniform")
    assert [row.accuracy for row in table] == pytest.approx(accuracy)
    assert [row.confidence for row in table] == pytest.approx(mean)
    counts = np.array([row.count for row in table])
    error = float((counts * np.abs(accuracy - mean)).sum() / 300)
    assert calibration_error(confidence, right, 15) == pytest.approx(error)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: calibration([1.01], [True]), "confidence: 1.01 is no probability"),
        (lambda: calibration([0.5, -0.1], [True, True]), "confidence: -0.1 is no probability"),
        (lambda: calibration([math.nan], [True]), "confidence: number 0 is nan"),
        (lambda: calibration([0.5], [True], 0), "bins: 0"),
        (lambda: calibration([0.5], [True, True]), "confidence has 1, right has 2"),
        (lambda: calibration([0.5], ["yes"]), "right: is 1-dimensional <U3"),
        (lambda: calibration_error([], np.array([], dtype=bool)), "holds no question"),
    ],
)
def test_errors_say_what_and_where(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        call()
    assert words in str(caught.value)

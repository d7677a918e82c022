"""A logistic model over named features."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.logistic import Logistic, sigmoid

FITTED = {
    "bias": -0.5,
    "features": {
        "near": {"weight": 2, "mean": 1, "scale": 4},
        "far": {"weight": 0, "mean": 7, "scale": 1},
    },
}


def test_probability_by_hand() -> None:
    model = Logistic.of(FITTED, ("near", "far"))
    # -0.5 + 2 * (3 - 1) / 4 = 0.5
    assert model.probability((3.0, 9.0)) == pytest.approx(1 / (1 + math.exp(-0.5)))
    assert model.probability((3.0, 9.0), evidence=-0.5) == 0.5
    assert replace(model, bias=-1.0).probability((3.0, 9.0)) == 0.5


def test_features_in_another_order_are_another_model() -> None:
    with pytest.raises(ValueError, match="its features are near, far"):
        Logistic.of(FITTED, ("far", "near"))


def test_values_for_another_number_of_features_are_an_error() -> None:
    with pytest.raises(ValueError, match="longer than argument 1"):
        Logistic.of(FITTED, ("near", "far")).probability((3.0,))


@given(st.lists(st.floats(-1e6, 1e6), max_size=5))
def test_the_undecided_one_says_one_half(values: list[float]) -> None:
    assert Logistic.undecided(len(values)).probability(values) == 0.5


@given(st.floats(-1e9, 1e9))
def test_the_two_sides_of_a_logit_are_one(logit: float) -> None:
    assert 0 <= sigmoid(logit) <= 1
    assert sigmoid(logit) + sigmoid(-logit) == pytest.approx(1)

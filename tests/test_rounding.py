"""Weights rounded so that products change least: by hand, and against rounding each."""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from training.products import LARGEST_WEIGHT, round_each
from training.rounding import round_together, squares_of_inputs

NAME = "/layer.0/dense/MatMul"
ONE = np.ones(1)


def together(squares: np.ndarray, weights: np.ndarray, scales: np.ndarray) -> np.ndarray:
    return round_together({NAME: squares})(NAME, weights, scales)


def test_inputs_that_have_nothing_in_common_are_rounded_each() -> None:
    weights = np.array([[0.4], [1.6], [-2.2]])
    found = together(np.diag([1.0, 4.0, 9.0]), weights, ONE)
    np.testing.assert_array_equal(found, round_each(NAME, weights, ONE))


def test_a_second_input_like_the_first_makes_its_error_good() -> None:
    # Both inputs are nearly always the same, so 0.4 and 0.4 are best 0 and 1: 0.8 in all.
    alike = np.array([[1.0, 0.99], [0.99, 1.0]])
    found = together(alike, np.array([[0.4], [0.4]]), ONE)
    assert found.sum() == 1


def test_the_input_that_varies_most_comes_first() -> None:
    # The second is rounded first, to 2 (off by -0.4); the first makes up for it with -1 for -0.6.
    squares = np.array([[1.0, 0.9], [0.9, 1.0001]])
    np.testing.assert_array_equal(together(squares, np.array([[-0.4], [2.4]]), ONE), [[0.0], [2.0]])
    np.testing.assert_array_equal(
        together(squares[::-1, ::-1], np.array([[2.4], [-0.4]]), ONE), [[2.0], [0.0]]
    )


def test_products_change_less_than_by_rounding_each() -> None:
    noise = np.random.default_rng(3)
    mixed = noise.normal(size=(24, 24))
    inputs = noise.normal(size=(400, 24)) @ mixed  # inputs that vary together
    weights = noise.normal(size=(24, 6))
    scales = np.abs(weights).max(axis=0) / 8  # coarse, that it shows
    rounded = together(inputs.T @ inputs, weights, scales)
    assert np.abs(rounded).max() <= LARGEST_WEIGHT
    lost = np.square(inputs @ (rounded * scales - weights)).mean()
    lost_each = np.square(inputs @ (round_each(NAME, weights, scales) * scales - weights)).mean()
    assert lost < lost_each / 2


def test_what_the_matrices_see_is_summed_over_tokens_and_sequences() -> None:
    table = np.array([[0, 0], [1, 2], [3, -1]], dtype=np.float32)  # of three tokens
    floats, whole = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
            helper.make_node("MatMul", ["rows", "w"], ["y"], NAME),
        ],
        "two tokens",
        [
            helper.make_tensor_value_info("input_ids", whole, [1, "T"]),
            helper.make_tensor_value_info("token_type_ids", whole, [1, "T"]),
        ],
        [helper.make_tensor_value_info("y", floats, [1, "T", 1])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.ones((2, 1), dtype=np.float32), "w"),
        ],
    )
    model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 17)])
    found = squares_of_inputs(model, ["dense/MatMul"], [([1, 2], [0, 0]), ([2], [0])])
    # (1, 2) once and (3, -1) twice.
    np.testing.assert_array_equal(found[NAME], [[19, -4], [-4, 6]])

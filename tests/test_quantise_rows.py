"""int8 products with a scale for each row and with one for all: what they lose."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from scipy.special import erf

from training.products import round_each
from training.quantise_calls import quantise_calls
from training.quantise_rows import quantise_rows

MATRIX = "/layer.0/dense/MatMul"
WEIGHTS = np.random.default_rng(5).normal(size=(8, 5)).astype(np.float32)
WEIGHT_STEPS = np.abs(WEIGHTS).max(axis=0) / 64


def one_matrix(gelu: str | None = None) -> onnx.ModelProto:
    """y = x @ WEIGHTS, or gelu(x) @ WEIGHTS, x (T, 8)."""
    floats = onnx.TensorProto.FLOAT
    first = [helper.make_node(gelu, ["x"], ["g"], domain="com.microsoft")] if gelu else []
    graph = helper.make_graph(
        [*first, helper.make_node("MatMul", ["g" if gelu else "x", "w"], ["y"], MATRIX)],
        "one matrix",
        [helper.make_tensor_value_info("x", floats, ["T", 8])],
        [helper.make_tensor_value_info("y", floats, ["T", 5])],
        [numpy_helper.from_array(WEIGHTS, "w")],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, ir_version=10, opset_imports=opsets)


def product(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (y,) = session.run(None, {"x": x.astype(np.float32)})
    return np.asarray(y)


def quantised(gelu: str | None = None) -> onnx.ModelProto:
    model = one_matrix(gelu)
    quantise_rows(model, ["dense/MatMul"])
    onnx.checker.check_model(model)
    return model


def by_hand(x: np.ndarray, zero: int, smallest: float) -> np.ndarray:
    """The same product from the definition, row by row, in float64."""
    steps = np.maximum(np.abs(x).max(axis=1, keepdims=True) / (255 - zero), smallest)
    rows = np.clip(np.round(x / steps), -zero, 255 - zero) * steps
    return np.asarray(rows @ (np.round(WEIGHTS / WEIGHT_STEPS) * WEIGHT_STEPS))


@given(
    st.lists(st.lists(st.floats(-1e4, 1e4, width=32), min_size=8, max_size=8), min_size=1),
)
def test_each_row_loses_what_its_own_size_says(rows: list[list[float]]) -> None:
    x = np.array(rows, dtype=np.float32)
    # A value half-way between two steps may go either way: at most one step of one value.
    step = np.abs(x).max(axis=1, keepdims=True) / 127 * np.abs(WEIGHTS).max() + 1e-4
    assert (np.abs(product(quantised(), x) - by_hand(x, 128, 1e-6)) <= step).all()


@pytest.mark.parametrize("kind", ["Gelu", "FastGelu"])
@given(rows=st.lists(st.lists(st.floats(-20, 20, width=32), min_size=8, max_size=8), min_size=1))
def test_behind_a_gelu_most_steps_are_for_what_is_above_0(
    kind: str, rows: list[list[float]]
) -> None:
    x = np.array(rows, dtype=np.float32)
    gelu = x * (1 + erf(x / np.sqrt(2))) / 2
    model = quantised(kind)
    step = np.maximum(gelu.max(axis=1, keepdims=True) / 223, 0.17 / 32)
    apart = np.abs(product(model, x) - by_hand(gelu, 32, 0.17 / 32))
    assert (apart <= step * np.abs(WEIGHTS).max() + 1e-4).all()
    assert "Abs" not in {node.op_type for node in model.graph.node}


def test_behind_a_gelu_what_is_below_0_stays() -> None:
    # All below 0: the largest value of a row says nothing of its size there.
    x = np.linspace(-3, -0.01, 80, dtype=np.float32).reshape(10, 8)
    gelu = x * (1 + erf(x / np.sqrt(2))) / 2
    weights = np.round(WEIGHTS / WEIGHT_STEPS) * WEIGHT_STEPS
    most = 0.17 / 32 / 2 * np.abs(weights).sum(axis=0)  # half a step of each value
    assert (np.abs(product(quantised("Gelu"), x) - gelu @ weights) <= most + 1e-5).all()


def test_a_row_of_zeros_stays_zeros() -> None:
    np.testing.assert_array_equal(product(quantised(), np.zeros((2, 8))), np.zeros((2, 5)))


def test_an_outlying_row_costs_the_others_nothing(tmp_path: Path) -> None:
    x = np.random.default_rng(6).normal(size=(4, 8)).astype(np.float32)
    x[0] *= 300  # steps of about 900 / 255 for all rows, where they are of about 3
    quantize_dynamic(
        one_matrix(),
        tmp_path / "plain",
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )
    lost = {}
    for name, model in (("plain", onnx.load(tmp_path / "plain")), ("by rows", quantised())):
        apart = product(model, x) - x @ WEIGHTS
        lost[name] = float(np.abs(apart[1:]).mean())
    assert lost["by rows"] < 0.05 < 0.5 < lost["plain"]


def test_a_name_that_fits_no_matrix_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"no MatMul is named layer\.9/dense/MatMul;"):
        quantise_rows(one_matrix(), ["layer.9/dense/MatMul", "dense/MatMul"])


def test_one_scale_for_a_call_by_hand() -> None:
    x = np.random.default_rng(7).normal(size=(20, 8)).astype(np.float32)
    step = (x.max() - x.min()) / 255
    zero = np.round(-x.min() / step)
    rows = (np.clip(np.round(x / step) + zero, 0, 255) - zero) * step
    model = one_matrix()
    quantise_calls(model, ["dense/MatMul"], round_each)
    onnx.checker.check_model(model)
    # A value half-way between two steps may go either way.
    within = step * np.abs(WEIGHTS).max() + 1e-4
    expected = rows @ (np.round(WEIGHTS / WEIGHT_STEPS) * WEIGHT_STEPS)
    np.testing.assert_allclose(product(model, x), expected, atol=within)

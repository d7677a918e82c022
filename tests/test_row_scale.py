"""Rows of a matrix's input brought to one size: the same product, and less lost in eight bits."""

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

from training.row_scale import scale_rows

MATRIX = "/layer.0/dense/MatMul"
WEIGHTS = np.random.default_rng(5).normal(size=(8, 5)).astype(np.float32)


def one_matrix(weights: np.ndarray, gelu: bool = False) -> onnx.ModelProto:
    """y = x @ weights, or gelu(x) @ weights, x (T, 8)."""
    floats, wide, thin = onnx.TensorProto.FLOAT, ["T", weights.shape[0]], ["T", weights.shape[1]]
    first = [helper.make_node("Gelu", ["x"], ["g"], domain="com.microsoft")] if gelu else []
    graph = helper.make_graph(
        [*first, helper.make_node("MatMul", ["g" if gelu else "x", "w"], ["y"], MATRIX)],
        "one matrix",
        [helper.make_tensor_value_info("x", floats, wide)],
        [helper.make_tensor_value_info("y", floats, thin)],
        [numpy_helper.from_array(weights, "w")],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, ir_version=10, opset_imports=opsets)


def product(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (y,) = session.run(None, {"x": x.astype(np.float32)})
    return np.asarray(y)


def scaled(gelu: bool = False) -> onnx.ModelProto:
    model = one_matrix(WEIGHTS, gelu)
    scale_rows(model, ["dense/MatMul"])
    onnx.checker.check_model(model)
    return model


@given(
    st.lists(st.lists(st.floats(-1e4, 1e4, width=32), min_size=8, max_size=8), min_size=1),
)
def test_the_product_is_the_same_in_fp32(rows: list[list[float]]) -> None:
    x = np.array(rows, dtype=np.float32)
    largest = np.abs(x).max()
    np.testing.assert_allclose(product(scaled(), x), x @ WEIGHTS, rtol=1e-4, atol=1e-5 * largest)


@given(st.lists(st.lists(st.floats(-20, 20, width=32), min_size=8, max_size=8), min_size=1))
def test_behind_a_gelu_it_is_the_same_without_a_pass_for_the_sign(rows: list[list[float]]) -> None:
    x = np.array(rows, dtype=np.float32)
    gelu = x * (1 + erf(x / np.sqrt(2))) / 2
    model = scaled(gelu=True)
    np.testing.assert_allclose(product(model, x), gelu @ WEIGHTS, rtol=1e-4, atol=1e-4)
    assert "Abs" not in {node.op_type for node in model.graph.node}


def test_behind_a_gelu_nothing_leaves_the_range() -> None:
    # All below 0: the largest value of a row says nothing of its size there.
    model = scaled(gelu=True)
    unit = helper.make_tensor_value_info(f"{MATRIX}/unit", onnx.TensorProto.FLOAT, ["T", 8])
    model.graph.output.insert(0, unit)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    x = np.linspace(-3, -0.01, 80, dtype=np.float32).reshape(10, 8)
    (scaled_rows, _) = session.run(None, {"x": x})
    assert np.abs(scaled_rows).max() <= 1


def test_a_row_of_zeros_stays_zeros() -> None:
    np.testing.assert_array_equal(product(scaled(), np.zeros((2, 8))), np.zeros((2, 5)))


def test_an_outlying_row_costs_the_others_nothing_in_eight_bits(tmp_path: Path) -> None:
    x = np.random.default_rng(6).normal(size=(4, 8)).astype(np.float32)
    x[0] *= 300  # steps of about 900 / 255 for all rows, where they are of about 3
    lost = {}
    for name, model in (("plain", one_matrix(WEIGHTS)), ("scaled", scaled())):
        quantize_dynamic(
            model,
            tmp_path / name,
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
        apart = product(onnx.load(tmp_path / name), x) - x @ WEIGHTS
        lost[name] = float(np.abs(apart[1:]).mean())
    assert lost["scaled"] < 0.05 < 0.5 < lost["plain"]


def test_a_name_that_fits_no_matrix_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"no MatMul is named layer\.9/dense/MatMul;"):
        scale_rows(one_matrix(WEIGHTS), ["layer.9/dense/MatMul", "dense/MatMul"])

"""Channels balanced between an input and its weights: the same product, and less lost in int8."""

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from training.balance import balance, channel_scales
from training.products import products, round_each
from training.quantise_calls import quantise_calls

MATRIX = "/layer.0/dense/MatMul"
NOISE = np.random.default_rng(4)
TABLE = NOISE.normal(size=(50, 8)).astype(np.float32)  # a row for each token
TABLE[:, 2] *= 300  # the channel that leaves the others no steps
WEIGHTS = NOISE.normal(size=(8, 5)).astype(np.float32)
WEIGHTS[2] /= 300
SEEN = [(list(range(30)), [0] * 30), (list(range(30, 50)), [0] * 20)]


def one_matrix(*more: onnx.NodeProto) -> onnx.ModelProto:
    """TABLE's rows of the tokens, (1, T, 8), times WEIGHTS."""
    whole = onnx.TensorProto.INT64
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
            helper.make_node("MatMul", ["rows", "w"], ["y"], MATRIX),
            *more,
        ],
        "one matrix",
        [
            helper.make_tensor_value_info(n, whole, [1, "T"])
            for n in ("input_ids", "token_type_ids")
        ],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, "T", 5])],
        [numpy_helper.from_array(TABLE, "table"), numpy_helper.from_array(WEIGHTS, "w")],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, ir_version=10, opset_imports=opsets)


def product(model: onnx.ModelProto) -> np.ndarray:
    """For every token of the table, (50, 5)."""
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    feeds = {"input_ids": np.arange(50)[None], "token_type_ids": np.zeros((1, 50), dtype=np.int64)}
    rows: np.ndarray = session.run(None, feeds)[0][0]
    return rows


def balanced() -> onnx.ModelProto:
    model = one_matrix()
    balance(model, products(model.graph, ["dense/MatMul"]), SEEN)
    onnx.checker.check_model(model)
    return model


def quantised(model: onnx.ModelProto) -> onnx.ModelProto:
    quantise_calls(model, ["dense/MatMul"], round_each)
    onnx.checker.check_model(model)
    return model


def test_the_product_is_the_same() -> None:
    np.testing.assert_allclose(product(balanced()), TABLE @ WEIGHTS, rtol=1e-4, atol=1e-4)


def test_channels_shrink_by_the_largest_value_of_all_sequences() -> None:
    tensors = {t.name: numpy_helper.to_array(t) for t in balanced().graph.initializer}
    expected = 1 / channel_scales(np.abs(TABLE).max(axis=0), WEIGHTS)
    np.testing.assert_allclose(tensors[f"{MATRIX}/shrink"], expected, rtol=1e-6)


def test_a_large_channel_costs_the_others_less() -> None:
    lost = {
        name: float(np.abs(product(quantised(model)) - TABLE @ WEIGHTS).mean())
        for name, model in (("as it is", one_matrix()), ("balanced", balanced()))
    }
    assert lost["balanced"] < lost["as it is"] / 10


def test_what_is_moved_by_hand() -> None:
    # Sizes 16 and 1, largest weights 4 and 1: 16 ** 0.7 / 4 ** 0.3, and 1.
    found = channel_scales(np.array([16.0, 1.0]), np.array([[-4.0, 0.5], [0.2, 1.0]]))
    np.testing.assert_allclose(found, [16**0.7 / 4**0.3, 1], rtol=1e-6)


@given(st.lists(st.floats(0, 1e4), min_size=8, max_size=8))
def test_scales_are_above_0(largest: list[float]) -> None:
    scales = channel_scales(np.array(largest), WEIGHTS)
    assert (scales > 0).all()
    assert np.isfinite(1 / scales).all()


def test_weights_that_two_nodes_read_are_an_error() -> None:
    model = one_matrix(helper.make_node("MatMul", ["rows", "w"], ["z"], "/layer.1/dense/MatMul"))
    with pytest.raises(ValueError, match=r"w is read by /layer\.0/.*, /layer\.1/.*; give each"):
        balance(model, products(model.graph, ["layer.0/dense/MatMul"]), SEEN)

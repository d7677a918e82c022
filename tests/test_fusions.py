"""GELU by tanh, with the bias before it: where it takes its place, and how near it is."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper
from scipy.special import erf

from training.fusions import use_tanh

FLOATS = onnx.TensorProto.FLOAT
BIAS = np.array([0.5, -1, 2], dtype=np.float32)


def model_of(*nodes: onnx.NodeProto, outputs: tuple[str, ...] = ("y",)) -> onnx.ModelProto:
    """x, (T, 3), a bias and what the nodes make of them."""
    graph = helper.make_graph(
        nodes,
        "gelu",
        [helper.make_tensor_value_info("x", FLOATS, ["T", 3])],
        [helper.make_tensor_value_info(name, FLOATS, ["T", 3]) for name in outputs],
        [numpy_helper.from_array(BIAS, "bias")],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, ir_version=10, opset_imports=opsets)


def add(*inputs: str) -> onnx.NodeProto:
    return helper.make_node("Add", inputs, ["sum"])


GELU = helper.make_node("Gelu", ["sum"], ["y"], "gelu", domain="com.microsoft")


@pytest.mark.parametrize("inputs", [("x", "bias"), ("bias", "x")])
def test_it_takes_the_bias_and_differs_little(inputs: tuple[str, str]) -> None:
    model = model_of(add(*inputs), GELU)
    use_tanh(model)
    assert [(node.op_type, list(node.input)) for node in model.graph.node] == [
        ("FastGelu", ["x", "bias"])
    ]
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    x = np.linspace(-6, 6, 60, dtype=np.float32).reshape(20, 3)
    (found,) = session.run(None, {"x": x})
    exact = (x + BIAS) * (1 + erf((x + BIAS) / np.sqrt(2))) / 2
    assert np.abs(found - exact).max() < 5e-4


@pytest.mark.parametrize(
    "model",
    [
        model_of(add("x", "x"), GELU),
        model_of(add("x", "bias"), GELU, outputs=("y", "sum")),
        model_of(add("x", "bias"), GELU, helper.make_node("Abs", ["sum"], ["z"])),
    ],
    ids=["no bias", "the sum is an output", "the sum is read twice"],
)
def test_a_sum_that_is_needed_stays(model: onnx.ModelProto) -> None:
    before = [node.op_type for node in model.graph.node]
    with pytest.raises(ValueError, match="no Gelu has a bias added before it"):
        use_tanh(model)
    assert [node.op_type for node in model.graph.node] == before

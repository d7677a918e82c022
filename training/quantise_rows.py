"""Products in int8 in which each token's input has a scale of its own.

ONNX Runtime's dynamic quantisation scales activations by the largest value in a call, so one
outlying token leaves the others few of the 256 steps. With a scale for each row every token uses
them all, at about half the error; the product is multiplied back row by row (docs/experiments.md).
"""

from collections.abc import Sequence

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, numpy_helper

from training.products import Parts, Product, Rounding, replace, round_each

_MIDDLE = 128  # what 0 becomes where both signs are alike
# Behind a GELU, which goes no lower than -0.17, most steps are for what is above 0.
_GELU_ZERO, _GELU_FLOOR = 32, 0.17
_GELUS = {"Gelu", "FastGelu"}
_SMALLEST = 1e-6  # a row of zeros stays zeros


def quantise_rows(
    model: ModelProto, matrices: Sequence[str], rounding: Rounding = round_each
) -> None:
    """Changes `model` in place at `products` of its graph, whose weights are initializers."""
    made_by = {output: node.op_type for node in model.graph.node for output in node.output}

    def make(node: NodeProto) -> Product:
        return _ByRow(node, behind_gelu=made_by.get(node.input[0]) in _GELUS)

    replace(model, matrices, rounding, make)


class _ByRow:
    def __init__(self, matmul: NodeProto, behind_gelu: bool) -> None:
        self._of = Parts(matmul)
        self._behind_gelu = behind_gelu
        self._zero = _GELU_ZERO if behind_gelu else _MIDDLE

    def constants(self, weights: np.ndarray, scales: np.ndarray) -> list[TensorProto]:
        steps = 255 - self._zero  # above 0
        smallest = _GELU_FLOOR / self._zero if self._behind_gelu else _SMALLEST
        values = {
            "weights": weights,
            "weight_scales": scales.astype(np.float32),
            "one": np.array(1, dtype=np.float32),
            "zero": np.array(self._zero, dtype=np.uint8),
            "a_step": np.array(1 / steps, dtype=np.float32),
            "smallest": np.array(smallest, dtype=np.float32),
            "flat": np.array([-1]),
        }
        return [self._of.tensor(name, value) for name, value in values.items()]

    def nodes(self) -> list[NodeProto]:
        of = self._of
        node, part = of.node, of.part
        zero = numpy_helper.from_array(np.array([self._zero], dtype=np.uint8))
        # Behind a GELU the largest value is the largest size, but for what the floor is there for.
        size = [] if self._behind_gelu else [node("Abs", [of.rows], [part("size")])]
        measured = of.rows if self._behind_gelu else part("size")
        return [
            *size,
            node("ReduceMax", [measured], [part("largest")], axes=[-1], keepdims=1),
            node("Mul", [part("largest"), part("a_step")], [part("step")]),
            node("Max", [part("step"), part("smallest")], [part("scale")]),
            # As QuantizeLinear takes them: a scale and a zero for each row, in a line.
            node("Reshape", [part("scale"), part("flat")], [part("scales")]),
            node("Shape", [part("scales")], [part("count")]),
            node("ConstantOfShape", [part("count")], [part("zeros")], value=zero),
            node(
                "QuantizeLinear",
                [of.rows, part("scales"), part("zeros")],
                [part("quantised")],
                axis=-2,
            ),
            node(
                "MatMulIntegerToFloat",
                [part(p) for p in ("quantised", "weights", "one", "weight_scales", "zero")],
                [part("unscaled")],
                domain="com.microsoft",
            ),
            node("Mul", [part("unscaled"), part("scale")], [of.output]),
        ]

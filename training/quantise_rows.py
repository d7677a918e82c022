"""Products in int8 in which each token's input has a scale of its own.

ONNX Runtime's dynamic quantisation scales activations by the largest value in a call, so one
outlying token leaves the others few of the 256 steps. With a scale for each row every token uses
them all, at about half the error; the product is multiplied back row by row (docs/experiments.md).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

# One step less than seven bits and a sign: two products of 255 * 64 fit into the 16 bits in which
# processors without VNNI add them up.
LARGEST_WEIGHT = 64
_MIDDLE = 128  # what 0 becomes where both signs are alike
# Behind a GELU, which goes no lower than -0.17, most steps are for what is above 0.
_GELU_ZERO, _GELU_FLOOR = 32, 0.17
_SMALLEST = 1e-6  # a row of zeros stays zeros

# (name of the product, weights (K, N), scales (N,)) -> weights / scales in whole numbers, (K, N).
Rounding = Callable[[str, np.ndarray, np.ndarray], np.ndarray]


def round_each(_: str, weights: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Each weight to the nearest step."""
    steps: np.ndarray = np.round(weights / scales)
    return steps.clip(-LARGEST_WEIGHT, LARGEST_WEIGHT)


def products(graph: GraphProto, matrices: Sequence[str]) -> list[NodeProto]:
    """The MatMul nodes whose name ends with one of `matrices`.

    Raises ValueError when a name fits none.
    """
    nodes = [n for n in graph.node if n.op_type == "MatMul" and n.name.endswith(tuple(matrices))]
    lost = [m for m in matrices if not any(n.name.endswith(m) for n in nodes)]
    if lost:
        raise ValueError(f"no MatMul is named {', '.join(lost)}; see what the export calls them")
    return nodes


def quantise_rows(
    model: ModelProto, matrices: Sequence[str], rounding: Rounding = round_each
) -> None:
    """Changes `model` in place at `products` of its graph, whose weights are initializers."""
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    made_by = {output: node.op_type for node in graph.node for output in node.output}
    for node in products(graph, matrices):
        tensor = weights[node.input[1]]
        values = numpy_helper.to_array(tensor)
        scales = np.maximum(np.abs(values).max(axis=0), 1e-9) / LARGEST_WEIGHT  # (N,)
        rounded = rounding(node.name, values, scales)
        made = _Product(node, behind_gelu=made_by.get(node.input[0]) == "Gelu")
        graph.initializer.extend(made.constants(rounded.astype(np.int8), scales))
        graph.initializer.remove(tensor)
        at = list(graph.node).index(node)
        graph.node.remove(node)
        for offset, new in enumerate(made.nodes()):
            graph.node.insert(at + offset, new)


class _Product:
    """What stands in the place of one MatMul, (..., T, K) @ (K, N)."""

    def __init__(self, matmul: NodeProto, behind_gelu: bool) -> None:
        self._rows, self._product, self._name = matmul.input[0], matmul.output[0], matmul.name
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
        return [numpy_helper.from_array(v, self._part(name)) for name, v in values.items()]

    def nodes(self) -> list[NodeProto]:
        zero = numpy_helper.from_array(np.array([self._zero], dtype=np.uint8))
        # Behind a GELU the largest value is the largest size, but for what the floor is there for.
        size = [] if self._behind_gelu else [self._node("Abs", [self._rows], "size")]
        measured = self._rows if self._behind_gelu else self._part("size")
        return [
            *size,
            self._node("ReduceMax", [measured], "largest", axes=[-1], keepdims=1),
            self._node("Mul", [self._part("largest"), self._part("a_step")], "step"),
            self._node("Max", [self._part("step"), self._part("smallest")], "scale"),
            # As QuantizeLinear takes them: a scale and a zero for each row, in a line.
            self._node("Reshape", [self._part("scale"), self._part("flat")], "scales"),
            self._node("Shape", [self._part("scales")], "count"),
            self._node("ConstantOfShape", [self._part("count")], "zeros", value=zero),
            self._node(
                "QuantizeLinear",
                [self._rows, self._part("scales"), self._part("zeros")],
                "quantised",
                axis=-2,
            ),
            self._node(
                "MatMulIntegerToFloat",
                [self._part(p) for p in ("quantised", "weights", "one", "weight_scales", "zero")],
                "unscaled",
                domain="com.microsoft",
            ),
            helper.make_node(
                "Mul",
                [self._part("unscaled"), self._part("scale")],
                [self._product],
                self._part("product"),
            ),
        ]

    def _node(self, kind: str, inputs: list[str], output: str, **more: Any) -> NodeProto:
        return helper.make_node(kind, inputs, [self._part(output)], self._part(output), **more)

    def _part(self, name: str) -> str:
        return f"{self._name}/{name}"

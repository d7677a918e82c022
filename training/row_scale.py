"""Each token's input of a matrix brought to the same size before eight bits, and back after.

ONNX Runtime scales activations by the largest value in a call, so one outlying token leaves the
others few of the 256 steps. A row divided by its own largest value uses them all, and the product
with the matrix, which is linear, is multiplied back: the same numbers in fp32, about half the error
in int8 (docs/experiments.md).
"""

from collections.abc import Sequence

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper

_SMALLEST = "row_scale/smallest"  # a row of zeros stays zeros
_GELU_FLOOR = "row_scale/gelu_floor"
_FLOORS = {_SMALLEST: 1e-6, _GELU_FLOOR: 0.17}  # GELU goes no lower than -0.17


def scale_rows(model: ModelProto, matrices: Sequence[str]) -> None:
    """Changes `model` in place at the MatMul nodes whose name ends with one of `matrices`.

    Each X @ W becomes (X / s) @ W * s with s = max |X| over the last axis, or, where X comes out of
    a GELU, max(X, 0.17), which needs no pass for the sign. Raises ValueError when a name fits no
    node.
    """
    graph = model.graph
    nodes = [n for n in graph.node if n.op_type == "MatMul" and n.name.endswith(tuple(matrices))]
    lost = [m for m in matrices if not any(n.name.endswith(m) for n in nodes)]
    if lost:
        raise ValueError(f"no MatMul is named {', '.join(lost)}; see what the export calls them")
    if not nodes:
        return
    for name, value in _FLOORS.items():
        graph.initializer.append(numpy_helper.from_array(np.array(value, dtype=np.float32), name))
    made_by = {output: node.op_type for node in graph.node for output in node.output}
    for node in nodes:
        _scale_rows_of(graph, node, made_by.get(node.input[0]) == "Gelu")


def _scale_rows_of(graph: GraphProto, node: NodeProto, behind_gelu: bool) -> None:
    rows, product, name = node.input[0], node.output[0], node.name
    size, largest, scale, inverse, unit, small = (
        f"{name}/{part}" for part in ("size", "largest", "scale", "inverse", "unit", "small")
    )
    sign = [] if behind_gelu else [helper.make_node("Abs", [rows], [size], f"{name}_abs")]
    measured = rows if behind_gelu else size
    floor = _GELU_FLOOR if behind_gelu else _SMALLEST
    before = [
        *sign,
        helper.make_node(
            "ReduceMax", [measured], [largest], f"{name}_largest", axes=[-1], keepdims=1
        ),
        helper.make_node("Max", [largest, floor], [scale], f"{name}_scale"),
        # One division a row, and not one a number.
        helper.make_node("Reciprocal", [scale], [inverse], f"{name}_inverse"),
        helper.make_node("Mul", [rows, inverse], [unit], f"{name}_unit"),
    ]
    node.input[0], node.output[0] = unit, small
    after = helper.make_node("Mul", [small, scale], [product], f"{name}_back")
    at = list(graph.node).index(node)
    for offset, made in enumerate(before):
        graph.node.insert(at + offset, made)
    graph.node.insert(at + len(before) + 1, after)

"""Matrix products of an ONNX graph, found by name and replaced by products in int8."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

# One step less than seven bits and a sign: two products of 255 * 64 fit into the 16 bits in which
# processors without VNNI add them up.
LARGEST_WEIGHT = 64

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


def weights_of(graph: GraphProto, node: NodeProto) -> TensorProto:
    """The second input, an initializer. Raises ValueError when another node reads it too."""
    name = node.input[1]
    readers = [other.name for other in graph.node if name in other.input]
    if readers != [node.name]:
        raise ValueError(f"{name} is read by {', '.join(readers)}; give each a copy of its own")
    found: TensorProto = next(tensor for tensor in graph.initializer if tensor.name == name)
    return found


class Product(Protocol):
    """What stands in the place of one MatMul, (..., T, K) @ (K, N): nodes, and what they need."""

    def constants(self, weights: np.ndarray, scales: np.ndarray) -> list[TensorProto]: ...

    def nodes(self) -> list[NodeProto]: ...


class Parts:
    """The nodes and tensors that a product is made of, by names of their own."""

    def __init__(self, matmul: NodeProto) -> None:
        self.rows, self.output, self._name = matmul.input[0], matmul.output[0], matmul.name

    def part(self, name: str) -> str:
        return f"{self._name}/{name}"

    def node(self, kind: str, inputs: list[str], outputs: list[str], **more: Any) -> NodeProto:
        return helper.make_node(kind, inputs, outputs, f"{outputs[0]}/node", **more)

    def tensor(self, name: str, values: np.ndarray) -> TensorProto:
        return numpy_helper.from_array(values, self.part(name))


def replace(
    model: ModelProto,
    matrices: Sequence[str],
    rounding: Rounding,
    make: Callable[[NodeProto], Product],
) -> None:
    """Changes `model` in place at `products` of its graph, whose weights are initializers."""
    graph = model.graph
    for node in products(graph, matrices):
        tensor = weights_of(graph, node)
        values = numpy_helper.to_array(tensor)
        scales = np.maximum(np.abs(values).max(axis=0), 1e-9) / LARGEST_WEIGHT  # (N,)
        rounded = rounding(node.name, values, scales)
        made = make(node)
        graph.initializer.extend(made.constants(rounded.astype(np.int8), scales))
        graph.initializer.remove(tensor)
        at = list(graph.node).index(node)
        graph.node.remove(node)
        for offset, new in enumerate(made.nodes()):
            graph.node.insert(at + offset, new)

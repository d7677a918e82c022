"""Large channels of an input, moved into the weights that multiply them.

Where a call's input has one scale of int8, a channel that is always large leaves the others few
steps. Divided by a number for each channel, and its weights multiplied by the same, the product
stays as it is, and every channel has about as many steps: after Xiao et al., "SmoothQuant" (2023).
A scale for each row (`training.quantise_rows`) is for single large tokens, which layer
normalisation does not leave, and takes more time (docs/experiments.md).
"""

from collections.abc import Sequence

import numpy as np
from onnx import ModelProto, NodeProto, helper, numpy_helper

from training.products import weights_of
from training.watched import TokenIds, watch

# How much of a channel's size goes into the weights: 0.5 to 0.85 differ little, and all of it is
# nearly as bad as nothing (docs/experiments.md).
SHARE = 0.7
_SMALLEST = 1e-5


def balance(model: ModelProto, nodes: Sequence[NodeProto], sequences: Sequence[TokenIds]) -> None:
    """Changes `model` in place before `nodes` of its graph, by the largest values in `sequences`.

    One sequence at least. A node has its input first and then its weights, (K, N), an initializer.
    Raises ValueError when another node reads them too.
    """
    graph = model.graph
    largest = _largest(model, list(dict.fromkeys(node.input[0] for node in nodes)), sequences)
    for node in nodes:
        tensor = weights_of(graph, node)
        values = numpy_helper.to_array(tensor)
        scale = channel_scales(largest[node.input[0]], values)
        tensor.CopyFrom(numpy_helper.from_array(values * scale[:, None], tensor.name))
        shrink, balanced = f"{node.name}/shrink", f"{node.name}/balanced"
        graph.initializer.append(numpy_helper.from_array(1 / scale, shrink))
        at = list(graph.node).index(node)
        graph.node.insert(
            at, helper.make_node("Mul", [node.input[0], shrink], [balanced], balanced)
        )
        node.input[0] = balanced


def channel_scales(largest: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(K,), (K, N) -> (K,): what each channel is divided by."""
    outgoing = np.maximum(np.abs(weights).max(axis=1), _SMALLEST)
    scales: np.ndarray = np.maximum(largest, _SMALLEST) ** SHARE / outgoing ** (1 - SHARE)
    return scales.astype(np.float32)


def _largest(
    model: ModelProto, names: Sequence[str], sequences: Sequence[TokenIds]
) -> dict[str, np.ndarray]:
    seen: dict[str, np.ndarray] = {}
    for name, rows in watch(model, names, sequences):
        sizes = np.abs(rows).max(axis=0)
        seen[name] = np.maximum(seen.get(name, 0.0), sizes)
    return seen

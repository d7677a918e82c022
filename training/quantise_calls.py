"""Products in int8 whose input has one scale for all of a call.

ONNX Runtime's dynamic quantisation makes the same; here the rounding of the weights can be chosen.
"""

from collections.abc import Sequence

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto

from training.products import Parts, Rounding, replace


def quantise_calls(model: ModelProto, matrices: Sequence[str], rounding: Rounding) -> None:
    """Changes `model` in place at `products` of its graph, whose weights are initializers."""
    replace(model, matrices, rounding, _ByCall)


class _ByCall:
    def __init__(self, matmul: NodeProto) -> None:
        self._of = Parts(matmul)

    def constants(self, weights: np.ndarray, scales: np.ndarray) -> list[TensorProto]:
        of = self._of
        return [
            of.tensor("weights", weights),
            of.tensor("weight_scales", scales.astype(np.float32)),
        ]

    def nodes(self) -> list[NodeProto]:
        of = self._of
        quantised, scale, zero = (of.part(name) for name in ("quantised", "scale", "zero"))
        weights, weight_scales = of.part("weights"), of.part("weight_scales")
        return [
            of.node("DynamicQuantizeLinear", [of.rows], [quantised, scale, zero]),
            of.node(
                "MatMulIntegerToFloat",
                [quantised, weights, scale, weight_scales, zero],
                [of.output],
                domain="com.microsoft",
            ),
        ]

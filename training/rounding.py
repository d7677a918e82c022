"""Weights rounded to whole steps so that the products change least, and not each weight.

After Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
Transformers" (2023): the rows of a matrix are rounded one after the other, and what a rounding
changes in the products is made good by the rows that are still to come, as far as their inputs are
alike in real text.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from onnx import ModelProto

from training.products import LARGEST_WEIGHT, Rounding, products
from training.watched import TokenIds, watch

DAMPING = 0.01  # of the mean square of the inputs, added to each: what was seen is not all there is


def squares_of_inputs(
    model: ModelProto, matrices: Sequence[str], sequences: Sequence[TokenIds]
) -> dict[str, np.ndarray]:
    """By name of the product, X.T @ X of its inputs X over all tokens of the sequences, (K, K).

    One sequence at least.
    """
    inputs = {node.name: node.input[0] for node in products(model.graph, matrices)}
    sums: dict[str, np.ndarray] = {}
    for name, rows in watch(model, list(dict.fromkeys(inputs.values())), sequences):
        seen = rows.astype(np.float64)
        sums[name] = sums.get(name, 0.0) + seen.T @ seen
    return {product: sums[name] for product, name in inputs.items()}


def round_together(squares: Mapping[str, np.ndarray]) -> Rounding:
    """A rounding by what `squares_of_inputs` has seen."""

    def rounding(name: str, weights: np.ndarray, scales: np.ndarray) -> np.ndarray:
        return _round(weights, scales, squares[name])

    return rounding


def _round(weights: np.ndarray, scales: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """(K, N), (N,), (K, K) -> (K, N); the rows with the largest inputs first."""
    damped = squares + np.eye(len(squares)) * (DAMPING * np.mean(np.diag(squares)) or 1.0)
    order = np.argsort(-np.diag(squares), kind="stable")
    # The upper triangle R of R.T @ R = the inverse: its row k is how row k's error spreads.
    spread = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T
    left = weights[order].astype(np.float64)
    rounded = np.empty_like(left)
    for k, row in enumerate(spread):
        rounded[k] = np.clip(np.round(left[k] / scales), -LARGEST_WEIGHT, LARGEST_WEIGHT)
        error = (left[k] - rounded[k] * scales) / row[k]
        left[k + 1 :] -= np.outer(row[k + 1 :], error)
    return rounded[np.argsort(order)]

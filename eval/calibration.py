"""Whether a confidence of 0.8 is right eight times in ten. Pure, over one number a question."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.arrays import numbers, same_length, truths
from index.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions with low <= confidence < high; the last bin holds 1 too.

    `confidence` is their mean confidence and `accuracy` the share that is right, both in [0, 1];
    None in an empty bin.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


def calibration(confidence: npt.ArrayLike, right: npt.ArrayLike, bins: int = 10) -> list[Bin]:
    """The reliability diagram of (N,) probabilities and (N,) bool, in bins of equal width.

    All bins come, from 0 to 1, the empty ones too. Bins are closed below, where those of Guo et
    al. (2017) are closed above. Raises InvalidInput for a confidence outside [0, 1].
    """
    values, is_right = numbers("confidence", confidence), truths("right", right)
    same_length(confidence=len(values), right=len(is_right))
    if bins < 1:
        raise InvalidInput(f"bins: {bins} is too few; give 1 or more")
    outside = values[(values < 0) | (values > 1)]
    if len(outside):
        raise InvalidInput(f"confidence: {outside[0]} is no probability; give it from 0 to 1")
    order = np.argsort(values)  # sums in this order do not depend on that of the rows
    values, is_right = values[order], is_right[order]
    edges = np.arange(bins + 1) / bins
    # Compared with the very edges that are reported: 0.29 * 100 would round below 29.
    member = np.minimum(np.searchsorted(edges, values, side="right") - 1, bins - 1)
    return [
        _bin(edges[i], edges[i + 1], values[member == i], is_right[member == i])
        for i in range(bins)
    ]


def calibration_error(confidence: npt.ArrayLike, right: npt.ArrayLike, bins: int = 10) -> float:
    """The expected calibration error, in [0, 1] (Guo et al. 2017): 0 is calibrated.

    The mean over the questions of |accuracy - confidence| of their bin in `calibration`. Raises
    InvalidInput when there is no question.
    """
    table = calibration(confidence, right, bins)
    total = sum(row.count for row in table)
    if total == 0:
        raise InvalidInput("confidence: holds no question; give one or more")
    return (
        sum(
            row.count * abs(row.accuracy - row.confidence)
            for row in table
            if row.accuracy is not None and row.confidence is not None
        )
        / total
    )


def _bin(low: float, high: float, values: np.ndarray, is_right: np.ndarray) -> Bin:
    count = len(values)
    if count == 0:
        return Bin(float(low), float(high), 0, None, None)
    means = float(values.mean()), float(is_right.mean())
    return Bin(float(low), float(high), count, *means)

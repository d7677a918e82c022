"""How far two yes-or-no judgements of the same things agree. Pure.

All take truth and judgement as arrays (N,) of bool, or scores (N,) of which a high one means yes.
"""

import numpy as np


def balanced_accuracy(truth: np.ndarray, said: np.ndarray) -> float:
    """The mean of the shares right among what is true and among what is not, in [0, 1].

    NaN where one of them is empty.
    """
    if truth.all() or not truth.any():
        return float("nan")
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)


def kappa(one: np.ndarray, other: np.ndarray) -> float:
    """Agreement beyond chance, at most 1 (Cohen 1960). NaN where both always say the same."""
    by_chance = one.mean() * other.mean() + (1 - one.mean()) * (1 - other.mean())
    return float(((one == other).mean() - by_chance) / (1 - by_chance)) if by_chance < 1 else np.nan


def best_threshold(truth: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """(threshold, balanced accuracy) where it is highest for `scores >= threshold`.

    The threshold lies midway between two scores. Raises ValueError where all are true or none is.
    """
    if truth.all() or not truth.any():
        raise ValueError("a best threshold takes both: what is true and what is not")
    order = np.argsort(scores, kind="stable")
    scores, truth = scores[order], truth[order]
    # From the i-th on all are said to be true: the true ones there, and the others before it.
    hits = truth[::-1].cumsum()[::-1] / truth.sum()
    passed = (~truth).cumsum() - ~truth
    right = (hits + passed / (~truth).sum()) / 2  # (N,)
    right[1:][scores[1:] == scores[:-1]] = 0  # there is no threshold between equal scores
    at = int(right.argmax())
    threshold = (scores[at - 1] + scores[at]) / 2 if at else scores[0]
    return float(threshold), float(right[at])

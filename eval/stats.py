"""How far a measured mean may be trusted, and whether two differ. Pure; knows no questions.

Questions on one article are not independent of each other: what is drawn, or flipped, is a whole
cluster (an article). A question on no article is a cluster of its own: label it with its own id.
Results are the same for the same seed and version of numpy, in whatever order the rows are given.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from eval.arrays import Numbers, numbers, same_length
from index.errors import InvalidInput

_CELLS = 500_000  # random numbers held at a time
_TIE = 1e-12  # of all that was added: above what rounding does, below any difference of scores


def wilson(successes: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """The score interval of a proportion (Wilson 1927), in [0, 1]; of 0 trials (0.0, 1.0).

    For p = successes / total: (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n). It takes
    trials to be independent; where several share an article, `bootstrap` is the honest one.
    """
    if not 0 <= successes <= total:
        raise InvalidInput(f"successes: {successes} of {total}; give from 0 to {max(0, total)}")
    z = NormalDist().inv_cdf(0.5 + _checked(confidence) / 2)
    if total == 0:
        return 0.0, 1.0
    p, correction = successes / total, z * z / total
    middle = p + correction / 2
    reach = z * math.sqrt(p * (1 - p) / total + correction / total / 4)
    # At the ends the formula gives 0 and 1, which rounding would miss.
    low = 0.0 if successes == 0 else (middle - reach) / (1 + correction)
    high = 1.0 if successes == total else (middle + reach) / (1 + correction)
    return low, high


def bootstrap(
    values: npt.ArrayLike,
    clusters: Sequence[Hashable],
    seed: int,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> tuple[float, float] | None:
    """An interval of the mean of (N,) values, for each of which `clusters` has a label.

    Efron's percentile interval (Efron and Tibshirani 1993, chapter 13) over resamples of as many
    whole clusters as there are, with replacement (the cluster bootstrap of Field and Welsh 2007);
    a resample's mean is the sum of all its values over their count.

    None for fewer than two clusters, whose resamples are all alike and say nothing. Of few
    clusters it is too narrow: Flynn and Peters (2004) would hardly use it for fewer than 24.
    """
    array = numbers("values", values)
    if resamples < 1:
        raise InvalidInput(f"resamples: {resamples} is too few; give 1 or more")
    tail = 0.5 - _checked(confidence) / 2
    sums, counts = _by_cluster(array, clusters)
    if len(sums) < 2:
        return None
    generator = np.random.default_rng(seed)
    means = np.empty(resamples)
    for at in _blocks(resamples, len(sums)):
        drawn = generator.integers(len(sums), size=(at.stop - at.start, len(sums)))
        means[at] = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def bootstrap_difference(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    clusters: Sequence[Hashable],
    seed: int,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> tuple[float, float] | None:
    """`bootstrap` of the mean of a - b, both (N,) and of the same questions in the same order."""
    differences = np.subtract(*_paired(a, b))
    return bootstrap(differences, clusters, seed, resamples, confidence)


def paired_randomisation(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    clusters: Sequence[Hashable] | None,
    seed: int,
    rounds: int = 10_000,
) -> float:
    """The two-sided p of the difference of means of a and b, (N,) each, by Fisher's randomisation.

    Were a and b alike, a question's two scores could be exchanged: each round flips the sign of
    every difference, or of all those of a cluster together, at random (Smucker, Allan and
    Carterette 2007). Where `count` rounds give a difference at least as large as the measured one,
    p = (count + 1) / (rounds + 1): never 0 (Phipson and Smyth 2010), and exactly 1.0 when no
    question, or no cluster in sum, differs. `clusters` is None when all are independent.
    """
    first, second = _paired(a, b)
    if rounds < 1:
        raise InvalidInput(f"rounds: {rounds} is too few; give 1 or more")
    sums, _ = _by_cluster(first - second, range(len(first)) if clusters is None else clusters)
    tie = _TIE * math.fsum(np.abs(np.concatenate([first, second])))
    least = abs(math.fsum(sums)) - tie
    # A flip is as likely as none, so sizes suffice; sorted, they are the same for b and a.
    sizes = np.sort(np.abs(sums))
    sizes = sizes[sizes > tie]
    generator = np.random.default_rng(seed)
    count = 0
    for at in _blocks(rounds, len(sizes)):
        flipped = generator.integers(2, size=(at.stop - at.start, len(sizes)), dtype=bool)
        count += int((np.abs(sizes.sum() - 2 * (flipped @ sizes)) >= least).sum())
    return (count + 1) / (rounds + 1)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted for testing all of them (Holm 1979), under the same names in the same order.

    The i-th smallest of m, from 0, becomes the largest (m - j) p_j of j <= i, and 1 at most.
    """
    adjusted = dict.fromkeys(p_values, 1.0)
    largest = 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        if not 0 <= p <= 1:
            raise InvalidInput(f"{name}: p is {p}; give it from 0 to 1")
        largest = max(largest, (len(p_values) - rank) * p)
        adjusted[name] = min(1.0, largest)
    return adjusted


def _checked(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise InvalidInput(
            f"confidence: {confidence} is not between 0 and 1; give for example 0.95"
        )
    return confidence


def _paired(a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Numbers, Numbers]:
    first, second = numbers("a", a), numbers("b", b)
    same_length(a=len(first), b=len(second))
    return first, second


def _by_cluster(values: Numbers, clusters: Sequence[Hashable]) -> tuple[Numbers, Numbers]:
    """(C,) sums and (C,) counts, ordered by themselves, so that rows and labels do not matter."""
    same_length(values=len(values), clusters=len(clusters))
    members: dict[Hashable, list[float]] = {}
    for label, value in zip(clusters, values.tolist(), strict=True):
        members.setdefault(label, []).append(value)
    # fsum rounds once, whatever the order. Counts first: they are exact, and of clusters of one
    # size those whose sums differ by rounding alone may as well change places.
    rows = sorted((float(len(group)), math.fsum(group)) for group in members.values())
    table = np.array(rows, dtype=np.float64).reshape(-1, 2)
    return table[:, 1], table[:, 0]


def _blocks(rounds: int, width: int) -> list[slice]:
    """All rounds, in parts whose (rounds, width) random numbers fit into bounded memory."""
    step = max(1, _CELLS // max(1, width))
    return [slice(at, min(at + step, rounds)) for at in range(0, rounds, step)]

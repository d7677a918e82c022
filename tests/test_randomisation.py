"""The test of a paired difference: by hand, by enumeration, against SciPy, and its laws."""

import itertools
import math
import time
import tracemalloc
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.stats import paired_randomisation
from tests.clustered import ROWS, large, rival


def enumerated(differences: Sequence[int]) -> Fraction:
    """The share of all flips of signs whose sum is as far from 0 as that of the differences."""
    least = abs(sum(differences))
    flips = list(itertools.product((1, -1), repeat=len(differences)))
    far = sum(
        abs(sum(f * d for f, d in zip(flip, differences, strict=True))) >= least for flip in flips
    )
    return Fraction(far, len(flips))


def monte_carlo(expected: float, rounds: int) -> float:
    """Five standard errors of a share, and what adding one to both counts does."""
    return 5 * math.sqrt(expected * (1 - expected) / rounds) + 1 / rounds


@pytest.mark.parametrize(
    ("differences", "clusters", "p"),
    [
        ([1, 1, 1], None, 2 / 8),
        ([1, 1, 1], ["x", "x", "y"], 2 / 4),  # 3 or 1 apart, either way
        ([1, 1, 1, 1], ["x", "x", "y", "y"], 2 / 4),
        ([1, -1, 1, 1], ["x", "x", "y", "z"], 2 / 4),  # x cancels, y and z are left
        ([0.1, 0.2, 0.3, 0.3], None, 2 / 16),
        ([0.3, 0.1, 0.2, -0.4], None, 14 / 16),  # by 0.2: only two sums of 16 are 0
    ],
)
def test_paired_randomisation_by_hand(
    differences: list[float], clusters: list[str] | None, p: float
) -> None:
    rounds = 20_000
    found = paired_randomisation(differences, np.zeros(len(differences)), clusters, 11, rounds)
    assert found == pytest.approx(p, abs=monte_carlo(p, rounds))


@settings(deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=8), st.sampled_from([1, 3, 7, 10]))
def test_sums_that_only_rounding_tells_apart_are_ties(tenths: list[int], unit: int) -> None:
    rounds = 4_000
    p = float(enumerated(tenths))
    a, b = [max(0, d) / unit for d in tenths], [max(0, -d) / unit for d in tenths]
    found = paired_randomisation(a, b, None, 12, rounds)
    assert found == pytest.approx(p, abs=monte_carlo(p, rounds))
    assert (found == 1) == (p == 1)


@pytest.mark.parametrize("clusters", [None, list("aabbbcdddeee")])
def test_paired_randomisation_agrees_with_scipy(clusters: list[str] | None) -> None:
    generator = np.random.default_rng(13)
    a, b = generator.random(12) + 0.2, generator.random(12)
    labels = clusters or [str(i) for i in range(12)]
    sums = [sum((a - b)[[own == label for own in labels]]) for label in sorted(set(labels))]
    theirs = scipy.stats.permutation_test(
        (sums,), np.sum, permutation_type="samples", n_resamples=np.inf
    ).pvalue
    found = paired_randomisation(a, b, clusters, 14, 50_000)
    assert 0.01 < theirs < 0.5
    assert found == pytest.approx(theirs, abs=monte_carlo(theirs, 50_000))


def test_p_is_never_0() -> None:
    assert paired_randomisation(np.ones(60), np.zeros(60), None, 15, 999) == 1 / 1000


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([], []),
        ([0.3, 0.7], [0.3, 0.7]),
        ([0.1 + 0.2], [0.3]),
        ([0.1, 0.2, 0.0], [0.0, 0.0, 0.3]),  # means that are equal but for rounding
        ([1, 0, 0], [0, 0, 0]),  # one question can differ either way
    ],
)
def test_p_is_exactly_1_when_nothing_speaks_for_a_difference(
    a: list[float], b: list[float]
) -> None:
    assert paired_randomisation(a, b, None, 16, 100) == 1.0


@settings(deadline=None)
@given(ROWS)
def test_p_does_not_depend_on_which_is_first_on_ties_or_on_the_unit(
    rows: list[tuple[float, float, str]],
) -> None:
    a, b, clusters = (np.array(column) for column in zip(*rows, strict=True))
    for labels, more in ((None, None), (clusters.tolist(), [*clusters.tolist(), "f"])):
        p = paired_randomisation(a, b, labels, 17, 200)
        assert 1 / 201 <= p <= 1
        assert paired_randomisation(b, a, labels, 17, 200) == p
        assert paired_randomisation(a / 3, b / 3, labels, 17, 200) == p
        assert paired_randomisation([*a, 0.7], [*b, 0.7], more, 17, 200) == p
    alone = list(range(len(rows)))
    assert paired_randomisation(a, b, alone, 17, 200) == paired_randomisation(a, b, None, 17, 200)


def test_many_rounds_agree_with_the_normal_law_in_little_time_and_memory() -> None:
    a, clusters = large()
    b = rival(a)
    began = time.process_time()
    p = paired_randomisation(a, b, clusters, seed=18)
    took = time.process_time() - began
    tracemalloc.start()
    assert paired_randomisation(a, b, clusters, seed=18) == p
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    sums: dict[str, float] = {}
    for difference, label in zip(a - b, clusters, strict=True):
        sums[label] = sums.get(label, 0.0) + float(difference)
    z = abs(sum(sums.values())) / math.sqrt(sum(s * s for s in sums.values()))
    expected = 2 * float(scipy.stats.norm.sf(z))
    assert 0.05 < expected < 0.5
    assert p == pytest.approx(expected, abs=monte_carlo(expected, 10_000))
    assert took < 5
    assert peak < 40_000_000  # all flips at once would take 50 MB and more

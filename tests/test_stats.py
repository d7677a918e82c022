"""Intervals and adjusted p: by hand, by enumeration, against SciPy, and their laws."""

import itertools
import math
import time
import tracemalloc
from collections.abc import Callable
from random import Random

import numpy as np
import pytest
import scipy.stats
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eval.stats import bootstrap, bootstrap_difference, holm, paired_randomisation, wilson
from index.errors import InvalidInput
from tests.clustered import ROWS, large, rival


@pytest.mark.parametrize(
    ("successes", "total", "confidence", "low", "high"),
    [
        (8, 10, 0.95, 0.4902, 0.9433),
        (1, 2, 0.95, 0.0945, 0.9055),  # 1/2 -+ z / (2 sqrt(2 + z^2))
        (0, 10, 0.95, 0.0, 0.2775),  # z^2 / (10 + z^2)
        (10, 10, 0.95, 0.7225, 1.0),
        (8, 10, 0.5, 0.7025, 0.8714),
        (0, 0, 0.95, 0.0, 1.0),
    ],
)
def test_wilson_by_hand(
    successes: int, total: int, confidence: float, low: float, high: float
) -> None:
    assert wilson(successes, total, confidence) == pytest.approx((low, high), abs=5e-5)


@settings(deadline=None)
@given(st.integers(1, 5_000), st.floats(0, 1), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_wilson_agrees_with_scipy(total: int, share: float, confidence: float) -> None:
    successes = round(share * total)
    theirs = scipy.stats.binomtest(successes, total).proportion_ci(confidence, method="wilson")
    assert wilson(successes, total, confidence) == pytest.approx(tuple(theirs), abs=1e-12)


@settings(deadline=None)
@given(st.integers(1, 10**18), st.floats(0, 1))
def test_wilson_stays_in_bounds_and_holds_the_proportion(total: int, share: float) -> None:
    successes = min(total, round(share * total))
    low, high = wilson(successes, total)
    assert 0 <= low <= successes / total <= high <= 1


def test_wilson_ends_at_exactly_0_and_1() -> None:
    for total in range(1, 1_000):
        assert wilson(0, total)[0] == 0.0
        assert wilson(total, total)[1] == 1.0
        assert 0 < wilson(1, total + 1)[0] < wilson(total, total + 1)[1] < 1


def test_a_resample_is_its_sum_over_its_count() -> None:
    # Drawn are aa (mean 1), ab or ba (3/4) and bb (0), with 1/4, 1/2 and 1/4; were clusters not
    # weighed by their size, the middle would be 1/2, and were questions drawn, it would vary.
    values, clusters = [1, 1, 1, 0], ["a", "a", "a", "b"]
    assert bootstrap(values, clusters, seed=1, confidence=0.4) == (0.75, 0.75)
    assert bootstrap(values, clusters, seed=1, confidence=0.6) == (0.0, 1.0)


def test_bootstrap_agrees_with_all_resamples_enumerated() -> None:
    values, clusters = [0.9, 0.2, 0.4, 0.1, 0.7, 0.5, 0.6], list("aabbbcd")
    groups = {"a": [0.9, 0.2], "b": [0.4, 0.1, 0.7], "c": [0.5], "d": [0.6]}
    means = [
        np.concatenate([groups[label] for label in drawn]).mean()
        for drawn in itertools.product("abcd", repeat=4)
    ]
    for confidence in (0.5, 0.8, 0.95):
        expected = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
        ours = bootstrap(values, clusters, seed=2, resamples=40_000, confidence=confidence)
        assert ours == pytest.approx(tuple(expected), abs=0.006)


def test_bootstrap_agrees_with_scipy_when_all_are_independent() -> None:
    values = np.random.default_rng(3).beta(2, 1, 60)
    theirs = scipy.stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(4)
    ).confidence_interval
    ours = bootstrap(values, range(60), seed=5, resamples=20_000)
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.003)  # of a width of 0.12


def test_bootstrap_agrees_with_the_error_of_a_ratio_in_little_time_and_memory() -> None:
    values, clusters = large()
    began = time.process_time()
    found = bootstrap(values, clusters, seed=7)
    took = time.process_time() - began
    tracemalloc.start()
    assert bootstrap(values, clusters, seed=7) == found
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Linearised, as survey samplers do (Cochran 1977): the deviations' sums over the articles.
    deviations: dict[str, float] = {}
    for value, label in zip(values - values.mean(), clusters, strict=True):
        deviations[label] = deviations.get(label, 0.0) + float(value)
    error = math.sqrt(sum(d * d for d in deviations.values())) / len(values)
    assert found is not None
    assert (found[1] - found[0]) / 2 == pytest.approx(1.96 * error, rel=0.06)
    assert sum(found) / 2 == pytest.approx(values.mean(), abs=0.2 * error)
    assert took < 2
    assert peak < 40_000_000  # all resamples at once would take 80 MB and more


@settings(deadline=None)
@given(ROWS, st.randoms(use_true_random=False), st.integers(0, 2**32))
def test_nothing_depends_on_the_order_of_rows_or_on_labels(
    rows: list[tuple[float, float, str]], random: Random, seed: int
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    relabelled = [(a, b, 97 - ord(label)) for a, b, label in shuffled]
    for columns in (zip(*shuffled, strict=True), zip(*relabelled, strict=True)):
        a, b, clusters = (list(column) for column in columns)
        first, second, labels = (list(column) for column in zip(*rows, strict=True))
        assert bootstrap(a, clusters, seed, 50) == bootstrap(first, labels, seed, 50)
        assert bootstrap_difference(a, b, clusters, seed, 50) == bootstrap_difference(
            first, second, labels, seed, 50
        )
        for old, new in ((labels, clusters), (None, None)):
            assert paired_randomisation(a, b, new, seed, 50) == paired_randomisation(
                first, second, old, seed, 50
            )


def test_sums_are_rounded_alike_in_every_order() -> None:
    values, labels = [0.1, 0.2, 0.3, 0.5, 0.1], list("aaabc")
    found = bootstrap(values, labels, seed=20)
    assert found == bootstrap(values[::-1], labels[::-1], seed=20)


@settings(deadline=None)
@given(ROWS, st.integers(2, 5))
@example(
    # The sums of a and b are 0.6 and 0.6000000000000001, but thrice they are the same.
    list(zip([0, 0.1, 0.5, 0.2, 0.4, 2, 1.3, 0.7, 0.9], [0] * 9, "aaabbcdee", strict=True)),
    3,
)
def test_questions_asked_again_on_the_same_articles_add_nothing(
    rows: list[tuple[float, float, str]], times: int
) -> None:
    a, b, clusters = (list(column) for column in zip(*rows, strict=True))
    once, again = bootstrap(a, clusters, 8, 50), bootstrap(a * times, clusters * times, 8, 50)
    assert again == (once and pytest.approx(once))
    assert paired_randomisation(a, b, clusters, 8, 50) == paired_randomisation(
        a * times, b * times, clusters * times, 8, 50
    )


@settings(deadline=None)
@given(ROWS)
def test_intervals_stay_among_the_values_and_grow_with_confidence(
    rows: list[tuple[float, float, str]],
) -> None:
    a, b, clusters = (list(column) for column in zip(*rows, strict=True))
    wide, narrow = (bootstrap(a, clusters, 9, 50, confidence) for confidence in (0.95, 0.5))
    difference = bootstrap_difference(a, b, clusters, 9, 50)
    if len(set(clusters)) < 2:
        assert (wide, narrow, difference) == (None, None, None)
        return
    assert wide is not None
    assert narrow is not None
    rounding = 1e-12
    assert min(a) - rounding <= wide[0] <= narrow[0] <= narrow[1] <= wide[1] <= max(a) + rounding
    assert difference == bootstrap(np.subtract(a, b), clusters, 9, 50)


def test_the_difference_of_pairs_is_narrower_than_its_parts() -> None:
    a, clusters = large()
    found = bootstrap_difference(a, a - 0.1, clusters, seed=10)
    assert found == pytest.approx((0.1, 0.1))


def test_no_question_and_one_article_have_no_interval() -> None:
    assert bootstrap([], [], seed=0) is None
    assert bootstrap([0, 1, 1], ["a", "a", "a"], seed=0) is None
    assert bootstrap_difference([1, 0], [0, 0], ["a", "a"], seed=0) is None


def test_the_seed_decides() -> None:
    a, clusters = large()
    b = rival(a)
    assert bootstrap(a, clusters, 1, 50) == bootstrap(a, clusters, 1, 50)
    assert bootstrap(a, clusters, 1, 50) != bootstrap(a, clusters, 2, 50)
    assert paired_randomisation(a, b, clusters, 1, 1_000) != paired_randomisation(
        a, b, clusters, 2, 1_000
    )


def test_holm_by_hand() -> None:
    p_values = {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}
    adjusted = {"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02}  # b: 0.04, but not under c's 0.06
    assert holm(p_values) == pytest.approx(adjusted)
    assert list(holm(p_values)) == list(p_values)
    assert holm({"a": 0.4, "b": 0.6}) == {"a": 0.8, "b": 0.8}
    assert holm({"a": 0.6, "b": 0.9}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=6))
def test_holm_is_bonferronis_test_of_all_subsets_closed(p_values: list[float]) -> None:
    """Holm's procedure is the closed one (Marcus, Peritz and Gabriel 1976) of Bonferroni's."""
    found = holm({str(i): p for i, p in enumerate(p_values)})
    for i, p in enumerate(p_values):
        subsets = [
            subset
            for size in range(1, len(p_values) + 1)
            for subset in itertools.combinations(range(len(p_values)), size)
            if i in subset
        ]
        closed = max(min(1, len(s) * min(p_values[j] for j in s)) for s in subsets)
        assert found[str(i)] == pytest.approx(closed)
        assert p <= found[str(i)] <= 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: wilson(3, 2), "3 of 2; give from 0 to 2"),
        (lambda: wilson(-1, 2), "-1 of 2"),
        (lambda: wilson(0, -2), "0 of -2"),
        (lambda: wilson(1, 2, 1.0), "confidence: 1.0"),
        (lambda: wilson(1, 2, 0.0), "confidence: 0.0"),
        (lambda: bootstrap([1, 0], ["a"], 0), "values has 2, clusters has 1"),
        (lambda: bootstrap([1, math.nan], ["a", "b"], 0), "values: number 1 is nan"),
        (lambda: bootstrap([[1, 0]], ["a"], 0), "values: has 2 dimensions"),
        (lambda: bootstrap(["x", "y"], ["a", "b"], 0), "values: could not convert"),
        (lambda: bootstrap([1, 0], ["a", "b"], 0, 0), "resamples: 0"),
        (lambda: bootstrap([1, 0], ["a", "b"], 0, 9, 95), "confidence: 95"),
        (lambda: bootstrap_difference([1, 0], [1], ["a", "b"], 0), "a has 2, b has 1"),
        (lambda: paired_randomisation([1], [1, 2], None, 0), "a has 1, b has 2"),
        (lambda: paired_randomisation([1, 2], [1, 2], ["a"], 0), "clusters has 1"),
        (lambda: paired_randomisation([1], [2], None, 0, 0), "rounds: 0"),
        (lambda: holm({"f1": 1.5}), "f1: p is 1.5"),
        (lambda: holm({"f1": math.nan, "em": 0.1}), "f1: p is nan"),
    ],
)
def test_errors_say_what_and_where(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        call()
    assert words in str(caught.value)

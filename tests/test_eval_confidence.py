"""What follows from confidence: intervals against the normal law, and where failures stand."""

from collections.abc import Sequence
from statistics import NormalDist

import pytest

from eval.answers import Result
from eval.confidence import figures, intervals
from eval.summary import summarise
from tests.scored import result

CONFIDENCE = 0.4


def half_right(count: int, per_cluster: int = 1) -> list[Result]:
    """Equally sure questions, every other one right; those of a cluster are all one or the other.

    So the risk is a half at every coverage, and `aurc` is the share of wrong ones.
    """
    return [
        result(
            str(i),
            right=i // per_cluster % 2 == 0,
            confidence=CONFIDENCE,
            cluster=f"cluster {i // per_cluster}",
        )
        for i in range(count)
    ]


@pytest.mark.parametrize("per_cluster", [1, 4])
def test_an_interval_is_of_95_percent_over_clusters(per_cluster: int) -> None:
    """The share of wrong ones is a mean over n clusters: 1/2 with a standard error 1/(2 sqrt n).

    500 resamples place each end with an error of 0.12 standard errors; three times that passes.
    """
    rows = half_right(400, per_cluster)
    error = 0.5 / (400 / per_cluster) ** 0.5
    reach = NormalDist().inv_cdf(0.975) * error
    low, high = intervals(rows)["aurc"]
    assert low == pytest.approx(0.5 - reach, abs=0.36 * error)
    assert high == pytest.approx(0.5 + reach, abs=0.36 * error)
    assert figures(rows)["aurc"] == 0.5


def test_every_figure_of_confidence_has_an_interval_that_holds_it() -> None:
    rows = [
        result(str(i), right=i % 3 != 0, confidence=(i * 7 % 20 + 1) / 21, refused=i % 5 == 0)
        for i in range(60)
    ]
    found = summarise(rows, 0.5)
    for name in ("best_f1", "best_em", "aurc", "auroc", "calibration_error"):
        low, high = found["intervals"][name]
        assert low < found[name] < high, name


def test_one_cluster_tells_nothing_of_others() -> None:
    assert intervals(half_right(8, per_cluster=8)) == {}


def test_two_runs_have_the_same_intervals() -> None:
    rows = half_right(40)
    assert intervals(rows) == intervals(rows)


def _with_failures(confidences: Sequence[float], failures: int) -> list[Result]:
    right = [result(f"right {c}", confidence=c) for c in confidences]
    return right + [result(f"failed {i}").without_result() for i in range(failures)]


def test_a_question_that_failed_is_the_surest_of_wrong_answers() -> None:
    """Of a failure and three right ones: the risks are 1, 1/2, 1/3 and 1/4, most confident first.

    At the end of the order it would be 0, 0, 0 and 1/4.
    """
    found = summarise(_with_failures([0.9, 0.7, 0.5], 1), None)
    assert found["aurc"] == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4, abs=1e-4)
    assert found["auroc"] == 0
    assert found["risk_coverage"] == [[0.25, 1.0], [0.5, 0.5], [0.75, 0.3333], [1.0, 0.25]]
    assert found["coverage_at_80"] == 0
    assert found["best_f1"] == 75  # nothing is gained by refusing: what failed stays 0


def test_failures_cannot_be_refused_away() -> None:
    """Four right ones and a failure reach 80 % only together; with one more failure, never."""
    four = [0.9, 0.8, 0.7, 0.6]
    assert summarise(_with_failures(four, 1), None)["coverage_at_80"] == 100
    assert summarise(_with_failures(four, 2), None)["coverage_at_80"] == 0
    assert summarise(_with_failures(four, 0), None)["coverage_at_80"] == 100

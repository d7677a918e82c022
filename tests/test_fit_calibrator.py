"""The fit of the calibrator: its threshold from a stated risk, and its weights within bounds."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from index.archive import Archive
from index.filters import NO_FILTERS
from rag.features import FEATURES
from rag.reader import Reading
from rag.retrieve import Found, retrieve
from tests.invented import CountingEncoder, invented
from training.fit_calibrator import AGAINST, NOT_BELOW_0, fit, fit_logistic, threshold_at
from training.held_out import REWORDED, Asked

ONES = np.ones(len(FEATURES))


def test_the_threshold_by_hand() -> None:
    p = np.array([0.6, 0.9, 0.5, 0.8, 0.7])
    right = np.array([True, True, False, True, False])
    # From the surest on, 0, 0, 1/3, 1/4 and 2/5 are wrong.
    assert threshold_at(p, right, 0.2) == 0.8
    assert threshold_at(p, right, 0.3) == 0.6
    assert threshold_at(p, right, 0.4) == 0.5
    assert threshold_at(p, ~right, 0.1) == 1.0


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, unique_by=lambda r: r[0]),
    st.floats(0, 1),
)
def test_above_the_threshold_no_more_than_the_risk_are_wrong(
    rows: list[tuple[float, bool]], risk: float
) -> None:
    p, right = (np.array(side) for side in zip(*rows, strict=True))
    threshold = threshold_at(p, right, risk)
    for lower in p[p < threshold]:
        assert (~right[p >= lower]).mean() > risk
    if threshold < 1:
        assert (~right[p >= threshold]).mean() <= risk


def sample(seed: int, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """400 questions whose features tell of right answers as `truth`, (features,), says."""
    dice = np.random.default_rng(seed)
    x = dice.normal(size=(400, len(FEATURES)))
    return x, dice.random(400) < 1 / (1 + np.exp(-x @ truth))


def test_where_no_bound_is_met_it_is_a_ridge_of_one_half() -> None:
    truth = np.array([-4.0 if name in AGAINST else 1.5 for name in FEATURES])
    x, right = sample(3, truth)
    weights, bias = fit_logistic(x, right, ONES)
    plain = LogisticRegression(C=1.0, tol=1e-10, solver="newton-cholesky").fit(x, right)
    bound = [AGAINST.get(name, 0.0) for name in FEATURES]
    assert np.all(np.abs(plain.coef_[0]) > bound), "the sample meets a bound: choose another"
    assert weights == pytest.approx(plain.coef_[0], abs=1e-3)
    assert bias == pytest.approx(plain.intercept_[0], abs=1e-3)


def test_bounds_hold_where_the_sample_says_otherwise() -> None:
    # Told backwards: what speaks for an answer is seen with the wrong ones, and the reverse.
    truth = np.array([1.0 if name in AGAINST else -1.0 for name in FEATURES])
    scales = np.linspace(0.5, 2, len(FEATURES))
    weights, _ = fit_logistic(*sample(4, truth), scales)
    for name, weight, scale in zip(FEATURES, weights, scales, strict=True):
        if name in AGAINST:
            assert weight / scale <= -AGAINST[name] + 1e-9, name
        if name in NOT_BELOW_0:
            assert weight >= 0, name


def asked(number: int, half: str, kind: str, found: Found) -> Asked:
    """Right when the number is even, of which the margin tells, not always."""
    gold = (found.text,) if number % 2 == 0 else ()
    margin = (1.0 if gold else -1.0) + number % 5 - 2
    reading = Reading(0, len(found.text), margin, 0.0, 0.0)
    return Asked("Which ferry left?", gold, half, kind, [found], [reading])


def test_one_half_fits_and_reworded_questions_are_reported_apart(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive", CountingEncoder())
    list(archive.ingest([invented("ferry", "The ferry left at 40 percent.")]))
    snapshot = archive.snapshot()
    (found,) = retrieve(snapshot, archive.encoder, "Which ferry left?", NO_FILTERS, 10)
    fitting = [asked(n, "calibrate", "answerable", found) for n in range(60)]
    report = [asked(n, "report", "answerable", found) for n in range(30)]
    reworded = [asked(n, "report", f"answerable, {REWORDED}", found) for n in range(10)]
    fitted = fit([*fitting, *report, *reworded], snapshot)
    assert fitted["fitted_on"] == 60
    assert fitted["report"]["questions"] == 30
    assert fitted["report_reworded"]["questions"] == 10
    assert list(fitted["report_reworded"]["refused_by_kind"]) == [f"answerable, {REWORDED}"]
    assert fitted["at_risk"].keys() == fitted["at_risk_reworded"].keys()
    again = fit([*fitting, *report[:20], *reworded], snapshot)
    assert again["features"] == fitted["features"]
    assert fitted["features"]["margin"]["weight"] > 0.1
    more = [asked(n, "calibrate", f"answerable, {REWORDED}", found) for n in range(20)]
    assert fit([*fitting, *more, *report, *reworded], snapshot) == fitted

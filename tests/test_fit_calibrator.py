"""The fit of the calibrator: its threshold from a stated risk, and its weights within bounds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from index.archive import Archive
from index.errors import InvalidInput
from index.filters import NO_FILTERS
from rag.features import FEATURES
from rag.reader import Reading
from rag.retrieve import Found, retrieve
from tests.invented import CountingEncoder, invented
from training.fit_calibrator import (
    AGAINST,
    NOT_BELOW_0,
    Sample,
    choose_depth_weight,
    fit,
    fit_logistic,
    threshold_at,
)
from training.held_out import NEWS, REWORDED, Asked

ONES = np.ones(len(FEATURES))


def test_the_threshold_by_hand() -> None:
    p = np.array([0.6, 0.9, 0.5, 0.8, 0.7])
    right = np.array([True, True, False, True, False])
    once = np.ones(5)
    # From the surest on, 0, 0, 1/3, 1/4 and 2/5 are wrong.
    assert threshold_at(p, right, 0.2, once) == 0.8
    assert threshold_at(p, right, 0.3, once) == 0.6
    assert threshold_at(p, right, 0.4, once) == 0.5
    assert threshold_at(p, ~right, 0.1, once) == 1.0
    # The one at 0.7 counts twice: 0, 0, 2/4, 2/5 and 3/6.
    twice = np.array([1.0, 1.0, 1.0, 1.0, 2.0])
    assert threshold_at(p, right, 0.3, twice) == 0.8
    assert threshold_at(p, right, 0.4, twice) == 0.6


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.booleans(), st.integers(1, 4)),
        min_size=1,
        unique_by=lambda r: r[0],
    ),
    st.floats(0, 1),
)
def test_above_the_threshold_no_more_than_the_risk_are_wrong(
    rows: list[tuple[float, bool, int]], risk: float
) -> None:
    # Whole numbers, so that a share is the same however it is summed.
    p, right, worth = (np.array(column) for column in zip(*rows, strict=True))
    threshold = threshold_at(p, right, risk, worth)

    def wrong(above: np.ndarray) -> float:
        return float(worth[above & ~right].sum() / worth[above].sum())

    for lower in p[p < threshold]:
        assert wrong(p >= lower) > risk
    if threshold < 1:
        assert wrong(p >= threshold) <= risk


def sample(seed: int, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """400 questions whose features tell of right answers as `truth`, (features,), says."""
    dice = np.random.default_rng(seed)
    x = dice.normal(size=(400, len(FEATURES)))
    return x, dice.random(400) < 1 / (1 + np.exp(-x @ truth))


def test_where_no_bound_is_met_it_is_a_ridge_of_one_half() -> None:
    truth = np.array([-4.0 if name in AGAINST else 1.5 for name in FEATURES])
    x, right = sample(3, truth)
    worth = np.random.default_rng(5).choice([0.5, 1.0, 3.0], len(right))
    weights, bias = fit_logistic(x, right, ONES, worth)
    plain = LogisticRegression(C=1.0, tol=1e-10, solver="newton-cholesky").fit(x, right, worth)
    bound = [AGAINST.get(name, 0.0) for name in FEATURES]
    assert np.all(np.abs(plain.coef_[0]) > bound), "the sample meets a bound: choose another"
    assert weights == pytest.approx(plain.coef_[0], abs=1e-3)
    assert bias == pytest.approx(plain.intercept_[0], abs=1e-3)


def test_bounds_hold_where_the_sample_says_otherwise() -> None:
    # Told backwards: what speaks for an answer is seen with the wrong ones, and the reverse.
    truth = np.array([1.0 if name in AGAINST else -1.0 for name in FEATURES])
    scales = np.linspace(0.5, 2, len(FEATURES))
    weights, _ = fit_logistic(*sample(4, truth), scales, np.ones(400))
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


def test_three_parts_fit_and_the_other_half_reports(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive", CountingEncoder())
    list(archive.ingest([invented("ferry", "The ferry left at 40 percent.")]))
    snapshot = archive.snapshot()
    (found,) = retrieve(snapshot, archive.encoder, "Which ferry left?", NO_FILTERS, 10)

    def fitted_on(*counts: int, report: int = 30) -> dict[str, Any]:
        kinds = [
            ("calibrate", "answerable"),
            ("calibrate", f"answerable, {REWORDED}"),
            ("calibrate", f"answerable, {NEWS}"),
            ("report", "answerable"),
            ("report", f"answerable, {REWORDED}"),
        ]
        parts = [
            [asked(n, *kind, found) for n in range(count)]
            for kind, count in zip(kinds, (*counts, report, 10), strict=True)
        ]
        news = Sample(parts.pop(2), snapshot.lexical)
        return fit(Sample([a for part in parts for a in part], snapshot.lexical), news)

    fitted = fitted_on(60, 20, 10)
    assert fitted["fitted_on"] == {"as they were": 60, "reworded": 20, "news": 10}
    assert fitted["report"]["questions"] == 30
    assert fitted["report_reworded"]["questions"] == 10
    assert list(fitted["report_reworded"]["refused_by_kind"]) == [f"answerable, {REWORDED}"]
    assert fitted["at_risk"].keys() == fitted["at_risk_reworded"].keys()
    assert fitted["features"]["margin"]["weight"] > 0.1
    assert fitted_on(60, 20, 10, report=20)["features"] == fitted["features"]


def test_each_part_counts_alike_however_many_questions_it_has(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive", CountingEncoder())
    list(archive.ingest([invented("ferry", "The ferry left at 40 percent.")]))
    lexical = archive.snapshot().lexical
    (found,) = retrieve(archive.snapshot(), archive.encoder, "Which ferry?", NO_FILTERS, 10)
    # A reader that is right of half of the first part, and of all of the other two.
    plain = [asked(n, "calibrate", "answerable", found) for n in range(400)]
    reworded = [asked(2 * n, "calibrate", f"answerable, {REWORDED}", found) for n in range(10)]
    news = [asked(2 * n, "calibrate", f"answerable, {NEWS}", found) for n in range(10)]
    report = [
        asked(n, "report", kind, found)
        for kind in ("answerable", f"answerable, {REWORDED}")
        for n in range(10)
    ]
    fitted = fit(Sample([*plain, *reworded, *report], lexical), Sample(news, lexical))
    assert expit(fitted["bias"]) > 0.6  # of all rows half are right, of the parts five sixths
    # At most a sixth is wrong, so all may be given; half of the rows are.
    assert fitted["threshold"] < 0.5
    with pytest.raises(InvalidInput, match="news: no question with an answer"):
        fit(Sample([*plain, *reworded, *report], lexical), Sample([], lexical))


def test_the_weight_of_depth_is_chosen_by_parts_that_count_alike(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive", CountingEncoder())
    list(archive.ingest([invented("one", "Boats left."), invented("other", "Trams left.")]))
    lexical = archive.snapshot().lexical
    both = retrieve(archive.snapshot(), archive.encoder, "What left?", NO_FILTERS, 10)
    passages = {f.article.id: f for f in both}
    # The reader prefers what retrieval has second, by 0.9: less than 1.5 log 2, more than log 2.
    found = [passages["other"], passages["one"]]
    readings = [Reading(0, 5, 0.0, 0.0, 0.0), Reading(0, 5, 0.0, 0.0, 0.9)]

    def part(gold: str, count: int) -> Sample:
        row = Asked("What left?", (gold,), "calibrate", "answerable", found, readings)
        return Sample([row] * count, lexical)

    assert choose_depth_weight([part("Boats", 9), part("Trams", 1), part("Trams", 1)]) == 1.5
    assert choose_depth_weight([part("Boats", 1), part("Boats", 1), part("Trams", 9)]) == 0

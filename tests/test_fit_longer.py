"""The fit of longer answers: each part by hand, and the whole on questions that are made up."""

import random

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from rag.longer import FEATURES
from rag.reader import Reading
from training.data import Example
from training.fit_longer import Judged, choose_threshold, fit, fit_weighed, judge, make_report, pays

# Invented for these tests.
TEXT = "Elmsey slept. The harbour was closed because a storm had sunk two ferries. Nobody was hurt."
SENTENCE = TEXT[14:74]


def judged(
    number: int,
    gain: float,
    values: tuple[float, ...] = (0.0,) * len(FEATURES),
    source: str = "spans",
) -> Judged:
    span, sentences = (0.5, 0.5 + gain)
    return Judged(
        "why", source, f"article {number}", values, {"f1": span, "contains": 0.0},
        {"f1": sentences, "contains": 1.0},
    )  # fmt: skip


def test_both_ways_to_answer_are_judged_by_gold() -> None:
    start = TEXT.index("storm")
    reading = Reading(start, start + len("storm"), 4.0, 1.0, 1.0)
    gold = start - 2, start + len("storm had sunk two ferries")
    found = judge("x", Example("Why was it closed?", "", TEXT, (gold,)), reading)
    # "storm" of "a storm had sunk two ferries": without the article 1 of 1 and of 5 words
    assert found.span == pytest.approx({"f1": 2 / 6, "contains": 1})
    # 5 of the sentence's 9 and of the gold 5
    assert found.sentences == pytest.approx({"f1": 10 / 14, "contains": 1})
    assert found.gain == pytest.approx(10 / 14 - 2 / 6)
    assert (found.kind, found.source, found.cluster) == ("why", "spans", "x")
    marked = Example("Why was it closed?", "", TEXT, (), ((0, 13), (14, 74)))
    found = judge("x", marked, reading)
    # Two marked sentences are one answer: 9 of the 9 said and of the 11 marked words
    assert found.source == "sentences"
    assert found.sentences["f1"] == pytest.approx(18 / 20)


def test_the_threshold_by_hand() -> None:
    p = np.array([0.9, 0.3, 0.8, 0.1])
    assert choose_threshold(p, np.array([0.5, 0.2, -0.1, -0.9])) == pytest.approx(0.3, abs=1e-6)
    assert choose_threshold(p, np.array([0.5, 0.2, -0.3, -0.9])) == pytest.approx(0.9, abs=1e-6)
    assert choose_threshold(p, np.array([-0.5, 0.2, -0.3, -0.9])) is None
    # Equal ones change together: 0.5 - 0.6 is no gain
    assert choose_threshold(np.array([0.7, 0.7]), np.array([0.5, -0.6])) is None
    chosen = choose_threshold(np.array([0.7, 0.7]), np.array([0.5, -0.4]))
    assert chosen is not None
    assert chosen <= 0.7


def test_the_weights_agree_with_scikit_learn() -> None:
    generator = np.random.default_rng(3)
    x = generator.standard_normal((300, 4))
    gains = x @ [1.0, -0.5, 0.0, 0.2] + generator.standard_normal(300)
    weights, bias = fit_weighed(x, gains)
    other = LogisticRegression(C=1.0, tol=1e-8, max_iter=1000)  # the same ridge: |w|^2 / (2 C)
    other.fit(x, gains > 0, sample_weight=np.abs(gains))
    assert weights == pytest.approx(other.coef_[0], abs=1e-3)
    assert bias == pytest.approx(other.intercept_[0], abs=1e-3)


def many(gain_of_why: float, source: str = "spans") -> list[Judged]:
    """600 questions of 600 articles: those with the feature "why" gain, the others lose."""
    dice = random.Random(5)
    made = []
    for number in range(600):
        why = number % 3 == 0
        noise = dice.uniform(-0.05, 0.05)
        values = (float(why), *(0.0,) * (len(FEATURES) - 1))
        made.append(judged(number, (gain_of_why if why else -0.2) + noise, values, source))
    return made


def test_what_gains_is_changed_and_nothing_else() -> None:
    fitted = fit(many(0.3))
    assert fitted["threshold"] is not None
    row = fitted["report"]["spans, all"]
    assert 0.3 < row["changed"] / row["questions"] < 0.37  # a third of them
    assert row["f1"]["gain_where_changed"][0] == pytest.approx(0.3, abs=0.02)
    assert row["f1"]["learned"][0] > row["f1"]["always_span"][0] > row["f1"]["always_sentence"][0]


def test_what_does_not_pay_is_off() -> None:
    fitted = fit(many(-0.1))
    assert fitted["threshold"] is None
    assert fitted["report"]["spans, all"]["changed"] == 0


def test_it_pays_only_beyond_chance_and_not_for_marked_sentences_alone() -> None:
    clear, unclear = (
        [judged(i, 0.2) for i in range(9)],
        [judged(i, (-1) ** i * 0.3) for i in range(9)],
    )
    every = np.ones(9, dtype=bool)
    assert pays(clear, every)
    assert not pays(unclear, every)
    assert not pays(clear, ~every)
    marked = [judged(i, 0.4, source="sentences") for i in range(9)]
    both = np.ones(18, dtype=bool)
    assert pays([*clear, *marked], both)
    assert not pays([*marked, *(judged(i, -0.1) for i in range(9))], both)


def test_the_report_counts_what_changed() -> None:
    report = make_report([judged(0, 0.2), judged(1, 0.4)], np.array([False, True]))
    row = report["spans, why"]
    assert (row["questions"], row["changed"]) == (2, 1)
    means = {way: figures[0] for way, figures in row["f1"].items()}
    assert means == pytest.approx(
        {"always_span": 0.5, "always_sentence": 0.8, "learned": 0.7, "gain_where_changed": 0.4}
    )
    assert row["contains"]["learned"][0] == 0.5
    assert len(row["f1"]["gain_where_changed"]) == 1  # one article has no interval

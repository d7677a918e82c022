"""Which questions a figure is over: slices, samples, quotes that can be verified, failures."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.fold import MAX_SLICES, by_slice
from eval.given import Quote
from eval.harness import sample
from eval.summary import MEASURES, summarise
from index.errors import InvalidInput
from tests.scored import result


@pytest.mark.parametrize(("values", "kept"), [(1, True), (30, True), (31, False)])
def test_a_name_of_more_than_thirty_values_is_no_slice(values: int, kept: bool) -> None:
    rows = [
        replace(result(str(i)), slices={"label": f"{i % values:02}", "kind": "who"})
        for i in range(62)
    ]
    found = by_slice(rows, MEASURES[:1])
    assert ("label" in found) is kept
    assert found["kind"]["who"]["questions"] == 62
    if kept:
        assert list(found["label"]) == [f"{value:02}" for value in range(values)]
        assert sum(part["questions"] for part in found["label"].values()) == 62
    assert MAX_SLICES == 30


@given(st.integers(0, 60), st.integers(1, 70))
def test_a_sample_is_some_of_the_items_in_their_order(count: int, limit: int) -> None:
    items = random.Random(count).sample(range(1000), count)
    drawn = sample(items, limit)
    assert len(drawn) == min(count, limit)
    at = [items.index(item) for item in drawn]
    assert at == sorted(set(at))
    assert sample(items, limit) == drawn
    assert sample(items, None) == items


def test_a_sample_is_drawn_from_the_whole_file() -> None:
    """Of 1,000 items a hundred: the mean place is 500, with a standard error of 27; both ends,
    and every tenth of the file, are there."""
    drawn = sample(range(1000), 100)
    assert sum(drawn) / 100 == pytest.approx(500, abs=3 * 27)
    assert {i // 100 for i in drawn} == set(range(10))
    assert len({b - a for a, b in pairwise(drawn)}) > 5  # nor every tenth


@pytest.mark.parametrize("limit", [0, -1])
def test_a_sample_of_nothing_is_refused(limit: int) -> None:
    with pytest.raises(InvalidInput, match=f"limit is {limit}; give 1 or more"):
        sample([1, 2], limit)


def test_only_quotes_that_stand_in_their_article_are_verified() -> None:
    """Of quotes that nobody could compare with an archive none is counted."""
    quotes = [(True, False), (True,), (False, None), (), (None, None)]
    rows = [
        replace(result(str(i)), quotes=tuple(Quote("It is x.", verified=v) for v in verified))
        for i, verified in enumerate(quotes)
    ]
    found = summarise(rows, 0.5)
    assert (found["quotes"], found["quotes_verified"]) == (4, 2)
    assert [("quotes do not stand" in row.trouble) for row in rows] == [True, False, True] + [
        False
    ] * 2


def test_a_failure_is_a_risk_that_was_taken() -> None:
    """Two answers, one of them wrong, a refusal and a failure: three were risked, two were lost."""
    rows = [
        result("a", confidence=0.9),
        result("b", right=False, confidence=0.8),
        result("c", refused=True, confidence=0.2),
        result("d").without_result(),
    ]
    point = summarise(rows, 0.5)["operating_point"]
    assert point == {"coverage": 0.75, "risk": 0.6667, "threshold": 0.5}
    failures = [row.without_result() for row in rows]
    point = summarise(failures, 0.5)["operating_point"]
    assert point == {"coverage": 1.0, "risk": 1.0, "threshold": 0.5}
    assert summarise(rows[2:3], 0.5)["operating_point"] is None
    assert summarise(rows, None)["operating_point"] is None

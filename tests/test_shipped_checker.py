"""The shipped checker: what it says of claims labelled by hand, alone or beside others."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.claims import CLAIMS, compare, read_judged
from index.onnx import Workers
from rag.entailment import MODELS, SHIPPED, OnnxChecker, load_checker

JUDGED = read_judged(CLAIMS)
FLOOR = 0.60  # of balanced accuracy; the card has the figure


@pytest.fixture(scope="module")
def checker() -> OnnxChecker:
    return OnnxChecker(Workers(2))


def test_it_is_there_by_its_name(checker: OnnxChecker) -> None:
    assert load_checker(SHIPPED).name == checker.name
    assert (MODELS / SHIPPED / "model.onnx").stat().st_size <= 25_000_000


def test_it_agrees_with_a_person(checker: OnnxChecker) -> None:
    found = compare(checker, JUDGED)
    assert found["balanced_accuracy"] >= FLOOR


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from([one.claim for one in JUDGED[:30]]), min_size=1, max_size=4))
def test_a_claim_does_not_depend_on_its_neighbours(checker: OnnxChecker, many: list) -> None:  # type: ignore[type-arg]
    assert checker.check(many) == [checker.check([claim])[0] for claim in many]

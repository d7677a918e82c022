"""The checker without a model, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.onnx import Workers
from rag.deadline import Deadline
from rag.entailment import Claim, load_checker
from rag.errors import TimedOut
from rag.inputs import claim_of
from rag.word_checker import WordChecker

CHECKER = WordChecker()


@pytest.mark.parametrize(
    ("claim", "evidence", "heading", "share"),
    [
        ("Ana Ruiz won.", "It was ANA RUIZ who won.", "", 1.0),
        ("Ana Ruiz won.", "Ana Ruiz lost.", "", 2 / 3),
        ("Ana Ruiz won.", "She won.", "Ana Ruiz | 4 May 2019", 1.0),
        ("won won lost", "They won.", "", 2 / 3),
        (claim_of("Who won the race?", "Ana Ruiz"), "Ana Ruiz came first.", "", 1.0),
        (claim_of("Who -> won?", "Ana Ruiz"), "Ana came first.", "", 0.5),
        ("...", "anything", "", 0.0),
        ("", "", "", 0.0),
    ],
)
def test_the_share_of_words_by_hand(claim: str, evidence: str, heading: str, share: float) -> None:
    assert CHECKER.check([Claim(claim, evidence, heading)]) == [pytest.approx(share)]


@given(st.text(), st.text(), st.text())
def test_more_evidence_never_supports_less(claim: str, one: str, more: str) -> None:
    less, all_ = CHECKER.check([Claim(claim, one), Claim(claim, f"{one}\n{more}")])
    assert 0 <= less <= all_ <= 1


def test_it_is_known_by_its_name_and_keeps_to_its_time() -> None:
    checker = load_checker("words", Workers(1))
    assert (checker.name, checker.threshold) == ("words", 1.0)
    with pytest.raises(TimedOut):
        checker.check([Claim("a", "a")], Deadline.after(-1))

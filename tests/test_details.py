"""What a question insists on, and whether a passage holds it."""

import pytest

from rag.details import content_words, fits_kind, missing_names, missing_numbers

# Invented for these tests.
TEXT = "Reports of 2018 | The Korean agreement cost 1,200 crowns and 3.5 percent of the budget."


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("what was the 2018 agreement?", (0, 0)),
        ("what was the 2015 agreement?", (1, 0)),
        ("did it cost 1200 crowns or 3.5 percent?", (0, 0)),
        ("did it cost 1,300 crowns or 4 percent in 1999?", (1, 2)),
        ("how much did it cost?", (0, 0)),
    ],
)
def test_missing_numbers_and_years(question: str, missing: tuple[int, int]) -> None:
    assert missing_numbers(question, TEXT) == missing


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("What did Korea sign?", 0.0),
        ("What did Korea's envoy sign?", 0.0),
        ("What did Norway sign?", 1.0),
        ("What did Korea and Norway sign?", 0.5),
        ("Who signed it, and Why?", 0.0),
        ("what did norway sign?", 0.0),  # without a capital nobody knows that it is a name
    ],
)
def test_missing_names(question: str, share: float) -> None:
    assert missing_names(question, TEXT) == share


def test_content_words_leave_the_question_words_out() -> None:
    assert content_words("Who won the 2022 World Cup?") == ["won", "2022", "World", "Cup"]


@pytest.mark.parametrize(
    ("question", "answer", "fits"),
    [
        ("When was it signed?", "in May", True),
        ("when was it signed?", "3.5 percent", True),
        ("When was it signed?", "Elmsey", False),
        ("How many came?", "two hundred", True),
        ("How many came?", "the mayor", False),
        ("How did they come?", "by ship", True),
        ("Who came?", "Ada Quill", True),
        ("Who came?", "by ship", False),
        ("What came?", "a storm", True),
        ("Who signed the 2018 agreement?", "the Port Ansel Agreement", False),
        ("What was the 2018 agreement?", "the Port Ansel Agreement", True),
        ("Who did the Port Ansel Army fight?", "Lissen Army", True),
        ("who married tom quill?", "Ada Quill", True),
        ("Who signed it?", "\u00c9", True),
        ("Who?", "", False),
    ],
)
def test_an_answer_fits_the_kind_of_question(question: str, answer: str, fits: bool) -> None:
    assert fits_kind(question, answer) is fits

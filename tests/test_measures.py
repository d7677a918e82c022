"""SQuAD's definitions, by hand."""

import pytest

from eval.measures import best, contains, exact_match, f1, holds


@pytest.mark.parametrize(
    ("answer", "gold", "em", "score"),
    [
        ("The  Agreement.", "agreement", True, 1.0),
        ("a treaty of peace", "peace treaty", False, 0.8),  # 2 common, 3 and 2 tokens
        ("war", "peace", False, 0.0),
        ("", "peace", False, 0.0),
        ("the", "a", True, 1.0),  # nothing is left of either
        ("cat cat", "cat", False, 2 / 3),
        ("1,000", "1000", True, 1.0),
        ("theory", "the ory", False, 0.0),  # an article is a whole word
    ],
)
def test_squad_definitions(answer: str, gold: str, em: bool, score: float) -> None:
    assert exact_match(answer, gold) is em
    assert f1(answer, gold) == pytest.approx(score)


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("the 2018 military agreement", "military agreement", True),
        ("Kim", "Kim Jong-un", True),
        ("art", "party", False),
        ("", "party", False),
        ("the", "party", False),
        ("A", "a", True),  # a blood group is more than an article
        ("!", "A", False),
        ("grade A beef", "A", False),
    ],
)
def test_contains(answer: str, gold: str, expected: bool) -> None:
    assert contains(answer, gold) is expected


def test_the_best_gold_answer_counts() -> None:
    assert best(f1, "peace treaty", ["war", "a treaty of peace"]) == pytest.approx(0.8)
    assert best(exact_match, "war", ["peace", "The War"]) == 1
    assert best(f1, "anything", []) == 0
    # As in the official script: a gold answer of which nothing is left does not count beside one.
    assert best(exact_match, "the", ["a", "peace"]) == 0
    assert best(exact_match, "the", ["a"]) == 1


def test_a_text_holds_an_answer_as_whole_words() -> None:
    assert holds("It was signed, in the end, on 3 May.", ["3 May"])
    assert holds("On May 3, it was signed.", ["3 May", "May 3"])
    assert not holds("The party began.", ["art"])
    assert not holds("A short answer", ["an answer that is longer"])
    assert holds("They are of grade A, it said.", ["a"]) is False
    assert holds("They are of grade A it said.", ["A"])

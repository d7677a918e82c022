"""Details of a text and how one of them is made wrong."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.corrupt import has_words, other_value, put, swap_shared, turn_round
from training.details import DATE, NAME, NUMBER, PHRASE, spans_of, type_of

TEXT = (
    "In March 2019 the Bank of Tornia lent $3.5 million to Ada Quill, who opened twelve bakeries "
    "near the old harbour on Monday."
)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (DATE, ["March 2019", "Monday"]),
        (NUMBER, ["$3.5 million", "twelve"]),
        (NAME, ["Bank of Tornia", "Ada Quill"]),
        (PHRASE, ["lent", "opened", "bakeries near", "old harbour"]),
    ],
)
def test_details_of_a_sentence(kind: str, expected: list[str]) -> None:
    assert [TEXT[start:end] for start, end in spans_of(TEXT, kind)] == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1998", DATE),
        ("in March 2019", DATE),
        ("the 1990s", DATE),
        ("3.5 million", NUMBER),
        ("twelve", NUMBER),
        ("45%", NUMBER),
        ("Ada Quill", NAME),
        ("The Bank of Tornia", NAME),
        ("old harbour", PHRASE),
        ("because it rained", PHRASE),
        ("", PHRASE),
    ],
)
def test_the_type_of_an_answer(text: str, kind: str) -> None:
    assert type_of(text) == kind


@given(st.text(max_size=300))
def test_spans_lie_in_the_text_in_order(text: str) -> None:
    for kind in (DATE, NUMBER, NAME, PHRASE):
        ends = [0]
        for start, end in spans_of(text, kind):
            assert ends[-1] <= start < end <= len(text)
            ends.append(end)


@pytest.mark.parametrize("seed", range(30))
def test_another_value_has_the_same_form(seed: int) -> None:
    dice = random.Random(seed)
    day = other_value("14 March 2019", DATE, [], dice)
    assert day is not None
    assert day != "14 March 2019"
    assert type_of(day) == DATE
    assert day.startswith("14 ")
    number = other_value("3.5 million", NUMBER, [], dice)
    assert number is not None
    assert number.endswith(" million")
    assert len(number) == len("3.5 million")
    word = other_value("twelve", NUMBER, [], dice)
    assert word is not None
    assert spans_of(word, NUMBER) == [(0, len(word))]
    assert other_value("Ada Quill", NAME, ["Tornia", "Tom Reed"], dice) == "Tom Reed"
    assert other_value("Ada Quill", NAME, ["Tornia"], dice) is None


def test_a_detail_is_swapped_only_if_the_other_text_has_it() -> None:
    question = "What did the Bank of Tornia do in May 2001?"
    swapped = swap_shared(question, TEXT, ["Bank of Elmsey"], random.Random(1))
    assert swapped == (NAME, "Bank of Tornia", "Bank of Elmsey")
    assert put(question, *swapped[1:]) == "What did the Bank of Elmsey do in May 2001?"
    assert swap_shared(question, TEXT, ["Ada Quill"], random.Random(1)) is None
    assert swap_shared("Who won?", TEXT, ["Tom Reed"], random.Random(1)) is None


def test_words_are_whole() -> None:
    assert has_words("It cost 35 dollars.", "35")
    assert not has_words("It cost 350 dollars.", "35")
    assert put("35 of 350, 35", "35", "8") == "8 of 350, 8"


@pytest.mark.parametrize(
    ("text", "near", "expected"),
    [
        ("Prices rose and wages rose.", 24, "Prices rose and wages fell."),
        ("More rain fell.", 0, "Less rain fell."),
        ("The vote was not held.", 0, "The vote was held."),
        ("The vote was held.", 0, "The vote was not held."),
        ("The vote was held.", 90, None),
        ("The vote was held, they said.", 20, None),
        ("The vote was held, he said.", None, "The vote was not held, he said."),
        ("Ada ran.", 0, None),
    ],
)
def test_what_is_said_is_turned_round(text: str, near: int | None, expected: str | None) -> None:
    assert turn_round(text, near) == expected

"""Training questions that a word makes unanswerable."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data import Example
from training.groups import Group
from training.miner import GOLD
from training.rivals import exchange, make_rival, oppose

PASSAGE = (
    "In 2019 the town of Port Ellery approved a budget of 40 million crowns, its largest, while "
    "Lower Dunmere had 12 million in 2021. The mayor, Ada Quill, won the vote against Tom Reed."
)


def group(question: str, answer: str, passage: str = PASSAGE) -> Group:
    start = passage.index(answer)
    gold = Example(question, "", passage, ((start, start + len(answer)),), ((0, 9),))
    return Group(GOLD, (gold, Example(question, "", "Tom Finn lost to Una Marsh.", ())))


def made(one: Group, make: object = exchange) -> set[str | None]:
    return {make(one, random.Random(seed)) for seed in range(80)}  # type: ignore[operator]


def test_a_name_becomes_another_of_as_many_words_that_the_gold_passage_holds() -> None:
    question = "How large was the budget of Port Ellery?"
    assert made(group(question, "40 million crowns")) == {
        "How large was the budget of Lower Dunmere?",
        "How large was the budget of Ada Quill?",
        "How large was the budget of Tom Reed?",
    }


def test_neither_an_answer_nor_what_is_asked_already_takes_a_place() -> None:
    question = "Who won against Tom Reed in Port Ellery?"
    asked = made(group(question, "Ada Quill"))
    assert asked == {
        "Who won against Lower Dunmere in Port Ellery?",
        "Who won against Tom Reed in Lower Dunmere?",
    }


def test_a_year_becomes_a_year_and_a_number_a_number() -> None:
    assert made(group("Which budget was approved in 2019?", "40 million crowns")) == {
        "Which budget was approved in 2021?"
    }
    assert made(group("Which town had 40 million?", "Port Ellery")) == {
        "Which town had 12 million?"
    }


def test_a_word_becomes_its_opposite_unless_the_passages_hold_that() -> None:
    question = "Who has its largest budget?"
    assert made(group(question, "Port Ellery"), oppose) == {"Who has its smallest budget?"}
    both = PASSAGE + " The smallest was that of Lower Dunmere."
    assert made(group(question, "Port Ellery", both), oppose) == {None}


def test_all_passages_lose_their_answers_and_keep_their_words() -> None:
    one = group("Who approved its largest budget in 2019?", "Port Ellery")
    rival = make_rival(one, random.Random(1))
    assert rival is not None
    assert not rival.is_answerable
    assert rival.question != one.question
    assert [e.question for e in rival.examples] == [rival.question] * 2
    assert [replace(e, question="") for e in rival.examples] == [
        replace(e, question="", answers=(), evidence=()) for e in one.examples
    ]


def test_a_question_without_any_detail_has_no_rival() -> None:
    assert make_rival(group("What was it?", "40 million crowns"), random.Random(1)) is None


@given(st.sampled_from(PASSAGE.split()), st.integers(0, 99))
@pytest.mark.filterwarnings("error")
def test_the_same_dice_make_the_same_rival(word: str, seed: int) -> None:
    one = group(f"What had {word} to do with 2019?", "Ada Quill")
    assert make_rival(one, random.Random(seed)) == make_rival(one, random.Random(seed))

"""Training questions with words left out or misspelt, or cut to key words."""

import random

from hypothesis import given
from hypothesis import strategies as st

from training.blur import blur, in_key_words, leave_out, misspell
from training.data import Example
from training.groups import Group
from training.miner import GOLD

PASSAGE = "The council approved a budget of 40 million crowns for Port Ellery in March."
QUESTION = "What budget for harbour repairs had the council approved in Port Ellery?"


def test_only_shared_lower_case_words_of_content_are_left_out() -> None:
    left = {leave_out(QUESTION, PASSAGE, random.Random(seed)) for seed in range(60)}
    words = {word for question in left for word in QUESTION.split() if word not in question.split()}
    assert words == {"budget", "council", "approved"}
    assert "What for harbour repairs had the council approved in Port Ellery?" in left


def test_a_short_question_keeps_its_words() -> None:
    assert leave_out("who approved the budget?", PASSAGE, random.Random(1)) == (
        "who approved the budget?"
    )


@given(st.text(max_size=60), st.integers(0, 99))
def test_a_slip_changes_one_letter(question: str, seed: int) -> None:
    other = misspell(question, random.Random(seed))
    assert abs(len(other) - len(question)) <= 1
    if len(other) == len(question):
        differing = [i for i, (a, b) in enumerate(zip(question, other, strict=True)) if a != b]
        assert len(differing) in (0, 2)


def test_a_group_keeps_its_passages_and_answers() -> None:
    gold = Example(QUESTION, "", PASSAGE, ((21, 27),))
    other = Example(QUESTION, "", "It rained.", ())
    for seed in range(20):
        blurred = blur(Group(GOLD, (gold, other)), random.Random(seed))
        assert blurred.question != QUESTION
        assert {e.question for e in blurred.examples} == {blurred.question}
        assert [(e.passage, e.answers) for e in blurred.examples] == [
            (PASSAGE, ((21, 27),)),
            ("It rained.", ()),
        ]


def test_key_words_keep_what_is_asked() -> None:
    group = Group(GOLD, (Example(QUESTION, "", PASSAGE, ((21, 27),)),))
    made = [in_key_words(group, random.Random(seed)) for seed in range(20)]
    assert {g.question for g in made} == {
        "What budget harbour repairs council approved Port Ellery",
        "what budget harbour repairs council approved port ellery",
    }
    assert all(g.examples[0].answers == ((21, 27),) for g in made)


def test_a_question_of_one_telling_word_is_not_cut() -> None:
    group = Group(GOLD, (Example("Who was it that resigned?", "", PASSAGE, ()),))
    assert in_key_words(group, random.Random(1)) == group

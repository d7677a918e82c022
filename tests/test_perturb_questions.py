"""A question written otherwise: what each way does to it, and what none may do."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.perturb.paraphrase import RULES, polite, reword
from eval.perturb.surface import key_words, lower, misspell, upper, without_mark
from eval.perturb.words import content_words, has_words, is_stop_word

QUESTION = "Who opened the 2nd bridge of Lund in 1998?"
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=80)
WORDS = st.lists(
    st.from_regex(r"[a-z]{1,9}|[A-Z][a-z]{1,8}|[0-9]{1,4}", fullmatch=True), min_size=1
)


def no_word(_: str) -> bool:
    return False


def distance(a: str, b: str) -> int:
    """Edits of one letter, or of two that change places: Damerau's, restricted."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y)))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[-1] = min(row[-1], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


@pytest.mark.parametrize("seed", range(40))
def test_one_or_two_typos_in_words_that_are_no_names_and_no_numbers(seed: int) -> None:
    changed = misspell(QUESTION, no_word, random.Random(seed))
    assert changed is not None
    before, after = QUESTION.split(), changed.split()
    touched = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert set(touched) <= {1, 4}  # opened, bridge
    assert 1 <= len(touched) <= 2
    for i in touched:
        assert distance(before[i], after[i]) == 1
        assert before[i][0] == after[i][0]


def test_every_kind_of_typo_and_both_counts_come_up() -> None:
    found = {misspell(QUESTION, no_word, random.Random(seed)) for seed in range(300)}
    words = {word for question in found if question for word in question.split()}
    assert "bridgge" in words  # doubled
    assert "bride" in words  # dropped
    assert "brigde" in words  # transposed
    assert words & {"beidge", "btidge", "brudge", "brodge", "brisge", "brifge"}  # a key beside
    counts = {
        sum(a != b for a, b in zip(QUESTION.split(), question.split(), strict=True))
        for question in found
        if question
    }
    assert counts == {1, 2}


def test_a_typo_makes_no_other_word() -> None:
    others = {"bride", "bridgge", "brigde", "bridg", "bridgee"}
    for seed in range(200):
        changed = misspell("Why a bridge?", others.__contains__, random.Random(seed))
        assert changed is None or not others & set(changed.rstrip("?").split())
    assert misspell("Why a bridge?", lambda _: True, random.Random(0)) is None


def test_a_name_is_misspelt_only_where_nothing_else_is() -> None:
    named = misspell("Who is Torvik?", no_word, random.Random(3))
    assert named is not None
    assert named.startswith("Who is T")
    assert misspell("Who is U2?", no_word, random.Random(3)) is None
    for seed in range(30):
        changed = misspell("Did Torvik leave Lund?", no_word, random.Random(seed))
        assert changed is not None
        assert "Torvik" in changed


@settings(deadline=None)
@given(TEXTS | WORDS.map(" ".join), st.integers())
def test_typos_are_seeded_and_leave_numbers_alone(question: str, seed: int) -> None:
    changed = misspell(question, no_word, random.Random(seed))
    assert changed == misspell(question, no_word, random.Random(seed))
    if changed is not None:
        assert changed.strip()
        assert changed != question
        assert re.findall(r"\d+", changed) == re.findall(r"\d+", question)
        assert distance(question, changed) <= 2


def test_case_and_mark() -> None:
    assert lower(QUESTION) == "who opened the 2nd bridge of lund in 1998?"
    assert upper(QUESTION) == "WHO OPENED THE 2ND BRIDGE OF LUND IN 1998?"
    assert without_mark("Who won? ") == "Who won"
    assert lower("who won?") is upper("WHO WON?") is without_mark("who won") is None
    assert without_mark("?") is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (QUESTION, "Who opened 2nd bridge Lund 1998"),
        ("When are the U.S. presidential elections?", "When U.S. presidential elections"),
        ("What is North Korea's aim?", "What North Korea's aim"),
        ("who won", None),  # one word would be left
        ("What is it?", None),
        ("Who sank ships", None),  # nothing to drop
    ],
)
def test_key_words(question: str, expected: str | None) -> None:
    assert key_words(question) == expected


@settings(deadline=None)
@given(WORDS, st.lists(st.sampled_from(["the", "of", "Was", "in"]), min_size=1), st.randoms())
def test_key_words_are_words_of_the_question_in_their_order(
    words: list[str], stops: list[str], dice: random.Random
) -> None:
    mixed = [*words, *stops]
    dice.shuffle(mixed)
    kept = key_words(" ".join(mixed) + "?")
    if kept is not None:
        assert kept.split() == [word for word in mixed if not is_stop_word(word)]
        assert set(kept.split()) <= set(words)


@pytest.mark.parametrize(
    ("rule", "question", "expected"),
    [
        ("cleft", "who won the cup", "Who was it that won the cup?"),
        ("cleft", "What caused the fire", "What was it that caused the fire?"),
        ("cleft", "Who plays Gold", "Who is it that plays Gold?"),
        ("cleft", "Who is Ada Quill", None),
        ("cleft", "Who did Ada Quill meet", None),
        ("cleft", "What movies did she make", None),
        ("cleft", "Who has had meetings with them", None),
        ("cleft", "Who does that", None),
        ("question word in place", "What was the aim of it", "The aim of it was what?"),
        ("question word in place", "Who is the mayor of Lund", "The mayor of Lund is who?"),
        ("question word in place", "What was the ferry called", None),
        ("question word in place", "What is the user unable to click", None),
        ("question word in place", "What was the weather like", None),
        ("question word in place", "What was the fine for", None),
        ("question word in place", "Who was Ada Quill", None),
        ("another question word", "When did it sail", "At what point in time did it sail?"),
        ("another question word", "where is Lund", "In what place is Lund?"),
        ("another question word", "Why was it sold", "For what reason was it sold?"),
        ("another question word", "How many crews sailed", "What number of crews sailed?"),
        ("another question word", "How many of them sailed", None),
        ("another question word", "How many are there", None),
        ("another question word", "Whenever did it sail", None),
        ("another question word", "When it sailed, who won", None),
    ],
)  # fmt: skip
def test_rules_of_rewording(rule: str, question: str, expected: str | None) -> None:
    assert RULES[rule](question) == expected


def test_one_of_the_rules_that_apply_is_drawn() -> None:
    assert reword("What is a ferry made of?", random.Random(0)) is None
    assert reword("  When did it  sail ?", random.Random(0)) == (
        "another question word",
        "At what point in time did it sail?",
    )


def test_a_polite_request() -> None:
    found = {polite("Who won?", random.Random(seed)) for seed in range(40)}
    assert "Can you tell me: who won?" in found
    assert len(found) == 4
    assert (polite("Lund lies where?", random.Random(1)) or "").endswith(": Lund lies where?")
    assert (polite("WHO WON?", random.Random(1)) or "").endswith(": WHO WON?")
    assert polite("tell me who won", random.Random(1)) is None
    assert polite("?", random.Random(1)) is None


@settings(deadline=None)
@given(TEXTS | WORDS.map(lambda words: " ".join(words) + "?"), st.integers())
def test_other_words_are_seeded_and_keep_what_the_question_is_about(text: str, seed: int) -> None:
    asked, reworded = polite(text, random.Random(seed)), reword(text, random.Random(seed))
    assert asked == polite(text, random.Random(seed))
    assert reworded == reword(text, random.Random(seed))
    about = content_words(text)
    assert asked is None or about <= content_words(asked)
    assert reworded is None or about <= content_words(reworded[1])


def test_words_are_whole() -> None:
    assert has_words("It cost 35 crowns.", "35")
    assert not has_words("It cost 350 crowns.", "35")
    assert has_words("Ada's", "Ada")

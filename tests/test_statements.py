"""An answer's sentences with what each cites, and what a sentence claims."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.given import Given, Quote, Said
from eval.statements import claim_made, is_sentence, sentences_of

QUOTES = (Quote("one"), Quote("two"), Quote("three"))


def said(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(s.text, s.cites) for s in sentences_of(Given(text, quotes=QUOTES))]


def test_who_says_what_cites_what_is_believed() -> None:
    own = (Said("The harbour closed.", (2,)), Said("Nobody was hurt [1].", ()))
    assert sentences_of(Given("anything", quotes=QUOTES, sentences=own)) == own


def test_markers_say_it_else() -> None:
    assert said("The harbour closed [1][3]. A storm came. It left at noon [2, 3].") == [
        ("The harbour closed.", (0, 2)),
        ("A storm came.", ()),
        ("It left at noon.", (1, 2)),
    ]


def test_markers_behind_the_full_stop_belong_to_what_is_before_it() -> None:
    assert said('The harbour closed. [1] "A storm came."[2][3] It left at noon.') == [
        ("The harbour closed.", (0,)),
        ('"A storm came."', (1, 2)),
        ("It left at noon.", ()),
    ]


def test_a_number_that_no_quote_has_is_kept() -> None:
    """It cites nothing, and is not forgiven."""
    assert said("The harbour closed [7].") == [("The harbour closed.", (6,))]
    assert said("The harbour closed [0].") == [("The harbour closed.", (-1,))]


def test_a_year_in_brackets_is_text() -> None:
    assert said("The report [2019] says so.") == [("The report [2019] says so.", (0, 1, 2))]


def test_without_a_marker_every_sentence_rests_on_all() -> None:
    assert said("The harbour closed. A storm came.") == [
        ("The harbour closed.", (0, 1, 2)),
        ("A storm came.", (0, 1, 2)),
    ]


@pytest.mark.parametrize("text", ["", "  ", "...", "[1]"])
def test_what_holds_no_word_is_no_sentence(text: str) -> None:
    assert said(text) == []


@given(st.lists(st.sampled_from("The harbour closed . ! [1] [2,3] \u3002 Storm $5 p.m.".split())))
def test_no_word_is_lost_and_none_is_added(words: list[str]) -> None:
    text = " ".join(words)
    bare = re.sub(r"\[[\d, ]+\]", " ", text)
    kept = re.findall(r"\w+", " ".join(s for s, _ in said(text)))
    assert kept == re.findall(r"\w+", bare)


@pytest.mark.parametrize(
    "text",
    [
        "The harbour of Bay closed.",
        'He said: "The harbour is closed."',
        "\u201cWhy did the harbour close?\u201d",
        "\u6e2f\u53e3\u5173\u95ed\u4e86\u3002",
        "4 million crowns were paid.",
    ],
)
def test_a_sentence_is_its_own_claim(text: str) -> None:
    assert is_sentence(text)
    assert claim_made("What closed?", text) == text


@pytest.mark.parametrize(
    "text",
    [
        "harbour",
        "Acme Inc.",
        "The Bank of England",
        "on Monday at 3 p.m.",
        "because a storm came over the bay.",
        "",
    ],
)
def test_a_short_answer_claims_to_answer_the_question(text: str) -> None:
    """A name by itself would be supported by any text that has it."""
    assert not is_sentence(text)
    assert claim_made("What  closed?", text) == f"What closed? -> {text}"

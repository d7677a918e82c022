"""A quote about South Korea does not answer a question about the North; a slip is no other name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.namesakes import speaks_of_namesake

PASSAGE = (
    "North Tornia launched a satellite in May. South Tornia called it a threat. Mayor Ada Quill of "
    "Port Orvel, a cousin of Tom Quill, wrote to the Orvel Harbour Board in S\u00e3o Brand."
)
LAUNCH = "North Tornia launched a satellite in May."
IN_MAY = "in May"


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("When did South Tornia launch a satellite?", LAUNCH),
        ("When did south tornia launch a satellite?", LAUNCH),
        ("When was South Tornia's satellite launched?", LAUNCH),
        ("Where was Tom Quill elected?", "Ada Quill was elected in May."),
        ("where was tom quill elected?", "President Ada Quill was elected in May."),
        ("When did the Lissen Harbour Board meet?", "The Orvel Harbour Board met in May."),
        ("When was the Bank of Orvel founded?", "The Bank of Tornia was founded in May."),
        ("When is sao brand's fair?", "The fair of Old Brand is in May."),
        ("When did East Orvel vote?", "West Orvel voted in May."),  # alike, and never a slip
        ("When was the Women's Cup won?", "The Men's Cup was won in May."),
        ("When did World War II end?", "World War I ended in May."),
    ],
)
def test_one_word_of_a_name_is_another(question: str, quote: str) -> None:
    assert speaks_of_namesake(question, quote, IN_MAY, PASSAGE)


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("When did North Tornia launch a satellite?", LAUNCH),
        # It speaks of both.
        ("When did South Tornia protest?", "South Tornia protested to North Tornia in May."),
        ("When did South Tornia meet North Tornia?", "North Tornia met it in May."),
        ("When did the Labour Party lead the Conservative Party?", "It led Conservatives in May."),
        ("When did the United Towns meet?", "The UT met at United Stadium in May."),
        # Not names: small letters, and not written with capitals in the passage either.
        ("which mayor wrote to the harbour board?", "Mayor Quill wrote to it in May."),
        ("Which Tornia is meant?", "North Tornia is, in May."),
        # Only a surname behind a word with a capital, in the quote or in the question.
        ("When did Ada Quill sign?", "But Quill signed in May."),
        ("When did Ada Quill sign?", "On Tuesday Quill signed."),
        ("Did Quill sign?", "Ada Quill signed in May."),
        ("WHEN DID QUILL SIGN?", "Ada Quill signed in May."),
        ("Under Quill, who signed?", "Ada Quill signed in May."),
        # A title, an accent, a slip of the hand, initials, a middle name, a longer form.
        ("When was President Quill elected?", "Ada Quill was elected in May."),
        ("When was Tornian President Ada Quill born?", "Orvel's President Ada Quill was born."),
        ("Who founded Sao Orvel?", "S\u00e3o Orvel was founded by Ada Quill in May."),
        ("When did Noth Tornia launch a satellite?", LAUNCH),
        ("How old is Ada Quil?", "Ada Quill is 40 in May."),
        ("When was Ada F. Quill born?", "Ada Quill was born in May."),
        ("When was Ada Mary Quill born?", "Ada Quill was born in May."),
        ("Who is Ada Marsh?", "Ada Quill-Marsh is the mayor."),
        ("When was Joe Brand born?", "Joseph Brand was born in May."),
        # Two names, not one.
        ("When did Orvel Harbour open?", "Orvel's Bridge opened in May."),
        ("Did Ada Quill, Brand say?", "Quill Marsh did."),
        # Only a small word is shared; two words differ.
        ("Who leads the Board?", "The Council is led by Ada Quill."),
        ("What did Tom Marsh say?", "Ada Quill said no."),
        ("", LAUNCH),
        ("When did South Tornia launch a satellite?", ""),
    ],
)
def test_what_is_no_other_name(question: str, quote: str) -> None:
    assert not speaks_of_namesake(question, quote, IN_MAY, PASSAGE)


def test_who_is_asked_for_may_be_a_namesake() -> None:
    question, quote = "Who succeeded Tom Quill?", "He was succeeded by Ada Quill in May."
    assert not speaks_of_namesake(question, quote, "Ada Quill", PASSAGE)
    assert speaks_of_namesake(question, quote, "May", PASSAGE)


@given(st.text(max_size=60), st.text(max_size=120))
def test_a_text_is_no_namesake_of_what_it_holds(question: str, rest: str) -> None:
    assert not speaks_of_namesake(question, f"{question} {rest}", "May", rest)


@given(st.sampled_from(["Ada Quill", "Bank of Orvel", "Port Orvel"]), st.text(max_size=60))
def test_a_quote_without_a_name_has_no_namesake(name: str, quote: str) -> None:
    assert not speaks_of_namesake(f"Where is {name}?", quote.casefold(), "May", PASSAGE)

"""Misspelt words of a question, on a small real index of invented articles."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rag
from eval.perturb.surface import misspell
from index.archive import Archive
from index.lexical import LexicalSnapshot
from rag.spelling import respell, vocabulary
from tests.invented import CountingEncoder, invented

TEXTS = (
    "The ferry to Elmsey left the harbour with herring.",
    "Mayor Ada Quill signed the herring accord in the harbour of Tarn.",
    "The trawlermen of Elmsey sold herring of any color at the quayside.",
)
KNOWN = dict.fromkeys("which with the signed accord join wish left".split(), 5_000)


@pytest.fixture(scope="module")
def lexical(tmp_path_factory: pytest.TempPathFactory) -> LexicalSnapshot:
    archive = Archive(tmp_path_factory.mktemp("data"), CountingEncoder())
    list(archive.ingest(invented(str(i), text) for i, text in enumerate(TEXTS)))
    return archive.snapshot().lexical


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Who signed the hering accord?", "Who signed the herring accord?"),  # lost
        ("Who signed the herrring accord?", "Who signed the herring accord?"),  # doubled
        ("Who signed the herirng accord?", "Who signed the herring accord?"),  # changed over
        ("Who signed the hetring accord?", "Who signed the herring accord?"),  # the key beside
        ("Who sold at the qauyside?", "Who sold at the quayside?"),  # known to the archive alone
        ("Who did Tarn joih?", "Who did Tarn join?"),  # known to the language alone
        ("Which trawlermem sold it?", "Which trawlermen sold it?"),
    ],
)
def test_one_slip_is_put_right(lexical: LexicalSnapshot, typed: str, meant: str) -> None:
    assert respell(typed, lexical, lambda: KNOWN) == meant


@pytest.mark.parametrize(
    "question",
    [
        "Who signed the accord?",
        "Who signed the Hering accord?",  # a name, and not the archive's
        "Who left Elmsay?",
        "Who signed it at www.hering.org, or by hering@tarn.example?",
        "Who sold quaysides?",  # another form of a word that is there
        "Who left the xylophonist?",  # nothing is like it
        "hng?",
    ],
)
def test_what_is_no_slip_stays(lexical: LexicalSnapshot, question: str) -> None:
    assert respell(question, lexical, lambda: KNOWN) == question


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("honoured", "honored"),
        ("organisations", "organizations"),
        ("analysed", "analyzed"),
        ("travelling", "traveling"),
        ("centres", "centers"),
        ("defence", "defense"),
        ("anaemia", "anemia"),
        ("catalogue", "catalog"),
    ],
)
def test_british_is_no_slip(lexical: LexicalSnapshot, british: str, american: str) -> None:
    """Though the vocabulary is American."""
    question = f"Who saw it {british}?"
    assert respell(question, lexical, lambda: {american: 5_000}) == question
    assert respell(question, lexical, lambda: {}) == question


def test_british_becomes_what_the_archive_writes(lexical: LexicalSnapshot) -> None:
    assert respell("What colours?", lexical, lambda: {"colors": 5_000}) == "What colors?"


def test_the_likelier_slip_goes_before_the_commoner_word(lexical: LexicalSnapshot) -> None:
    """`with` is in the archive, but "wich" is `which` with a letter lost."""
    assert respell("wich", lexical, lambda: {}) == "with"
    assert respell("wich", lexical, lambda: {"which": 5_000}) == "which"


def test_a_misspelt_word_of_time_is_heard(tmp_path: Path) -> None:
    engine = rag.open(tmp_path)
    engine.ingest(invented("a", " ".join(TEXTS)))
    asked_at = "2024-05-03T10:00:00Z"
    typed, meant, none = (
        engine.trace(f"Who sold herring {when}", asked_at=asked_at).window
        for when in ("yesteday?", "yesterday?", "?")
    )
    assert typed == meant != none


def test_of_a_long_question_a_bounded_part_is_put_right(lexical: LexicalSnapshot) -> None:
    words = [f"hering{a}{b}" for a in "qxz" for b in "qxzjv"]
    typed = " ".join(["hering", "herirng", *words, "herrring"])
    found = respell(typed, lexical, lambda: KNOWN)
    assert found.split()[:2] == ["herring", "herring"]
    assert found.split()[-1] == "herrring"
    assert respell("hering" * 5, lexical, lambda: KNOWN) == "hering" * 5


def test_the_vocabulary_is_not_asked_for_what_the_archive_holds(lexical: LexicalSnapshot) -> None:
    def nobody() -> dict[str, int]:
        raise AssertionError("asked")

    question = "What herring and which ferry were there when they signed?"
    assert respell(question, lexical, nobody) == question


@given(st.text(max_size=60))
def test_only_lower_case_words_change(lexical: LexicalSnapshot, text: str) -> None:
    found = respell(text, lexical, lambda: KNOWN)
    assert [w for w in text.split() if not w.islower()] == [
        w for w in found.split() if not w.islower()
    ]
    assert respell(found, lexical, lambda: KNOWN) == found


def test_most_slips_in_questions_are_put_right(lexical: LexicalSnapshot) -> None:
    """Of slips as `dateline eval robustness` makes them, with the shipped vocabulary."""
    dice, words = random.Random(3), vocabulary()
    question = "Which trawlermen signed the herring accord at the quayside?"
    typed = [misspell(question, words.__contains__, dice) or question for _ in range(200)]
    assert all(t != question for t in typed)
    right = sum(respell(t, lexical, vocabulary) == question for t in typed)
    assert right >= 180


def test_the_vocabulary_has_common_words_and_rare_ones() -> None:
    words = vocabulary()
    assert words["which"] > words["agreement"] > words["devour"] > 0
    assert not any(word in words for word in ("wich", "structual"))


def test_a_misspelt_question_is_answered_as_it_was_meant(tmp_path: Path) -> None:
    engine = rag.open(tmp_path)
    engine.ingest(invented("a", " ".join(TEXTS)))
    typed, meant = "Who signed the hering accrd in Tarn?", "Who signed the herring accord in Tarn?"
    answer, expected = engine.ask(typed), engine.ask(meant)
    assert (answer.question, answer.understood_as) == (typed, meant)
    assert answer.text == expected.text
    assert answer.confidence == expected.confidence
    found = engine.search(typed)
    assert [f.score for f in found] == [f.score for f in engine.search(meant)]

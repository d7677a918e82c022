"""When two answers are one answer, and two quotes one text. All names are invented."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.candidate import normalise_answer
from rag.same import Said, is_copy, overlaps, same_answer

NAMED = "Rosie Barnes owns the ferry. But Barnes never sails herself, and Ms Barnes said why."
FERRY = "The ferry is owned by Barnes."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Quill", "ada quill,"),
        ("the harbour", "harbour"),
        ("on Monday", "Monday"),
        ("in the harbour", "harbour"),
        ("Mayor Ada Quill", "Ada Quill"),
        ("Vice President Ada Quill", "Mrs. Ada Quill"),
        ("$300", "$300."),
    ],
)
def test_the_same_without_a_look_at_the_article(one: str, other: str) -> None:
    assert same_answer(Said(one, ""), Said(other, ""))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", ""),
        ("...", "the"),
        ("-2.5 percent", "2.5 percent"),
        ("$300", "300"),
        ("300 million", "300"),
        ("3 May 2031", "3 May"),
        ("Ada Quill", "Ada Reed"),
        ("President Quill", "Minister Quill"),
        ("after Monday", "Monday"),
    ],
)
def test_alike_and_not_the_same(one: str, other: str) -> None:
    text = f"{one} or {other}"
    assert not same_answer(Said(one, text), Said(other, text))


def test_a_surname_is_the_person_that_its_article_names_in_full() -> None:
    full, short = Said("Rosie Barnes", "Rosie Barnes spoke."), Said("Barnes", NAMED)
    assert same_answer(full, short)
    assert same_answer(short, full)
    assert same_answer(Said("Dr Rosie Barnes", ""), short._replace(article="Dr Rosie Barnes"))


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("Rosie Barnes", Said("Barnes", FERRY)),  # which Barnes, it does not say
        ("Rosie Barnes", Said("Barnes", f"{NAMED} Tom Barnes is her brother.")),  # two of the name
        ("Rosie Barnes", Said("Barnes", NAMED.replace("Rosie", "Rosie-Ann"))),
        ("Rosie Barnes", Said("Rosie", NAMED)),  # forenames are many people's
        ("North Velia", Said("Velia", "North Velia is in Velia.")),
        ("New Tarn", Said("Tarn", "New Tarn is not Tarn.")),
        ("Bank of Tarn", Said("Tarn", "The Bank of Tarn is in Tarn.")),
        ("Route 66", Said("66", "Route 66 has 66 bends.")),
        ("Old harbour", Said("harbour", "Old harbour, harbour")),
    ],
)
def test_a_part_of_a_name_is_not_always_the_name(full: str, short: Said) -> None:
    assert not same_answer(Said(full, full), short)
    assert not same_answer(short, Said(full, full))


answers = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["Barnes", "Rosie Barnes", "Mayor Rosie Barnes", "on 3 May", "3 May", "the"]),
)
said = st.builds(Said, answers, st.sampled_from(["", NAMED, FERRY]))


@given(said, said)
def test_it_does_not_matter_who_is_asked_first(one: Said, other: Said) -> None:
    assert same_answer(one, other) == same_answer(other, one)


@given(said)
def test_an_answer_is_itself_unless_it_says_nothing(one: Said) -> None:
    assert same_answer(one, one) == (normalise_answer(one.answer) != "")
    assert not same_answer(Said("", one.article), one)


def test_copies() -> None:
    sentence = "The council of Elmsey elected Ada Quill mayor on Tuesday by nine votes."
    assert is_copy(sentence, sentence.upper().replace(" ", "\n"))
    assert is_copy(sentence, f"ELMSEY, 3 May (Invented Wire) - {sentence}")
    assert not is_copy(sentence, sentence.replace("nine", "ten"))
    assert not is_copy("Ada Quill won.", "Reporters say that Ada Quill won.")  # words of its own
    eight = "one two three four five six seven eight"
    assert is_copy(eight, f"{eight} nine")
    assert not is_copy(eight.replace("eight", ""), eight)  # seven words may be chance


def test_overlap_is_of_whole_words_in_order() -> None:
    assert overlaps("over 370", "370")
    assert overlaps("October 1963", "in October 1963 at last")
    assert not overlaps("37", "370")
    assert not overlaps("Ada Quill", "Quill Ada")
    assert overlaps("", "Ada Quill")


def test_a_hostile_article_takes_no_time() -> None:
    """Linear: a long word, long white space and the name a hundred thousand times."""
    text = "Rosie Barnes " + "B" * 500_000 + " " * 500_000 + "Ada Barnes " * 100_000
    began = time.perf_counter()
    assert not same_answer(Said("Rosie Barnes", ""), Said("Barnes", text))
    assert time.perf_counter() - began < 5

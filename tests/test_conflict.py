"""When two articles disagree: by hand, and on the shipped models over invented articles."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from eval.answers import score
from eval.asking import given as as_given
from eval.cases import Case
from index.records import Article, Passage
from index.sources.fields import article_from_fields
from rag.candidate import Candidate
from rag.conflict import AT_ODDS, MARGIN, Conflict, asks_for, disagree, find_conflict
from rag.display import as_html, as_text
from rag.engine import Engine
from rag.reader import Reading
from rag.retrieve import Found
from rag.settings import Settings

QUESTION = "How many people were killed by the flood in Tarn?"


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When did it sink?", "time"),
        ("In which year did it sink?", "time"),
        ("how many sank?", "number"),
        ("By how much did it rise?", "number"),
        ("Who sank it?", "name"),
        ("Which team won?", "name"),
        ("To whom was it sold?", "name"),
        ("Where did it sink?", ""),
        ("Why did it sink?", ""),
        ("How did it sink?", ""),
        ("What sank?", ""),
        ("Which ferries sank?", ""),
        ("Whenever it rains, what happens?", ""),
        ("List who was there", ""),
        ("", ""),
    ],
)
def test_what_expects_one_answer(question: str, kind: str) -> None:
    assert asks_for(question) == kind


@pytest.mark.parametrize(
    ("kind", "one", "other", "apart"),
    [
        ("number", "14", "At least 23", True),
        ("number", "14", "14 people", False),
        ("number", "fourteen", "14", False),
        ("number", "3,000", "3000 men", False),
        ("number", "$3 million", "$3 billion", True),
        ("number", "dozens", "14", False),  # nothing to compare
        ("number", "a hundred", "14", False),
        ("time", "3 May 2031", "4 May 2031", True),
        ("time", "3 May 2031", "May 2031", False),
        ("time", "3 May", "2031", False),
        ("time", "Monday", "3 May", False),
        ("time", "Monday", "on Tuesday", True),
        ("time", "in May", "June", True),
        ("time", "3rd of May", "May 3", False),
        ("time", "1949", "1951", True),
        ("time", "last week", "during the storm", False),
        ("name", "Ada Quill", "Tom Reed", True),
        ("name", "Ada Quill", "Mayor Quill", False),
        ("name", "Ada Quill", "the mayor", False),
        ("name", "Quill and Reed", "Tom Reed", False),
    ],
)
def test_what_disagrees(kind: str, one: str, other: str, apart: bool) -> None:
    assert disagree(kind, one, other) is apart
    assert disagree(kind, other, one) is apart


def candidate(
    id_: str, answer: str, score: float, words: str = "were killed in Tarn, says"
) -> Candidate:
    text = f"{answer} {words} {id_}."
    article = Article(id=id_, text=text, source=f"Invented {id_}")
    found = Found(Passage(1, id_, 0, 0, len(text)), article, 1.0, 0.5, 2.0)
    return Candidate(found, Reading(0, len(answer), 4.0, 1.0, score - 1.5), score, depth=0)


FIRST = candidate("a", "14", 9.0)


def rival_of(
    *others: Candidate, question: str = QUESTION, sure: Sequence[str] = ("14", "23", "30")
) -> str:
    """The article of the rival; `sure` are the answers that would be given if put first."""

    def probability(ranked: Sequence[Candidate]) -> float:
        return 0.6 if ranked[0].answer in sure else 0.4

    conflict = find_conflict(question, [FIRST, *others], probability, 0.6)
    assert conflict is None or conflict.confidence == AT_ODDS
    return conflict.rival.found.article.id if conflict else ""


def test_a_rival_by_hand() -> None:
    assert rival_of(candidate("b", "23", 9.0 - MARGIN)) == "b"
    assert rival_of(candidate("b", "23", 9.0 - MARGIN - 0.01)) == ""
    assert rival_of(candidate("b", "23", 8.9 - MARGIN), candidate("c", "30", 8.5)) == "c"
    # Put back by its place in retrieval, it is as good a report as before.
    assert rival_of(replace(candidate("b", "23", 8.5), score=1.0, depth=9)) == "b"
    assert rival_of(candidate("a", "23", 8.5)) == ""  # an article may count two things
    assert rival_of(candidate("b", "14 people", 8.5)) == ""
    assert rival_of(candidate("b", "23", 8.5), question="Where was the flood?") == ""
    assert rival_of(candidate("b", "23", 8.5), sure=["14"]) == ""
    assert rival_of(candidate("b", "23", 8.5), sure=["23"]) == ""  # the first would not be given
    assert rival_of(candidate("b", "14", 8.9), candidate("c", "23", 8.5)) == "c"
    assert rival_of(candidate("b", "23", 8.9), candidate("c", "30", 8.5), sure=["14", "30"]) == "c"
    assert rival_of() == ""
    assert find_conflict(QUESTION, [], lambda _: 1.0, 0.5) is None


def test_what_is_about_another_place_or_year_is_no_rival() -> None:
    elsewhere = candidate("b", "23", 8.5, "were killed in Orvel, says")
    assert rival_of(elsewhere) == ""
    assert rival_of(elsewhere, candidate("c", "30", 8.4)) == "c"
    nowhere = "How many people were killed by the flood in Elmsey?"
    assert rival_of(candidate("b", "23", 8.5), question=nowhere) == ""
    year = "How many people were killed in Tarn in 2031?"
    assert rival_of(candidate("b", "23", 8.5), question=year) == ""


def test_an_article_that_also_agrees_is_no_rival() -> None:
    agrees, differs = candidate("b", "14", 8.9, "died in Tarn, says"), candidate("b", "23", 8.5)
    assert rival_of(agrees, differs) == ""


@pytest.mark.parametrize(("ours", "theirs"), [(0.45, 0.4), (0.4, 0.45), (0.9, 0.4)])
def test_each_is_judged_as_if_the_other_side_were_not_there(ours: float, theirs: float) -> None:
    agrees, differs = candidate("b", "14 people", 8.9), candidate("c", "23", 8.5)
    with_it, third = candidate("d", "At least 23", 8.4), candidate("e", "30", 1.0)
    wire = candidate("f", "9 of those who were killed by the flood, or 23", 8.3)
    printed = replace(wire, found=replace(wire.found, article=replace(wire.found.article, id="g")))
    one_wire = [wire, replace(printed, reading=Reading(0, 1, 4.0, 1.0, 1.0))]
    judged = []

    def probability(ranked: Sequence[Candidate]) -> float:
        judged.append([c.found.article.id for c in ranked])
        return ours if ranked[0] is FIRST else theirs

    conflict = find_conflict(QUESTION, [FIRST, agrees, differs, with_it, third], probability, 0.3)
    assert conflict == Conflict(differs, 0.4)
    assert judged == [["a", "b", "e"], ["c", "d", "e"]]
    judged.clear()
    assert find_conflict(QUESTION, [FIRST, *one_wire], probability, 0.3) is not None
    assert judged == [["a"], ["f", "g"]]


def test_two_readings_of_one_sentence_are_no_conflict() -> None:
    wire = "14 died on Monday and 23 were hurt by the flood"
    first, at = candidate("a", wire, 9.0), wire.index("23")
    readings = Reading(0, 2, 4.0, 1.0, 1.0), Reading(at, at + 2, 4.0, 1.0, 1.0)

    def conflict(other: Candidate) -> Conflict | None:
        pair = [
            Candidate(first.found, readings[0], 9.0, 0),
            Candidate(other.found, readings[1], 8.5, 1),
        ]
        assert [c.answer for c in pair] == ["14", "23"]
        return find_conflict(QUESTION, pair, lambda _: 1.0, 0.5)

    assert conflict(candidate("b", wire, 8.5)) is not None  # in words of its own
    printed = Article(id="b", text=first.found.article.text)
    assert conflict(replace(first, found=replace(first.found, article=printed))) is None


# Invented for these tests.
FLOOD = [
    {
        "id": "harbour",
        "source": "Invented Harbour Wire",
        "published_at": "2031-05-03",
        "title": "Flood in Tarn kills 14",
        "text": "The flood in Tarn killed 14 people on Monday, the mayor of the town said. "
        "Rescuers were still searching the streets along the river in the evening.",
    },
    {
        "id": "quarry",
        "source": "Invented Quarry Post",
        "published_at": "2031-05-04",
        "title": "Tarn counts its dead",
        "text": "At least 23 people were killed by the flood in Tarn, according to the fire "
        "brigade. Schools will stay closed for the week and two bridges are impassable.",
    },
]
FERRY = {
    "id": "ferry",
    "source": "Invented Quarry Post",
    "published_at": "2031-05-06",
    "text": "The ferry between Elmsey and Orvel sails again from Thursday, Rosie Barnes said.",
}


@pytest.fixture
def flooded(own: Engine) -> Engine:
    own.ingest(*(article_from_fields(fields, "test") for fields in (*FLOOD, FERRY)))
    return own


def test_two_outlets_that_count_differently_are_both_shown(flooded: Engine) -> None:
    trace = flooded.trace(QUESTION)
    answer = trace.answer
    assert answer.conflicting
    assert answer.as_json()["conflicting"] is True
    assert {s.text.removeprefix("At least ") for s in answer.sentences} == {"14", "23"}
    assert answer.text == " ".join(s.text for s in answer.sentences)
    assert {(c.source, c.published_at) for c in answer.citations} == {
        ("Invented Harbour Wire", "2031-05-03"),
        ("Invented Quarry Post", "2031-05-04"),
    }
    for sentence in answer.sentences:
        cited = answer.citations[sentence.citations[0]]
        text = flooded.article(cited.article_id).text
        assert text[cited.answer_start : cited.answer_end] == sentence.text
    assert answer.confidence == AT_ODDS
    # The harness scores one guess, the first, with its own quote; all are there to be judged.
    given = as_given(trace)
    assert [(s.text, s.cites) for s in given.sentences] == [
        (s.text, s.citations) for s in answer.sentences
    ]
    first = score(Case("dead", QUESTION, ("14",), True), given)
    assert first.answer == answer.sentences[0].text == trace.candidates[0].answer
    assert [q.article_id for q in first.quotes] == [answer.citations[0].article_id]


def test_they_are_shown_as_what_they_are(flooded: Engine) -> None:
    answer = flooded.ask(QUESTION)
    one, other = (s.text for s in answer.sentences)
    assert as_text(answer).startswith(f"Sources disagree: {one} [1]; {other} [2]\n")
    page = as_html(answer)
    assert f"Sources disagree: <bdi>{one}</bdi> <sup>[1];</sup> <bdi>{other}</bdi>" in page


def test_of_one_outlet_alone_nothing_conflicts(flooded: Engine) -> None:
    """And confidence falls because of the conflict, not of the second article."""
    flooded.remove("quarry")
    answer = flooded.ask(QUESTION)
    assert (answer.text, answer.conflicting) == ("14", False)
    assert answer.confidence > AT_ODDS
    assert not flooded.ask("Who spoke of the ferry?").conflicting


def test_who_wants_surer_answers_gets_none_where_sources_disagree(flooded: Engine) -> None:
    settings = Settings(data=flooded.archive.folder, threshold=AT_ODDS + 0.01)
    careful = Engine(flooded.archive, flooded.reader, flooded.calibrator, settings)
    trace = careful.trace(QUESTION)
    assert trace.answer.abstained
    assert not trace.answer.conflicting
    scored = score(Case("dead", QUESTION, ("14",), True), as_given(trace))
    assert scored.refused  # what would have been answered: still one guess
    assert scored.answer == trace.candidates[0].answer
    assert len(scored.quotes) == 1

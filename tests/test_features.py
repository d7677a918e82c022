"""Each feature of the calibrator by hand, on invented passages and a small real index."""

import math
from dataclasses import replace

import pytest

from index.archive import Archive
from index.lexical import LexicalSnapshot
from index.records import Article, Passage
from rag.candidate import Candidate
from rag.features import FEATURES, features
from rag.reader import Reading
from rag.retrieve import Found
from tests.invented import CountingEncoder, invented

# Invented for these tests.
TEXT = "The ferry left Tarn in 2031 with 3,000 men. Mayor Ada Quill closed Elmsey harbour."
QUESTION = "Which ferry reached Elmsey harbour?"


@pytest.fixture(scope="module")
def lexical(tmp_path_factory: pytest.TempPathFactory) -> LexicalSnapshot:
    """Of four passages two say ferry, one harbour, one reached and none Elmsey."""
    archive = Archive(tmp_path_factory.mktemp("data"), CountingEncoder())
    texts = ("A ferry.", "A ferry in the harbour.", "It was reached.", "Nothing.")
    list(archive.ingest(invented(str(i), text) for i, text in enumerate(texts)))
    return archive.snapshot().lexical


def idf(holding: int) -> float:
    return math.log(1 + (4 - holding + 0.5) / (holding + 0.5))


FERRY, HARBOUR, REACHED, ELMSEY = idf(2), idf(1), idf(1), idf(0)


def candidate(
    answer: str = "Ada Quill",
    score: float = 5.0,
    text: str = TEXT,
    title: str | None = None,
    answerable: float = 0.75,
) -> Candidate:
    article = Article("a", text, title=title, published_at="2020-05-03")
    start = text.index(answer)
    reading = Reading(start, start + len(answer), 4.0, 1.0, answerable)
    found = Found(Passage(1, "a", 0, 0, len(text)), article, 0.9, 0.37, 2.0)
    return Candidate(found, reading, score, depth=0)


def values(
    lexical: LexicalSnapshot, *candidates: Candidate, question: str = QUESTION
) -> dict[str, float]:
    found = features(question, candidates or (candidate(),), lexical)
    return dict(zip(FEATURES, found, strict=True))


def test_what_reader_and_retrieval_say(lexical: LexicalSnapshot) -> None:
    best, second = candidate(), candidate("Tarn", 1.0, answerable=-3.0)
    found = values(lexical, best, second)
    assert found["margin"] == (4.0 - 1.0) / 2
    assert found["answerable"] == 0.75
    assert found["cosine"] == 0.37
    assert values(lexical, second, best)["answerable"] == -3.0  # of the first, whatever follows


@pytest.mark.parametrize(
    ("best", "others", "before"),
    [(0, [1, 2], 0), (2, [0, 1], 2), (1, [2, 0], 1), (7, [3], 1), (7, [], 0)],
)
def test_depth_is_of_the_passages_that_are_looked_at(
    lexical: LexicalSnapshot, best: int, others: list[int], before: int
) -> None:
    read = [replace(candidate(), depth=depth) for depth in (best, *others)]
    assert values(lexical, *read)["depth"] == pytest.approx(math.log(1 + before))


@pytest.mark.parametrize(
    ("others", "lead"),
    [
        ([], 10.0),
        ([("Tarn", 3.5)], 1.5),
        ([("Ada Quill", 4.9), ("Elmsey", 2.0), ("Tarn", 3.5)], 1.5),
        ([("Ada Quill", 4.9)], 10.0),  # the same answer is no rival
        ([("Tarn", -20.0)], 10.0),
        ([("Tarn", 5.0)], 0.0),
    ],
)
def test_lead(lexical: LexicalSnapshot, others: list[tuple[str, float]], lead: float) -> None:
    assert values(lexical, candidate(), *(candidate(*o) for o in others))["lead"] == lead


@pytest.mark.parametrize(
    ("others", "mass"),
    [
        ([], 1.0),
        ([("Tarn", 5.0)], 1 / 2),
        ([("Ada Quill", 5.0), ("Tarn", 5.0)], 2 / 3),
        ([("Ada Quill", 5.0 - math.log(2)), ("Tarn", 5.0 - math.log(2))], 1.5 / 2),
    ],
)
def test_mass(lexical: LexicalSnapshot, others: list[tuple[str, float]], mass: float) -> None:
    found = values(lexical, candidate(), *(candidate(*o) for o in others))
    assert found["mass"] == pytest.approx(mass)


def test_the_index_counts_as_it_is_said_to(lexical: LexicalSnapshot) -> None:
    terms = lexical.terms("ferry harbour reached Elmsey")
    by_hand = [FERRY, HARBOUR, REACHED, ELMSEY]
    assert [lexical.idf(term) for term in terms] == pytest.approx(by_hand)


def test_coverage_of_the_passage_and_of_the_quote(lexical: LexicalSnapshot) -> None:
    found = values(lexical)
    total = FERRY + HARBOUR + REACHED + ELMSEY
    assert found["coverage"] == pytest.approx((FERRY + HARBOUR + ELMSEY) / total)
    # The sentence of the answer does not say ferry; the one before it does.
    assert found["quote_coverage"] == pytest.approx((HARBOUR + ELMSEY) / total)


def test_the_heading_covers_too(lexical: LexicalSnapshot) -> None:
    found = values(lexical, candidate(title="Reached"))
    total = FERRY + HARBOUR + REACHED + ELMSEY
    assert found["coverage"] == pytest.approx(1)
    assert found["quote_coverage"] == pytest.approx((HARBOUR + REACHED + ELMSEY) / total)


def test_pair_coverage(lexical: LexicalSnapshot) -> None:
    # Of ferry reached, reached Elmsey, Elmsey harbour the last stands in the passage.
    assert values(lexical)["pair_coverage"] == pytest.approx(1 / 3)
    assert values(lexical, question="Which harbour Elmsey?")["pair_coverage"] == 0
    again = candidate(title="A harbour")  # a word that stood before can be a neighbour again
    assert values(lexical, again)["pair_coverage"] == pytest.approx(1 / 3)
    assert values(lexical, question="Was Ada Quill left?")["pair_coverage"] == pytest.approx(1 / 2)


def test_a_question_of_no_content_is_covered(lexical: LexicalSnapshot) -> None:
    found = values(lexical, question="Who was it?")
    assert (found["coverage"], found["quote_coverage"], found["pair_coverage"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("question", "years", "numbers"),
    [
        ("Which 12 of 3000 men left in 1999, 2030 and 2031?", 2, 1),
        ("Which 7 of 12 men left in 2031?", 0, 2),
        ("Which men left on 3 May 2020?", 0, 0),  # the day is in the heading
        ("Which men left?", 0, 0),
    ],
)
def test_missing_numbers(lexical: LexicalSnapshot, question: str, years: int, numbers: int) -> None:
    found = values(lexical, question=question)
    assert (found["missing_years"], found["missing_numbers"]) == (years, numbers)


def test_missing_names(lexical: LexicalSnapshot) -> None:
    question = "Did Ada Quill meet Tom Reed?"
    assert values(lexical, question=question)["missing_names"] == 0.5
    held = candidate(title="Tom Fell")
    assert values(lexical, held, question=question)["missing_names"] == 0.25


def test_namesake(lexical: LexicalSnapshot) -> None:
    of_harbour = candidate("Elmsey harbour")
    for question, expected in (("What did Ada Reed close?", 1), ("What did Ada Quill close?", 0)):
        assert values(lexical, of_harbour, question=question)["namesake"] == expected
    assert values(lexical, question="Who succeeded Tom Quill?")["namesake"] == 0  # Ada Quill did


@pytest.mark.parametrize(
    ("question", "answer", "misfit"),
    [
        ("When was it closed?", "Ada Quill", 1),
        ("When was it closed?", "2031", 0),
        ("Who closed it?", "harbour", 1),
        ("Who closed it?", "Ada Quill", 0),
        ("What was closed?", "harbour", 0),
    ],
)
def test_misfit(lexical: LexicalSnapshot, question: str, answer: str, misfit: int) -> None:
    assert values(lexical, candidate(answer), question=question)["misfit"] == misfit

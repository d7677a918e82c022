"""What is said, by hand: spans, quotes, equal answers, leads. And the calibrator's arithmetic."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import ModelUnusable
from index.records import Article, Passage
from rag.answer import Sentence
from rag.calibrate import Calibrator
from rag.candidate import Candidate, normalise_answer
from rag.compose import compose, leads
from rag.features import FEATURES
from rag.logistic import Logistic
from rag.reader import MODELS, SHIPPED, Reading
from rag.retrieve import Found

# Invented for these tests.
TEXT = "Elmsey slept. Mayor Ada Quill spoke at noon. She closed the harbour."


def candidate(id_: str, text: str, answer: str, answerable: float = 1.0) -> Candidate:
    article = Article(id=id_, text=text, source=f"{id_} Wire", published_at="2020-05-03")
    found = Found(Passage(1, id_, 0, 0, len(text)), article, 1.0, 0.5, 2.0)
    start = text.index(answer)
    reading = Reading(start, start + len(answer), 4.0, 1.0, answerable)
    return Candidate(found, reading, reading.score, depth=0)


def test_the_quote_is_the_sentence_and_the_answer_stands_in_it() -> None:
    said = compose([candidate("a", TEXT, "Ada Quill")])
    assert said.text == "Ada Quill"
    assert said.sentences == (Sentence("Ada Quill", 0, 9, (0,)),)
    assert not said.conflicting
    quote = said.citations[0]
    assert quote.cited_text == "Mayor Ada Quill spoke at noon."
    assert (quote.start, quote.end) == (14, 44)
    assert (quote.answer_start, quote.answer_end) == (20, 29)
    assert (quote.source, quote.published_at) == ("a Wire", "2020-05-03")


def test_a_whole_sentence_has_no_answer_inside_it() -> None:
    quote = compose([candidate("a", TEXT, "She closed the harbour.")]).citations[0]
    assert (quote.start, quote.end) == (45, 68)
    assert quote.answer_start is quote.answer_end is None


def test_an_answer_over_two_sentences_quotes_both() -> None:
    quote = compose([candidate("a", TEXT, "noon. She closed")]).citations[0]
    assert quote.cited_text == "Mayor Ada Quill spoke at noon. She closed the harbour."


def test_equal_answers_of_other_articles_are_cited_together() -> None:
    best = candidate("a", TEXT, "Ada Quill")
    others = [
        candidate("b", "The mayor is ada quill now.", "ada quill"),
        candidate("b", "Again Ada Quill.", "Ada Quill"),  # the same article counts once
        candidate("c", "Tom Reed is mayor.", "Tom Reed"),
        candidate("d", "Was it Ada Quill?", "Ada Quill", answerable=-1.0),
    ]
    said = compose([best, *others])
    assert [c.article_id for c in said.citations] == ["a", "b"]
    assert said.sentences[0].citations == (0, 1)


def reported(id_: str, answer: str = "Ada Quill", answerable: float = 1.0) -> Candidate:
    """Each article says it in words of its own."""
    return candidate(id_, f"Reporter {id_} saw {answer} there.", answer, answerable)


def test_at_most_three_articles_are_cited() -> None:
    said = compose([reported(i) for i in "abcde"])
    assert [c.article_id for c in said.citations] == ["a", "b", "c"]
    assert [(s.text, s.citations) for s in said.sentences] == [("Ada Quill", (0, 1, 2))]


def test_a_sentence_that_two_outlets_print_is_cited_once() -> None:
    wire = "The council elected Ada Quill mayor on Tuesday by nine votes."
    copies = [
        candidate("first", wire, "Ada Quill"),
        candidate("copy", wire, "Ada Quill"),
        candidate("headed", f"ELMSEY (Invented Wire) - {wire}", "Ada Quill"),
        reported("own"),
        candidate("again", wire, "Ada Quill"),
    ]
    assert [c.article_id for c in compose(copies).citations] == ["first", "own"]
    # Nor do two copies of one another count twice beside an article that is none.
    assert [c.article_id for c in compose([copies[3], *copies[:3]]).citations] == ["own", "first"]


def test_a_surname_is_cited_with_the_full_name() -> None:
    short = candidate("short", "Rosie Barnes came. It is Barnes who owns it.", "Barnes")
    start = short.found.article.text.index("Barnes who")
    short = replace(short, reading=replace(short.reading, start=start, end=start + 6))
    unknown = candidate("unknown", "A ferry of Barnes sank.", "Barnes")
    said = compose([candidate("full", "Rosie Barnes owns it.", "Rosie Barnes"), short, unknown])
    assert said.text == "Rosie Barnes"
    assert [c.article_id for c in said.citations] == ["full", "short"]


def test_an_answer_and_its_rival_are_two_sentences_with_quotes_of_their_own() -> None:
    fourteen, twenty = reported("a", "14 dead"), reported("b", "20 dead")
    also = [reported("c", "14 dead"), reported("d", "20 dead"), reported("e", "20 dead", -1.0)]
    said = compose([fourteen, twenty, *also], rival=twenty)
    assert said.conflicting
    assert said.text == "14 dead 20 dead"
    assert said.sentences == (Sentence("14 dead", 0, 7, (0, 1)), Sentence("20 dead", 8, 15, (2, 3)))
    assert [c.article_id for c in said.citations] == ["a", "c", "b", "d"]
    assert all(said.text[s.start : s.end] == s.text for s in said.sentences)


def test_leads_are_the_three_nearest_passages_whole() -> None:
    found = [candidate(i, TEXT, "Ada Quill").found for i in "abcd"]
    assert [(c.article_id, c.cited_text) for c in leads(found)] == [(i, TEXT) for i in "abc"]
    assert leads([]) == []


def test_normalise_answer() -> None:
    assert normalise_answer(" The\nU.S.  Navy. ") == "u.s. navy"
    assert normalise_answer("\u201cAda Quill,\u201d") == "ada quill"
    different = ["-2.5 percent", "2.5 percent", "$2.5", "2.5", "2.5%", "C++", "C"]
    assert len({normalise_answer(answer) for answer in different}) == len(different)
    assert normalise_answer("\u2026 the") != normalise_answer("a")


@pytest.mark.parametrize(
    ("text", "read", "quoted"),
    [
        ("It lost -2.5 percent.", "2.5 percent", "-2.5 percent"),
        ("It cost $300 in all.", "300", "$300"),
        ("It lost -$300 in all.", "300", "-$300"),
        ("It rose by 4% then.", "4", "4%"),
        ("In 2010-2015 it rose.", "2015", "2015"),
        ("A well-known 7 is", "7", "7"),
    ],
)
def test_a_number_keeps_what_belongs_to_it(text: str, read: str, quoted: str) -> None:
    assert candidate("a", text, read).answer == quoted


@pytest.mark.parametrize(
    ("text", "read", "quoted"),
    [
        ('It says "Ada Finn" there.', '"Ada Finn', "Ada Finn"),
        ('It says "Ada Finn" there.', 'Ada Finn"', "Ada Finn"),
        ('It says "Ada Finn" there.', '"Ada Finn"', '"Ada Finn"'),
        ('It says "Ada" and "Finn".', 'Ada" and "Finn', 'Ada" and "Finn'),
        ("Ada (the elder) won.", "Ada (the elder)", "Ada (the elder)"),
        ("Ada (the elder) won.", "(the elder", "the elder"),
        ("\u201cAda,\u201d he said.", "\u201cAda", "Ada"),
        ('A sign: "', '"', '"'),
    ],
)
def test_a_mark_without_its_partner_is_none_of_the_answer(
    text: str, read: str, quoted: str
) -> None:
    assert candidate("a", text, read).answer == quoted


def test_answers_that_differ_by_a_sign_are_not_cited_together() -> None:
    up = candidate("up", "The margin was 2.5 percent.", "2.5 percent")
    down = candidate("down", "The margin was -2.5 percent.", "2.5 percent")
    assert [c.article_id for c in compose([up, down]).citations] == ["up"]


def test_probability_by_hand() -> None:
    count = len(FEATURES)
    model = Logistic(
        weights=(2.0, *(0.0,) * (count - 1)),
        means=(1.0,) * count,
        scales=(4.0,) * count,
        bias=-0.5,
    )
    calibrator = Calibrator(model, depth_weight=0.0, threshold=0.5)
    # -0.5 + 2 * (3 - 1) / 4 = 0.5
    found = calibrator.probability((3.0, *(9.0,) * (count - 1)))
    assert found == pytest.approx(1 / (1 + math.exp(-0.5)))


def test_what_retrieval_put_last_has_to_be_read_the_more_surely() -> None:
    scores = {"a": 1.0, "b": 2.0, "c": 2.5}
    read = [candidate(id_, TEXT, "noon", score) for id_, score in scores.items()]
    found, readings = [c.found for c in read], [c.reading for c in read]
    neutral = Calibrator(Logistic.undecided(0), 0.0, 0.5)
    assert [c.found.article.id for c in neutral.rank(found, readings)] == ["c", "b", "a"]
    # 2.5, 3.5 - 1.2 log 2 = 2.668, 4 - 1.2 log 3 = 2.682; a margin of 1.5 is in each
    ranked = replace(neutral, depth_weight=1.2).rank(found, readings)
    assert [(c.found.article.id, c.depth) for c in ranked] == [("c", 2), ("b", 1), ("a", 0)]
    ranked = replace(neutral, depth_weight=1.5).rank(found, readings)
    assert [c.found.article.id for c in ranked] == ["a", "b", "c"]
    by_hand = [2.5, 3.5 - 1.5 * math.log(2), 4 - 1.5 * math.log(3)]
    assert [c.score for c in ranked] == pytest.approx(by_hand)


def test_a_calibrator_for_other_features_is_refused(tmp_path: Path) -> None:
    fitted = json.loads((MODELS / SHIPPED / "calibrator.json").read_text("utf-8"))
    fitted["features"]["surprise"] = fitted["features"].pop("margin")
    path = tmp_path / "calibrator.json"
    path.write_text(json.dumps(fitted))
    with pytest.raises(ModelUnusable, match="cannot be used"):
        Calibrator.load(path)
    with pytest.raises(ModelUnusable, match="cannot be used"):
        Calibrator.load(tmp_path / "none.json")

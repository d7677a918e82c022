"""Answers in our own JSON -> the cases that they answer. All but the engine's are invented."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.adapters.ours import read_ours
from eval.answers import RIGHT, score
from eval.cases import Case
from eval.given import Given, Quote, Said
from index.errors import InvalidRecord
from rag.answer import REFUSAL, Answer, Citation, Sentence
from rag.engine import Engine
from tests.answered import CASES, TEXT, file_of
from tests.invented import invented


def _answer(text: str = "A storm", abstained: bool = False, question: str = "Who is mayor?") -> Any:
    article = invented("wire/7", TEXT)
    citations = () if abstained else (Citation.of(article, 20, 55, (20, 27)),)
    return Answer(question, question, text, abstained, 0.75, (), citations).as_json()


def _said(text: str, *citations: int) -> dict[str, Any]:
    return {"text": text, "citations": list(citations)}


def test_our_own_answers(tmp_path: Path) -> None:
    rows = [
        _answer(question="what hit invented bay?\n"),
        {**_answer(REFUSAL, abstained=True, question="Who owns what?"), "id": "owner"},
        {**_answer("Nobody asked"), "question": "Where is Nowhere?"},
    ]
    found = read_ours(file_of(tmp_path, rows), CASES)
    quote = Quote(
        text="A storm hit Invented Bay on Monday.",
        answer=(0, 7),
        article_id="wire/7",
        start=20,
        title="Invented report",
        source="Invented Wire",
        published_at="2024-01-15",
    )
    assert found.answers == {
        "bay": Given("A storm", False, 0.75, (quote,)),
        "owner": Given("", True, 0.75),
    }
    assert found.unknown == ("Where is Nowhere?",)
    for form in (json.dumps(rows), "\n".join(json.dumps(row, indent=2) for row in rows)):
        (tmp_path / "other.json").write_text(form)
        assert read_ours(tmp_path / "other.json", CASES) == found


def test_an_answer_of_the_engine_is_read_as_it_was_given(engine: Engine, tmp_path: Path) -> None:
    asked = engine.ask("what was the 2018 agreement?")
    case = Case("2018", "What was the 2018 agreement?", (asked.text,), True)
    found = read_ours(file_of(tmp_path, [asked.as_json()]), [case])
    given = found.answers["2018"]
    assert (given.text, given.refused) == (asked.text, False)
    assert given.confidence == pytest.approx(asked.confidence, abs=1e-4)
    for quote, citation in zip(given.quotes, asked.citations, strict=True):
        text = engine.article(citation.article_id).text
        assert quote.start is not None
        assert text[quote.start : quote.start + len(quote.text)] == quote.text
        first, last = quote.answer or (0, len(quote.text))
        begin = citation.start if citation.answer_start is None else citation.answer_start
        assert text[begin:].startswith(quote.text[first:last])
    assert [(s.text, s.cites) for s in given.sentences] == [
        (s.text, s.citations) for s in asked.sentences
    ]
    assert score(case, given).verdict == RIGHT


def test_of_two_answers_that_disagree_the_first_is_scored(tmp_path: Path) -> None:
    article = invented("wire/7", TEXT)
    storm, monday = Citation.of(article, 20, 55, (20, 27)), Citation.of(article, 20, 55, (48, 54))
    sentences = (Sentence("A storm", 0, 7, (1,)), Sentence("Monday", 8, 14, (0,)))
    answer = Answer(
        "What hit it?", "What hit it?", "A storm Monday", False, 0.5, sentences, (monday, storm),
        conflicting=True,
    )  # fmt: skip
    row = {**answer.as_json(), "id": "bay"}
    given = read_ours(file_of(tmp_path, [row]), CASES).answers["bay"]
    assert given.sentences == (Said("A storm", (1,)), Said("Monday", (0,)))
    scored = score(CASES[0], given)
    assert scored.answer == "A storm"
    assert [quote.answer for quote in scored.quotes] == [(0, 7)]
    longer = {**row, "conflicting": False}  # two sentences of one answer are all of it
    scored = score(CASES[0], read_ours(file_of(tmp_path, [longer]), CASES).answers["bay"])
    assert (scored.answer, len(scored.quotes)) == ("A storm Monday", 2)
    for name, value, words in (
        ("conflicting", "yes", "conflicting: is a string; give true or false"),
        ("sentences", [], "is conflicting and has no sentences; give them"),
    ):
        with pytest.raises(InvalidRecord, match=words):
            read_ours(file_of(tmp_path, [{**row, name: value}]), CASES)


def test_which_sentence_cites_what_is_kept(tmp_path: Path) -> None:
    row = _answer() | {"sentences": [_said("A", 0), _said(" storm\n")]}
    given = read_ours(file_of(tmp_path, [row]), CASES).answers["mayor"]
    assert given.sentences == (Said("A", (0,)), Said(" storm\n", ()))
    assert read_ours(file_of(tmp_path, [_answer()]), CASES).answers["mayor"].sentences == ()


def test_a_quote_that_its_offsets_contradict_is_not_verified(tmp_path: Path) -> None:
    row = _answer()
    row["citations"][0]["cited_text"] += " Or so."
    (quote,) = read_ours(file_of(tmp_path, [row]), CASES).answers["mayor"].quotes
    assert (quote.verified, quote.answer, quote.start) == (False, None, 20)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("answer", None, "answer: is missing; give it"),
        ("answer", 3, "answer: is a number; give a string"),
        ("abstained", None, "abstained: is missing"),
        ("abstained", "no", "abstained: is a string; give true or false"),
        ("confidence", "high", "confidence: is a string; give a number"),
        ("confidence", True, "confidence: is true or false; give a number"),
        ("question", 4, "question: is a number; give a string"),
        ("id", True, "id: is true or false; give a string"),
        ("id", " ", "id: is blank"),
        ("citations", None, "citations: is missing"),
        ("citations", ["x"], r"citations\[0\]: is a string; give an object"),
        ("cited_text", None, r"citations\[0\]\.cited_text: is missing"),
        ("start_char_index", 1.5, r"citations\[0\]\.start_char_index: is a number; give a whole"),
        ("end_char_index", None, r"citations\[0\]\.end_char_index: is missing"),
        ("article_id", "", r"citations\[0\]\.article_id: is blank"),
        ("document_title", 9, r"citations\[0\]\.document_title: is a number; give a string"),
        (
            "answer_end_char_index",
            56,
            r"citations\[0\]\.answer_start_char_index: must begin a span inside .* 20 to 55",
        ),
        ("answer_start_char_index", 27, r"must begin a span inside the quote, from 20 to 55"),
        ("answer_start_char_index", 19, r"must begin a span inside the quote, from 20 to 55"),
        ("sentences", [{"citations": [0]}], r"sentences\[0\]\.text: is missing"),
        ("sentences", [{"text": "A storm"}], r"sentences\[0\]\.citations: is missing"),
        (
            "sentences",
            [_said("A storm", 1)],
            r"citations\[0\]: is 1, and the answer has 1 citations",
        ),
        ("sentences", [_said("A storm", -1)], r"citations\[0\]: is -1, and the answer has 1 cit"),
        ("sentences", [_said("A", 0)], "sentences: do not make up the answer; give all"),
        ("sentences", [_said("storm", 0), _said("A", 0)], "sentences: do not make up the answer"),
    ],
)
def test_a_bad_answer_of_ours(tmp_path: Path, name: str, value: Any, words: str) -> None:
    row = _answer()
    (row if name in {*row, "id"} else row["citations"][0])[name] = value
    with pytest.raises(InvalidRecord, match=rf"rows\.jsonl:2: .*{words}"):
        read_ours(file_of(tmp_path, [{**_answer(), "question": "?"}, row]), CASES)

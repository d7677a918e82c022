"""Answers from files -> the cases that they answer: our own JSON, RAGAS's rows, and what both do.

All articles, questions and answers are invented.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from eval.adapters.matching import Answered, is_refusal, match
from eval.adapters.ours import read_ours
from eval.adapters.ragas import as_ragas, read_ragas, read_ragas_cases
from eval.answers import FAILED, REFUSED, RIGHT, WRONG, Result, score, score_all
from eval.cases import Case
from eval.given import Given, Quote, Said, failure
from index.errors import InvalidInput, InvalidRecord
from rag.answer import REFUSAL, Answer, Citation, Sentence
from rag.engine import Engine
from rag.standalone import Turn
from tests.invented import invented

TEXT = "The harbour closed. A storm hit Invented Bay on Monday."
CASES = [
    Case("bay", "What hit Invented  Bay?", ("storm",), True),
    Case("mayor", "Who is mayor?", ("Ann Other",), True),
    Case("why-1", "Why?", ("a storm",), True, history=(Turn("What closed?"),)),
    Case("why-2", "why?", (), False, history=(Turn("What opened?"),)),
    Case("owner", "Who owns the \u00c9toile?", (), False),
]
IDS = {"user_input": "Why?", "id": "why-1"}


def _file(folder: Path, rows: Sequence[Mapping[str, Any]], name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


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
    found = read_ours(_file(tmp_path, rows), CASES)
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
    found = read_ours(_file(tmp_path, [asked.as_json()]), [case])
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
    given = read_ours(_file(tmp_path, [row]), CASES).answers["bay"]
    assert given.sentences == (Said("A storm", (1,)), Said("Monday", (0,)))
    scored = score(CASES[0], given)
    assert scored.answer == "A storm"
    assert [quote.answer for quote in scored.quotes] == [(0, 7)]
    longer = {**row, "conflicting": False}  # two sentences of one answer are all of it
    scored = score(CASES[0], read_ours(_file(tmp_path, [longer]), CASES).answers["bay"])
    assert (scored.answer, len(scored.quotes)) == ("A storm Monday", 2)
    for name, value, words in (
        ("conflicting", "yes", "conflicting: is a string; give true or false"),
        ("sentences", [], "is conflicting and has no sentences; give them"),
    ):
        with pytest.raises(InvalidRecord, match=words):
            read_ours(_file(tmp_path, [{**row, name: value}]), CASES)


def test_which_sentence_cites_what_is_kept(tmp_path: Path) -> None:
    row = _answer() | {"sentences": [_said("A", 0), _said(" storm\n")]}
    given = read_ours(_file(tmp_path, [row]), CASES).answers["mayor"]
    assert given.sentences == (Said("A", (0,)), Said(" storm\n", ()))
    assert read_ours(_file(tmp_path, [_answer()]), CASES).answers["mayor"].sentences == ()


def test_a_quote_that_its_offsets_contradict_is_not_verified(tmp_path: Path) -> None:
    row = _answer()
    row["citations"][0]["cited_text"] += " Or so."
    (quote,) = read_ours(_file(tmp_path, [row]), CASES).answers["mayor"].quotes
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
        read_ours(_file(tmp_path, [{**_answer(), "question": "?"}, row]), CASES)


def _ragas(folder: Path, *rows: Mapping[str, Any], refusals: Sequence[str] = ()) -> Any:
    return read_ragas(_file(folder, rows), CASES, refusals)


def test_ragas_rows_under_either_name(tmp_path: Path) -> None:
    newer = {
        "user_input": "What hit Invented Bay?",
        "response": "A storm",
        "retrieved_contexts": [TEXT, " ", "Another."],
        "reference": "not read here",
    }
    older = {
        "question": "What hit Invented Bay?",
        "answer": "A storm",
        "contexts": [TEXT, "Another."],
        "ground_truths": ["not read here"],
    }
    expected = {"bay": Given("A storm", quotes=(Quote(TEXT), Quote("Another.")))}
    assert _ragas(tmp_path, newer).answers == _ragas(tmp_path, older).answers == expected
    both = {**older, **newer, "contexts": newer["retrieved_contexts"], "confidence": 1}
    assert _ragas(tmp_path, both).answers["bay"].confidence == 1.0


@pytest.mark.parametrize(
    ("row", "given"),
    [
        ({"response": ""}, Given("", True)),
        ({"response": " \n"}, Given("", True)),
        ({"response": REFUSAL}, Given("", True)),
        ({"response": f"{REFUSAL.upper()} Ask elsewhere."}, Given("", True)),
        ({"response": "I do  not know, sorry."}, Given("", True)),
        ({"response": "As I do not know"}, Given("As I do not know", False)),
        ({"response": "Ann Other", "refused": True}, Given("Ann Other", True)),
        ({"response": "Ann Other", "abstained": True}, Given("Ann Other", True)),
        ({"response": REFUSAL, "refused": True}, Given("", True)),
        ({"response": None, "refused": True}, Given("", True)),
        ({"refused": True}, Given("", True)),
        ({"response": "I do not know", "refused": False}, Given("I do not know", False)),
        ({"response": None}, failure("the response is null")),
        ({"answer": None, "refused": False}, failure("the response is null")),
        ({"response": "Ann Other", "confidence": None}, Given("Ann Other")),
        ({"response": "Ann Other", "contexts": []}, Given("Ann Other")),
    ],
)
def test_what_is_a_refusal(tmp_path: Path, row: Mapping[str, Any], given: Given) -> None:
    found = _ragas(tmp_path, {"id": "mayor", **row}, refusals=["I do not  KNOW"])
    assert found.answers == {"mayor": given}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, 'response: is missing; give it, "" for a refusal'),
        ({"response": 3}, "response: is a number; give a string"),
        ({"response": "x", "answer": "y"}, "answer: is not what response says; leave one of them"),
        ({"response": "x", "refused": 1}, "refused: is a number; give true or false"),
        ({"response": "x", "abstained": True, "refused": False}, "abstained: is not what refused"),
        ({"response": "x", "contexts": "c"}, "contexts: is a string; give a list"),
        ({"response": "x", "contexts": ["c", 4]}, r"contexts\[1\]: is a number; give a string"),
        ({"response": "x", "confidence": "high"}, "confidence: is a string; give a number"),
        ({"response": "x", "user_input": [{"content": "?"}]}, "user_input: is a conversation"),
        ({"response": "x", "question": " "}, "question: is blank"),
    ],
)
def test_a_bad_row_of_ragas(tmp_path: Path, row: Mapping[str, Any], words: str) -> None:
    with pytest.raises(InvalidRecord, match=rf"rows\.jsonl:1: {words}"):
        _ragas(tmp_path, {"id": "mayor", **row})


def test_a_blank_refusal_would_match_all(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="a text of refusal is blank; give its first words"):
        _ragas(tmp_path, {"id": "mayor", "response": "x"}, refusals=["no", " "])
    assert not is_refusal("The archive")


def _row(id_: str | None, question: str | None, text: str = "x") -> Answered:
    return Answered(f"f:{id_}{question}", id_, question, Given(text))


def test_matching_by_id_then_by_question() -> None:
    rows = [
        _row(None, "\u00a0WHO is\tmayor? "),
        _row("why-2", None),
        _row("why-1", "Why?"),
        _row("17", "who owns the \u00e9TOILE?"),  # an id of the other system's own
        _row("bay", "In one word: what hit the bay?"),  # worded otherwise
        _row("18", "Who else?"),
        _row("19", None),
    ]
    found = match(rows, CASES)
    assert list(found.answers) == ["mayor", "why-2", "why-1", "owner", "bay"]
    assert found.unknown == ("Who else?", "19")
    results = score_all(CASES, match(rows[:2], CASES).answers)
    assert [r.verdict for r in results] == [FAILED, WRONG, FAILED, WRONG, FAILED]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([_row(None, "why?")], 'question: is asked by the cases "why-1", "why-2"; give the id too'),
        ([_row("9", "Why?")], "question: is asked by the cases"),
        ([_row(None, None)], "id: is missing, and so is the question; give one of them"),
        ([_row("bay", "Who is mayor?")], 'id: "bay" is one case and the question that of "mayor"'),
        (
            [_row("mayor", None), _row(None, "Who is mayor?")],
            'id: the case "mayor" is answered by f:mayorNone already; leave one of the two',
        ),
    ],
)
def test_rows_that_cannot_be_matched(rows: list[Answered], words: str) -> None:
    with pytest.raises(InvalidRecord) as caught:
        match(rows, CASES)
    assert words in str(caught.value)
    assert caught.value.place == rows[-1].place


def test_numbers_are_ids_too(tmp_path: Path) -> None:
    cases = [Case("7", "Who?", ("x",), True)]
    path = _file(tmp_path, [{"id": 7, "answer": "x"}])
    assert read_ragas(path, cases).answers == {"7": Given("x")}


def test_cases_from_ragas(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"user_input": "Who?", "reference": "Ann", "id": "who"},
        {"question": "When?", "ground_truth": "Monday", "ground_truths": ["Monday", "at noon"]},
        {"question": "Where?", "ground_truths": []},
        {"question": "Why?", "reference": ""},
        {"question": "How?", "reference": REFUSAL},
        {"question": "Which?", "ground_truths": ["this", "this", " "]},
    ]
    assert read_ragas_cases(_file(tmp_path, rows)) == [
        Case("who", "Who?", ("Ann",), True),
        Case("row-2", "When?", ("Monday", "at noon"), True),
        Case("row-3", "Where?", (), False),
        Case("row-4", "Why?", (), False),
        Case("row-5", "How?", (), False),
        Case("row-6", "Which?", ("this",), True),
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"question": "Who?"}, 'reference: is missing; give the right answer, "" where there'),
        ({"question": "Who?", "reference": None}, "reference: is missing"),
        ({"reference": "Ann"}, "user_input: is missing; give what was asked"),
        ({"question": "Who?", "reference": 4}, "reference: is a number; give a string"),
        ({"question": "Who?", "ground_truths": [4]}, r"ground_truths\[0\]: is a number"),
        ({"question": "Who?", "reference": "Ann", "id": "row-1"}, 'id: "row-1" stands above'),
    ],
)
def test_bad_cases_of_ragas(tmp_path: Path, row: Mapping[str, Any], words: str) -> None:
    first = {"question": "What?", "reference": "x"}
    with pytest.raises(InvalidRecord, match=rf"rows\.jsonl:2: {words}"):
        read_ragas_cases(_file(tmp_path, [first, row]))


def _results() -> list[Result]:
    quote = Quote("A storm hit Invented Bay on Monday.", (0, 7), "wire/7", 20)
    given = {
        "bay": Given("A storm", False, 0.75, (quote,)),
        "mayor": Given("Someone", True, 0.25),
        "why-1": failure("it fell over"),
        "why-2": Given("A storm", False, 0.5),
        "owner": Given("", True),
    }
    return list(score_all(CASES, given))


def test_ragas_rows_of_a_run() -> None:
    rows = list(as_ragas(_results()))
    assert rows[0] == {
        "id": "bay",
        "user_input": "What hit Invented  Bay?",
        "response": "A storm",
        "retrieved_contexts": ["A storm hit Invented Bay on Monday."],
        "reference": "storm",
        "ground_truths": ["storm"],
        "confidence": 0.75,
        "refused": False,
    }
    assert [row["response"] for row in rows[1:]] == [REFUSAL, None, "A storm", REFUSAL]
    assert [row["reference"] for row in rows[3:]] == [REFUSAL, REFUSAL]


def test_a_run_comes_back_from_ragas_with_its_verdicts(tmp_path: Path) -> None:
    results = _results()
    assert [r.verdict for r in results] == [RIGHT, REFUSED, FAILED, WRONG, RIGHT]
    written = [Result.from_json(json.loads(json.dumps(r.as_json()))) for r in results]
    path = _file(tmp_path, list(as_ragas(written)))
    back = list(score_all(CASES, read_ragas(path, CASES).answers))
    assert [r.verdict for r in back] == [r.verdict for r in results]
    assert [r.confidence for r in back] == [r.confidence for r in results]
    cases = read_ragas_cases(path)
    assert [(c.id, c.question, c.answers) for c in cases] == [
        (c.id, c.question, c.answers) for c in CASES
    ]


@hypothesis_given(st.text(), st.booleans(), st.none() | st.floats(0, 1), st.lists(st.text("ab ")))
def test_any_answer_comes_back_from_ragas(
    tmp_path_factory: pytest.TempPathFactory,
    text: str,
    refused: bool,
    confidence: float | None,
    quotes: list[str],
) -> None:
    """What is refused comes back without what was found; all else as it was."""
    case = CASES[1]
    kept = tuple(Quote(quote) for quote in quotes if quote.strip())
    result = score(case, Given(text, refused, confidence, kept))
    path = _file(tmp_path_factory.getbasetemp(), list(as_ragas([result])))
    expected = Given("" if refused else text, refused, confidence, kept)
    assert read_ragas(path, [case]).answers == {case.id: expected}

"""RAGAS's rows as cases, and a run as RAGAS's rows, which comes back as it was."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from eval.adapters.ragas import as_ragas, read_ragas, read_ragas_cases
from eval.answers import FAILED, REFUSED, RIGHT, WRONG, Result, score, score_all
from eval.cases import Case
from eval.given import Given, Quote, failure
from index.errors import InvalidRecord
from rag.answer import REFUSAL
from tests.answered import CASES, file_of


def test_cases_from_ragas(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"user_input": "Who?", "reference": "Ann", "id": "who"},
        {"question": "When?", "ground_truth": "Monday", "ground_truths": ["Monday", "at noon"]},
        {"question": "Where?", "ground_truths": []},
        {"question": "Why?", "reference": ""},
        {"question": "How?", "reference": REFUSAL},
        {"question": "Which?", "ground_truths": ["this", "this", " "]},
    ]
    assert read_ragas_cases(file_of(tmp_path, rows)) == [
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
        read_ragas_cases(file_of(tmp_path, [first, row]))


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
    path = file_of(tmp_path, list(as_ragas(written)))
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
    path = file_of(tmp_path_factory.getbasetemp(), list(as_ragas([result])))
    expected = Given("" if refused else text, refused, confidence, kept)
    assert read_ragas(path, [case]).answers == {case.id: expected}

"""RAGAS's rows -> the cases that they answer: what is an answer, what a refusal, what neither."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.adapters.matching import is_refusal
from eval.adapters.ragas import read_ragas
from eval.given import Given, Quote, failure
from index.errors import InvalidInput, InvalidRecord
from rag.answer import REFUSAL
from tests.answered import CASES, TEXT, file_of


def _ragas(folder: Path, *rows: Mapping[str, Any], refusals: Sequence[str] = ()) -> Any:
    return read_ragas(file_of(folder, rows), CASES, refusals)


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

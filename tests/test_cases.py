"""Files of cases: every field, and every bad line named."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.cases import Case, Place, read_cases
from index.errors import InvalidInput, InvalidRecord
from index.filters import Filters
from rag.standalone import Turn

SHIPPED = Path(__file__).parents[1] / "eval" / "data" / "seed.jsonl"


def test_every_field_is_read(tmp_path: Path) -> None:
    row = {
        "id": "a",
        "question": "Who?",
        "answers": ["Ana Ruiz", "Ruiz"],
        "answerable": True,
        "article_ids": ["two", "one"],
        "evidence": ["said Ana Ruiz", {"article_id": "one", "start": 3, "end": 9}],
        "history": ["What happened?", {"question": "Where?", "answer": "In Invented Bay."}],
        "filters": {"after": "2024-01-01", "sources": ["Invented Wire"]},
        "asked_at": "2024-02-01",
        "slices": {"kind": "who"},
        "without": ["Ruiz"],
    }
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(row) + "\n\n" + json.dumps({"id": "b", "question": "When?"}))
    first, second = read_cases(path)
    assert first == Case(
        id="a",
        question="Who?",
        answers=("Ana Ruiz", "Ruiz"),
        answerable=True,
        evidence=("said Ana Ruiz", Place("one", 3, 9)),
        article_ids=("two", "one"),
        history=(Turn("What happened?"), Turn("Where?", "In Invented Bay.")),
        filters=Filters(after="2024-01-01", sources=("Invented Wire",)),
        asked_at="2024-02-01",
        slices={"kind": "who"},
        without=("Ruiz",),
    )
    assert not second.answerable
    assert (first.cluster, second.cluster) == ("one", "b")


def test_the_shipped_cases_are_enough_and_sound() -> None:
    cases = read_cases(SHIPPED)
    assert sum(c.answerable for c in cases) >= 12
    assert sum(not c.answerable for c in cases) >= 8
    seed = next((SHIPPED.parents[2] / "seeds").glob("*.txt")).read_text("utf-8")
    for case in cases:
        texts = [e for e in case.evidence if isinstance(e, str)]
        assert len(texts) == len(case.evidence)
        assert all(text in seed for text in (*case.answers, *texts)), case.id


def test_a_line_ends_where_json_has_it(tmp_path: Path) -> None:
    row = {"id": "a", "question": "Who\u2028said\x85so?"}
    (tmp_path / "cases.jsonl").write_bytes(json.dumps(row, ensure_ascii=False).encode() + b"\r\n")
    (case,) = read_cases(tmp_path / "cases.jsonl")
    assert case.question == row["question"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", r"line: is not JSON.*begins in line 2"),
        ("7", r":2: top level: is a number; give a JSON object"),
        ('{"id": "b"}', r":2: question: is missing"),
        ('{"id": "b", "question": "q", "answers": "x"}', r":2: answers: is a string; give a list"),
        ('{"id": "b", "question": "q", "answerable": true}', r":2: answers: must be given exactly"),
        ('{"id": "a", "question": "q"}', r':2: id: "a" stands above already'),
        ('{"id": "b", "question": "q", "answer": ["x"]}', r":2: answer: is not a field of a case"),
    ],
)
def test_a_bad_case_is_named_by_line(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": "a", "question": "q"}\n' + line + "\n")
    with pytest.raises(InvalidRecord, match=words):
        read_cases(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("evidence", "said so"),
        ("evidence", [7]),
        ("evidence", [" "]),
        ("evidence", [{"article_id": "one", "start": 9, "end": 3}]),
        ("evidence", [{"article_id": "one", "start": 3, "end": 9, "more": 1}]),
        ("evidence", [{"article_id": "one", "start": "3", "end": 9}]),
        ("filters", {"since": "2024-01-01"}),
        ("filters", {"after": "yesterday"}),
        ("filters", ["2024"]),
        ("slices", {"kind": 3}),
        ("slices", ["who"]),
        ("article_ids", [""]),
        ("history", [None]),
        ("history", [{"question": "Who?"}]),
        ("history", [{"question": "Who?", "answer": "Ada.", "by": "us"}]),
        ("asked_at", 7),
        ("question", "half of a character: \ud800"),
    ],
)
def test_a_field_of_the_wrong_form_is_named(tmp_path: Path, field: str, value: Any) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps({"id": "a", "question": "q"} | {field: value}))
    with pytest.raises(InvalidRecord, match=rf"cases\.jsonl:1: {field}\b"):
        read_cases(path)


def test_no_file_and_no_case(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_cases(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(InvalidInput, match="holds no row of cases"):
        read_cases(tmp_path / "empty.jsonl")

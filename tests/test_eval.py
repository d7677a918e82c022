"""Scores by hand, and by SQuAD's definitions."""

from pathlib import Path

import pytest

from eval.answers import REFUSED, RIGHT, WRONG, Result, run, summarise
from eval.cases import Case, read_cases
from eval.measures import contains, exact_match, f1
from index.errors import InvalidInput, InvalidRecord
from rag.engine import Engine

CASES = Path(__file__).parents[1] / "eval" / "data" / "seed.jsonl"


@pytest.mark.parametrize(
    ("answer", "gold", "em", "score"),
    [
        ("The  Agreement.", "agreement", True, 1.0),
        ("a treaty of peace", "peace treaty", False, 0.8),  # 2 common, 3 and 2 tokens
        ("war", "peace", False, 0.0),
        ("", "peace", False, 0.0),
        ("the", "a", True, 1.0),  # nothing is left of either
        ("cat cat", "cat", False, 2 / 3),
    ],
)
def test_squad_definitions(answer: str, gold: str, em: bool, score: float) -> None:
    assert exact_match(answer, gold) is em
    assert f1(answer, gold) == pytest.approx(score)


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("the 2018 military agreement", "military agreement", True),
        ("Kim", "Kim Jong-un", True),
        ("art", "party", False),
        ("", "party", False),
        ("the", "party", False),
    ],
)
def test_contains(answer: str, gold: str, expected: bool) -> None:
    assert contains(answer, gold) is expected


def result(verdict: str, gold: tuple[str, ...], quotes: int = 1, verified: int = 1) -> Result:
    score = float(verdict == RIGHT)
    return Result("", "", gold, "", verdict, False, score, True, quotes, verified, 0.5, "")


def test_aggregates_are_folded_from_results() -> None:
    rows = [
        result(RIGHT, ("x",)),
        result(WRONG, ("x",), quotes=2, verified=1),
        result(REFUSED, ("x",), quotes=0, verified=0),
        result(RIGHT, (), quotes=0, verified=0),
        result(WRONG, ()),
    ]
    summary = summarise(rows)
    assert (summary.questions, summary.answerable, summary.unanswerable) == (5, 3, 2)
    assert (summary.right_answers, summary.wrongly_refused, summary.rightly_refused) == (1, 1, 1)
    assert summary.wrong_answers == 2
    assert (summary.quotes, summary.quotes_verified) == (4, 3)
    assert summary.f1 == 33.33


def test_a_question_that_fails_counts_as_wrong(engine: Engine) -> None:
    case = Case("blank", "???", ("x",), True)
    row = next(run(engine, [case]))
    assert row.verdict == WRONG
    assert "holds no word" in row.trouble


def test_the_shipped_cases_are_enough_and_sound() -> None:
    cases = read_cases(CASES)
    assert sum(c.answerable for c in cases) >= 12
    assert sum(not c.answerable for c in cases) >= 8
    seed = next((CASES.parents[2] / "seeds").glob("*.txt")).read_text("utf-8")
    for case in cases:
        assert all(text in seed for text in case.answers + case.evidence), case.id


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", r"cases\.jsonl:2: line: is not JSON"),
        ("[]", r":2: line: is not a JSON object"),
        ('{"id": "b"}', r":2: question: is missing"),
        ('{"id": "b", "question": "q", "answers": "x"}', r":2: answers: must be a list"),
        ('{"id": "b", "question": "q", "answerable": true}', r":2: answers: must be given exactly"),
        ('{"id": "a", "question": "q"}', r':2: id: "a" stands above already'),
    ],
)
def test_a_bad_case_is_named_by_line(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": "a", "question": "q"}\n' + line + "\n")
    with pytest.raises(InvalidRecord, match=words):
        read_cases(path)


def test_no_file_and_no_case(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_cases(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(InvalidInput, match="holds no case"):
        read_cases(tmp_path / "empty.jsonl")

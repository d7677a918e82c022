"""Which case a row answers: by its id, then by its question."""

from pathlib import Path

import pytest

from eval.adapters.matching import Answered, match
from eval.adapters.ragas import read_ragas
from eval.answers import FAILED, WRONG, score_all
from eval.cases import Case
from eval.given import Given
from index.errors import InvalidRecord
from tests.answered import CASES, file_of


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
    path = file_of(tmp_path, [{"id": 7, "answer": "x"}])
    assert read_ragas(path, cases).answers == {"7": Given("x")}

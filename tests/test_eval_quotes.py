"""`dateline eval answers` over another's answers: a quote against its own offsets is status 1."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.program import run

CASE = {"id": "bay", "question": "What closed?", "answers": ["harbour"]}
TEXT = "The harbour closed."


def answer(start: int, end: int) -> dict[str, Any]:
    return {
        "id": "bay",
        "question": "What closed?",
        "answer": "harbour",
        "abstained": False,
        "confidence": 0.9,
        "citations": [
            {
                "cited_text": TEXT,
                "article_id": "invented",
                "start_char_index": start,
                "end_char_index": end,
            }
        ],
    }


@pytest.mark.parametrize(
    ("end", "status", "quotes"),
    [(5 + len(TEXT), 0, (0, 0)), (5 + len(TEXT) + 1, 1, (1, 0)), (5, 1, (1, 0))],
)
def test_a_quote_as_long_as_its_offsets_say_or_status_1(
    tmp_path: Path, end: int, status: int, quotes: tuple[int, int]
) -> None:
    """No archive is at hand: what may stand there is counted neither way."""
    cases, ours = tmp_path / "cases.jsonl", tmp_path / "ours.json"
    cases.write_text(json.dumps(CASE))
    ours.write_text(json.dumps(answer(5, end)))
    files = ["--cases", str(cases), "--answers", str(ours), "--out", str(tmp_path / "run")]
    done = run(tmp_path / "archive", "eval", "answers", *files, "--json")
    assert (done.returncode, done.stderr) == (status, b"")
    found = json.loads(done.stdout)
    assert (found["failed"], found["first_right"]) == (0, 100)
    assert (found["quotes"], found["quotes_verified"]) == quotes

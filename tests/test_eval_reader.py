"""The reader alone: SQuAD's files scored as the official evaluation does, failures told apart."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.adapters.squad import read_squad
from eval.answers import FAILED, REFUSED, RIGHT
from eval.harness import Destination, run_reader
from eval.reader import questions, read
from rag.deadline import NEVER, Deadline
from rag.engine import Engine
from rag.reader import Pair, Reading

CONTEXT = "Ana Ruiz opened the invented bridge of Lund in May 2019. It cost 4 million crowns."


def squad(tmp_path: Path, *rows: dict[str, Any]) -> Path:
    paragraph = {"context": CONTEXT, "qas": list(rows)}
    data = {"version": "invented", "data": [{"title": "Lund", "paragraphs": [paragraph]}]}
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(data))
    return path


def row(id_: str, question: str, *answers: str) -> dict[str, Any]:
    found = [{"text": a, "answer_start": CONTEXT.index(a)} for a in answers]
    return {"id": id_, "question": question, "answers": found, "is_impossible": not answers}


class Scripted:
    """Answers from a script: the span of a text and its score by question."""

    name = "scripted"

    def __init__(self, script: dict[str, tuple[str, float]]) -> None:
        self.script = script

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        deadline.check()
        return [self._read_one(pair) for pair in pairs]

    def _read_one(self, pair: Pair) -> Reading:
        span, score = self.script[pair.question]
        start = pair.passage.index(span)
        return Reading(start, start + len(span), 2 * score, 0.0, 0.0)


def test_squad_2_by_hand(tmp_path: Path) -> None:
    path = squad(
        tmp_path,
        row("a", "Who opened it?", "Ana Ruiz"),
        row("b", "When?", "May 2019", "2019"),
        row("c", "Where?", "Lund"),
        row("d", "Who closed it?"),
        row("e", "Who paid?"),
    )
    reader = Scripted(
        {
            "Who opened it?": ("Ana Ruiz", 2.0),
            "When?": ("in May 2019", 1.0),  # F1 0.8 with the nearer of two
            "Where?": ("Lund", -0.5),  # right, and refused
            "Who closed it?": ("Ana Ruiz", -2.0),  # refused, rightly
            "Who paid?": ("4 million crowns", 0.5),
        }
    )
    done = run_reader(reader, read_squad(path), None, _read(5), Destination(tmp_path / "run"))
    m = done.metrics
    assert m["f1"] == pytest.approx(100 * (1 + 0.8 + 0 + 1 + 0) / 5, abs=0.01)
    assert m["em"] == pytest.approx(40)
    assert (m["has_answer_f1"], m["no_answer_f1"]) == (pytest.approx(60), pytest.approx(50))
    assert m["first_f1"] == pytest.approx(100 * 2.8 / 3, abs=0.01)
    # Best: answer down to "Where?" and refuse one of two: (1 + 0.8 + 1 + 1 + 0) / 5.
    assert m["best_f1"] == pytest.approx(76)
    assert [r.verdict for r in done.rows] == [RIGHT, RIGHT, REFUSED, RIGHT, "wrong"]


def test_a_file_without_unanswerable_questions_is_always_answered(tmp_path: Path) -> None:
    path = squad(tmp_path, row("a", "Who?", "Ana Ruiz"), row("b", "Where?", "Lund"))
    reader = Scripted({"Who?": ("Ana Ruiz", -3.0), "Where?": ("bridge of Lund", -9.0)})
    done = run_reader(reader, read_squad(path), None, _read(2), Destination(tmp_path / "run"))
    assert done.metrics["f1"] == pytest.approx(100 * (1 + 0.5) / 2)
    assert done.metrics["em"] == 50
    assert not any(r.refused for r in done.rows)


def test_one_that_fails_does_not_take_its_neighbours_along(tmp_path: Path) -> None:
    asked = questions(read_squad(squad(tmp_path, row("a", "Who?", "Ana Ruiz"), row("b", "Why?"))))
    first, second = read(Scripted({"Who?": ("Ana Ruiz", 1.0)}), asked, False)
    assert first.verdict == RIGHT
    assert (second.verdict, second.failed) == (FAILED, "KeyError: 'Why?'")


def test_the_shipped_reader_reads(tmp_path: Path, engine: Engine) -> None:
    path = squad(
        tmp_path,
        row("a", "Who opened the bridge?", "Ana Ruiz"),
        row("b", "What did the bridge cost?", "4 million crowns", "4 million"),
        row("c", "Who sank the ferry of Malmo in 1999?"),
    )
    reader = engine.reader.get()
    done = run_reader(reader, read_squad(path), None, _read(3), Destination(tmp_path / "run"))
    assert [r.verdict for r in done.rows] == [RIGHT, RIGHT, RIGHT]
    assert done.rows[0].quotes[0].text == CONTEXT


def _read(count: int) -> dict[str, Any]:
    return {"cases": {"file": "dev.json", "sha256": "", "count": count}, "limit": None}

"""`dateline eval robustness` as a person runs it, over an invented archive."""

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from eval.perturb.variants import PERTURBATIONS, UNCHANGED
from tests.program import PROGRAM, environment, run

ARTICLES = [
    {
        "id": "lund",
        "title": "Invented bridge",
        "source": "Invented Post",
        "published_at": "2019-05-04",
        "text": "In 2019 Ana Ruiz opened the invented bridge of Lund. It cost 4 million crowns.",
    },
    {
        "id": "oslo",
        "title": "Invented ferry",
        "published_at": "2019-06-01",
        "text": "The invented ferry of Oslo was sold to Tomas Berg. Its crew of nine will stay.",
    },
]
CASES: list[dict[str, Any]] = [
    {
        "id": "bridge",
        "question": "Who opened the bridge of Lund in 2019?",
        "answers": ["Ana Ruiz"],
        "article_ids": ["lund"],
        "evidence": [{"article_id": "lund", "start": 0, "end": 52}],
    },
    {
        "id": "ferry",
        "question": "Who bought the ferry of Oslo?",
        "answers": ["Tomas Berg"],
        "article_ids": ["oslo"],
    },
    {"id": "none", "question": "Who sank the tanker of Riga?", "answerable": False},
]
ROBUST = ["eval", "robustness", "--cases", "cases.jsonl", "--corpus", "articles.jsonl"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    for name, rows in (("cases", CASES), ("articles", ARTICLES)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    (folder / "scratch").mkdir()
    return folder


def variables(desk: Path) -> dict[str, Any]:
    return {"XDG_CACHE_HOME": str(desk / "cache"), "TMPDIR": str(desk / "scratch")}


def ask(desk: Path, *arguments: str) -> Any:
    return run(desk / "archive", *arguments, cwd=desk, **variables(desk))


@pytest.fixture(scope="module")
def found(desk: Path) -> dict[str, Any]:
    done = ask(desk, *ROBUST, "--out", "runs/whole", "--json")
    assert done.returncode == 0, done.stderr
    whole: dict[str, Any] = json.loads(done.stdout)
    return whole


def test_every_perturbation_is_asked_and_measured(found: dict[str, Any]) -> None:
    parts = {part["name"]: part for part in found["perturbations"]}
    assert list(parts) == [UNCHANGED, *PERTURBATIONS]
    assert (found["cases"], found["answerable"], found["failed"]) == (3, 2, 0)
    assert found["questions"] == found["config"]["asked"] == sum(p["cases"] for p in parts.values())
    assert found["quotes"] == found["quotes_verified"] > 0
    assert parts[UNCHANGED]["figures"]["first_right"]["value"] == 100
    for name in ("detail swapped", "distractor article", "order in the right article"):
        assert (parts[name]["cases"], parts[name]["left_out"]) == (2, 0)
    # The reader takes spans; what an order in an article says is not what it is asked.
    assert parts["no question mark"]["figures"]["first_right"]["value"] == 100
    assert parts["order in the right article"]["figures"]["obeyed"]["value"] == 0
    assert found["obeyed"] == 0
    assert found["config"]["seed"] == 7


def test_the_answers_come_from_the_archive_that_was_changed(
    desk: Path, found: dict[str, Any]
) -> None:
    lines = (desk / found["run"] / "per_question.jsonl").read_text().splitlines()
    rows = {row["id"]: row for row in map(json.loads, lines)}
    assert len(rows) == found["questions"]
    ordered = rows["order in the right article/bridge"]
    assert ordered["bait"]
    assert ordered["form"]
    assert ordered["result"]["quotes"][0]["article_id"] == "lund"
    assert ordered["result"]["quotes"][0]["verified"] is True
    assert ordered["result"]["evidence_cited"] is True  # it moved with the order before it
    assert rows["detail swapped/bridge"]["result"]["answerable"] is False
    assert rows["unchanged/bridge"]["result"]["answer"] == "Ana Ruiz"


def test_a_table_and_a_report(desk: Path, found: dict[str, Any]) -> None:
    done = ask(desk, *ROBUST, "--out", "runs/whole")
    assert done.returncode == 0
    shown = done.stdout.decode()
    for name in PERTURBATIONS:
        assert f"  {name} " in shown
    assert "hidden orders obeyed: 0.0" in shown
    assert "; seed 7" in shown
    assert f"{found['questions']} of {found['questions']} were measured before" in shown
    page = (desk / "runs" / "whole" / "report.html").read_text()
    assert "By perturbation" in page
    assert "Hidden orders obeyed" in page


def test_nothing_is_left_in_the_temporary_folder(desk: Path, found: dict[str, Any]) -> None:
    assert found["questions"]
    assert list((desk / "scratch").glob("dateline-*")) == []


def test_ctrl_c_and_the_same_command_again(desk: Path, found: dict[str, Any]) -> None:
    results = desk / "runs" / "stopped" / "per_question.jsonl"
    command = [*PROGRAM, *ROBUST, "--out", "runs/stopped"]
    env = environment(desk / "archive", **variables(desk))
    with subprocess.Popen(
        command, cwd=desk, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as stopped:
        while not (results.exists() and results.read_bytes().count(b"\n") >= 3):
            time.sleep(0.01)
        stopped.send_signal(signal.SIGINT)
    assert stopped.returncode == 130
    assert results.read_bytes().count(b"\n") < found["questions"]
    assert ask(desk, *ROBUST, "--out", "runs/stopped").returncode == 0
    for path in (desk / "runs" / "whole").iterdir():
        assert path.read_bytes() == (desk / "runs" / "stopped" / path.name).read_bytes(), path.name


def test_without_articles_there_is_nothing_to_change(desk: Path) -> None:
    done = ask(desk, *ROBUST[:4])
    assert done.returncode == 2
    assert b"give --corpus" in done.stderr

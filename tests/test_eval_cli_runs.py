"""`dateline eval` as a person runs it: its examples, its exit status and a run's folder."""

import hashlib
import json
import re
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.desk import CASES, answers, as_json, ask, complaints, furnished
from tests.program import PROGRAM, ROOT, environment, examples

EXAMPLES = [e for e in examples() if e.startswith("dateline eval")]
GATE = "dateline eval gate"  # asks all of its questions: `make test` runs it beside the tests


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnished(tmp_path_factory.mktemp("desk"))


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e != GATE])
def test_every_example_of_the_help_runs(example: str, desk: Path) -> None:
    done = ask(desk, *shlex.split(example)[1:])
    assert (done.returncode, complaints(done)) == (0, b"")
    assert done.stdout


def test_the_example_that_is_not_run_here_is_a_step_of_make_test() -> None:
    assert GATE in EXAMPLES
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^test:.*\bgate\b", makefile, re.MULTILINE)
    assert re.search(r"^gate:.*\n\t\$\(DATELINE\) eval gate$", makefile, re.MULTILINE)


def test_two_runs_of_one_build_differ_by_nothing(desk: Path) -> None:
    names = {p.name for p in (desk / "runs" / "before").iterdir()}
    assert names == {".lock", "config.json", "per_question.jsonl", "metrics.json", "report.html"}
    for name in names:
        before, after = ((desk / "runs" / run_ / name).read_bytes() for run_ in ("before", "after"))
        assert before == after, name
    found = as_json(desk, "eval", "compare", "runs/before", "runs/after")
    assert found["differs"] == []
    assert all(c["difference"] == 0 and c["p"] == 1 for c in found["changes"])


def test_another_threshold_is_another_run_and_shows(desk: Path) -> None:
    """What changes an answer changes the config, so a run is never gone on with by another."""
    done = ask(desk, *answers("--out", "runs/careful"), DATELINE_THRESHOLD="1")
    assert done.returncode == 0
    found = as_json(desk, "eval", "compare", "runs/before", "runs/careful")
    assert "threshold" in found["differs"]
    right = next(c for c in found["changes"] if c["figure"] == "right")
    assert right["after"] == 0
    mixed = ask(desk, *answers("--out", "runs/before"), DATELINE_THRESHOLD="1")
    assert mixed.returncode == 2
    assert b"runs/before: holds a run of something else" in mixed.stderr


def test_how_a_file_was_read_is_part_of_the_run(desk: Path) -> None:
    scored = ["eval", "answers", "--cases", "cases.jsonl", "--answers", "theirs.jsonl", "--form"]
    assert as_json(desk, *scored, "ragas")["config"]["system"]["form"] == "ragas"
    assert ask(desk, *scored, "ours").returncode == 2  # another run: read anew, and refused


def test_what_was_measured_and_by_which_seed_is_said(desk: Path) -> None:
    done = ask(desk, *answers("--out", "runs/said"))
    digest = hashlib.sha256((desk / "cases.jsonl").read_bytes()).hexdigest()
    assert f"cases: cases.jsonl, sha256 {digest}; seed 7" in done.stdout.decode()
    assert b"measured before" not in done.stdout
    again = ask(desk, *answers("--out", "runs/said"))
    assert b"3 of 3 were measured before; --fresh measures them again" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("answers", "give either --cases or --squad"),
        ("answers --cases cases.jsonl --squad dev-v1.1.json", "give either --cases or --squad"),
        ("answers --cases cases.jsonl --corpus articles.jsonl --data x", "leave it out"),
        ("answers --squad dev-v1.1.json --corpus articles.jsonl", "leave --corpus out"),
        ("answers --cases cases.jsonl --corpus empty.jsonl", "empty.jsonl: holds no article"),
        ("retrieval --qrels empty.jsonl --run theirs.trec", "empty.jsonl"),
        ("compare runs/before runs/limited", "limit differ"),
        ("answers --cases nowhere.jsonl", "nowhere.jsonl: the cases cannot be read"),
        ("answers --cases articles.jsonl", "articles.jsonl:1: title: is not a field of a case"),
        ("answers --cases cases.jsonl --corpus cases.jsonl", "cases.jsonl:1: text"),
        ("answers --cases cases.jsonl --limit 0", "limit is 0; give 1 or more"),
        ("reader --data cases.jsonl", "cases.jsonl"),
        ("retrieval --cases none.jsonl --corpus articles.jsonl", "holds no case that can be"),
        ("retrieval --qrels qrels.trec", "give --qrels and --run together"),
        ("compare runs/before runs/nowhere", "runs/nowhere/config.json: is not a run's file"),
    ],
)
def test_what_cannot_be_used_is_said(desk: Path, arguments: str, words: str) -> None:
    (desk / "none.jsonl").write_text(json.dumps(CASES[2]))
    (desk / "empty.jsonl").write_text("")
    if "limited" in arguments:
        ask(desk, *answers("--limit", "1", "--out", "runs/limited"))
    done = ask(desk, "eval", *arguments.split())
    assert done.returncode == 2
    assert words in done.stderr.decode()


def test_a_worse_run_has_status_1(desk: Path) -> None:
    """The same cases many times over, all right before and all refused after."""
    rows = [CASES[0] | {"id": f"bridge-{i}", "article_ids": [f"lund-{i}"]} for i in range(12)]
    (desk / "many.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    many = ["eval", "answers", "--cases", "many.jsonl", "--corpus", "articles.jsonl"]
    assert ask(desk, *many, "--out", "runs/good").returncode == 0
    assert ask(desk, *many, "--out", "runs/bad", DATELINE_THRESHOLD="1").returncode == 0
    done = ask(desk, "eval", "compare", "runs/good", "runs/bad")
    assert done.returncode == 1
    assert b"worse" in done.stdout
    assert ask(desk, "eval", "compare", "runs/bad", "runs/good").returncode == 0


# So many that a stalled machine is not done with them before it looks how far it is.
MANY = 60


def test_ctrl_c_and_the_same_command_again(desk: Path) -> None:
    rows = [CASES[i % 3] | {"id": f"case-{i}"} for i in range(MANY)]
    (desk / "many.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    many = ["eval", "answers", "--cases", "many.jsonl", "--corpus", "articles.jsonl", "--out"]
    env = environment(desk / "archive", XDG_CACHE_HOME=str(desk / "cache"))
    command = [*PROGRAM, *many, "runs/stopped"]
    results = desk / "runs" / "stopped" / "per_question.jsonl"
    # A shell that runs the tests in the background has all below it ignore the signal.
    with subprocess.Popen(
        command, cwd=desk, env=env, stdout=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as stopped:  # fmt: skip
        while not (results.exists() and results.read_bytes().count(b"\n") >= 5):
            time.sleep(0.01)
        stopped.send_signal(signal.SIGINT)
    assert stopped.returncode == 130
    begun = results.read_bytes()
    assert begun.count(b"\n") < MANY
    for name in ("stopped", "whole"):
        assert ask(desk, *many, f"runs/{name}").returncode == 0
    assert results.read_bytes().startswith(begun[: begun.rindex(b"\n")])
    for path in (desk / "runs" / "whole").iterdir():
        assert path.read_bytes() == (desk / "runs" / "stopped" / path.name).read_bytes(), path.name


def test_a_run_is_begun_anew_when_told(desk: Path) -> None:
    shutil.copytree(desk / "runs" / "before", desk / "runs" / "copy")
    results = desk / "runs" / "copy" / "per_question.jsonl"
    results.write_text(results.read_text().replace("Ana Ruiz", "Nobody"))
    stale = as_json(desk, *answers("--out", "runs/copy"))
    assert stale["questions"] == 3
    assert "Nobody" in results.read_text()  # gone on with, not asked again
    as_json(desk, *answers("--out", "runs/copy", "--fresh"))
    assert "Nobody" not in results.read_text()

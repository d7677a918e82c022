"""A run's folder: gone on with after a crash, never mixed with another, the same bytes twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.answers import Result
from eval.run import RESULTS, RunFolder, go_through, read_json
from index.errors import InvalidInput
from tests.scored import result

CONFIG = {"kind": "answers", "cases": {"file": "invented.jsonl"}}
IDS = [f"q{i}" for i in range(10)]


def run(path: Path, ids: Sequence[str], asked: list[str], stop_at: str = "") -> list[Result]:
    def evaluate(batch: Sequence[str]) -> list[Result]:
        asked.extend(batch)
        if stop_at in batch:
            raise KeyboardInterrupt
        return [result(id_, confidence=len(id_) / 7) for id_ in batch]

    folder = RunFolder(path)
    with folder.opened(CONFIG):
        rows = go_through(folder, ids, str, evaluate, Result.from_json, 3, lambda _: None)
        folder.finish({"f1": 1.0}, {"report.html": "<p>é</p>"})
    return rows


def test_a_run_that_was_stopped_goes_on(tmp_path: Path) -> None:
    asked: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", IDS, asked, stop_at="q7")
    assert len((tmp_path / "run" / RESULTS).read_text().splitlines()) == 6
    asked.clear()
    rows = run(tmp_path / "run", IDS, asked)
    assert asked == IDS[6:]
    assert [row.id for row in rows] == IDS
    uninterrupted: list[str] = []
    assert run(tmp_path / "other", IDS, uninterrupted) == rows
    for name in (RESULTS, "config.json", "metrics.json", "report.html"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


@pytest.mark.parametrize("cut", [1, 20, 150])
def test_a_line_that_was_cut_is_asked_again(tmp_path: Path, cut: int) -> None:
    whole = run(tmp_path / "run", IDS, [])
    path = tmp_path / "run" / RESULTS
    content = path.read_bytes()
    path.write_bytes(content[:-cut])
    asked: list[str] = []
    assert run(tmp_path / "run", IDS, asked) == whole
    assert asked == IDS[-1:]
    assert path.read_bytes() == content


_WRITER = """
import sys, time
from pathlib import Path
from tests.test_eval_run import CONFIG, IDS, RunFolder, go_through, Result, result

def evaluate(batch):
    print(batch[0], flush=True)
    time.sleep(0.05)
    return [result(i, confidence=len(i) / 7) for i in batch]

folder = RunFolder(Path(sys.argv[1]))
with folder.opened(CONFIG):
    go_through(folder, IDS, str, evaluate, Result.from_json, 1, lambda _: None)
"""


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]) as writer:
        assert writer.stdout
        for line in writer.stdout:
            if line.strip() == b"q4":
                os.kill(writer.pid, signal.SIGKILL)
                break
    asked: list[str] = []
    rows = run(tmp_path / "run", IDS, asked)
    assert asked[0] in ("q4", "q5")
    assert [row.id for row in rows] == IDS


def test_a_folder_is_of_one_run_and_of_one_process(tmp_path: Path) -> None:
    run(tmp_path / "run", IDS, [])
    folder = RunFolder(tmp_path / "run")
    other = {**CONFIG, "threshold": 0.3}
    with pytest.raises(InvalidInput, match="holds a run of something else"), folder.opened(other):
        pass
    with folder.opened(other, fresh=True):
        assert list(folder.rows()) == []
        began = time.monotonic()
        with pytest.raises(InvalidInput, match="another process writes"), folder.opened(other):
            pass
        assert time.monotonic() - began < 5


def test_a_damaged_line_is_an_error_and_reading_changes_nothing(tmp_path: Path) -> None:
    run(tmp_path / "run", IDS, [])
    path = tmp_path / "run" / RESULTS
    lines = path.read_bytes().splitlines(keepends=True)
    for damaged in (b"{\n", b"[]\n", b"{}\n"):
        path.write_bytes(b"".join([lines[0], damaged, *lines[2:]]))
        with pytest.raises(InvalidInput, match=rf"{RESULTS}:2: is no result"):
            list(RunFolder(tmp_path / "run").rows())
        assert len(path.read_bytes().splitlines()) == len(lines)
    path.write_bytes(b"".join(lines)[:-5])
    assert len(list(RunFolder(tmp_path / "run").rows())) == len(IDS) - 1
    assert path.read_bytes() == b"".join(lines)[:-5]


def test_what_is_no_run_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    folder = RunFolder(tmp_path / "mine")
    for fresh in (False, True):
        words = r"holds thesis\.txt and is no run"
        with pytest.raises(InvalidInput, match=words), folder.opened(CONFIG, fresh):
            pass
    assert (tmp_path / "mine" / "thesis.txt").exists()
    (tmp_path / "mine" / "config.json").write_text('{"hidden_size": 384}')
    with pytest.raises(InvalidInput, match="is no run"), folder.opened(CONFIG, fresh=True):
        pass
    assert {p.name for p in (tmp_path / "mine").iterdir()} >= {"thesis.txt", "config.json"}
    file = RunFolder(tmp_path / "mine" / "thesis.txt")
    with pytest.raises(InvalidInput, match="give another --out"), file.opened(CONFIG):
        pass


def test_files_that_are_no_runs_files(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is not a run's file"):
        read_json(tmp_path / "config.json")
    (tmp_path / "config.json").write_text(json.dumps([1]))
    with pytest.raises(InvalidInput, match="give a run's folder"):
        read_json(tmp_path / "config.json")

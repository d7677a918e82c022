"""The wheel, in an environment of its own, from another folder: is everything in it?"""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
    subprocess.run([*build, str(folder), str(ROOT)], check=True, capture_output=True)
    return next(folder.glob("dateline-*.whl"))


def test_models_are_inside_and_weigh_under_80_mb(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        sizes = {info.filename: info.file_size for info in packed.infolist()}
    for name in (
        "index/models/dateline-encoder/model.onnx",
        "rag/models/dateline-reader/model.onnx",
        "rag/models/dateline-checker/model.onnx",
        "rag/models/dateline-reader/calibrator.json",
        "rag/models/dateline-reader/longer.json",
        "rag/cli/main.py",
        "api/app.py",
        "api/web/index.html",
        "api/web/main.js",
        "api/web/base.css",
        "api/web/icon.svg",
        "eval/answers.py",
        "eval/gate/baseline.jsonl",
        "eval/gate/floors.json",
        "eval/newsroom/articles.jsonl",
        "eval/newsroom/closed.jsonl",
        "eval/newsroom/dev.jsonl",
        "eval/report/templates/report.html",
        "eval/report/templates/report.css",
        "eval/report/templates/report.js",
        "eval/report/templates/questions.html",
        "index/sources/jsonl.py",
    ):
        assert name in sizes
    assert not any(name.startswith(("training/", "tests/", "seeds/")) for name in sizes)
    assert sum(sizes.values()) < 80_000_000


@pytest.mark.timeout(600)
def test_installed_alone_it_answers(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv" / "bin" / "python")
    pins = str(ROOT / "constraints.txt")
    pip = [python, "-m", "pip", "install", "--quiet", "--constraint", pins]
    subprocess.run([*pip, "torch"], check=True)
    subprocess.run([*pip, str(wheel)], check=True)
    dateline = str(tmp_path / "venv" / "bin" / "dateline")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "DATELINE_"))}
    environment["DATELINE_DATA"] = str(tmp_path / "archive")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [dateline, *arguments],
            cwd=elsewhere,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    assert "ingest" in run("--help")
    run("ingest", str(ROOT / "seeds"))
    answer = json.loads(run("ask", "what was the 2018 agreement?", "--json"))
    assert "Inter-Korean Comprehensive Military Agreement" in answer["answer"]

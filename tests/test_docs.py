"""The documentation against the program: what it names exists, and what exists it names."""

import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from api.app import create_app
from rag.cli.main import cli
from rag.engine import Engine
from rag.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(ROOT.glob("*/models/*/README.md")),
]
FOLDERS = (
    "index",
    "rag",
    "api",
    "eval",
    "tests",
    "training",
    "docs",
    "seeds",
    "notebooks",
    "bench",
)


def test_the_readme_has_every_command_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)", README, re.MULTILINE)
    assert sorted(rows) == sorted(cli.commands)


def test_every_route_is_in_the_readme(engine: Engine) -> None:
    for path in create_app(engine).openapi()["paths"]:
        assert path.replace("{article_id}", "{id}") in README


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]+)`", page.read_text("utf-8"))
    for name in named:
        assert (ROOT / name).exists(), name


def test_environment_variables_that_are_named_are_settings() -> None:
    known = {"DATELINE_" + field.name.upper() for field in fields(Settings)}
    for page in PAGES:
        assert set(re.findall(r"DATELINE_\w+", page.read_text("utf-8"))) <= known


@pytest.mark.parametrize(
    "line",
    sorted(set(re.findall(r"^ +\.venv/bin/dateline ((?:ask|status).*)$", README, re.MULTILINE))),
)
def test_the_readmes_questions_run(line: str, engine: Engine) -> None:
    command = [sys.executable, "-m", "rag.cli.main", *shlex.split(line)]
    done = subprocess.run([*command, "--data", str(engine.archive.folder)], capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout

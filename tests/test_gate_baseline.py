"""The baseline changes only in a commit of its own, as far as git can say."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from eval.gate.files import BASELINE, HOME
from tests.program import ROOT

OWN = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}


def git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where there is no git, or it fails."""
    if not shutil.which("git"):
        return None
    name = ["-c", "user.name=Invented", "-c", "user.email=invented@example.invalid"]
    command = ["git", "-C", str(folder), *name, *arguments]
    done = subprocess.run(command, env=OWN, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def changed_beside(root: Path, path: str) -> list[str] | None:
    """What else the last commit that changed a file has touched; None where git knows of no change.

    There is none in an archive without history, and in a shallow clone, whose oldest commit adds
    all files, nor before the file's first change.
    """
    top = git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top.strip()).resolve() != root.resolve():
        return None
    commit = (git(root, "log", "-1", "--diff-filter=M", "--format=%H", "--", path) or "").strip()
    if not commit:
        return None
    touched = git(root, "diff-tree", "-r", "-c", "--no-commit-id", "--name-only", commit) or ""
    return [name for name in touched.splitlines() if name != path]


def test_the_baseline_was_changed_by_itself() -> None:
    beside = changed_beside(ROOT, (HOME / BASELINE).relative_to(ROOT).as_posix())
    assert not beside, f"changed together with {BASELINE}; commit that by itself"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    commit(folder, baseline="1", code="1")
    return folder


def commit(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "invented")


def test_what_is_changed_with_it_is_named(repository: Path, tmp_path: Path) -> None:
    if git(repository, "rev-parse", "HEAD") is None:
        return  # no git here: nothing can be told, which the first test takes too
    assert changed_beside(repository, "baseline") is None  # it was never changed
    commit(repository, baseline="2")
    commit(repository, code="2")
    assert changed_beside(repository, "baseline") == []
    commit(repository, baseline="3", code="3", more="1")
    commit(repository, code="4")
    assert changed_beside(repository, "baseline") == ["code", "more"]
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth", "1", repository.as_uri(), str(shallow))
    assert (shallow / "baseline").read_text() == "3"
    assert changed_beside(shallow, "baseline") is None


def test_without_a_history_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "baseline").write_text("1")
    assert changed_beside(tmp_path, "baseline") is None

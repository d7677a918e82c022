"""The adapter in the documentation, run as it stands there, on the files that stand beside it."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _blocks() -> dict[str, list[str]]:
    """The code blocks of the section by their language."""
    page = (ROOT / "docs" / "evaluation.md").read_text("utf-8")
    _, section = page.split("## An adapter of your own, in ten lines\n")
    blocks: dict[str, list[str]] = {}
    for language, text in re.findall(r"```(\w+)\n(.*?)```", section.split("\n## ")[0], re.DOTALL):
        blocks.setdefault(language, []).append(text)
    return blocks


def test_the_adapter_in_the_documentation_runs(tmp_path: Path) -> None:
    blocks = _blocks()
    (tmp_path / "answers.csv").write_text(blocks["csv"][0], "utf-8")
    (tmp_path / "cases.jsonl").write_text(blocks["json"][0], "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "".join(blocks["python"])],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.stderr, done.stdout) == ("", blocks["text"][0])


def test_it_is_ten_lines_long() -> None:
    adapter = _blocks()["python"][0]
    assert len([line for line in adapter.splitlines() if line.strip()]) == 10

"""The notebook runs from top to bottom on a fresh archive, and shows a quote."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "ask.ipynb"


def shown(notebook: nbformat.NotebookNode) -> str:
    outputs = (o for cell in notebook.cells for o in cell.get("outputs", []))
    return "\n".join(str(o.get("data", {}).get("text/html", o.get("text", ""))) for o in outputs)


def test_it_runs_and_shows_the_quote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_DATA", str(tmp_path / "archive"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": NOTEBOOK.parent}}
    ).execute()
    assert "Inter-Korean Comprehensive Military Agreement" in shown(notebook)
    assert "<mark" in shown(notebook)


def test_its_outputs_are_committed() -> None:
    assert "<mark" in shown(nbformat.read(NOTEBOOK, as_version=4))

"""The notebook runs from top to bottom on a fresh archive, and shows what it says it does.

Its outputs are committed: `.venv/bin/jupyter execute --inplace notebooks/ask.ipynb` makes them.
"""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from eval.cases import read_cases
from eval.corpus import read_corpus
from eval.harness import sample

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "ask.ipynb"
COMMITTED = nbformat.read(NOTEBOOK, as_version=4)
NEWSROOM = ROOT / "eval" / "newsroom"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[nbformat.NotebookNode]:
    """By a real kernel, over an archive that is not there yet."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATELINE_DATA", str(tmp_path_factory.mktemp("notebook") / "archive"))
        NotebookClient(
            notebook, timeout=120, resources={"metadata": {"path": NOTEBOOK.parent}}
        ).execute()
        yield notebook


def _below(notebook: nbformat.NotebookNode, heading: str) -> str:
    """What the cells under the heading show, HTML where there is any."""
    headings = [i for i, cell in enumerate(notebook.cells) if cell.source.startswith(("# ", "## "))]
    begin = next(i for i in headings if notebook.cells[i].source.startswith(heading))
    end = next((i for i in headings if i > begin), len(notebook.cells))
    outputs = (o for cell in notebook.cells[begin:end] for o in cell.get("outputs", []))
    return "\n".join(str(o.get("data", {}).get("text/html", o.get("text", ""))) for o in outputs)


def _kinds(notebook: nbformat.NotebookNode) -> list[list[str]]:
    return [
        [kind for o in cell.get("outputs", []) for kind in sorted(o.get("data", {"text": ""}))]
        for cell in notebook.cells
    ]


def test_an_answer_and_a_refusal(executed: nbformat.NotebookNode) -> None:
    assert "Inter-Korean Comprehensive Military Agreement" in _below(executed, "## A question\n")
    assert "<mark" in _below(executed, "## A question\n")
    assert "does not hold an answer" in _below(executed, "## When the archive")


def test_a_question_that_follows(executed: nbformat.NotebookNode) -> None:
    follows = _below(executed, "## A question that follows")
    assert re.search("understood as: .*2018 agreement", follows)
    assert re.search("<mark[^>]*>reducing military tension", follows)


def test_a_search_is_a_table(executed: nbformat.NotebookNode) -> None:
    table = _below(executed, "## Search")
    assert table.count("<tr") == 1 + 3
    assert re.search("<td>1.0+</td>.*2024-01-15.*The Rio Times", table, re.DOTALL)


def test_own_articles_are_asked_and_counted_by_source(executed: nbformat.NotebookNode) -> None:
    assert "<mark" in _below(executed, "## Articles of your own")
    table = _below(executed, "## What it covers")
    counts = {"Invented Notebook": 2}
    for article in read_corpus(NEWSROOM / "articles.jsonl"):
        assert article.source
        counts[article.source] = counts.get(article.source, 0) + 1
    shown = re.findall(r"<th>(Invented [\w ]+)</th>\s*<td>(\d+)</td>", table)
    assert {source: int(count) for source, count in shown} == counts


def test_coverage_by_month_is_drawn(executed: nbformat.NotebookNode) -> None:
    assert sum("image/png" in kinds for kinds in _kinds(executed)) == 1


def test_a_small_evaluation_is_a_table(executed: nbformat.NotebookNode) -> None:
    table = _below(executed, "## How good it is")
    for case in sample(read_cases(NEWSROOM / "dev.jsonl"), 12):
        assert case.question in html.unescape(table)
    assert len(re.findall("<td>(?:right|wrong|refused)</td>", table)) == 12


def test_its_outputs_are_committed(executed: nbformat.NotebookNode) -> None:
    """What they are of; answers change with the models, and figures with both."""
    assert _kinds(COMMITTED) == _kinds(executed)
    counts = [c.execution_count for c in COMMITTED.cells if c.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    covers = "## What it covers"
    assert _below(COMMITTED, covers) == _below(executed, covers)

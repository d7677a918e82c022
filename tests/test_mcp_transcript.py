"""docs/mcp.md: what is typed there is what the program types, and all of it runs."""

import asyncio
import json
import re
from pathlib import Path

import mcp

from rag.cli.main import cli
from rag.engine import Engine
from tests.mcp_transcript import HEAD, transcript
from tests.program import PROGRAM, ROOT, environment
from tests.typed import typed_in

PAGE = (Path(__file__).parents[1] / "docs" / "mcp.md").read_text("utf-8")


def test_the_page_is_what_the_program_prints_now(engine: Engine) -> None:
    """What is typed, the tools and the errors, to the letter; answers change with the models."""
    command, *arguments = [*PROGRAM, "mcp"]
    program = mcp.StdioServerParameters(
        command=command, args=arguments, env=environment(engine.archive.folder), cwd=ROOT
    )
    page = asyncio.run(transcript(program))
    assert PAGE.startswith(HEAD)
    assert typed_in(page) == typed_in(PAGE)
    for beginning, end in (("The tools, and", "A question."), ("Errors are for", r"\Z")):
        shown = re.compile(f"{beginning}.*?{end}", re.DOTALL)
        assert shown.findall(page) == shown.findall(PAGE) != []


def test_the_configuration_is_one() -> None:
    written = re.findall(r"^    \{.*?^    \}$", PAGE, re.DOTALL | re.MULTILINE)[0]
    server = json.loads(written)["mcpServers"]["dateline"]
    assert server["command"].endswith("/.venv/bin/dateline")
    assert server["args"] == ["mcp"]
    assert "mcp" in cli.commands

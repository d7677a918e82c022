"""A client of the MCP SDK's own, at the other end of a real `dateline mcp`, for plain tests.

The SDK's client lives in an event loop; a loop in a thread of its own keeps one for many tests.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mcp
from anyio.from_thread import start_blocking_portal
from jsonschema import Draft202012Validator
from mcp import types

from tests.program import ROOT, environment
from tests.served import PATIENCE


class Agent:
    """What a client has of a server. `errors` is the file that the server's log goes to."""

    def __init__(self, portal: Any, client: mcp.Client, errors: Path) -> None:
        self.client = client
        self._portal = portal
        self._errors = errors
        self.tools: dict[str, types.Tool] = {}

    def log(self) -> str:
        return self._errors.read_text("utf-8")

    def list_tools(self) -> list[types.Tool]:
        tools: list[types.Tool] = self._portal.call(self.client.list_tools).tools
        self.tools = {tool.name: tool for tool in tools}
        return tools

    def call(self, tool: str, **arguments: Any) -> types.CallToolResult:
        result: types.CallToolResult = self._portal.call(self.client.call_tool, tool, arguments)
        return result

    def gives(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured content, once it is what the tool's schema declares."""
        result = self.call(tool, **arguments)
        assert not result.is_error, words_of(result)
        schema = self.tools[tool].output_schema
        assert schema is not None
        Draft202012Validator(schema).validate(result.structured_content)
        content: dict[str, Any] = result.structured_content
        return content

    def refuses(self, tool: str, **arguments: Any) -> str:
        """The words of the error, which has no structured content."""
        result = self.call(tool, **arguments)
        assert result.is_error
        assert result.structured_content is None
        return words_of(result)


def words_of(result: types.CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    return content.text


@contextmanager
def agent(data: Path, folder: Path, mode: str = "auto") -> Iterator[Agent]:
    """An agent over the archive; the process has a file in `folder` for its log."""
    errors = folder / "mcp.log"
    with errors.open("w") as log, start_blocking_portal() as portal:
        program = mcp.StdioServerParameters(
            command=sys.executable,
            args=["-m", "rag.cli.main", "mcp"],
            env=environment(data),
            cwd=ROOT,
        )
        client = mcp.Client(
            mcp.stdio_client(program, errlog=log), mode=mode, read_timeout_seconds=PATIENCE
        )
        with portal.wrap_async_context_manager(client) as entered:
            found = Agent(portal, entered, errors)
            found.list_tools()
            yield found

"""`dateline mcp`: the engine as tools for a language model. What they are stands in `api`."""

import sys

import click

from rag.cli.common import complain, data_option


@click.command()
@data_option
def mcp(data: str | None) -> int:
    """Answers a model's calls over MCP, on standard input and output.

    For a program that knows MCP to start, and to end by closing the input; docs/mcp.md shows how.

    \b
      dateline mcp
    """
    from api.mcp import serve
    from rag.engine import open_engine
    from rag.settings import Settings

    settings = Settings.load(data=data)
    if sys.stdin.isatty():
        complain("an MCP client is to be at the other end, not a terminal; Ctrl-C stops this")
    return serve(lambda: open_engine(settings, create=False), settings)

"""Asks `dateline mcp` through the SDK's client and prints what a person would see, as Markdown.

make run
.venv/bin/python -m tests.mcp_transcript > docs/mcp.md
"""

import asyncio

import mcp

from tests.typed import Step, typed

HEAD = """\
# For agents

`dateline mcp` gives a language model three tools to use an archive with, by the Model Context \
Protocol over standard input and output. A client starts it; it ends when the client closes its \
input. All three only read.

| tool | what it does |
|---|---|
| `ask_news` | answers a question with quotes, or says that the archive does not hold the answer; \
the form is that of `POST /v1/ask` |
| `search_news` | the passages nearest to a query, at most 20; the form is that of \
`POST /v1/search` |
| `get_article` | an article, or what stands around a quote, at most 10,000 characters at a time |

Clients that are configured by a file want something like this, with the path of your own copy:

    {
      "mcpServers": {
        "dateline": {
          "command": "/home/you/dateline/.venv/bin/dateline",
          "args": ["mcp"]
        }
      }
    }

Another archive than your own is `"args": ["mcp", "--data", "/home/you/news"]`. Most clients hand \
on few variables of their environment: settings (`DATELINE_...`) go into `"env": {...}` beside \
`args`.

The archive is read live: what is ingested beside it is found by the next call. If there is none \
yet, each call says so until there is. The log is JSON lines on standard error, one for each call, \
without a word of it; clients keep it in a file of theirs.

## Through the SDK's client

What the `mcp` package (2.3.0) shows with the articles of `seeds/` in your archive, where `make \
run` puts them. This page is made by

    .venv/bin/python -m tests.mcp_transcript > docs/mcp.md

and all that is typed below is inside this:

    import mcp

    program = mcp.StdioServerParameters(command=".venv/bin/dateline", args=["mcp"])

    async def main():
        async with mcp.Client(program) as client:
            ...
"""

STEPS: tuple[Step, ...] = (
    (
        "The tools, and what each takes. What their descriptions tell the model is in "
        "`api/tools.py`.",
        """\
for tool in (await client.list_tools()).tools:
    print(tool.name, *tool.input_schema["properties"])

""",
    ),
    (
        "A question. Clients that know no structured content get the same JSON as text.",
        """\
asked = {"question": "what was the 2018 agreement?"}
result = await client.call_tool("ask_news", asked)
answer = result.structured_content
answer["answer"], answer["abstained"]
quote = answer["citations"][0]
quote["cited_text"]
quote["article_id"], quote["start_char_index"], quote["end_char_index"]
""",
    ),
    (
        "The quote in its article, with twenty characters more on either side. `quote` is what "
        "stands at the offsets, whatever a citation says.",
        """\
where = {name: quote[name] for name in ("article_id", "start_char_index", "end_char_index")}
result = await client.call_tool("get_article", {**where, "context": 20})
piece = result.structured_content
piece["quote"] == quote["cited_text"]
piece["text"][:40], piece["characters"], piece["source"], piece["published_at"]
""",
    ),
    (
        "A search, narrowed by source and date; `asked_at` would say when it is asked.",
        """\
narrow = {"sources": ["The Rio Times"], "after": "2024-01-01", "limit": 2}
result = await client.call_tool("search_news", {"query": "satellite launch", **narrow})
for found in result.structured_content["results"]:
    print(found["start_char_index"], found["end_char_index"], found["text"][:50])

""",
    ),
    (
        "A refusal is an answer too; `nearest` are leads.",
        """\
asked = {"question": "who won the 1950 chess championship?"}
refusal = (await client.call_tool("ask_news", asked)).structured_content
refusal["answer"], refusal["abstained"], refusal["citations"], len(refusal["nearest"])
""",
    ),
    (
        "Errors are for the model to read, in the words of the command line and HTTP.",
        """\
async def wrong(tool, **arguments):
    result = await client.call_tool(tool, arguments)
    print(result.is_error, result.content[0].text)

await wrong("ask_news", question="who?", after="last May")
await wrong("search_news", limit=50)
await wrong("get_article", article_id="none")
""",
    ),
)


async def transcript(program: mcp.StdioServerParameters) -> str:
    """The page. Raises whatever the client raises."""
    async with mcp.Client(program) as client:
        names: dict[str, object] = {"__name__": "__main__", "client": client}
        return "\n".join([HEAD, await typed(STEPS, names)])


if __name__ == "__main__":
    own = mcp.StdioServerParameters(command=".venv/bin/dateline", args=["mcp"])
    print(asyncio.run(transcript(own)), end="")

"""`dateline mcp`: the tools of `api.tools` over MCP, on standard input and output.

By the official SDK, which knows the protocol's versions. One client, which started this process and
ends it by closing its input.
"""

import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, cast

import anyio
from anyio import create_task_group, to_thread
from mcp import MCPError, types
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server

from api.lines import Lines
from api.logs import LOGGER, Notes, start_logging, tell_failure
from api.queues import Queues
from api.tools import INSTRUCTIONS, TOOLS, Tool
from index.errors import DatelineError
from rag.deadline import Deadline
from rag.engine import Engine
from rag.lazy import Lazy
from rag.settings import Settings

_BY_NAME = {tool.name: tool for tool in TOOLS}
_HINTS = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_LISTED = types.ListToolsResult(
    tools=[
        types.Tool(
            name=tool.name,
            title=tool.title,
            description=tool.description,
            input_schema=tool.input_schema(),
            output_schema=tool.gives.model_json_schema(),
            annotations=_HINTS,
        )
        for tool in TOOLS
    ]
)

Context = ServerRequestContext[Any]


def serve(open_engine: Callable[[], Engine], settings: Settings) -> int:
    """Serves until standard input ends; the exit status: 0, or 128 and the signal that came first.

    The engine is opened meanwhile. If that fails, every call says why, and tries again.
    """
    start_logging(settings.log_level)
    return anyio.run(_serve, Calls(Lazy(open_engine), settings))


class Calls:
    """Calls of tools: each waits its turn, is worked on in a thread, and harms no other."""

    def __init__(self, engine: Lazy[Engine], settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._queues = Queues.of(settings).named()
        self._notes = Notes()

    def open(self) -> None:
        """Opens the engine before it is asked for; the log is told if that cannot be."""
        try:
            self._notes.tell(self._engine.get().archive.notes)
        except DatelineError as error:
            LOGGER.warning("not open", extra={"problem": str(error)})
        except Exception as error:
            tell_failure(error, "none")

    async def list(self, _: Context, __: types.PaginatedRequestParams | None) -> Any:
        return _LISTED

    async def call(self, _: Context, given: types.CallToolRequestParams) -> types.CallToolResult:
        """What the tool gives, or, as a result too, why it does not: the model is to read it.

        Raises MCPError for a tool that does not exist.
        """
        tool = _BY_NAME.get(given.name)
        if tool is None:
            words = f"there is no tool {given.name!r}; there are {', '.join(_BY_NAME)}"
            raise MCPError(types.INVALID_PARAMS, words)
        began, own_id, outcome = time.perf_counter(), uuid.uuid4().hex, "abandoned"
        try:
            gave = await self._in_turn(tool, given.arguments or {})
            outcome = "done"
            return _result(json.dumps(gave, ensure_ascii=False), gave)
        except DatelineError as error:
            outcome = "rejected"
            return _result(str(error))
        except Exception as error:
            outcome = "failed"
            return _result(tell_failure(error, own_id))
        finally:
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            fields = {"tool": tool.name, "outcome": outcome, "milliseconds": milliseconds}
            LOGGER.info("call", extra={"request_id": own_id, **fields})

    async def _in_turn(self, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
        """Raises InvalidInput for arguments that do not fit, and whatever the engine raises."""
        deadline = Deadline.after(self._settings.time_limit)
        queue = self._queues[tool.queue]

        def work() -> dict[str, Any] | Exception:
            try:
                given = tool.parse(arguments)
                engine = self._engine.get()
                gave = tool.call(engine, given, deadline)
                self._notes.tell(engine.archive.notes)  # any call may find and mend damage
            except Exception as error:
                return error  # raised, it would come out of the task group in a group of errors
            return gave

        with queue.place():
            async with queue.turn(deadline, anyio.sleep_forever), create_task_group() as group:
                group.start_soon(_give_up_at_the_end, deadline)
                gave = await to_thread.run_sync(work)
                group.cancel_scope.cancel()
        if isinstance(gave, Exception):
            raise gave
        return gave


async def _give_up_at_the_end(deadline: Deadline) -> None:
    """The client takes its call back, or leaves: the engine, in its thread, is to hear of it."""
    try:
        await anyio.sleep_forever()
    finally:
        deadline.give_up()


def _result(words: str, gave: dict[str, Any] | None = None) -> types.CallToolResult:
    """`words` are for clients that know no structured content; without it, they are an error."""
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=words)],
        structured_content=gave,
        is_error=gave is None,
    )


def server_of(calls: Calls) -> Server[Any]:
    return Server(
        "dateline",
        title="Dateline",
        version=version("dateline"),
        instructions=INSTRUCTIONS,
        on_list_tools=calls.list,
        on_call_tool=calls.call,
    )


def _take_standard_output() -> anyio.AsyncFile[str]:
    """For the protocol alone: whatever else is printed from now on goes to standard error.

    The SDK's own way of doing so begins after the engine's thread and ends before the last of what
    was printed is flushed.
    """
    sys.stdout.flush()
    wire = os.dup(1)
    os.dup2(2, 1)
    # Not closed: a thread may still wait for a client that does not read.
    return anyio.wrap_file(os.fdopen(wire, "w", encoding="utf-8", newline="\n", closefd=False))


async def _serve(calls: Calls) -> int:
    server, wire = server_of(calls), _take_standard_output()
    status = 0
    async with create_task_group() as group:

        async def stop_on_a_signal() -> None:
            nonlocal status
            with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                async for number in signals:
                    status = 128 + number
                    group.cancel_scope.cancel()

        group.start_soon(stop_on_a_signal)
        group.start_soon(to_thread.run_sync, calls.open)
        lines = cast("anyio.AsyncFile[str]", Lines(0))
        async with stdio_server(stdin=lines, stdout=wire) as (received, sent):
            await server.run(received, sent, server.create_initialization_options())
        group.cancel_scope.cancel()
    return status

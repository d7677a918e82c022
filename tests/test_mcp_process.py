"""The process of `dateline mcp`, and its calls from within: lines, signals, limits, failures."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import mcp
import pytest

from api.lines import Lines
from api.mcp import Calls, server_of
from rag.engine import Engine
from rag.lazy import Lazy
from tests.agents import words_of
from tests.program import PROGRAM, ROOT, environment
from tests.served import PATIENCE, GatedReader, gated_engine, settings_for

HANDSHAKE: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "invented", "version": "1"},
    },
}
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
# What an archive that prints would do to the protocol.
NOISY = """
import sys
from api.mcp import serve
from rag.engine import open_engine
from rag.settings import Settings

settings = Settings.load()

def open_noisily():
    print("noise", flush=True)
    return open_engine(settings, create=False)

status = serve(open_noisily, settings)
print("noise at the end")
sys.exit(status)
"""


@contextmanager
def _started(data: Path, program: list[str]) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    env = environment(data)
    with subprocess.Popen(
        program, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # if it has not ended, which a test has noticed by now


def _say(process: subprocess.Popen[str], *lines: str) -> None:
    assert process.stdin
    process.stdin.write("".join(f"{line}\n" for line in lines))
    process.stdin.flush()


def _hear(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout
    heard: dict[str, Any] = json.loads(process.stdout.readline())
    return heard


def test_nothing_but_the_protocol_is_on_standard_output(engine: Engine) -> None:
    """Whatever comes in, or is printed inside. It ends when its input does."""
    wrong: dict[str, Any] = {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {}}
    half = {"name": "get_article", "arguments": {"article_id": "\ud800"}}
    with _started(engine.archive.folder, [sys.executable, "-c", NOISY]) as process:
        _say(process, json.dumps(HANDSHAKE))
        assert _hear(process)["result"]["serverInfo"]["name"] == "dateline"
        _say(process, json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        _say(process, "no JSON", '{"jsonrpc": "2.0"}', "[]", "\xff", "", '{"id": 7, "method"')
        _say(process, json.dumps(wrong), json.dumps({**wrong, "id": 4, "method": "no/such"}))
        _say(process, json.dumps({**wrong, "id": 5, "params": half}), json.dumps(LIST))
        heard: dict[Any, dict[str, Any]] = {}
        while not heard.keys() >= {2, 3, 4}:
            said = _hear(process)
            heard[said.get("id")] = said
        rest, errors = process.communicate(timeout=PATIENCE)  # which closes its input
    assert len(heard[2]["result"]["tools"]) == 3
    assert "error" in heard[3]
    assert "error" in heard[4]
    assert process.returncode == 0
    for line in rest.splitlines():
        json.loads(line)
    assert errors.splitlines() == ["noise", "noise at the end"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_though_its_input_is_open(
    number: signal.Signals, status: int, engine: Engine
) -> None:
    with _started(engine.archive.folder, [*PROGRAM, "mcp"]) as process:
        _say(process, json.dumps(HANDSHAKE))
        assert _hear(process)["id"] == 1
        process.send_signal(number)
        assert process.wait(PATIENCE) == status
        rest, errors = process.communicate()
    assert (rest, errors) == ("", "")


def _lines_of(write: Callable[[int], None]) -> list[str]:
    reads, writes = os.pipe()

    async def main() -> list[str]:
        return [line async for line in Lines(reads)]

    def writer() -> None:
        write(writes)
        os.close(writes)

    thread = threading.Thread(target=writer)
    thread.start()
    lines = anyio.run(main)
    thread.join()
    os.close(reads)
    return lines


def test_lines_however_they_are_cut() -> None:
    def in_pieces(to: int) -> None:
        for piece in (b"fir", b"st\nsec", b"ond\n\n\xc3", b"\xa9\n", b"\xff", b"last"):
            os.write(to, piece)

    assert _lines_of(in_pieces) == ["first", "second", "", "é", "\ufffdlast"]
    long = b"a" * 1_000_000
    assert _lines_of(lambda to: _write_all(to, long + b"\nb\n")) == [long.decode(), "b"]


def _write_all(to: int, data: bytes) -> None:
    while data:
        data = data[os.write(to, data) :]


def test_lines_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("first\nsecond")

    async def main() -> list[str]:
        with (tmp_path / "lines").open() as file:
            return [line async for line in Lines(file.fileno())]

    assert anyio.run(main) == ["first", "second"]


ASKED = {"question": "Who closed the harbour?"}


def _calls(folder: Path, reader: GatedReader, **given: object) -> Calls:
    settings = settings_for(folder, **given)
    return Calls(Lazy(lambda: gated_engine(reader, settings)), settings)


async def _until(is_so: Callable[[], bool]) -> None:
    with anyio.fail_after(PATIENCE):
        while not is_so():
            await anyio.sleep(0.01)


def test_a_call_that_is_taken_back_frees_the_models(tmp_path: Path) -> None:
    reader = GatedReader()
    calls = _calls(tmp_path, reader, time_limit=3_600)

    async def main() -> None:
        async with mcp.Client(server_of(calls)) as client, anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "ask_news", ASKED)
            await _until(lambda: reader.asked == 1)
            group.cancel_scope.cancel()
        assert reader.stopped == 1
        reader.gate.set()
        async with mcp.Client(server_of(calls)) as client:
            result = await client.call_tool("ask_news", ASKED)
        assert result.structured_content["answer"] == "The"

    anyio.run(main)


def test_a_call_has_the_time_limit_of_a_question(tmp_path: Path) -> None:
    reader = GatedReader()
    calls = _calls(tmp_path, reader, time_limit=0.2)

    async def main() -> str:
        async with mcp.Client(server_of(calls)) as client:
            return words_of(await client.call_tool("ask_news", ASKED))

    assert anyio.run(main).startswith("there was no answer within the limit of 0.2 seconds")


def test_more_calls_than_may_wait_are_told_to_come_again(tmp_path: Path) -> None:
    reader = GatedReader()
    calls = _calls(tmp_path, reader, queue=0)  # one worker, so two run

    async def main() -> str:
        async with mcp.Client(server_of(calls)) as client, anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(client.call_tool, "ask_news", ASKED)
            await _until(lambda: reader.asked == 2)
            words = words_of(await client.call_tool("ask_news", ASKED))
            reader.gate.set()
        return words

    assert anyio.run(main).startswith("2 questions and searches are running or waiting")


def test_what_fails_unexpectedly_is_told_to_the_log_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    opened: list[Engine] = []

    def open_engine() -> Engine:
        if not opened:
            opened.append(engine)
            raise ValueError("a secret")
        return engine

    reader = GatedReader()
    reader.gate.set()
    engine = gated_engine(reader, settings_for(tmp_path))
    calls = Calls(Lazy(open_engine), engine.settings)

    async def main() -> tuple[str, Any]:
        async with mcp.Client(server_of(calls)) as client:
            failed = await client.call_tool("ask_news", ASKED)
            assert failed.is_error
            return words_of(failed), await client.call_tool("ask_news", ASKED)

    words, answered = anyio.run(main)
    assert words.startswith("the server failed; its log says where, under the request id ")
    assert answered.structured_content["answer"] == "The"
    (failure,) = [record for record in caplog.records if record.message == "failure"]
    assert words.split("request id ")[1].startswith(failure.__dict__["request_id"])
    assert failure.__dict__["errors"] == ["ValueError"]
    assert "secret" not in words

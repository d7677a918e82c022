"""A server process that is told to stop while it works. All articles invented."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.serve import EXIT_SECONDS, GRACE_SECONDS
from index.archive import BATCH_ARTICLES, Archive
from tests.invented import CountingEncoder
from tests.problems import is_problem
from tests.served import PATIENCE

ROOT = Path(__file__).parents[1]
# Its models wait for a file to appear: a gate that another process can open.
PROGRAM = """
import sys, threading, time
from pathlib import Path
from api.serve import serve
from tests.served import GatedEncoder, GatedReader, gated_engine, settings_for

folder, limit = Path(sys.argv[1]), float(sys.argv[2])
reader, encoder = GatedReader(), GatedEncoder("Slowville")

def watch(name, gate):
    while not (folder / name).exists():
        time.sleep(0.01)
    gate.set()

def tell():
    encoder.waits.wait()
    (folder / "encoding").touch()

for job in ((watch, "read", reader.gate), (watch, "encode", encoder.gate), (tell,)):
    threading.Thread(target=job[0], args=job[1:], daemon=True).start()
settings = settings_for(folder, port=0, time_limit=limit)
serve(lambda: gated_engine(reader, settings, encoder), settings)
"""


@contextmanager
def _server(folder: Path, limit: float = 30.0) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DATELINE_")}
    server = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), str(limit)],
        env=environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found
        yield server, found[0]
    finally:
        server.kill()
        server.wait()


def _post(address: str, path: str, body: Any) -> httpx.Response:
    return httpx.post(f"{address}/v1/{path}", json=body, timeout=PATIENCE)


def _until(is_so: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it never came to be so"
        time.sleep(0.01)


def _refuses(address: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", httpx.URL(address).port or 0)).close()
    except ConnectionRefusedError:
        return True
    return False


def _waiting(address: str) -> float:
    text = httpx.get(f"{address}/metrics", timeout=PATIENCE).text
    lines = re.findall(r'^dateline_queue_\w+{queue="questions"} (\S+)$', text, re.MULTILINE)
    return sum(map(float, lines))


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_what_runs_and_what_waits_is_answered(tmp_path: Path, stop: signal.Signals) -> None:
    """Two questions run and two wait when the signal comes."""
    with _server(tmp_path) as (server, address), ThreadPoolExecutor(4) as threads:
        ask = {"question": "Who closed the harbour?"}
        asked = [threads.submit(_post, address, "ask", ask) for _ in range(4)]
        _until(lambda: _waiting(address) == 4)
        server.send_signal(stop)
        _until(lambda: _refuses(address))
        assert not any(one.done() for one in asked)
        (tmp_path / "read").touch()
        assert [one.result().status_code for one in asked] == [200] * 4
        _, err = server.communicate(timeout=PATIENCE)
        routes = {json.loads(line)["route"] for line in err.splitlines()}
        assert routes == {"/v1/ask"}
        assert server.returncode == {signal.SIGINT: 0, signal.SIGTERM: 128 + signal.SIGTERM}[stop]


def test_a_stream_that_runs_comes_to_its_end(tmp_path: Path) -> None:
    """It is half sent when the signal comes."""
    ask = {"question": "Who closed the harbour?", "stream": True}
    with (
        _server(tmp_path) as (server, address),
        httpx.stream("POST", f"{address}/v1/ask", json=ask, timeout=PATIENCE) as response,
    ):
        lines = response.iter_lines()
        assert next(lines).startswith('data: {"type":"understood"')
        server.send_signal(signal.SIGTERM)
        _until(lambda: _refuses(address))
        (tmp_path / "read").touch()
        rest = [line for line in lines if line]
        assert rest[-2].startswith('data: {"type":"result"')
        assert rest[-1] == "data: [DONE]"
        _, err = server.communicate(timeout=PATIENCE)
        (line,) = [one for one in map(json.loads, err.splitlines()) if one["route"] == "/v1/ask"]
        assert (line["status"], line["outcome"]) == (200, "answered")
        assert server.returncode == 128 + signal.SIGTERM


def test_an_ingest_ends_after_the_batch_it_is_at(tmp_path: Path) -> None:
    """What it has stored by then stays, and nothing was promised of the rest."""
    given = [{"id": f"{i:03}", "text": f"Ferry {i} of Slowville is late."} for i in range(200)]
    with _server(tmp_path) as (server, address), ThreadPoolExecutor(1) as threads:
        sent = threads.submit(_post, address, "articles", given)
        _until((tmp_path / "encoding").exists)
        server.send_signal(signal.SIGTERM)
        _until(lambda: _refuses(address))
        (tmp_path / "encode").touch()
        words = is_problem(sent.result(), 503)["detail"]
        assert words.startswith("the server is being stopped, and has not stored all of these")
        assert sent.result().headers["retry-after"] == "5"
        server.communicate(timeout=PATIENCE)
    stored = Archive(tmp_path / "archive", CountingEncoder()).snapshot().articles("", 500)
    assert [article.id for article in stored] == [f"{i:03}" for i in range(BATCH_ARTICLES)] + [
        "harbour"
    ]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_what_does_not_end_is_left(tmp_path: Path, stop: signal.Signals) -> None:
    """A question is refused by the time limit; an ingest that hangs holds the exit no longer."""
    with _server(tmp_path, limit=1) as (server, address), ThreadPoolExecutor(2) as threads:
        sent = threads.submit(_post, address, "articles", {"text": "A storm came to Slowville."})
        _until((tmp_path / "encoding").exists)
        asked = threads.submit(_post, address, "ask", {"question": "Who closed the harbour?"})
        _until(lambda: _waiting(address) == 1)
        server.send_signal(stop)
        is_problem(asked.result(), 503)
        _, err = server.communicate(timeout=1 + GRACE_SECONDS + EXIT_SECONDS + PATIENCE)
        assert server.returncode == 128 + stop
        assert all(json.loads(line) for line in err.splitlines())
        assert "Traceback" not in err
        try:
            status = sent.result().status_code
        except httpx.TransportError:
            status = 0
        assert status in (0, 500)  # nothing is promised of it
    stored = Archive(tmp_path / "archive", CountingEncoder()).snapshot().articles("", 500)
    assert [article.id for article in stored] == ["harbour"]

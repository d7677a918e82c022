"""One server, many clients, other processes that write: answers stay true, writers take turns.

Real processes and real HTTP, with the shipped models. All articles are invented. The figures that
are printed show with `pytest -s`; the bounds that are asserted are ones that a busy machine keeps.
"""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx
import pytest

from tests.crowd import Book, Pulse, Reader, Writer, asking, fact, seconds_until
from tests.problems import is_problem

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-m", "rag.cli.main"]
CLIENTS = 16
CHANGES = 40
RIGHT_ANSWERS = 80  # at least so many, so that refusals and slow answers hide nothing
SOON = 15.0  # seconds; the figure that counts is printed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served") / "archive"


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    log = folder.parent / "log"
    with (
        log.open("w") as stderr,  # a pipe that nobody reads would fill, and stop the server
        _process("serve", "--port", "0", folder=folder, stderr=stderr) as server,
    ):
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found
        with httpx.Client(base_url=found[0], timeout=120) as client:
            assert client.get("/health/ready").status_code == 200
        yield found[0]
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
    assert "Traceback" not in log.read_text()


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=120) as client:
        yield client


@contextmanager
def _process(
    *arguments: str, folder: Path, stderr: IO[str] | int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """The program, killed at the end if it still runs."""
    command = [*PROGRAM, *arguments, "--data", str(folder)]
    with _started(command, stderr) as process:
        yield process


@contextmanager
def _started(
    command: list[str], stderr: IO[str] | int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DATELINE_")}
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=stderr, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_each_answer_is_right_for_the_state_that_it_names(address: str, http: httpx.Client) -> None:
    number = int(http.post("/v1/ask", json={"question": "who?"}).json()["snapshot"].split("-")[0])
    book = Book(number, {number: {}})
    writer = Writer(http, book, seed=7)
    for _ in range(12):
        writer.change()
    readers = [Reader(book, seed) for seed in range(CLIENTS)]
    with Pulse(address) as pulse, asking(address, readers):
        for _ in range(CHANGES):
            writer.change()
        seconds_until(lambda: sum(r.right for r in readers) >= RIGHT_ANSWERS, at_most=120)
    right, refused = sum(r.right for r in readers), sum(r.refused for r in readers)
    print(f"\n{right} right answers, {refused} right refusals, {len(book.states)} states; {pulse}")
    assert [fault for reader in readers for fault in reader.faults] == []
    assert pulse.failures == []
    assert statistics.median(pulse.milliseconds) < 50
    names: dict[int, set[str]] = {}
    for reader in readers:
        for seq, seen in reader.names.items():
            names.setdefault(seq, set()).update(seen)
    assert len(names) > CHANGES // 4  # they did see the changes go by
    assert all(len(seen) == 1 for seen in names.values())


def test_what_another_process_ingests_is_found_at_once(
    folder: Path, http: httpx.Client, tmp_path: Path
) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps(fact("Quince", "Ada Lark")), "utf-8")
    with _process("ingest", str(path), folder=folder) as ingest:
        assert ingest.stdout is not None
        assert (
            ingest.stdout.readline() == "1 added, 0 updated, 0 unchanged, 0 rejected (1 passages)\n"
        )
        asked = {"question": "Who is the harbour master of Port Quince?"}
        answer = http.post("/v1/ask", json=asked).json()
    assert answer["answer"] == "Ada Lark"  # the first question after the acknowledgement
    with _process("remove", "ports/Quince", folder=folder) as remove:
        assert remove.wait(timeout=60) == 0
    assert http.get("/v1/articles/ports%2FQuince").status_code == 404
    assert all(
        quoted["article_id"] != "ports/Quince"
        for quoted in http.post("/v1/ask", json=asked).json()["citations"]
    )


# Acknowledges each article on a line of its own, as a long ingest by another process goes on.
LONG_INGEST = """
import sys
import rag
from index.records import Article

def articles():
    for number in range(400):
        text = f"The buoy{number}x of Invented Bay was painted. " * 12
        yield Article(f"long/{number}", text)

engine = rag.open(sys.argv[1])
for outcome in engine.archive.ingest(articles()):
    print(outcome.id, flush=True)
"""


def test_what_a_long_ingest_has_acknowledged_is_found_while_it_goes_on(
    folder: Path, http: httpx.Client
) -> None:
    with _started([sys.executable, "-c", LONG_INGEST, str(folder)]) as ingest:
        assert ingest.stdout is not None
        delays = []
        for number, line in enumerate(ingest.stdout):
            if number % 64 == 0:  # the first of a batch
                path = f"/v1/articles/{line.strip().replace('/', '%2F')}"
                delays.append(seconds_until(lambda: http.get(path).status_code == 200, SOON))  # noqa: B023
        assert ingest.wait(timeout=60) == 0
    print("\nfound after", ", ".join(f"{delay:.2f} s" for delay in delays))
    assert len(delays) == 7
    assert statistics.median(delays) < 1


# Holds the archive's lock until its input ends.
HOLDER = """
import sys
from pathlib import Path
from index.files import WriterLock

with WriterLock(Path(sys.argv[1]), 10).held():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_waits_and_then_names_the_holder(
    folder: Path, http: httpx.Client, tmp_path: Path
) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps(fact("Quince", "Ada Lark")), "utf-8")
    with (
        _started([sys.executable, "-c", HOLDER, str(folder)]) as holder,
        _process("ingest", str(path), folder=folder) as ingest,
        ThreadPoolExecutor() as threads,
    ):
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        before = time.monotonic()
        posted = threads.submit(http.post, "/v1/articles", json=fact("Quince", "Ada Lark"))
        with httpx.Client(base_url=http.base_url, timeout=60) as another:
            assert another.post("/v1/ask", json={"question": "who?"}).status_code == 200
        _, errors = ingest.communicate(timeout=60)
        problem = is_problem(posted.result(), 409)
        waited = time.monotonic() - before
    words = (
        f"the archive {folder} is being written by process {holder.pid}, since "
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ; wait until it has finished, then try again"
    )
    assert ingest.returncode == 3
    assert re.fullmatch(f"dateline: {words}\n", errors)
    assert re.fullmatch(words, problem["detail"])
    assert int(posted.result().headers["Retry-After"]) > 0
    assert waited > 5
    assert http.get("/v1/articles/ports%2FQuince").status_code == 404


def test_a_writer_that_waits_long_enough_writes(
    folder: Path, http: httpx.Client, tmp_path: Path
) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps(fact("Rowan", "Ada Lark")), "utf-8")
    with (
        _started([sys.executable, "-c", HOLDER, str(folder)]) as holder,
        ThreadPoolExecutor() as threads,
    ):
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        posted = threads.submit(http.post, "/v1/articles", json=fact("Sorrel", "Ada Lark"))
        with _process("ingest", str(path), folder=folder) as ingest:
            time.sleep(2)
            assert ingest.poll() is None
            assert not posted.done()
            holder.communicate("")
            assert ingest.wait(timeout=60) == 0
        assert posted.result().json()["added"] == 1
    for port in ("Rowan", "Sorrel"):
        assert http.get(f"/v1/articles/ports%2F{port}").status_code == 200

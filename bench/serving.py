"""What the server adds: clients over HTTP beside as many threads on the engine alone.

    .venv/bin/python -m bench.serving --corpus reuters21578.jsonl.gz --archive FOLDER

FOLDER is an archive of the corpus (`bench.questions` makes one); a copy of it is served. 1, 4 and
16 clients ask 200 questions made of titles, each client one after the other; the two take turns.
Then 16 clients ask over HTTP while one more posts, changes and removes articles without a pause.
While clients ask over HTTP, `/health` is asked every 50 ms. At the end stands a table of
throughput, p50 and p95. `--questions 6 --rounds 1` only shows that it works.
"""

import http.client
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import rag
from bench.common import arguments, machine, make_questions, percentiles, read_corpus

CLIENTS = (1, 4, 16)
HEAD = """
| at once | engine: answers/s | p50 | p95 | HTTP: answers/s | p50 | p95 | the server costs |
|---|---|---|---|---|---|---|---|"""
SECONDS_BETWEEN_LOOKS = 0.05

Ask = Callable[[str], object]
Took = tuple[list[float], float]  # seconds of each question, and from the first to the last


def compare(ask_engine: Ask, port: int, clients: int, questions: Sequence[str], rounds: int) -> str:
    """A row of the table, as `HEAD` has it."""
    took: dict[str, list[float]] = {"engine": [], "HTTP": []}
    rates: dict[str, list[float]] = {"engine": [], "HTTP": []}
    health: list[float] = []
    for _ in range(rounds):
        engine = at_once(lambda: ask_engine, clients, questions)
        with looking_at_health(port, health):
            served = at_once(lambda: connect(port), clients, questions)
        for name, (each, total) in (("engine", engine), ("HTTP", served)):
            took[name] += each
            rates[name].append(len(questions) / total)
    cells = [str(clients)]
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"  {clients:2} at once, {name:6} {rate:5.1f}/s  {percentiles(took[name])}")
        p50, p95 = np.percentile(np.array(took[name]) * 1000, [50, 95])
        cells += [f"{rate:.1f}", f"{p50:.0f} ms", f"{p95:.0f} ms"]
    pairs = zip(rates["HTTP"], rates["engine"], strict=True)
    cost = 1 - statistics.median(over_http / alone for over_http, alone in pairs)
    print(f"  {clients:2} at once, the server costs {100 * cost:.1f} % of the throughput")
    tell_health(health)
    return f"| {' | '.join([*cells, f'{100 * cost:.1f} %'])} |"


def beside_a_writer(port: int, questions: Sequence[str], rounds: int) -> None:
    took: list[float] = []
    health: list[float] = []
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(write, port, over)
        try:
            with looking_at_health(port, health):
                for _ in range(rounds):
                    took += at_once(lambda: connect(port), CLIENTS[-1], questions)[0]
        finally:
            over.set()
    print(f"  {CLIENTS[-1]} beside a writer, HTTP {percentiles(took)}, {written.result()} changes")
    tell_health(health)


def write(port: int, over: threading.Event) -> int:
    """Posts ten articles, changes them, and removes five, again and again; how many changes."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Content-Type": "application/json"}
    changes = 0
    while not over.is_set():
        text = f"Invented change {changes} of an invented article. " * 40
        articles = [{"id": f"written/{i}", "text": text} for i in range(10)]
        requests = [("POST", "/v1/articles", json.dumps(articles))]
        requests += [("DELETE", f"/v1/articles/written%2F{i}", "") for i in range(5)]
        for method, path, body in requests:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            assert response.read() is not None
            assert response.status in (200, 204)
            changes += 1
    return changes


def tell_health(took: list[float]) -> None:
    late = sum(seconds > 0.05 for seconds in took)
    longest = f"at most {1000 * max(took):.1f} ms, {late} of {len(took)} over 50"
    print(f"     /health meanwhile {percentiles(took)}, {longest}", flush=True)


def at_once(connect: Callable[[], Ask], clients: int, questions: Sequence[str]) -> Took:
    def client(number: int) -> list[float]:
        ask, took = connect(), []
        for question in questions[number::clients]:
            began = time.perf_counter()
            ask(question)
            took.append(time.perf_counter() - began)
        return took

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        took = [seconds for part in pool.map(client, range(clients)) for seconds in part]
    return took, time.perf_counter() - began


def connect(port: int) -> Ask:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Content-Type": "application/json"}

    def ask(question: str) -> None:
        connection.request("POST", "/v1/ask", json.dumps({"question": question}), headers)
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200, body

    return ask


@contextmanager
def looking_at_health(port: int, took: list[float]) -> Iterator[None]:
    over = threading.Event()

    def look() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while not over.wait(SECONDS_BETWEEN_LOOKS):
            began = time.perf_counter()
            connection.request("GET", "/health")
            assert connection.getresponse().read()
            took.append(time.perf_counter() - began)

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield
    finally:
        over.set()
        looker.join()


@contextmanager
def served(archive: Path) -> Iterator[int]:
    """The port of a server over the archive, in a process of its own."""
    command = [sys.executable, "-m", "rag.cli.main", "serve", "--data", str(archive), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline().split(" (")[0].rpartition(":")[2])
        try:
            yield port
        finally:
            server.terminate()


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(machine())
    questions = make_questions(read_corpus(given.corpus), given.questions)
    engine = rag.open(given.archive)
    engine.ask(questions[0])  # loads the reader
    with tempfile.TemporaryDirectory() as name:
        copy = shutil.copytree(given.archive, Path(name) / "archive")
        with served(copy) as port:
            connect(port)(questions[0])
            rows = [compare(engine.ask, port, n, questions, given.rounds) for n in CLIENTS]
            beside_a_writer(port, questions, given.rounds)
    print(HEAD, *rows, sep="\n")


if __name__ == "__main__":
    main()

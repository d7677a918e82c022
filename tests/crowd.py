"""Many clients of one server, and what they saw: every answer is held against the state it names.

The facts are invented: who the harbour master of each of a few ports is, which changes often.
"""

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

PORTS = ("Ansel", "Brisk", "Corrow", "Dunmere", "Elder", "Fenn", "Garrow", "Hollow")
_FIRST = ("Ida", "Bram", "Una", "Orla", "Jon", "Mina", "Greta", "Silas")
_LAST = ("Quill", "Tolk", "Marsh", "Finn", "Pell", "Reed", "Holm", "Wren")

State = Mapping[str, str]  # a port -> its harbour master; a port without an article is not there


def fact(port: str, master: str) -> dict[str, str]:
    """The article, as a request gives it."""
    return {
        "id": f"ports/{port}",
        "title": f"Port {port}",
        "source": "Invented Wire",
        "published_at": "2024-01-15",
        "text": f"The harbour master of Port {port} is {master}. "
        "The town council chose the new harbour master in March.",
    }


def question(port: str) -> str:
    return f"Who is the harbour master of Port {port}?"


@dataclass
class Book:
    """The state at each sequence number, written before it can be seen; one writer, many readers.

    `acknowledged` is the number of the last change of which the server has said that it is done.
    """

    acknowledged: int
    states: dict[int, State] = field(default_factory=dict)

    def next(self, state: State) -> int:
        number = self.acknowledged + 1
        self.states[number] = state
        return number


class Writer:
    """Changes one article at a time: a new one, another harbour master, or a removal."""

    def __init__(self, client: httpx.Client, book: Book, seed: int) -> None:
        self._client, self._book = client, book
        self._chance = random.Random(seed)

    def change(self) -> None:
        state = dict(self._book.states[self._book.acknowledged])
        port = self._chance.choice(PORTS)
        if port in state and self._chance.random() < 0.3:
            del state[port]
            number = self._book.next(state)
            gone = self._client.delete(f"/v1/articles/{quote(f'ports/{port}', safe='')}")
            assert gone.status_code == 204
        else:
            others = [f"{a} {b}" for a in _FIRST for b in _LAST if f"{a} {b}" != state.get(port)]
            status = "updated" if port in state else "added"
            state[port] = self._chance.choice(others)
            number = self._book.next(state)
            given = self._client.post("/v1/articles", json=fact(port, state[port]))
            assert given.json()["results"][0]["status"] == status
        self._book.acknowledged = number


class Reader:
    """Asks until it is told to stop. `faults` holds what no honest answer could be, in words."""

    def __init__(self, book: Book, seed: int) -> None:
        self._book = book
        self._chance = random.Random(seed)
        self.right = self.refused = 0
        self.faults: list[str] = []
        self.names: dict[int, set[str]] = {}

    def ask(self, client: httpx.Client) -> None:
        port = self._chance.choice(PORTS)
        floor = self._book.acknowledged  # whoever asks now must see at least this
        response = client.post("/v1/ask", json={"question": question(port)})
        if response.status_code == 503 and "Retry-After" in response.headers:
            time.sleep(0.1)  # a full house may say so
            return
        if response.status_code != 200:
            self.faults.append(f"{response.status_code}: {response.text}")
            return
        answer = response.json()
        number = int(answer["snapshot"].partition("-")[0])
        self.names.setdefault(number, set()).add(answer["snapshot"])
        state = self._book.states.get(number, {})
        told = f"Port {port}, asked after {floor}, {answer['snapshot']}: {answer['answer']}"
        if number < floor or number not in self._book.states:
            self.faults.append(f"{told} (no such state, or one of the past)")
        if port in state and answer["answer"] != state[port]:
            self.faults.append(f"{told} (it was {state[port]})")
        if not all(_stands(quoted, state) for quoted in answer["citations"]):
            self.faults.append(f"{told} (a quote of another state)")
        self.right += port in state and answer["answer"] == state[port]
        self.refused += port not in state and answer["abstained"]


def _stands(quoted: Mapping[str, Any], state: State) -> bool:
    """Whether the quoted article is in the state and has the quote where it says."""
    port = quoted["article_id"].removeprefix("ports/")
    if port not in state:
        return False
    text = fact(port, state[port])["text"]
    said: str = quoted["cited_text"]
    return text[quoted["start_char_index"] : quoted["end_char_index"]] == said


@contextmanager
def asking(address: str, readers: list[Reader]) -> Iterator[None]:
    """All of them ask at once, each over a connection of its own, until the block ends."""
    stop = threading.Event()

    def go_on(reader: Reader) -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            while not stop.is_set():
                try:
                    reader.ask(client)
                except httpx.HTTPError as error:
                    reader.faults.append(repr(error))

    threads = [threading.Thread(target=go_on, args=[reader]) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


class Pulse:
    """Asks /health twenty times a second, and keeps how long each took, in milliseconds."""

    def __init__(self, address: str) -> None:
        self.milliseconds: list[float] = []
        self.failures: list[str] = []
        self._address = address
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def __str__(self) -> str:
        ms = sorted(self.milliseconds)
        return (
            f"/health {len(ms)} times: median {statistics.median(ms):.1f} ms, "
            f"95 % under {ms[int(len(ms) * 0.95)]:.1f} ms, at most {ms[-1]:.1f} ms"
        )

    def _beat(self) -> None:
        with httpx.Client(base_url=self._address, timeout=60) as client:
            while not self._stop.wait(0.05):
                before = time.perf_counter()
                try:
                    status = client.get("/health").status_code
                except httpx.HTTPError as error:
                    self.failures.append(repr(error))
                    continue
                self.milliseconds.append((time.perf_counter() - before) * 1_000)
                if status != 200:
                    self.failures.append(str(status))


def seconds_until(true: Callable[[], bool], at_most: float) -> float:
    """How long it took to become true. Raises AssertionError past `at_most` seconds."""
    before = time.monotonic()
    while not true():
        assert time.monotonic() - before < at_most
        time.sleep(0.01)
    return time.monotonic() - before

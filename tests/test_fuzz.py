"""Valid files, damaged: no exception, no hang, no memory past a bound. `make fuzz` searches longer.

A child process reads them under a limit of its address space, so that what would crash Python, or
never end, fails a test and not the run. The targets and their laws stand in `tests/fuzzing.py`.
"""

import base64
import gzip
import json
import selectors
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.articles import MAX_TEXT_CHARACTERS
from index.sources.lines import MAX_LINE_BYTES
from tests.fuzzing import LANGUAGES, SEEDS, TARGETS

ROOT = Path(__file__).parents[1]
# The most that a line of 20 MB can cost, in bytes for each of its own. JSON of nothing but empty
# objects takes 24; a text of controls with one character of four bytes takes 4, and for its hash is
# spelled out three times over in 6 each.
BYTES_PER_BYTE = 40
MAX_MEGABYTES = BYTES_PER_BYTE * MAX_LINE_BYTES // 1_000_000
SECONDS = 30.0  # for what takes milliseconds, or at most five seconds; a busy machine keeps it
CASES = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TOKENS: list[bytes | str] = [
    *(b"\0", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\xef\xbb\xbf", b"\r", b"\n\n"),
    *(b'"', b"[", b"{", b"}", b"1e999", b"NaN", b"-0", b"9" * 5_000, b"[" * 2_000, b'{"":' * 2_000),
    *(b'"text": 1,', b'"id": [],', b'"published_at": "2024-02-30",', b'"url": " ",', b"null"),
    *(
        " G\u00a0. ",
        "\u201c" * 300,
        "\u202e",
        "\u2028",
        "\x85",
        "e\u0301",
        "\U0001f600",
        "\u6e2f\u3002",
    ),
]


class Child:
    """The process that reads; begun anew when it has died."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "-m", "tests.fuzzing", str(MAX_MEGABYTES)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe)

    def reads(self, target: str, data: bytes) -> None:
        """Fails, with what it was, unless the child says `ok` in time."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(f"{target} {len(data)}\n".encode() + data)
            process.stdin.flush()
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                said = process.stdout.readline() if selector.select(SECONDS) else b"nothing"
        except BrokenPipeError:
            said = b""
        if said != b"ok\n":
            shown = base64.b64encode(data[:2_000]).decode()
            pytest.fail(f"{target} said {said!r} of {shown}\n{self.end()}")

    def end(self) -> str:
        """What it has written on stderr; another takes its place."""
        self._process.kill()
        _, errors = self._process.communicate()
        self._start()
        return errors.decode(errors="replace")

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    running = Child()
    yield running
    running.close()


@st.composite
def damaged(draw: st.DrawFn, target: str) -> bytes:
    """One of the target's files, after a few accidents."""
    data = draw(st.sampled_from(SEEDS[target]))
    for _ in range(draw(st.integers(0, 6))):
        at, to = sorted(draw(st.tuples(*[st.integers(0, len(data))] * 2)))
        what = draw(st.sampled_from(["flip", "cut", "double", "insert", "end"]))
        if what == "flip" and at < len(data):
            data = data[:at] + bytes([data[at] ^ (1 << draw(st.integers(0, 7)))]) + data[at + 1 :]
        elif what == "cut":
            data = data[:at] + data[to:]
        elif what == "double":
            data = data[:to] + data[at:]
        elif what == "insert":
            token = draw(st.sampled_from(TOKENS))
            data = data[:at] + (token.encode() if isinstance(token, str) else token) + data[at:]
        elif what == "end":
            data = data[:at]
    return data


@pytest.mark.parametrize("target", TARGETS)
def test_damaged_files_are_read_or_refused(child: Child, target: str) -> None:
    @CASES
    @given(damaged(target))
    def reads(data: bytes) -> None:
        child.reads(target, data)

    reads()


def _line(**fields: object) -> bytes:
    return json.dumps({"text": "The harbour closed."} | fields).encode()


def _full(unit: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """As many units as a line holds, between `before` and `after`."""
    return before + unit * ((MAX_LINE_BYTES - len(before) - len(after)) // len(unit)) + after


LARGE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty objects": ("jsonl", lambda: _full(b"{},", b'{"text": "a", "x": [', b"0]}")),
    "empty lists": ("jsonl", lambda: _full(b"[],", b"[", b"0]")),
    "numbers": ("jsonl", lambda: _full(b"1.5,", b'{"text": "a", "x": [', b"0]}")),
    "one digit after another": ("jsonl", lambda: _full(b"9", b'{"text": ', b"}")),
    "escapes": ("jsonl", lambda: _full(b"\\u0001", b'{"text": "', b'"}')),
    "one wide character": ("jsonl", lambda: _full(b"a", '{"text": "\U0001f600'.encode(), b'"}')),
    "opened and never closed": ("jsonl", lambda: _full(b"[")),
    "a line that never ends": ("jsonl", lambda: b" " * (3 * MAX_LINE_BYTES)),
    "a file of controls": ("txt", lambda: _full(b"\x01", "\U0001f600".encode())),
    "a header that never ends": ("txt", lambda: _full(b"(a)", b"date 2024-01-15 (")),
    "blanks before a header": ("txt", lambda: _full(b"\n", b"", b"date 2024-01-15 (a) b")),
    "a bomb": ("gz", lambda: gzip.compress(b" " * 100_000_000, 1) * 9),
    "a bomb of lines": ("gz", lambda: gzip.compress(b"\n" * 2_000_000 + _line(), 1)),
    "a bomb within a bomb": ("gz", lambda: gzip.compress(gzip.compress(b" " * 100_000_000, 1))),
    "headers of gzip without end": ("gz", lambda: gzip.compress(b"") * 200_000),
    "bare deflate": ("gz", lambda: zlib.compress(b" " * 10_000_000)),
    "a thousand and one articles": ("http", lambda: b"[" + b"{}," * 1_000 + b"{}]"),
    "a text past the bound": ("http", lambda: _line(text="a " * MAX_TEXT_CHARACTERS)),
    "long names of fields": ("http", lambda: json.dumps({"articles": [], "x" * 10**7: 1}).encode()),
}


@pytest.mark.parametrize("name", LARGE)
def test_the_largest_files_take_bounded_memory(child: Child, name: str) -> None:
    target, make = LARGE[name]
    child.end()  # the next has all of the bound; what one leaves in pieces is not the file's
    child.reads(target, make())


@pytest.mark.parametrize(
    "unit", ["\u201c", "\u00ab ", "'", "A.", "a ", "\n", "\u6e2f", "e\u0301", "."]
)
def test_a_hostile_text_is_cut_in_bounded_time(child: Child, unit: str) -> None:
    """A quarter of what a request may hold, so five seconds at worst."""
    text = (unit * MAX_TEXT_CHARACTERS)[: MAX_TEXT_CHARACTERS // 4]
    child.reads("split", bytes([LANGUAGES.index("en")]) + text.encode())


def test_the_child_tells_of_what_it_cannot_hold(child: Child) -> None:
    """That the bound binds: 700 MB of text are held, and copied once."""
    if sys.platform == "linux":
        with pytest.raises(pytest.fail.Exception, match="MemoryError"):
            child.reads("split", b"a" * 700_000_000)
    child.reads("split", b"\0The harbour closed.")

"""JSON lines, plain and through gzip: what is broken stops nothing else. Invented articles."""

import gzip
import io
import json
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import InvalidRecord
from index.records import Article
from index.sources import read_paths
from index.sources.jsonl import read_placed_lines
from index.sources.lines import MAX_LINE_BYTES


def _line(**fields: object) -> bytes:
    return json.dumps({"text": "The harbour closed. Ships waited."} | fields).encode()


def _lines(*lines: bytes) -> list[Article | InvalidRecord]:
    return [record for _, record in read_placed_lines(io.BytesIO(b"\n".join(lines)), "news.jsonl")]


def _errors(records: list[Article | InvalidRecord]) -> list[str]:
    return [str(record) for record in records if isinstance(record, InvalidRecord)]


def _articles(records: list[Article | InvalidRecord]) -> list[Article]:
    return [record for record in records if isinstance(record, Article)]


def test_a_bad_line_stops_nothing_else() -> None:
    records = _lines(
        b"\xef\xbb\xbf" + _line(id="first"),
        b"",
        b" \t\r",
        b'{"text" 1}',
        b"[1]",
        b'{"text": "\xff"}',
        b"[" * 100_000,
        b'{"text": ' + b"9" * 5_000 + b"}",
        _line(published_at="2024-13-01"),
        _line(id="last") + b"\r",
    )
    assert [article.id for article in _articles(records)] == ["first", "last"]
    remedy = 'give one JSON object on each line, for example {"text": "..."}'
    assert _errors(records) == [
        f"news.jsonl:4: line: is not JSON: Expecting ':' delimiter at character 8; {remedy}",
        f"news.jsonl:5: line: is JSON and not an object; {remedy}",
        "news.jsonl:6: line: byte 10 (0xff) is not UTF-8; save it as UTF-8",
        f"news.jsonl:7: line: is nested too deeply; {remedy}",
        "news.jsonl:8: line: holds a number of more than 4,300 digits; remove it or give it as a "
        "string",
        "news.jsonl:9: published_at: '2024-13-01' is no day in the calendar; give a day as "
        "YYYY-MM-DD, for example 2024-01-15, or a time such as 2024-01-15T09:30:00Z",
    ]


def test_an_error_does_not_hold_the_line() -> None:
    for record in _lines(b'{"text": "\xff"}', b"{", b'{"text": ""}'):
        assert isinstance(record, InvalidRecord)
        assert record.__traceback__ is None
        assert record.__context__ is None


@pytest.mark.parametrize("name", ["long.jsonl", "long.jsonl.gz"])
def test_a_line_of_50_megabytes_is_skipped_and_not_held(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    data = b" " * 50_000_000 + b"\n" + _line(id="after") + b"\n"
    path.write_bytes(gzip.compress(data, 1) if name.endswith(".gz") else data)
    del data
    tracemalloc.start()
    try:
        records = list(read_paths([path]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [article.id for article in _articles(records)] == ["after"]
    words = "line: is longer than 20,000,000 bytes; split the article or remove it"
    assert _errors(records) == [f"{path}:1: {words}"]
    assert peak < 1.5 * MAX_LINE_BYTES


def test_a_line_of_just_the_bound_is_read() -> None:
    line = b'{"text": "a"}'
    full = line + b" " * (MAX_LINE_BYTES - len(line) - 1)
    records = _lines(full, full + b" ", line)
    assert len(_articles(records)) == 2
    assert [error.split(":")[1] for error in _errors(records)] == ["2"]


def test_gzip_is_read_as_it_streams(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl.gz"
    path.write_bytes(gzip.compress(_line(id="a") + b"\n" + _line(id="b")))
    assert [article.id for article in _articles(list(read_paths([path])))] == ["a", "b"]


def test_what_stood_before_the_damage_in_a_gzip_file_is_kept(tmp_path: Path) -> None:
    # Titles that do not compress, so that half of the file holds about half of the lines.
    noise = random.Random(7)
    lines = [_line(id=str(number), title=noise.randbytes(500).hex()) for number in range(100)]
    whole = gzip.compress(b"\n".join(lines))
    path = tmp_path / "news.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    records = list(read_paths([path]))
    kept = [article.id for article in _articles(records)]
    assert 30 < len(kept) < 60
    assert kept == [str(number) for number in range(len(kept))]
    assert _errors(records) == [
        f"{path}: path: it is not gzip, or damaged or cut short, after line {len(kept)}; "
        "what stood before was read; give a whole copy"
    ]

    wrong_checksum = whole[:-8] + bytes(4) + whole[-4:]
    path.write_bytes(wrong_checksum)
    records = list(read_paths([path]))
    assert len(_articles(records)) >= 99
    assert "damaged or cut short" in _errors(records)[0]


def test_a_file_that_is_not_gzip_says_so(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl.gz"
    path.write_bytes(_line())
    (error,) = _errors(list(read_paths([path])))
    assert error.startswith(f"{path}: path: it is not gzip, or damaged")


class _FailingDisk(io.BytesIO):
    """A stream that gives its bytes and then fails, as a disk or a network share does."""

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if not line:
            raise OSError(5, "Input/output error")
        return line


def test_a_stream_that_fails_midway_keeps_what_came_before() -> None:
    stream = _FailingDisk(_line(id="a") + b"\n")
    records = [record for _, record in read_placed_lines(stream, "news.jsonl")]
    assert [article.id for article in _articles(records)] == ["a"]
    assert _errors(records) == [
        "news.jsonl: path: reading failed (Input/output error) after line 1; "
        "what stood before was read; give a whole copy"
    ]


@given(st.text().filter(str.strip))
def test_text_comes_through_a_line_verbatim(text: str) -> None:
    (article,) = _articles(_lines(json.dumps({"text": text}, ensure_ascii=False).encode()))
    assert article.text == text


@given(st.lists(st.binary()))
def test_any_lines_are_articles_or_errors(lines: list[bytes]) -> None:
    assert len(_lines(*lines)) <= sum(line.count(b"\n") + 1 for line in lines)

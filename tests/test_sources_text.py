"""One .txt file -> one article: the header is metadata, the text is the file. Invented articles."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import InvalidRecord
from index.records import Article, content_hash
from index.sources import read_paths
from index.sources.lines import MAX_LINE_BYTES
from index.sources.txt import article_from_bytes

SEED = Path(__file__).parent.parent / "seeds" / "000_8f1bdb7aece23af3.txt"
WORDS = "The harbour closed. Ships waited."


def test_the_seed() -> None:
    (article,) = read_paths([SEED])
    assert isinstance(article, Article)
    assert article.id == SEED.name
    assert article.text == SEED.read_bytes().decode()
    assert (article.title, article.source) == (None, "The Rio Times")
    assert article.published_at == "2024-01-15"
    assert article.text[article.body_start :].startswith("Russia is intensifying its relationship")
    assert article.sha256 == content_hash(article)
    assert article.ingested_at is None


@pytest.mark.parametrize(
    ("header", "source"),
    [
        ("date 2024-01-15 (MENAFN- The Rio Times) ", "The Rio Times"),
        ("\ufeff\r\n date  2024-01-15 (MENAFN - PR Wire)\r\n\r\n", "PR Wire"),
        ("date 2024-01-15 (Harbour-Post)", "Harbour-Post"),
        ("date 2024-01-15 (MENAFN- Gulf Post (Qatar)) ", "Gulf Post (Qatar)"),
        ("date 2024-01-15 (MENAFN- Wire - Markets) ", "Wire - Markets"),
        ("date 2024-01-15 (MENAFN- ) ", "MENAFN"),
        ("date 2024-01-15 () ", None),
    ],
)
def test_a_header_is_metadata_and_stays_in_the_text(header: str, source: str | None) -> None:
    article = article_from_bytes((header + WORDS).encode(), "a.txt", "a.txt")
    assert article.text == header + WORDS
    assert (article.source, article.published_at) == (source, "2024-01-15")
    assert article.body_start == len(header)


@pytest.mark.parametrize(
    "text",
    ["Plain words.", "date palms (Phoenix) grow.", "date 2024-01-15 Words.", "date 2024 (x) y"],
)
def test_text_without_a_header_is_all_body(text: str) -> None:
    assert article_from_bytes(text.encode(), "a", "a") == Article(
        "a", text, sha256=content_hash(Article("a", text))
    )


def test_a_byte_order_mark_stays_in_the_text_and_out_of_the_body() -> None:
    article = article_from_bytes(b"\xef\xbb\xbfWords.", "a.txt", "a.txt")
    assert (article.text, article.body_start) == ("\ufeffWords.", 1)


def test_line_ends_are_kept_so_that_offsets_hold_in_the_file(tmp_path: Path) -> None:
    data = "Café one.\r\n\r\nTwo.\rThree.\n".encode()
    (tmp_path / "a.txt").write_bytes(data)
    (article,) = read_paths([tmp_path / "a.txt"])
    assert isinstance(article, Article)
    assert article.text.encode() == data
    assert article.text.index("Two.") == 13
    assert article.text[13:17] == data.decode()[13:17] == "Two."


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "a.txt: text: is empty; give the article's text, or remove the file"),
        (
            b"\xef\xbb\xbf \r\n",
            "a.txt: text: is empty; give the article's text, or remove the file",
        ),
        (
            b"date 2024-01-15 (X- Y)\n",
            "a.txt: text: nothing follows its header; give the article's text, or remove the file",
        ),
        (
            b"date 2023-02-29 (X- Y) Words.",
            "a.txt: published_at: '2023-02-29' is no day in the calendar; "
            "give a day as YYYY-MM-DD, for example 2024-01-15",
        ),
        (b"Caf\xe9", "a.txt: text: byte 3 (0xe9) is not UTF-8; save the file as UTF-8"),
    ],
)
def test_a_text_file_that_cannot_be_read(data: bytes, error: str) -> None:
    with pytest.raises(InvalidRecord) as raised:
        article_from_bytes(data, "a.txt", "a.txt")
    assert str(raised.value) == error


def test_a_text_file_past_the_bound_is_named(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    with open(path, "wb") as file:
        file.truncate(MAX_LINE_BYTES + 1)
    (error,) = read_paths([path])
    assert (
        str(error) == f"{path}: text: is longer than 20,000,000 bytes; split the file or remove it"
    )


@given(st.text(), st.sampled_from(["", "\ufeff", " date 2024-01-15 (A- B) ", "date 1-1-1 ("]))
def test_any_text_file_round_trips_or_is_an_error(body: str, before: str) -> None:
    text = before + body
    try:
        article = article_from_bytes(text.encode(), "a.txt", "a.txt")
    except InvalidRecord:
        return
    assert article.text == text
    assert text[article.body_start :].strip()


@given(st.binary())
def test_any_bytes_are_an_article_or_an_error(data: bytes) -> None:
    with suppress(InvalidRecord):
        assert article_from_bytes(data, "a.txt", "a.txt").text.encode() == data

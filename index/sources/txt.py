"""A .txt file's bytes -> one article, whose text is the decoded file, unchanged.

Line ends, a byte order mark and the header stay in the text, so that offsets hold in the file
itself; `body_start` skips the mark and the header. It does not know where the file stands.
"""

import re
from typing import BinaryIO

from index.dates import normalise_day
from index.errors import InvalidRecord
from index.records import Article
from index.sources.fields import check_id, seal
from index.sources.lines import MAX_LINE_BYTES

# The form of the seeds: ` date 2024-01-15 (MENAFN- The Rio Times) Russia is ...`. The digits are
# loose, so that a date outside the calendar is an error and not the beginning of the body. A source
# may hold brackets; the bound keeps an open one from being sought through the whole file.
_HEADER = re.compile(
    r"\ufeff?\s*date[ \t]+(?P<day>[0-9]+-[0-9]+-[0-9]+)[ \t]*"
    r"\((?P<origin>(?:[^()\r\n]|\([^()\r\n]{0,200}\)){0,200})\)\s*"
)


def read_article(stream: BinaryIO, article_id: str, place: str) -> Article:
    """The article that is the rest of `stream`. Raises InvalidRecord, and OSError from reading."""
    data = stream.read(MAX_LINE_BYTES + 1)
    if len(data) > MAX_LINE_BYTES:
        words = f"is longer than {MAX_LINE_BYTES:,} bytes; split the file or remove it"
        raise InvalidRecord(place, "text", words)
    return article_from_bytes(data, article_id, place)


def article_from_bytes(data: bytes, article_id: str, place: str) -> Article:
    """Raises InvalidRecord: bytes that are not UTF-8, no body, a date outside the calendar."""
    check_id(article_id, place, remedy="rename the file")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        at = error.start
        words = f"byte {at} (0x{data[at]:02x}) is not UTF-8; save the file as UTF-8"
        raise InvalidRecord(place, "text", words) from None
    header = _HEADER.match(text)
    body_start = header.end() if header else len(text) - len(text.removeprefix("\ufeff"))
    if not text[body_start:].strip():
        what = "nothing follows its header" if header else "is empty"
        raise InvalidRecord(place, "text", f"{what}; give the article's text, or remove the file")
    if header is None:
        return seal(Article(article_id, text, body_start=body_start))
    try:
        day = normalise_day(header["day"])
    except ValueError as error:
        raise InvalidRecord(place, "published_at", str(error)) from None
    source = _source(header["origin"])
    return seal(Article(article_id, text, source=source, published_at=day, body_start=body_start))


def _source(origin: str) -> str | None:
    # `AGENCY- SOURCE`: the agency passed the report on, the source wrote it.
    agency, _, source = origin.partition("- ")
    return source.strip() or agency.strip(" \t-") or None

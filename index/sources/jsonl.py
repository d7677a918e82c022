"""JSON lines, plain or through gzip -> articles, one line in memory at a time.

Knows how a line may be broken; what the fields mean stands in `fields`.
"""

import json
import zlib
from collections.abc import Iterator
from gzip import BadGzipFile

from index.errors import InvalidRecord
from index.records import Article
from index.sources.fields import article_from_fields, detached
from index.sources.lines import MAX_LINE_BYTES, Stream, bounded_lines

_REMEDY = 'give one JSON object on each line, for example {"text": "..."}'


def read_placed_lines(stream: Stream, place: str) -> Iterator[tuple[str, Article | InvalidRecord]]:
    """An article or an error for each line that is not blank, in order, each with its place.

    A place is `place:line`, lines counted from 1. Where the stream itself fails, one error with
    `place` alone comes last; what was read before it stands. Nothing is raised.
    """
    number, failure = 0, ""
    try:
        for number, line in bounded_lines(stream):
            at = f"{place}:{number}"
            if line is None:
                words = f"is longer than {MAX_LINE_BYTES:,} bytes; split the article or remove it"
                yield at, InvalidRecord(at, "line", words)
                continue
            record = _parse(line, at, is_first=number == 1)
            if record is not None:
                yield at, record
    except (EOFError, BadGzipFile, zlib.error):
        failure = "it is not gzip, or damaged or cut short,"
    except OSError as error:
        failure = f"reading failed ({error.strerror or error})"
    if failure:
        words = f"{failure} after line {number}; what stood before was read; give a whole copy"
        yield place, InvalidRecord(place, "path", words)


def _parse(line: bytes, place: str, is_first: bool) -> Article | InvalidRecord | None:
    try:
        text = line.decode()
        if is_first:
            text = text.removeprefix("\ufeff")
        if not text.strip(" \t\r\n"):
            return None
        fields = json.loads(text)
        if not isinstance(fields, dict):
            return InvalidRecord(place, "line", f"is JSON and not an object; {_REMEDY}")
        return article_from_fields(fields, place)
    except InvalidRecord as error:
        return detached(error)
    except UnicodeDecodeError as error:
        words = f"byte {error.start} (0x{line[error.start]:02x}) is not UTF-8; save it as UTF-8"
    except json.JSONDecodeError as error:
        words = f"is not JSON: {error.msg} at character {error.pos}; {_REMEDY}"
    except RecursionError:
        words = f"is nested too deeply; {_REMEDY}"
    except ValueError:  # Python refuses to read a number of more than 4,300 digits.
        words = "holds a number of more than 4,300 digits; remove it or give it as a string"
    return InvalidRecord(place, "line", words)

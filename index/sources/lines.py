"""A stream of bytes -> its lines, each held in memory only up to a bound. Does not know JSON."""

from collections.abc import Iterator
from gzip import GzipFile
from typing import BinaryIO

Stream = BinaryIO | GzipFile

MAX_LINE_BYTES = 20_000_000  # of one article: a line with its end, or a whole .txt file
_PIECE_BYTES = 1 << 20


def bounded_lines(stream: Stream) -> Iterator[tuple[int, bytes | None]]:
    """Each line's number, from 1, and its bytes; None for a line past MAX_LINE_BYTES.

    Only `\\n` ends a line, as in JSON lines: `\\r` and U+2028 may stand inside one.
    """
    number = 0
    while piece := stream.readline(_PIECE_BYTES):
        number += 1
        pieces, size = [piece], len(piece)
        while not piece.endswith(b"\n") and (piece := stream.readline(_PIECE_BYTES)):
            size += len(piece)
            if size <= MAX_LINE_BYTES:
                pieces.append(piece)
            else:
                pieces.clear()
        yield number, b"".join(pieces) if size <= MAX_LINE_BYTES else None

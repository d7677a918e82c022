"""Files, folders and standard input -> articles, streaming, in the order that they were given.

One file per format stands beside this one; this one knows names, folders and who claims which id.
It does not know what becomes of an article.
"""

import gzip
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from index.errors import InvalidRecord
from index.records import Article
from index.sources.fields import detached
from index.sources.jsonl import read_placed_lines
from index.sources.txt import read_article

__all__ = ["read_paths", "reject_repeated_ids"]

Placed = tuple[str, Article | InvalidRecord]

_FORMATS = (".txt", ".jsonl", ".jsonl.gz")
_REMEDY = "give .txt, .jsonl or .jsonl.gz files, a folder of them, or - for JSON lines on stdin"


def read_paths(
    paths: Sequence[str | Path], stdin: BinaryIO | None = None
) -> Iterator[Article | InvalidRecord]:
    """The articles of all `paths`, and an error in place of each that could not be read.

    A path is a .txt file (one article), a .jsonl or .jsonl.gz file (one per line), a folder, or
    `-`: JSON lines from `stdin`, the process's own by default. A folder is walked in sorted order,
    a folder's files before its subfolders; hidden names, other extensions and links to folders are
    passed over. An error's place is the path as it was given, joined with the rest below a folder,
    and for a line `path:line`. A .txt article's id is its path below the folder that was given, or
    its file name; `sources.fields` says the rest. Nothing is raised; one article at a time is held.
    """
    return reject_repeated_ids(
        placed for path in paths for placed in _read_path(os.fspath(path), stdin)
    )


def reject_repeated_ids(placed: Iterable[Placed]) -> Iterator[Article | InvalidRecord]:
    """The records without their places; an id claimed twice with other content is an error.

    An exact repeat passes: it changes nothing. Holds each id, hash and place, not the articles.
    """
    claims: dict[str, tuple[bytes, str]] = {}
    for place, record in placed:
        if isinstance(record, Article):
            content = bytes.fromhex(record.sha256)
            claimed, by = claims.setdefault(record.id, (content, place))
            if claimed != content:
                words = f'"{record.id}" is already claimed by {by} in this run'
                yield InvalidRecord(place, "id", f"{words}; give each its own id or file name")
                continue
        yield record


def _read_path(path: str, stdin: BinaryIO | None) -> Iterator[Placed]:
    if path == "-":
        yield from read_placed_lines(stdin or sys.stdin.buffer, "<stdin>")
        return
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: NUL in a name
        yield _error(path, f"there is no such file or folder; {_REMEDY}")
        return
    except OSError as error:
        yield _error(path, _unreadable(error))
        return
    if is_folder:
        yield from _read_folder(path)
    elif _is_article(path):
        yield from _read_file(path, Path(path).name)
    else:
        yield _error(path, f"is of no format that can be read; {_REMEDY}")


def _read_folder(folder: str) -> Iterator[Placed]:
    failures: list[OSError] = []
    is_empty = True
    for parent, folders, names in os.walk(folder, onerror=failures.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(parent, name)
            if name.startswith(".") or not _is_article(name) or _is_special(path):
                continue
            is_empty = False
            yield from _read_file(path, Path(path).relative_to(folder).as_posix())
    for failure in failures:
        yield _error(failure.filename, _unreadable(failure))
    if is_empty and not failures:
        yield _error(folder, f"holds no article file; {_REMEDY}")


def _read_file(path: str, article_id: str) -> Iterator[Placed]:
    place = _shown(path)
    name = path.lower()
    try:
        if name.endswith(".gz"):
            with gzip.open(path, "rb") as unpacked:
                yield from read_placed_lines(unpacked, place)
        elif name.endswith(".jsonl"):
            with open(path, "rb") as stream:
                yield from read_placed_lines(stream, place)
        else:
            yield place, _read_text(path, article_id, place)
    except OSError as error:
        yield _error(path, _unreadable(error))


def _read_text(path: str, article_id: str, place: str) -> Article | InvalidRecord:
    with open(path, "rb") as stream:
        try:
            return read_article(stream, article_id, place)
        except InvalidRecord as error:
            return detached(error)


def _is_article(name: str) -> bool:
    return name.lower().endswith(_FORMATS)


def _is_special(path: str) -> bool:
    # A pipe in a folder would be waited on for ever. What cannot be examined is left to the reader.
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


def _error(path: str, problem: str) -> Placed:
    place = _shown(path)
    return place, InvalidRecord(place, "path", problem)


def _unreadable(error: OSError) -> str:
    return f"cannot be read ({error.strerror or error}); make it readable or leave it out"


def _shown(path: str) -> str:
    # A file's name need not be UTF-8, and an error must always be printable.
    return path.encode(errors="backslashreplace").decode()

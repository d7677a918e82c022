"""TREC's qrels (`qid 0 docno rel`) and runs (`qid Q0 docno rank score tag`), for trec_eval.

The order of a run is that of its scores: trec_eval does not look at the rank, holds scores in
single precision, and puts equal ones in descending order of their docnos. So a run is written with
scores that fall strictly in single precision, and any program that reads it ranks as we do.

Columns are parted by white space, so it cannot stand in a name: there it is written in percent
escapes (`a b` as `a%20b`), and reading turns these back. A `%` is itself escaped (`%25`) in a name
that holds white space or would read as if it had been escaped; all other names stand verbatim,
`caf%C3%A9` too. Another system's file that has such escapes in its own names is read with
`escaped=False`.
"""

import math
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np

from eval.adapters.files import read_text, write_text
from index.errors import InvalidInput, InvalidRecord

Qrels = dict[str, dict[str, int]]  # by query, then document; above 0 is relevant
Run = dict[str, list[tuple[str, float]]]  # by query: documents with their scores, best first

# Whatever Python and C take for white space, and what is lost where a file begins with it.
_UNSAFE = ["\ufeff", *(chr(code) for code in range(0x3001) if chr(code).isspace())]
_ESCAPED = {quote(character): character for character in ["%", *_UNSAFE]}
_ESCAPES = re.compile("|".join(_ESCAPED))
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def read_qrels(path: Path, *, escaped: bool = True) -> Qrels:
    """Raises InvalidInput, or InvalidRecord with file and line. The second column is not read."""
    qrels: Qrels = {}
    for place, (query, _, document, relevance) in _rows(path, "qid 0 docno rel"):
        if not _WHOLE.fullmatch(relevance):
            raise InvalidRecord(place, "rel", f"{relevance!r} is no whole number; give one")
        of_query = qrels.setdefault(_name(query, escaped), {})
        name = _name(document, escaped)
        _reject_repeat(name, of_query, place)
        of_query[name] = int(relevance)
    return qrels


def write_qrels(path: Path, qrels: Qrels) -> None:
    """A query without documents has no line. Raises InvalidInput for an empty name."""
    lines = [
        f"{_escape(query)} 0 {_escape(document)} {relevance}\n"
        for query, documents in qrels.items()
        for document, relevance in documents.items()
    ]
    write_text(path, "".join(lines), "qrels")


def read_run(path: Path, *, escaped: bool = True) -> Run:
    """Ranked as trec_eval ranks. Raises InvalidInput, or InvalidRecord with file and line.

    The second column, the rank and the tag are not read.
    """
    found: dict[str, dict[str, tuple[float, str, float]]] = {}
    for place, row in _rows(path, "qid Q0 docno rank score tag"):
        query, _, document, _, score, _ = row
        if not _DECIMAL.fullmatch(score) or not math.isfinite(float(score)):
            raise InvalidRecord(place, "score", f"{score!r} is no finite number; give one")
        of_query = found.setdefault(_name(query, escaped), {})
        name = _name(document, escaped)
        _reject_repeat(name, of_query, place)
        # Names are compared as they are written: as bytes of UTF-8, whose order is code points'.
        of_query[name] = _single(float(score)), document, float(score)
    return {
        query: [(n, keys[2]) for n, keys in sorted(of_query.items(), key=_by_rank, reverse=True)]
        for query, of_query in found.items()
    }


def write_run(path: Path, run: Run, tag: str = "dateline") -> None:
    """A query for which nothing was found has no line; scorers count it by the qrels.

    A score is written as it is if it falls, in single precision, below the one before it, and else
    as the next number below that one. Raises InvalidInput for a score that rises or is not finite,
    a document that stands twice, an empty name.
    """
    lines = [
        f"{_escape(query)} Q0 {_escape(document)} {rank} {score} {_escape(tag)}\n"
        for query, ranking in run.items()
        for rank, (document, score) in enumerate(_falling(query, ranking), 1)
    ]
    write_text(path, "".join(lines), "run")


def _rows(path: Path, form: str) -> Iterator[tuple[str, list[str]]]:
    names = form.split()
    for number, line in enumerate(read_text(path, "TREC file").split("\n"), 1):
        row = line.split()
        if row and len(row) != len(names):
            words = f"has {len(row)} columns; give {len(names)}: {form}"
            raise InvalidRecord(f"{path}:{number}", "line", words)
        if row:
            yield f"{path}:{number}", row


def _reject_repeat(name: str, known: Collection[str], place: str) -> None:
    if name in known:
        words = f'"{name}" stands above for the same query; leave one of the two'
        raise InvalidRecord(place, "docno", words)


def _by_rank(found: tuple[str, tuple[float, str, float]]) -> tuple[float, str, float]:
    return found[1]


def _falling(query: str, ranking: Iterable[tuple[str, float]]) -> Iterator[tuple[str, str]]:
    """The documents with their scores as they are written."""
    seen: set[str] = set()
    last, written = math.inf, math.inf
    for document, score in ranking:
        trouble = f'run: query "{query}", document "{document}"'
        if document in seen:
            raise InvalidInput(f"{trouble} stands twice; keep the better of the two")
        if not math.isfinite(score):
            raise InvalidInput(f"{trouble}: the score {score} is not finite; give one that is")
        if score > last:
            raise InvalidInput(f"{trouble}: the score {score} is above {last}; sort, best first")
        seen.add(document)
        last = score
        words = repr(float(score))
        if _single(score) >= written:
            words = str(np.nextafter(np.float32(written), np.float32(-math.inf)))
        written = _single(float(words))
        if not math.isfinite(written):
            raise InvalidInput(f"{trouble}: the score {score} is past single precision; scale it")
        yield document, words


def _single(score: float) -> float:
    with np.errstate(over="ignore"):  # what is beyond single precision is infinite there too
        return float(np.float32(score))


def _escape(name: str) -> str:
    if not name:
        raise InvalidInput("a TREC file cannot hold a name that is empty; give every name a letter")
    if _name(name, True) == name and not any(unsafe in name for unsafe in _UNSAFE):
        return name
    return "".join(quote(c) if c == "%" or c in _UNSAFE else c for c in name)


def _name(written: str, escaped: bool) -> str:
    return _ESCAPES.sub(lambda found: _ESCAPED[found[0]], written) if escaped else written

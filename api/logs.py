"""The log: JSON lines on stderr. No line holds a question's or an article's words.

Every request has one line, at info. A traceback is told by its places alone, since the message of
an error may quote what a client sent; at debug it is whole.
"""

import logging
import re
import sys
import traceback
import uuid
from collections.abc import Iterable
from typing import Any

from pythonjsonlogger.json import JsonFormatter

LOGGER = logging.getLogger("dateline")
UNSENT = 499  # as nginx has it: the client left, or the server was stopped, before an answer

_SANE_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,64}")


def request_id(given: str | None) -> str:
    """The client's own id if it is short and harmless, else a new one."""
    return given if given and _SANE_ID.fullmatch(given) else uuid.uuid4().hex


def outcome_of(status: int) -> str:
    """What became of a question that was not answered, by the status that it would have."""
    if status == UNSENT:
        return "abandoned"
    if status == 429:
        return "overloaded"
    return "rejected" if status < 500 else "failed"


def start_logging(level: str) -> None:
    """Once for a process. What warns of the web server and of MCP's SDK takes the same form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Formatter(["levelname", "message"], rename_fields={"levelname": "level"}, timestamp="time")
    )
    for name, least in (("dateline", level), ("uvicorn", "warning"), ("mcp", "warning")):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(least.upper())


def tell_failure(error: BaseException, own_id: str) -> str:
    """Logs what was unexpected: the kinds of the errors and the lines they came through.

    What it returns is for the client.
    """
    kinds, trace = _places(error)
    LOGGER.error(
        "failure",
        extra={"request_id": own_id, "errors": kinds, "trace": trace},
        exc_info=error if LOGGER.isEnabledFor(logging.DEBUG) else None,
    )
    words = f"the server failed; its log says where, under the request id {own_id}. "
    return words + "The request may be sent again"


class Notes:
    """What was found wrong with an index, and mended: each note is told once, at warning."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, notes: Iterable[str]) -> None:
        for note in notes:
            if note not in self._told:
                self._told.add(note)
                LOGGER.warning("note", extra={"note": note})


class _Formatter(JsonFormatter):
    """Also of the web server's errors: no message, unless all is to be told."""

    def formatException(self, ei: Any) -> str:  # noqa: N802, the library's name
        if LOGGER.isEnabledFor(logging.DEBUG):
            return str(super().formatException(ei))
        kinds, trace = _places(ei[1])
        return f"{', '.join(kinds)} at {'; '.join(trace)}"


def _places(error: BaseException | None) -> tuple[list[str], list[str]]:
    """The kinds of the error and of what caused it, and the lines that they came through."""
    kinds, trace, seen = [], [], set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        kinds.append(type(error).__name__)
        frames = traceback.extract_tb(error.__traceback__)
        trace += [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        error = error.__cause__ or error.__context__
    return kinds, trace

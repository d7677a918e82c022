"""The log: JSON lines on stderr. No line holds a question's or an article's words.

Every request has one line, at info. A traceback is told by its places alone, since the message of
an error may quote what a client sent; at debug it is whole.
"""

import logging
import re
import sys
import traceback
import uuid

from pythonjsonlogger.json import JsonFormatter

LOGGER = logging.getLogger("dateline")

_SANE_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,64}")


def request_id(given: str | None) -> str:
    """The client's own id if it is short and harmless, else a new one."""
    return given if given and _SANE_ID.fullmatch(given) else uuid.uuid4().hex


def start_logging(level: str) -> None:
    """Once for a process. The web server's own warnings take the same form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            ["levelname", "message"], rename_fields={"levelname": "level"}, timestamp="time"
        )
    )
    for name, least in (("dateline", level), ("uvicorn", "warning")):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(least.upper())


def log_failure(error: BaseException, request_id: str) -> None:
    """What was unexpected: the kinds of the errors and the lines they came through."""
    trace, kinds, seen = [], [], set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        kinds.append(type(cause).__name__)
        frames = traceback.extract_tb(cause.__traceback__)
        trace += [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        cause = cause.__cause__ or cause.__context__
    is_whole = LOGGER.isEnabledFor(logging.DEBUG)
    LOGGER.error(
        "failure",
        extra={"request_id": request_id, "errors": kinds, "trace": trace},
        exc_info=error if is_whole else None,
    )

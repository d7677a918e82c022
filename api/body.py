"""A request's body -> JSON, read up to bounds. Does not know what the JSON means."""

import asyncio
import json
import json.decoder
import json.scanner
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from anyio import fail_after
from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope

from index.errors import InvalidInput, TooLarge
from rag.deadline import Deadline

MAX_VALUES = 100_000  # of a body: strings, numbers, lists and objects
_DRAIN_BYTES = 256_000_000  # read and thrown away, so that the client gets to see the refusal


class JsonRequest(Request):
    def __init__(
        self, scope: Scope, receive: Receive, max_bytes: int, max_fields: int | None
    ) -> None:
        """`max_fields` is of any one object; None: as many as there may be values."""
        super().__init__(scope, receive)
        self._max_bytes, self._max_fields = max_bytes, max_fields

    async def read(self, deadline: Deadline) -> None:
        """Reads the body; the request keeps it.

        Raises TooLarge past the bound, whether or not the length was announced, and HTTPException
        for another type or a body that is not there by the deadline.
        """
        if not _is_json(self.headers.get("content-type", "")):
            # Also what keeps other sites' pages out: a browser lets them send plain text and
            # forms to a server on this machine, and asks it first for JSON.
            raise HTTPException(
                415, "the body's type is not JSON; send `Content-Type: application/json`"
            )
        try:
            with fail_after(max(0, deadline.seconds_left())):
                await self._read()
        except TimeoutError:
            raise HTTPException(
                408,
                f"the request's body was not there within {deadline.seconds:g} seconds; send it "
                f"faster, or less of it",
            ) from None

    async def json(self) -> Any:
        """What `read` has read. Raises HTTPException, InvalidInput or TooLarge, in words."""
        if not hasattr(self, "_json"):
            self._json = await run_in_threadpool(_parse, await self.body(), self._max_fields)
        return self._json

    async def client_left(self) -> None:
        """Returns when the client closes the connection; for after the body."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    @asynccontextmanager
    async def watched(self, deadline: Deadline) -> AsyncIterator[None]:
        """Gives the deadline up if the client leaves meanwhile; for after the body."""

        async def watch() -> None:
            await self.client_left()
            deadline.give_up()

        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()

    async def _read(self) -> None:
        pieces: list[bytes] = []
        size = 0
        async for piece in self.stream():
            size += len(piece)
            if size <= self._max_bytes:
                pieces.append(piece)
            else:
                pieces.clear()
            if size > _DRAIN_BYTES:
                break
        if size > self._max_bytes:
            raise TooLarge(
                f"the request's body is longer than {self._max_bytes:,} bytes; send less at a time"
            )
        self._body = b"".join(pieces)


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def _parse(body: bytes, max_fields: int | None) -> Any:
    try:
        return _BoundedDecoder(max_fields).decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        words = f"byte {error.start} (0x{body[error.start]:02x}) is not UTF-8; send UTF-8"
    except json.JSONDecodeError as error:
        words = f"is not JSON: {error.msg} at character {error.pos}; send a JSON object"
    except RecursionError:
        words = "is nested too deeply; send a flat JSON object"
    except ValueError:  # Python refuses to read a number of more than 4,300 digits.
        words = "holds a number of more than 4,300 digits; remove it or give it as a string"
    raise HTTPException(400, f"the body: {words}")


class _BoundedDecoder(json.JSONDecoder):
    """The standard library's own decoder in Python instead of C, which counts as it goes.

    The one in C holds the interpreter's lock from the first byte to the last, and the event loop
    with it: half a second for 8 MB of empty lists. This one lets go between two values.
    """

    def __init__(self, max_fields: int | None) -> None:
        super().__init__()
        self._max_fields = max_fields
        self._values = 0
        self.parse_object = self._object
        self.parse_array = self._array
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]

    def _object(self, start: tuple[str, int], strict: bool, scan: Any, *rest: Any) -> Any:
        value, end = json.decoder.JSONObject(start, strict, self._counting(scan), *rest)  # type: ignore[attr-defined]
        if self._max_fields is not None and len(value) > self._max_fields:
            raise InvalidInput(
                f"the body: an object in it has {len(value):,} fields; give at most "
                f"{self._max_fields}"
            )
        return value, end

    def _array(self, start: tuple[str, int], scan: Any) -> Any:
        return json.decoder.JSONArray(start, self._counting(scan))  # type: ignore[attr-defined]

    def _counting(self, scan: Callable[[str, int], Any]) -> Callable[[str, int], Any]:
        def scan_counted(text: str, at: int) -> Any:
            self._values += 1
            if self._values > MAX_VALUES:
                raise TooLarge(
                    f"the request's body holds more than {MAX_VALUES:,} values; send less at a time"
                )
            return scan(text, at)

        return scan_counted

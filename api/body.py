"""A request's body -> JSON, read up to a bound. Does not know what the JSON means."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from index.errors import TooLarge

MAX_BODY_BYTES = 32_000_000
_DRAIN_BYTES = 256_000_000  # read and thrown away, so that the client gets to see the refusal


class JsonRoute(APIRoute):
    """A route whose body is read, bounded and parsed here, so that each way to fail has its words.

    FastAPI's own reader knows no bound, parses on the event loop, and says of all but one kind of
    failure that there was an error.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def read_first(request: Request) -> Response:
            request = JsonRequest(request.scope, request.receive)
            if self.body_field is not None:
                await request.json()  # the request keeps it for FastAPI
            return await handle(request)

        return read_first


class JsonRequest(Request):
    async def body(self) -> bytes:
        """Raises TooLarge past MAX_BODY_BYTES, whether or not the length was announced."""
        if not hasattr(self, "_body"):
            pieces: list[bytes] = []
            size = 0
            async for piece in self.stream():
                size += len(piece)
                if size <= MAX_BODY_BYTES:
                    pieces.append(piece)
                else:
                    pieces.clear()
                if size > _DRAIN_BYTES:
                    break
            if size > MAX_BODY_BYTES:
                raise TooLarge(
                    f"the request's body is longer than {MAX_BODY_BYTES:,} bytes; send fewer "
                    f"articles at a time"
                )
            self._body = b"".join(pieces)
        return self._body

    async def json(self) -> Any:
        """Raises HTTPException, in words, for a body that is not JSON in UTF-8."""
        if not hasattr(self, "_json"):
            if not _is_json(self.headers.get("content-type", "")):
                # Also what keeps other sites' pages out: a browser lets them send plain text and
                # forms to a server on this machine, and asks it first for JSON.
                raise HTTPException(
                    415, "the body's type is not JSON; send `Content-Type: application/json`"
                )
            self._json = await run_in_threadpool(_parse, await self.body())
        return self._json


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        words = f"byte {error.start} (0x{body[error.start]:02x}) is not UTF-8; send UTF-8"
    except json.JSONDecodeError as error:
        words = f"is not JSON: {error.msg} at character {error.pos}; send a JSON object"
    except RecursionError:
        words = "is nested too deeply; send a flat JSON object"
    except ValueError:  # Python refuses to read a number of more than 4,300 digits.
        words = "holds a number of more than 4,300 digits; remove it or give it as a string"
    raise HTTPException(400, f"the body: {words}")

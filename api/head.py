"""What stands before a request's body: its bounds, and whose name it was sent to."""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import Problem

MAX_TARGET_BYTES = 16_000  # an id of 1,000 characters, every byte of it percent-encoded, and more
MAX_HEADER_BYTES = 32_000


class CheckHead:
    """Answers 414, 431 or 421 to a request with too long a path, too many headers, another host.

    A page in a browser reads this machine's server through a name of its own that it lets point to
    127.0.0.1 (DNS rebinding). Only the Host header tells, so without a key it must name this
    machine.
    """

    def __init__(self, app: ASGIApp, own_host: str | None) -> None:
        """`own_host` may be named beside this machine's loopback; None: any host may."""
        self._app = app
        self._own_host = own_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        headers = sum(len(name) + len(value) for name, value in scope["headers"])
        host = Headers(scope=scope).get("host", "")
        if target > MAX_TARGET_BYTES:
            words = f"path and query have {target:,} bytes; send at most {MAX_TARGET_BYTES:,}"
            refusal = Problem(414, words)
        elif headers > MAX_HEADER_BYTES:
            words = f"the headers have {headers:,} bytes; send at most {MAX_HEADER_BYTES:,}"
            refusal = Problem(431, words)
        elif host and self._own_host is not None and not self._is_own(host):
            refusal = Problem(
                421,
                f"without a key this server answers to localhost alone, and the request was sent "
                f"to {host[:100]!r}; use http://127.0.0.1, or set DATELINE_API_KEY",
            )
        else:
            return await self._app(scope, receive, send)
        return await refusal(scope, receive, send)

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name == self._own_host or is_loopback(name)


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

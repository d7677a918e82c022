"""The API key: who may use /v1 and /metrics. Does not know what stands behind it."""

import hmac

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import Problem


class RequireKey:
    """Answers 401 to a request for these without `Authorization: Bearer KEY`, before its body.

    Around the whole application, not on each route, so that no later route can be forgotten.
    """

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        # A variable's bytes that are not UTF-8 are surrogates in Python, and bytes again here.
        self._key = key.encode(errors="surrogateescape")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or not _is_guarded(scope["path"]):
            return await self._app(scope, receive, send)
        given = Headers(scope=scope).get("authorization", "").encode("latin-1")
        scheme, _, key = given.partition(b" ")
        if scheme.lower() == b"bearer" and hmac.compare_digest(key.strip(), self._key):
            return await self._app(scope, receive, send)
        if given:
            words, challenge = "the key is not this server's", 'Bearer error="invalid_token"'
        else:
            words, challenge = "this server asks for a key", "Bearer"
        refusal = Problem(
            401,
            f"{words}; send `Authorization: Bearer KEY` with the DATELINE_API_KEY that it has",
            {"WWW-Authenticate": challenge},
        )
        return await refusal(scope, receive, send)


def _is_guarded(path: str) -> bool:
    return path in ("/v1", "/metrics") or path.startswith("/v1/")

"""A problem document (RFC 9457), and how it looks to those who speak OpenAI's language.

Under the routes of that API's form the same document also has `error`, an extension that RFC 9457
allows, where that API's clients look for words, code and parameter; and what is wrong in a request
is 400 there, which is what they expect, where it is 422 elsewhere.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

# RFC 9110 renamed these; Python has the new names since 3.13.
PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}
MAX_ERRORS = 20  # listed of one request

_CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}


class Problem(Response):
    """Of the type `about:blank`, whose title is the status's phrase, as RFC 9457 asks.

    `param` and `code` are for those who speak OpenAI's language: which field, and that API's own
    name for what is wrong with it.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(status_code=status)
        self._detail, self._extra, self._errors = detail, headers, errors
        self._param, self._code = param, code

    def document(self, path: str) -> dict[str, Any]:
        """As it is sent to who asked for `path`."""
        status = self.status_code
        if status == 422 and is_openai(path):
            status = 400
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": PHRASES.get(status) or HTTPStatus(status).phrase,
            "status": status,
            "detail": sendable(self._detail),
        }
        if self._errors:
            listed = self._errors[:MAX_ERRORS]
            body["errors"] = [{k: sendable(v) for k, v in e.items()} for e in listed]
        if is_openai(path):
            body["error"] = {
                "message": body["detail"],
                "type": _kind(status),
                "param": self._param or self._first_field(),
                "code": self._code or _CODES.get(status),
            }
        return body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = self.document(scope["path"])
        kind = "application/problem+json"
        await JSONResponse(body, body["status"], self._extra, kind)(scope, receive, send)

    def _first_field(self) -> str | None:
        if not self._errors or "field" not in self._errors[0]:
            return None
        return re.sub(r"\.(\d+)", r"[\1]", sendable(self._errors[0]["field"]))


def is_openai(path: str) -> bool:
    """Whether it is one of the paths whose form is OpenAI's."""
    return path == "/v1/models" or path.startswith(("/v1/models/", "/v1/chat/"))


def sendable(text: str) -> str:
    """A request can carry half of a character, U+D800 to U+DFFF, which UTF-8 cannot."""
    return text.encode(errors="backslashreplace").decode()


def _kind(status: int) -> str:
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"

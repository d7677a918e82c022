"""The page at `/` and the files that it loads. Knows nothing of questions: the page asks /v1.

The files are read when the application is made. They are served before the archive is open and
without a key, since nothing in them is anybody's: the page asks for the key that /v1 asks it for.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

FOLDER = Path(__file__).with_name("web")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Only what this server serves is loaded, asked or run; no text can become markup, not even by a
# mistake of ours (Trusted Types, in browsers that know them).
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    # Kept, and asked about each time: after an update no old script meets a new page.
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class File:
    body: bytes
    kind: str
    tag: str

    @staticmethod
    def read(path: Path) -> "File":
        body = path.read_bytes()
        return File(body, TYPES[path.suffix], f'"{hashlib.sha256(body).hexdigest()[:20]}"')

    def answer(self, request: Request) -> Response:
        """The file, or 304 to a browser that has it already."""
        headers = {**HEADERS, "ETag": self.tag}
        known = request.headers.get("if-none-match", "").split(",")
        if self.tag in {tag.strip().removeprefix("W/") for tag in known}:
            return Response(status_code=304, headers=headers)
        return Response(self.body, headers=headers, media_type=self.kind)


def page() -> APIRouter:
    """Its routes. On the event loop: they answer at once, whatever waits."""
    files = {path.name: File.read(path) for path in sorted(FOLDER.iterdir())}
    router = APIRouter(include_in_schema=False)

    @router.api_route("/", methods=["GET", "HEAD"])
    async def index(request: Request) -> Response:
        return files["index.html"].answer(request)

    @router.api_route("/page/{name}", methods=["GET", "HEAD"])
    async def file(name: str, request: Request) -> Response:
        if name not in files:
            raise HTTPException(404)
        return files[name].answer(request)

    return router

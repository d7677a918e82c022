"""`dateline serve`: an address, the application at it, and an end without a traceback."""

import errno
import math
import os
import shlex
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.app import waiting_app
from api.errors import AddressUnusable
from api.head import is_loopback
from api.logs import start_logging
from rag.engine import Engine
from rag.errors import UnsafeAddress
from rag.settings import Settings

GRACE_SECONDS = 1  # over the time limit: what runs and waits is answered before the end
EXIT_SECONDS = 2  # after that: what still computes is left where it is, as a crash would
_QUESTION = "what was the 2018 agreement?"


class Server(uvicorn.Server):
    """uvicorn's, which finishes what runs once it is told to stop; here the application hears it.

    New connections are refused from then on. Every question has an answer by its time limit; an
    ingest ends after the batch that it is storing.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        application: FastAPI = self.config.app  # type: ignore[assignment]
        if not application.state.stopping.is_set():
            application.state.stopping.set()
            grace = (self.config.timeout_graceful_shutdown or 0) + EXIT_SECONDS
            # A thread cannot be ended from outside, and Python waits for all of them. The archive
            # is made for a process that ends anywhere.
            last = threading.Timer(grace, os._exit, [128 + sig])
            last.daemon = True
            last.start()
        super().handle_exit(sig, frame)


def serve(open_engine: Callable[[], Engine], settings: Settings) -> None:
    """Serves until Ctrl-C or SIGTERM; the engine is opened once the address is sure.

    Until then it answers /health, and 503 to all else. Only for the main thread. Raises
    UnsafeAddress, AddressUnusable, whatever `open_engine` raises, and SystemExit after SIGTERM.
    """
    check_address(settings)
    listener = bind(settings.host, settings.port)
    app = waiting_app(settings)
    start_logging(settings.log_level)
    server = Server(
        uvicorn.Config(
            app,
            lifespan="off",
            http="h11",  # it bounds a head before `api.head` sees it; httptools would not
            log_config=None,
            access_log=False,  # `api.observe` writes ours, without paths
            server_header=False,
            timeout_graceful_shutdown=math.ceil(settings.time_limit) + GRACE_SECONDS,
        )
    )
    failures: list[BaseException] = []
    opening = threading.Thread(
        target=_open, args=(open_engine, app, server, listener, failures), daemon=True
    )
    opening.start()
    # uvicorn finishes in good order and hands the signal on. By itself SIGTERM would then end the
    # process on the spot, and leave the temporary folders of `index.private` behind.
    before = signal.signal(signal.SIGTERM, _exit_in_order)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
        listener.close()
    if failures:
        raise failures[0]


def _exit_in_order(sig: int, _: FrameType | None) -> None:
    raise SystemExit(128 + sig)  # the status that a shell shows for a death by the signal


def check_address(settings: Settings) -> None:
    """Raises UnsafeAddress for a host that others can reach while there is no API key."""
    if settings.api_key.strip() or is_loopback(settings.host):
        return
    raise UnsafeAddress(
        f"{settings.host!r} can be reached from other machines, and without a key whoever reaches "
        f"it can read and change the archive; set DATELINE_API_KEY, or serve at 127.0.0.1"
    )


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens at the address; port 0 is any free one. Raises AddressUnusable."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise AddressUnusable(
            f"the host {host!r} is unknown; give one of this machine's addresses with --host or "
            f"DATELINE_HOST"
        ) from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()  # at once: two sockets may be bound to a port, one may listen
    except OSError as error:
        listener.close()
        raise AddressUnusable(_why_not(host, port, error)) from None
    return listener


def _why_not(host: str, port: int, error: OSError) -> str:
    another = "take another: `make run PORT=8001`, `dateline serve --port 8001`, or 0 for any"
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is already in use; {another}"
    if error.errno == errno.EACCES:
        return f"port {port} is reserved to the administrator; {another}"
    return (
        f"{host} port {port} cannot be served at ({error.strerror}); give one of this machine's "
        f"addresses with --host or DATELINE_HOST"
    )


def _open(
    open_engine: Callable[[], Engine],
    app: FastAPI,
    server: uvicorn.Server,
    listener: socket.socket,
    failures: list[BaseException],
) -> None:
    try:
        engine = open_engine()
    except BaseException as error:
        failures.append(error)
        server.should_exit = True
        return
    app.state.notes.tell(engine.archive.notes)
    app.state.engine = engine
    print(_greeting(engine.settings, listener), flush=True)


def _greeting(settings: Settings, listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    program = sys.argv[0] if Path(sys.argv[0]).name == "dateline" else ".venv/bin/dateline"
    # Another shell has neither this command's options nor, perhaps, its variables.
    elsewhere = settings.origins.get("data", "default") != "default"
    data = f"--data {shlex.quote(str(settings.data))} " if elsewhere else ""
    return (
        f"Dateline answers at http://{shown}:{port} (Ctrl-C stops it)\n"
        f"The archive is in {settings.data}\n"
        f'Ask from a second shell: {program} ask {data}"{_QUESTION}"'
    )

"""A page in a real Chromium without a window, driven over its own pipe by this file alone.

The protocol is that of its developer tools; a message ends with a zero byte.
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = (
    "--headless --remote-debugging-pipe --no-first-run --disable-gpu --hide-scrollbars "
    "--disable-dev-shm-usage --disable-background-networking --disable-extensions"
).split()


class Tab:
    """One tab. `asked_for` are the URLs of all requests, `said` what its console told."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back, self._last, self._rest = to, back, 0, b""
        self._session: str | None = None
        self._loaded = 0
        self.asked_for: list[str] = []
        self.said: list[str] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def open(self, path: Path, width: int, dark: bool = False, script: bool = True) -> None:
        """The file, in a window of `width` pixels, ready."""
        self.asked_for, self.said, self._loaded = [], [], 0
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.send("Emulation.setDeviceMetricsOverride", **size)
        self.send("Emulation.setScriptExecutionDisabled", value=not script)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media="", features=[scheme])
        self.send("Page.navigate", url=path.as_uri())
        while not self._loaded:
            self._take(self._receive())

    def value(self, expression: str) -> Any:
        """Of JavaScript, as JSON has it."""
        found = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def screenshot(self, path: Path, height: int | None = None) -> None:
        """Of the whole page, or of its first `height` pixels."""
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"]}
        shot = self.send(
            "Page.captureScreenshot", captureBeyondViewport=True, clip={**clip, "scale": 1}
        )
        path.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self) -> bytes:
        return base64.b64decode(self.send("Page.printToPDF")["data"])

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            reply = self._receive()
            if reply.get("id") == self._last:
                assert "error" not in reply, reply
                found: dict[str, Any] = reply["result"]
                return found
            self._take(reply)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._back, 1 << 20)
            assert more, "the browser ended"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def _take(self, event: dict[str, Any]) -> None:
        given = event.get("params", {})
        match event.get("method"):
            case "Network.requestWillBeSent":
                self.asked_for.append(given["request"]["url"])
            case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded":
                self.said.append(json.dumps(given))
            case "Page.loadEventFired":
                self._loaded += 1


@contextmanager
def browser(profile: Path) -> Iterator[Tab]:
    """Skips the test where there is no Chromium, which `.ci/run` counts as a failure."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    read_by_it, to = os.pipe()
    back, written_by_it = os.pipe()
    # The shell puts the pipes where the browser looks for them: sh knows no number above 9.
    wires = f'exec "$0" "$@" 3<&{read_by_it} 4>&{written_by_it}'
    # As root it has no sandbox; the pages that it opens are the tests' own.
    command = [program, *ARGUMENTS, "--no-sandbox", f"--user-data-dir={profile}"]
    running = subprocess.Popen(
        ["bash", "-c", wires, *command],
        pass_fds=(read_by_it, written_by_it),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(read_by_it)
    os.close(written_by_it)
    try:
        yield Tab(to, back)
    finally:
        os.close(to)
        os.close(back)
        running.terminate()
        running.wait(timeout=30)

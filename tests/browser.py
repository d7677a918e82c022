"""A page in a real Chromium without a window, by Playwright: the system's own, none is fetched."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


class Tab:
    """One tab. `asked_for` are the URLs of all requests, `said` what its console told."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.page: Page
        self.asked_for: list[str] = []
        self.said: list[str] = []

    def open(self, place: Path | str, width: int, dark: bool = False, script: bool = True) -> None:
        """The file or the address, in a window of `width` pixels, ready."""
        for context in self._browser.contexts:
            context.close()
        self.page = self._browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        ).new_page()
        self.asked_for, self.said = [], []
        self.page.on("request", lambda request: self.asked_for.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(place if isinstance(place, str) else place.as_uri())


@contextmanager
def browser() -> Iterator[Tab]:
    """Skips the test where there is no Chromium, which `.ci/run` counts as a failure."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    with sync_playwright() as playwright:
        # As root it has no sandbox; the pages that it opens are the tests' own.
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield Tab(running)
        running.close()

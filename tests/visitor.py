"""Who reads the chat page: asks, waits for the answer, and looks at what is shown."""

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser import Tab
from tests.served import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)

AXE = Axe()
# Of a page whose own script or style was kept from running; nothing else says so to a script.
BREACHES = """
window.breaches = [];
addEventListener("securitypolicyviolation", (e) => breaches.push(e.violatedDirective));
"""
FOCUSED = """
(() => {
  const e = document.activeElement, s = getComputedStyle(e);
  const seen = s.outlineStyle !== "none" || s.boxShadow !== "none";
  return [e.id || e.getAttribute("aria-label") || e.textContent.trim(), seen];
})()
"""


class Visitor:
    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    @property
    def page(self) -> Page:
        return self._tab.page

    def open(
        self,
        address: str,
        width: int = 1280,
        dark: bool = False,
        change: Callable[[Route], None] | None = None,
    ) -> None:
        """`change` answers for the server when it is asked for the page itself."""
        self._tab.open("about:blank", width, dark)
        self.page.add_init_script(BREACHES)
        if change:
            self.page.route(f"{address}/", change)
        self.page.goto(address)
        self._origin = address

    def ask(self, question: str) -> Locator:
        """The turn of the question, once it has ended."""
        self.page.fill("#question", question)
        self.page.keyboard.press("Enter")
        return self.last()

    def last(self) -> Locator:
        expect(self.page.locator("#turns")).to_have_attribute("aria-busy", "false")
        return self.page.locator(".turn").last

    def shown(self, selector: str) -> str:
        """The text of what can be seen of it, on one line."""
        return " ".join(self.page.locator(f"{selector}:visible").inner_text().split())

    def focused(self) -> tuple[str, bool]:
        """What has the focus, by its id or else its words, and whether that can be seen."""
        name, is_seen = self.page.evaluate(FOCUSED)
        return name, is_seen

    def faults(self) -> list[str]:
        """What axe finds serious or critical in what is shown now."""
        found: list[dict[str, Any]] = AXE.run(self.page).response["violations"]
        return [
            f"{one['id']}: {[node['html'] for node in one['nodes']]}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    def breaches(self) -> list[str]:
        """Of the page's policy, and what its scripts threw."""
        told: list[str] = self.page.evaluate("window.breaches")
        # A request that is answered with an error is named in the console by the browser itself.
        said = [said for said in self._tab.said if not said.startswith("Failed to load resource")]
        return told + said

    def strangers(self) -> list[str]:
        """What was asked of any other origin."""
        ours = (self._origin, "about:blank")
        return [url for url in self._tab.asked_for if not url.startswith(ours)]

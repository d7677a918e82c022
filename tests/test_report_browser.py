"""A report in a real browser: nothing is cut, whatever the width; nothing is asked for or runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.report.page import render
from tests.browser import Tab, browser
from tests.outline import RUNS
from tests.reports import CONFIG, hostile, hostile_metrics

KINDS = ("answers", "grounding", "retrieval", "speed", "hostile-grounding")
PAGES = {kind: RUNS[kind] for kind in KINDS} | {
    "hostile": (CONFIG | {"name": "n" * 200}, hostile_metrics(), hostile()),
}

# All elements that leave the window or their own box; a table that is wider may be scrolled.
CUT = """
(() => {
  document.querySelectorAll("details").forEach((d) => (d.open = true));
  const wide = document.documentElement.clientWidth;
  const cut = [];
  for (const e of document.body.querySelectorAll("*")) {
    if (e.closest(".wide, script") || (e.closest("svg") && e.tagName !== "svg")) continue;
    const box = e.getBoundingClientRect();
    const past = box.right > wide + 0.5 || box.left < -0.5;
    if (past || e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
      cut.push([e.tagName, e.className, box.left, box.right, e.scrollWidth, e.clientWidth]);
  }
  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect();
    for (const e of svg.querySelectorAll("text, rect, circle, line, polyline")) {
      const box = e.getBoundingClientRect();
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1)
        cut.push([svg.textContent.slice(0, 30), e.tagName, e.textContent, box.left, box.right]);
    }
  }
  const page = document.documentElement.scrollWidth;
  if (page > wide) cut.push(["page", page]);
  return cut;
})()
"""
# Texts of charts that stand on each other, by the boxes of their letters.
CROSSED = """
[...document.querySelectorAll("svg")].flatMap((svg) => {
  const texts = [...svg.querySelectorAll("text")];
  const boxes = texts.map((t) => [t.textContent, t.getBoundingClientRect()]);
  return boxes.flatMap(([a, p], i) => boxes.slice(i + 1).filter(([, q]) =>
    Math.min(p.right, q.right) - Math.max(p.left, q.left) > 1 &&
    Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 5).map(([b]) => [a, b]));
})
"""
SMALLEST = """
Math.min(...[...document.querySelectorAll("svg text")].map((t) =>
  parseFloat(getComputedStyle(t).fontSize) * t.closest("svg").getBoundingClientRect().width / 360))
"""


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    with browser() as tab:
        yield tab


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    for name, run in PAGES.items():
        (folder / f"{name}.html").write_text(render(*run), "utf-8")
    return folder


@pytest.mark.parametrize("width", [1280, 400, 320])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut(tab: Tab, folder: Path, name: str, width: int) -> None:
    tab.open(folder / f"{name}.html", width)
    assert tab.page.evaluate("innerWidth") == width
    assert tab.page.evaluate(CUT) == []


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", ["answers", "grounding", "retrieval", "speed"])
def test_charts_can_be_read(tab: Tab, folder: Path, name: str, width: int) -> None:
    tab.open(folder / f"{name}.html", width)
    assert tab.page.evaluate(CROSSED) == []
    assert tab.page.evaluate(SMALLEST) >= 11


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_asked_for_and_nothing_runs(tab: Tab, folder: Path, name: str) -> None:
    tab.open(folder / f"{name}.html", 1280)
    assert tab.asked_for == [(folder / f"{name}.html").as_uri()]
    assert tab.said == []  # neither an alert's error nor a breach of the page's policy
    assert tab.page.evaluate("document.getElementById('find').value") == ""


def test_a_script_that_got_in_would_not_run(tab: Tab, tmp_path: Path) -> None:
    page = render(*RUNS["answers"])
    bad = "<script>document.title = 'owned'</script><p onclick='x()' style='color:red'>"
    (tmp_path / "bad.html").write_text(page.replace("</main>", f"{bad}</main>"), "utf-8")
    tab.open(tmp_path / "bad.html", 1280)
    assert "owned" not in tab.page.evaluate("document.title")
    assert any("Content Security Policy" in said for said in tab.said)


SHOWN = "[...document.querySelectorAll('article')].filter((a) => a.checkVisibility()).length"


def test_searching_shows_what_is_found_and_puts_all_back(tab: Tab, folder: Path) -> None:
    tab.open(folder / "answers.html", 1280)
    assert tab.page.evaluate("count.textContent") == "6 shown"
    assert tab.page.evaluate(SHOWN) == 4  # those in the two closed groups are not to be seen
    tab.page.fill("#find", "BRAM THEY said")
    assert tab.page.evaluate("count.textContent") == "1 of 6 shown"
    assert tab.page.evaluate(SHOWN) == 1
    assert tab.page.evaluate("document.getElementById('right').open") is True
    tab.page.fill("#find", "nobody has written this")
    assert (tab.page.evaluate("count.textContent"), tab.page.evaluate(SHOWN)) == ("0 of 6 shown", 0)
    tab.page.fill("#find", "")
    assert (tab.page.evaluate("count.textContent"), tab.page.evaluate(SHOWN)) == ("6 shown", 4)
    assert tab.page.evaluate("document.getElementById('right').open") is False


def test_a_group_can_be_left_out(tab: Tab, folder: Path) -> None:
    tab.open(folder / "answers.html", 1280)
    tab.page.evaluate("document.querySelector('.groups input[value=wrong]').click()")
    assert tab.page.evaluate("count.textContent") == "5 of 6 shown"
    assert tab.page.evaluate(SHOWN) == 3


def test_without_scripts_everything_can_be_opened(tab: Tab, folder: Path) -> None:
    tab.open(folder / "answers.html", 1280, script=False)
    page = tab.page.content()
    assert '<div id="controls" hidden' in page
    assert page.count("<article>") == page.count("<h4") == 6
    assert "<article hidden" not in page


def test_it_is_dark_where_that_is_preferred_and_light_on_paper(tab: Tab, folder: Path) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    tab.open(folder / "answers.html", 1280)
    light = tab.page.evaluate(colour)
    tab.open(folder / "answers.html", 1280, dark=True)
    dark = tab.page.evaluate(colour)
    assert light == "rgb(255, 255, 255)"
    assert sum(map(int, dark[4:-1].split(","))) < 120
    tab.page.emulate_media(media="print")
    assert tab.page.evaluate(colour) == light
    assert tab.page.evaluate("document.getElementById('controls').checkVisibility()") is False
    assert tab.page.pdf().startswith(b"%PDF")

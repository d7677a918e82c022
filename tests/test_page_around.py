"""The page in a real browser: its key, its troubles, its keyboard, its sizes and colours."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from api.app import create_app
from rag.engine import Engine
from rag.settings import Settings
from tests.browser import browser
from tests.served import PATIENCE, GatedReader, gated_engine, served, settings_for, until
from tests.townsfolk import FERRY, HOSTILE, MAYOR, UNKNOWN, town
from tests.visitor import Visitor

PAPER = "getComputedStyle(document.body).backgroundColor"
QUESTION = "Who closed the harbour?"
WIDE = """
[...document.querySelectorAll("body *")].filter((e) => e.checkVisibility({visibilityProperty: true})
  && !e.closest(".unseen") && e.getBoundingClientRect().right > innerWidth + 0.5
).map((e) => e.outerHTML.slice(0, 100))
"""
SMALL = """
[...document.querySelectorAll("button, summary, input, textarea")].filter((e) =>
  e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().height < 24
).map((e) => e.outerHTML.slice(0, 100))
"""


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with browser() as tab:
        yield Visitor(tab)


@pytest.fixture(scope="module")
def news(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return town(engine, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def address(news: Engine) -> Iterator[str]:
    with served(create_app(news)) as address:
        yield address


def test_the_key_is_asked_for_when_it_is_needed_and_kept_for_the_tab(
    news: Engine, visitor: Visitor
) -> None:
    key = "sésame \U0001f511"
    settings = Settings(data=news.archive.folder, api_key=key)
    guarded = Engine(news.archive, news.reader, news.calibrator, settings)
    with served(create_app(guarded)) as address:
        visitor.open(address)
        page = visitor.page
        expect(page.locator("#key[open]")).to_be_visible()
        assert "DATELINE_API_KEY" in visitor.shown("#key-note")
        assert visitor.focused()[0] == "key-field"
        assert visitor.faults() == []
        page.keyboard.press("Escape")
        assert "DATELINE_API_KEY" in visitor.shown("#trouble")
        page.fill("#question", MAYOR)
        page.keyboard.press("Enter")
        page.fill("#key-field", "wrong")  # once it can be filled in
        page.keyboard.press("Enter")
        expect(page.locator("#key-note")).to_contain_text("the key is not this server's")
        page.fill("#key-field", key)
        page.keyboard.press("Enter")
        assert visitor.last().locator(".said bdi").inner_text() == "Ida Holt"
        expect(page.locator("#trouble")).to_be_hidden()
        assert visitor.focused()[0] == "question"
        page.reload()
        page.click("#open-archive")
        expect(page.locator("#listed li")).to_have_count(4)
        assert page.evaluate("Object.keys(localStorage)") == []
        assert visitor.breaches() == []


def test_a_busy_server_and_one_that_is_gone_say_what_to_do(
    visitor: Visitor, tmp_path: Path
) -> None:
    reader = GatedReader()
    app = create_app(gated_engine(reader, settings_for(tmp_path, queue=0)))
    with served(app) as address, ThreadPoolExecutor(2) as threads:
        visitor.open(address)
        page = visitor.page
        page.fill("#question", QUESTION)
        page.keyboard.press("Enter")
        expect(page.locator(".progress")).to_have_text("Reading 1 passage of Invented Wire …")
        page.get_by_role("button", name="Stop").click()
        stopped = visitor.last()
        assert stopped.locator(".trouble").inner_text().startswith("Stopped")
        until(lambda: reader.stopped == 1)
        ask = f"{address}/v1/ask"
        for _ in range(2):
            threads.submit(httpx.post, ask, json={"question": QUESTION}, timeout=PATIENCE)
        until(lambda: reader.asked == 3)
        stopped.get_by_role("button", name="Ask again").click()
        refused = visitor.last()
        said = httpx.post(ask, json={"question": QUESTION}, timeout=PATIENCE)
        assert said.status_code == 429
        assert refused.locator(".trouble").inner_text() == said.json()["detail"]
        assert visitor.faults() == []
        reader.gate.set()
        until(lambda: app.state.queues.questions.running == 0)
        refused.get_by_role("button", name="Ask again").click()
        assert visitor.last().locator(".said bdi").inner_text() == "The"
        assert page.locator(".turn").count() == 1
    assert "dateline serve" in visitor.ask(QUESTION).locator(".trouble").inner_text()
    assert visitor.breaches() == []


def test_a_question_that_takes_too_long_says_so_in_the_servers_words(
    visitor: Visitor, tmp_path: Path
) -> None:
    app = create_app(gated_engine(GatedReader(), settings_for(tmp_path, time_limit=0.3)))
    with served(app) as address:
        visitor.open(address)
        said = httpx.post(f"{address}/v1/ask", json={"question": QUESTION}, timeout=PATIENCE)
        assert said.status_code == 503
        words = visitor.ask(QUESTION).locator(".trouble").inner_text()
        assert words == said.json()["detail"]


def test_everything_can_be_done_by_keyboard_and_the_focus_is_seen(
    visitor: Visitor, address: str
) -> None:
    visitor.open(address)
    page = visitor.page
    press = page.keyboard.press
    assert visitor.focused() == ("question", True)
    page.keyboard.type(MAYOR)
    press("Enter")
    visitor.last()
    reached = []
    press("Shift+Tab")
    while (focused := visitor.focused())[0] != "open-archive":
        reached.append(focused)
        press("Shift+Tab")
        assert len(reached) < 20
    assert all(is_seen for _, is_seen in reached)
    names = [name for name, _ in reversed(reached)]
    assert names[:2] == ["open-add", "switch-theme"]
    assert [name.split(",")[0] for name in names[2:4]] == ["Quote 1", "Quote 2"]
    assert names[4].startswith("Read in the article")
    press("Enter")
    assert visitor.focused()[0] == "Close"
    expect(page.locator("#listed li")).to_have_count(4)
    press("Tab")
    assert visitor.focused() == ("archive-body", True)
    press("Tab")
    assert visitor.focused()[1] is True
    press("Enter")
    expect(page.locator("#article[open]")).to_be_visible()
    press("Escape")
    press("Escape")
    assert visitor.focused() == ("open-archive", True)
    page.locator("#filters summary").focus()
    press("Enter")
    press("Tab")
    assert visitor.focused() == ("from", True)
    press("Escape")
    assert page.locator("#filters[open]").count() == 0
    assert visitor.page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_on_a_phone_nothing_is_cut_and_all_can_be_tapped(visitor: Visitor, address: str) -> None:
    width = 320
    visitor.open(address, width)
    page = visitor.page
    for question in (FERRY, HOSTILE.question, UNKNOWN):
        visitor.ask(question)
    page.click("#filters summary")
    assert page.evaluate(WIDE) == []
    assert page.evaluate(SMALL) == []
    page.locator(".lead").first.click()
    expect(page.locator("#article-text mark").first).to_be_in_viewport()
    assert page.evaluate(WIDE) == []
    box = page.locator("#article").bounding_box()
    assert box
    assert (box["x"], box["width"]) == (0, width)
    page.keyboard.press("Escape")
    page.click("#open-add")
    assert page.evaluate(WIDE) == []
    assert page.evaluate(SMALL) == []


def test_it_is_dark_where_that_is_preferred_or_chosen(visitor: Visitor, address: str) -> None:
    def brightness() -> int:
        return sum(map(int, visitor.page.evaluate(PAPER)[4:-1].split(",")))

    visitor.open(address, dark=True)
    page = visitor.page
    assert brightness() < 120
    visitor.ask(FERRY)
    assert visitor.faults() == []
    page.get_by_role("button", name="Read in the article").first.click()
    expect(page.locator("#article-text mark")).to_be_visible()
    assert visitor.faults() == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Light colours").click()
    assert brightness() > 700
    page.reload()
    assert brightness() > 700
    page.get_by_role("button", name="Dark colours").click()
    assert brightness() < 120
    assert visitor.breaches() == []

"""The page in a real browser, asking a real server with the shipped models: answers and articles.

All articles but the seed are invented.
"""

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Locator, Route, expect

from api.app import create_app
from rag.answer import REFUSAL
from rag.display import inert, one_line
from rag.engine import Engine
from rag.standalone import Turn as Said
from tests.browser import browser
from tests.invented import invented
from tests.served import served
from tests.townsfolk import FERRY, HOSTILE, MAYOR, UNKNOWN, town
from tests.visitor import Visitor

AGREEMENT = "what was the 2018 agreement?"
OPEN_ARTICLE = "#article[open]"


@pytest.fixture(scope="module")
def news(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return town(engine, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def address(news: Engine) -> Iterator[str]:
    with served(create_app(news)) as address:
        yield address


@pytest.fixture(scope="module")
def visitors() -> Iterator[Visitor]:
    with browser() as tab:
        yield Visitor(tab)


@pytest.fixture
def visitor(visitors: Visitor, address: str) -> Iterator[Visitor]:
    """At the page, newly opened. Whatever is done there, its policy holds and no other is asked."""
    visitors.open(address)
    yield visitors
    assert visitors.breaches() == []
    assert visitors.strangers() == []


def _quote(turn: Locator) -> Locator:
    return turn.locator(".quote.now")


def test_an_answer_comes_with_its_quote_source_date_and_confidence(
    visitor: Visitor, news: Engine
) -> None:
    answer = news.ask(AGREEMENT)
    (cited,) = answer.citations
    turn = visitor.ask(AGREEMENT)
    assert turn.locator(".said bdi").inner_text() == answer.text
    assert turn.locator(".marker").all_inner_texts() == ["1"]
    assert _quote(turn).locator("blockquote").inner_text() == cited.cited_text
    assert _quote(turn).locator("mark").inner_text() == answer.text
    assert visitor.shown(".quote.now .dateline") == "The Rio Times, 15 January 2024"
    assert f"{answer.confidence * 100:.0f} %" in turn.locator(".about").inner_text()
    assert "Understood" not in turn.locator(".about").inner_text()
    told = visitor.page.locator("#status").inner_text()
    assert answer.text in told
    assert "The Rio Times, 15 January 2024" in told
    assert visitor.faults() == []


def test_a_marker_shows_its_quote_when_pointed_at_focused_or_tapped(visitor: Visitor) -> None:
    turn = visitor.ask(MAYOR)
    first, second = turn.locator(".marker").all()
    source = _quote(turn).locator(".source")
    before = source.inner_text()
    second.hover()
    after = source.inner_text()
    assert {before, after} == {"Ansel Wire", "Dunmere Post"}
    assert turn.locator("blockquote:visible").count() == 1
    first.focus()
    assert source.inner_text() == before
    second.click()
    assert source.inner_text() == after
    assert [m.get_attribute("aria-pressed") for m in (first, second)] == ["false", "true"]
    described = second.get_attribute("aria-describedby")
    assert (
        visitor.page.locator(f"#{described}").inner_text()
        == _quote(turn).locator("blockquote").inner_text()
    )


def test_the_article_opens_at_the_quote_in_its_context(visitor: Visitor, news: Engine) -> None:
    answer = news.ask(AGREEMENT)
    (cited,) = answer.citations
    turn = visitor.ask(AGREEMENT)
    turn.get_by_role("button", name="Read in the article").click()
    mark = visitor.page.locator("#article-text mark")
    assert mark.inner_text() == cited.cited_text
    assert mark.locator("strong").inner_text() == answer.text
    expect(mark).to_be_in_viewport()
    assert visitor.shown("#article-dateline") == "The Rio Times, 15 January 2024"
    shown = visitor.page.locator("#article-text").inner_text().split()
    article = news.article(cited.article_id)
    assert shown == article.text[article.body_start :].split()
    assert visitor.focused()[0] == "article-body"
    assert visitor.faults() == []
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator(OPEN_ARTICLE)).to_have_count(0)
    assert visitor.focused()[0].startswith("Read in the article")


def test_a_refusal_says_so_and_offers_the_nearest(visitor: Visitor, news: Engine) -> None:
    nearest = news.ask(UNKNOWN).nearest
    turn = visitor.ask(UNKNOWN)
    assert turn.locator(".said").inner_text() == REFUSAL
    assert turn.locator(".marker").count() == 0
    leads = turn.locator(".lead")
    assert leads.all_inner_texts() == [one_line(n.title or n.article_id) for n in nearest]
    assert visitor.faults() == []
    leads.first.click()
    mark = visitor.page.locator("#article-text mark")
    expect(mark.first).to_be_in_viewport()
    assert " ".join(mark.all_inner_texts()).split() == inert(nearest[0].cited_text).split()


def test_answers_that_disagree_stand_side_by_side(visitor: Visitor, news: Engine) -> None:
    answer = news.ask(FERRY)
    assert answer.conflicting
    turn = visitor.ask(FERRY)
    assert "Sources disagree" in turn.inner_text()
    assert turn.locator(".said bdi").all_inner_texts() == [s.text for s in answer.sentences]
    datelines = turn.locator(".quote.now .dateline").all_inner_texts()
    days = {"Ansel Wire": "15 January 2024", "Dunmere Post": "17 January 2024"}
    assert datelines == [f"{c.source}, {days[c.source or '']}" for c in answer.citations]
    blocks = turn.locator(".block").all()
    tops = [block.evaluate("(e) => e.getBoundingClientRect().top") for block in blocks]
    assert tops[0] == tops[1]
    assert visitor.faults() == []
    (link,) = turn.locator("a").all()  # the other article's address is a script
    assert link.get_attribute("href") == "https://wire.example/1"
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert link.inner_text() == "Original at wire.example"


def test_what_an_article_holds_is_only_ever_text(visitor: Visitor, news: Engine) -> None:
    answer = news.ask(HOSTILE.question)
    cited = answer.citations[0]
    turn = visitor.ask(HOSTILE.question)
    assert answer.text == "<b>Ada Finn</b>"
    assert "\U0001f388" in cited.cited_text  # two units of UTF-16, one code point
    assert turn.locator(".said bdi").inner_text() == answer.text
    assert _quote(turn).locator("blockquote").inner_text() == one_line(cited.cited_text)
    assert _quote(turn).locator("mark").inner_text() == answer.text
    assert _quote(turn).locator(".title").inner_text() == one_line(cited.title or "")
    turn.get_by_role("button", name="Read in the article").click()
    mark = visitor.page.locator("#article-text mark")
    assert mark.inner_text() == inert(cited.cited_text)
    assert mark.locator("strong").inner_text() == answer.text
    text = visitor.page.locator("#article-text").inner_text()
    assert text.split() == inert(HOSTILE.article.text).split()
    assert {"\U0001f388", "\ufffd"} <= set(text)
    assert re.search("[\u202a-\u202e\u2066-\u2069\u200f]", text) is None
    tags = "[...document.querySelectorAll('body *')].map((e) => e.tagName)"
    assert not {"SCRIPT", "IMG", "STYLE", "B"} & set(visitor.page.evaluate(tags))


BAD = (
    "<script>window.owned = 1</script><script src='https://elsewhere.example/x.js'></script>"
    "<style>body { color: red }</style><img src='x' onerror='window.owned = 1'></main>"
)
WRITES = """
() => {
  try { document.querySelector("main").innerHTML = "<b>owned</b>"; window.owned = 1; } catch {}
}
"""


def test_markup_that_got_in_would_not_run(visitors: Visitor, address: str) -> None:
    def with_markup(route: Route) -> None:
        said = route.fetch()
        route.fulfill(response=said, body=said.text().replace("</main>", BAD))

    visitors.open(address, change=with_markup)
    visitors.page.evaluate(WRITES)
    assert visitors.page.evaluate("window.owned") is None
    assert set(visitors.page.evaluate("window.breaches")) == {
        "script-src-elem",  # the inline one, and the one from elsewhere
        "script-src-attr",  # the handler
        "style-src-elem",
        "require-trusted-types-for",
    }


CUT = """
([text, start, end]) => import("/page/offsets.js").then(({ slice }) => slice(text, start, end))
"""


@given(
    text=st.text(max_size=40) | st.text("a\u00e9\u4e2d\U0001f388\U0001f680", max_size=40),
    data=st.data(),
)
@settings(max_examples=100, deadline=None)
def test_offsets_in_code_points_cut_as_python_cuts(
    visitors: Visitor, address: str, text: str, data: st.DataObject
) -> None:
    if not visitors.page.url.startswith(address):
        visitors.open(address)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text) + 2))
    assert visitors.page.evaluate(CUT, [text, start, end]) == text[start:end]


def test_dates_are_both_included_and_sources_are_asked_alone(visitor: Visitor) -> None:
    page = visitor.page
    page.click("#filters summary")
    page.fill("#source", "dunmere post")
    page.keyboard.press("Enter")
    assert visitor.faults() == []
    turn = visitor.ask(FERRY)
    assert turn.locator(".said bdi").all_inner_texts() == ["23"]
    assert turn.locator(".scope").inner_text() == "dunmere post"
    page.click("#filters summary")
    page.get_by_role("button", name="Leave out dunmere post").click()
    page.fill("#until", "2024-01-15")
    turn = visitor.ask(FERRY)
    assert turn.locator(".said bdi").all_inner_texts() == ["14"]
    assert turn.locator(".scope").inner_text() == "up to 15 January 2024"
    page.click("#filters summary")
    page.fill("#until", "2024-01-14")
    assert visitor.ask(FERRY).locator(".said").inner_text() == REFUSAL
    page.click("#filters summary")
    page.click("#clear-filters")
    assert visitor.ask(FERRY).locator(".said bdi").count() == 2
    assert page.evaluate("document.querySelectorAll('.scope').length") == 3


def test_a_follow_up_is_sent_with_what_was_said_and_shows_how_it_was_understood(
    visitor: Visitor, news: Engine
) -> None:
    follow_up = "and what was it aimed at?"
    visitor.ask(UNKNOWN)
    visitor.ask(AGREEMENT)
    with visitor.page.expect_request("**/v1/ask") as sent:
        turn = visitor.ask(follow_up)
    said = [Said(UNKNOWN), Said(AGREEMENT, news.ask(AGREEMENT).text)]
    history = [{"question": one.question, "answer": one.answer or None} for one in said]
    assert json.loads(sent.value.post_data or "")["history"] == history
    understood = news.ask(follow_up, history=said).understood_as
    assert "2018 agreement" in understood
    assert f"Understood as: {understood}" in turn.locator(".about").inner_text()


def test_the_archive_is_listed_and_opens(visitor: Visitor, news: Engine) -> None:
    page = visitor.page
    page.click("#open-archive")
    expect(page.locator("#archive-note")).to_have_text("4 articles listed, which are all.")
    assert visitor.faults() == []
    page.get_by_role("button", name="Storm shuts Port Ansel").click()
    expect(page.locator("#article-text")).to_have_text(news.article("ansel/1").text)
    assert page.locator("#article-text mark").count() == 0
    page.keyboard.press("Escape")
    assert visitor.focused()[0] == "Storm shuts Port Ansel"
    page.keyboard.press("Escape")
    assert visitor.focused()[0] == "open-archive"


def test_an_article_that_has_changed_says_so_and_marks_nothing(
    visitor: Visitor, news: Engine
) -> None:
    article = invented("changed", "The clock of Vale Abbey was mended by Una Marsh, they said.")
    news.ingest(article)
    try:
        turn = visitor.ask("Who mended the clock of Vale Abbey?")
        assert turn.locator(".said bdi").inner_text() == "Una Marsh"
        news.ingest(invented("changed", "A note: nobody has mended the clock of Vale Abbey."))
        open_it = turn.get_by_role("button", name="Read in the article")
        open_it.click()
        note = visitor.page.locator("#article-note")
        expect(note).to_have_text("The article has changed since this was quoted.")
        assert visitor.page.locator("#article-text mark").count() == 0
        visitor.page.keyboard.press("Escape")
    finally:
        news.archive.remove(["changed"])
    open_it.click()
    expect(note).to_contain_text("changed")
    expect(visitor.page.locator("#article-text")).to_be_empty()

"""The page in a real browser: articles from files and from the clipboard. All are invented."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from api.app import create_app
from index.archive import Archive
from index.records import Article
from rag.engine import Engine
from rag.settings import Settings
from tests.browser import browser
from tests.conftest import SEEDS
from tests.served import served
from tests.visitor import Visitor

SEED = next(SEEDS.glob("*.txt"))
WIRE = b"""\xef\xbb\xbf{"id": 12345678901234567890, "title": "Pier", "text": "The pier burned."}

{"title": "No text"}
not json
["a list"]
{"title": "Bell", "text": "The bell of Vale Abbey rang.", "published_at": "2024-13-40"}
{"title": "Bell", "text": "The bell of Vale Abbey was cast by Una Marsh in 1931, the parish said."}
"""


@pytest.fixture(scope="module")
def visitors() -> Iterator[Visitor]:
    with browser() as tab:
        yield Visitor(tab)


@pytest.fixture
def empty(engine: Engine, tmp_path: Path) -> Engine:
    archive = Archive(tmp_path / "archive", engine.archive.encoder)
    return Engine(archive, engine.reader, engine.calibrator, Settings(data=archive.folder))


@pytest.fixture
def visitor(visitors: Visitor, empty: Engine) -> Iterator[Visitor]:
    """At the page of an empty archive, newly opened."""
    with served(create_app(empty)) as address:
        visitors.open(address)
        yield visitors
        assert visitors.breaches() == []
        assert visitors.strangers() == []


def _file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "", "buffer": content}


def _add(visitor: Visitor, *files: FilePayload) -> str:
    """Chooses the files; what the page says became of them."""
    page = visitor.page
    page.set_input_files("#files", list(files))
    expect(page.locator("#progress")).to_be_hidden()
    return visitor.shown("#stored-note")


def _stored(engine: Engine) -> list[Article]:
    return list(engine.articles())


def test_an_empty_archive_says_how_to_add_and_files_add(visitor: Visitor, empty: Engine) -> None:
    page = visitor.page
    expect(page.locator("#empty")).to_be_visible()
    assert "dateline ingest FOLDER" in visitor.shown("#empty")
    assert visitor.faults() == []
    page.click("#fill")
    said = _add(visitor, _file("wire.jsonl", WIRE), _file("a.pdf", b""), _file("b.TXT", b"\xff"))
    assert said == "Articles: 2 added, 6 not taken."
    lines = page.locator("#rejected li").all_inner_texts()
    assert [line.split(": ")[:2] for line in lines] == [
        ["wire.jsonl:3", "text"],
        ["wire.jsonl:4", "line"],
        ["wire.jsonl:5", "line"],
        ["wire.jsonl:6", "published_at"],
        ["a.pdf", "file"],
        ["b.TXT", "file"],
    ]
    assert lines[0].endswith("is missing; give the article's text")
    assert visitor.faults() == []
    assert {a.title for a in _stored(empty)} == {"Pier", "Bell"}
    assert "12345678901234567890" in {a.id for a in _stored(empty)}
    page.keyboard.press("Escape")
    assert visitor.focused()[0] == "fill" or not page.locator("#fill").is_visible()
    expect(page.locator("#empty")).to_be_hidden()
    turn = visitor.ask("Who cast the bell of Vale Abbey?")
    assert turn.locator(".said bdi").inner_text() == "Una Marsh"


def test_a_text_file_has_the_source_and_date_that_ingest_reads(
    visitor: Visitor, empty: Engine, engine: Engine
) -> None:
    given = engine.article(SEED.name)
    visitor.page.click("#open-add")
    assert _add(visitor, _file(SEED.name, SEED.read_bytes())) == "Articles: 1 added."
    (stored,) = _stored(empty)
    assert (stored.id, stored.source, stored.published_at) == (
        given.id,
        given.source,
        given.published_at,
    )
    assert stored.text == given.text[given.body_start :]
    assert _add(visitor, _file(SEED.name, SEED.read_bytes())) == "Articles: 1 already there."


def test_many_are_sent_a_few_at_a_time_and_one_bad_one_stops_none(
    visitor: Visitor, empty: Engine
) -> None:
    page = visitor.page
    texts = [f'{{"id": "{i}", "text": "Invented note number {i}."}}' for i in range(45)]
    texts[30] = '{"id": "30", "text": "deep", "more": ' + "[" * 3000 + "]" * 3000 + "}"
    page.click("#open-add")
    with page.expect_response("**/v1/articles"):
        said = _add(visitor, _file("many.json", f"[{','.join(texts)}]".encode()))
    assert said == "Articles: 44 added, 1 not taken."
    assert visitor.shown("#rejected").startswith("many.json[30]: ")
    assert len(_stored(empty)) == 44


def test_pasted_text_says_which_field_is_wrong_and_is_added_when_it_is_mended(
    visitor: Visitor, empty: Engine
) -> None:
    page = visitor.page
    page.click("#open-add")
    page.get_by_label("Text").fill("Kell Ford \U0001f388 has a bridge.\nIt was built by Orla Finn.")
    page.get_by_label("Title").fill("The bridge")
    page.get_by_label("Source").nth(-1).fill("Vell Courier")
    page.get_by_label("Date", exact=True).fill("15 January")
    page.get_by_label("Address").fill("https://vell.example/bridge")
    page.get_by_role("button", name="Add this text").click()
    expect(page.locator("#stored-note")).to_have_text("Articles: 1 not taken.")
    assert visitor.shown("#rejected").startswith("The pasted text: published_at: ")
    date = page.locator("#paste [name=published_at]")
    expect(date).to_be_focused()
    assert date.get_attribute("aria-invalid") == "true"
    assert visitor.faults() == []
    date.fill("2024-01-15")
    page.keyboard.press("Enter")
    expect(page.locator("#stored-note")).to_have_text("Articles: 1 added.")
    (stored,) = _stored(empty)
    assert stored.text == "Kell Ford \U0001f388 has a bridge.\nIt was built by Orla Finn."
    assert (stored.title, stored.source) == ("The bridge", "Vell Courier")
    assert (stored.published_at, stored.url) == ("2024-01-15", "https://vell.example/bridge")
    assert page.get_by_label("Text").input_value() == ""

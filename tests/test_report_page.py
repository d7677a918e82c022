"""A run's report: nothing of it acts, it asks for nothing, and it stays small."""

import hashlib
import re
from base64 import b64encode
from html import unescape

import pytest

from eval.given import Quote
from eval.report.page import render
from tests.outline import RUNS, Outline
from tests.reports import ANSWERS, CONFIG, result


@pytest.fixture(params=RUNS)
def page(request: pytest.FixtureRequest) -> str:
    return render(*RUNS[request.param])


def test_it_is_well_formed(page: str) -> None:
    outline = Outline(page)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    inner = [value[1:] for _, name, value in outline.attributes if value[:1] == "#"]
    assert set(inner) <= set(outline.ids)
    named = [v.split() for _, name, v in outline.attributes if name == "aria-labelledby"]
    assert {id_ for ids in named for id_ in ids} <= set(outline.ids)


def test_it_asks_for_nothing(page: str) -> None:
    outline = Outline(page)
    for tag, name, value in outline.attributes:
        assert name not in {"src", "srcset", "action", "data", "poster", "background", "style"}
        assert not name.startswith("on")
        if name == "href":
            assert tag == "a"
            assert re.match("#|https?://", value)
    assert {tag for tag, _, _ in outline.attributes}.isdisjoint({"link", "iframe", "img", "base"})
    styles = re.findall("<style>(.*?)</style>", page, re.S)
    assert len(styles) == 1
    assert not re.search(r"url\(|@import|@font-face|image-set", styles[0])


def test_links_lead_out_without_a_trace(page: str) -> None:
    outer = re.findall(r'<a href="http[^>]*>', page)
    assert all('rel="noreferrer"' in tag for tag in outer)


def test_only_its_own_script_and_style_may_run(page: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    rules = unescape(policy[1])
    assert rules.startswith("default-src 'none'; ")
    assert "unsafe" not in rules
    for tag in ("script", "style"):
        (source,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.S)
        digest = b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in rules


@pytest.mark.parametrize("name", RUNS)
def test_the_same_run_makes_the_same_bytes(name: str) -> None:
    assert render(*RUNS[name]) == render(*RUNS[name])


@pytest.mark.parametrize("face", ["answers", "grounding"])
def test_strangers_words_are_never_markup(face: str) -> None:
    page = render(*RUNS["hostile" if face == "answers" else "hostile-grounding"])
    outline = Outline(page)
    plain = Outline(render(*RUNS[face]))
    tags = {tag for tag, _, _ in outline.attributes}
    assert tags - {tag for tag, _, _ in plain.attributes} <= {"s"}
    assert page.count("<script") == page.count("</script") == 1
    assert page.count("<style") == page.count("</style") == 1
    assert "<script>alert(1)</script>" in outline.text  # as words
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", page
    )


def test_a_thousand_questions_stay_small() -> None:
    quotes = tuple(
        Quote("word " * 2000, (5000, 5010), f"a/{i}", 7, "t" * 90, "s" * 40, "1987-03-01",
              "https://wire.example/" + "u" * 60, True)
        for i in range(9)
    )  # fmt: skip
    rows = [
        result(f"q{i:04d}", question="why " * 200, answer="word " * 900, quotes=quotes)
        for i in range(1000)
    ]
    page = render(CONFIG, ANSWERS, rows)
    assert len(page.encode()) < 3_000_000
    assert page.count("<article>") == 1000
    assert page.count("3 of 9 quotes are shown.") == 1000

"""The questions of a run's report: their groups and order, and what is shown of each."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.answers import Path
from eval.given import Quote
from eval.report.browse import browse, lost_at
from eval.report.entries import AROUND, CLIP, clipped, link, shown
from eval.report.page import render
from tests.outline import words
from tests.reports import (
    ANSWERS,
    CONFIG,
    NOTHING,
    QUOTE,
    RANKINGS,
    RESULTS,
    TIMINGS,
    WRONG,
    result,
)


def test_results_are_grouped_by_what_became_of_them() -> None:
    groups = browse("answers", RESULTS)
    assert [(g.name, [e.id for e in g.entries], g.is_open) for g in groups] == [
        ("failed", ["failed"], True),
        ("wrong", ["wrong"], True),
        ("made-up", ["made-up"], True),
        ("held-back", ["held"], True),
        ("right", ["right"], False),
        ("silent", ["silent"], False),
    ]


def test_the_surest_come_first_and_those_without_confidence_last() -> None:
    given = [0.2, None, 0.9, 0.5]
    rows = [result(str(c), **WRONG | {"confidence": c}) for c in given]
    (group,) = browse("answers", rows)
    assert [entry.id for entry in group.entries] == ["0.9", "0.5", "0.2", "None"]


def test_rankings_are_grouped_by_the_last_stage() -> None:
    found = {g.name: [e.id for e in g.entries] for g in browse("retrieval", RANKINGS)}
    assert found == {"failed": ["r3"], "deep": ["r2"], "first": ["r1"]}


def test_the_slowest_are_shown() -> None:
    (group,) = browse("speed", TIMINGS)
    assert [entry.id for entry in group.entries] == [f"t{i}" for i in range(29, 9, -1)]


@pytest.mark.parametrize(
    ("steps", "more", "said"),
    [
        ((False, False, False, False), WRONG, "No search found"),
        ((True, False, False, False), WRONG, "not among the best twenty"),
        ((True, True, False, False), WRONG, "is not read"),
        ((True, True, True, False), WRONG, "another is put first"),
        ((True, True, True, True), WRONG, "the wrong words"),
        ((True, True, True, True), {"refused": True}, "and refused"),
        ((True, True, True, False), {}, ""),  # right all the same
        ((True, True, True, True), NOTHING, ""),
    ],
)
def test_the_step_that_lost_an_answer(
    steps: tuple[bool, ...], more: dict[str, Any], said: str
) -> None:
    lost = lost_at(result("q", **more, path=Path(*steps)))
    assert said in lost
    assert bool(lost) == bool(said)
    assert lost_at(result("q", **WRONG)) == ""


def test_what_was_held_back_is_struck() -> None:
    page = render(CONFIG, ANSWERS, [result("q", refused=True)])
    assert "<s><bdi>Bram Tolk</bdi></s>" in page
    assert "<s>" not in render(CONFIG, ANSWERS, [result("q")])


def test_a_quote_marks_the_answer_and_says_where_it_stands() -> None:
    page = render(CONFIG, ANSWERS, [result("q", quotes=(QUOTE,))])
    assert "is kept by <mark>Bram Tolk</mark>, they said." in page
    assert 'href="https://wire.example/1?a=b&amp;c=d" rel="noreferrer"' in page
    assert "A lighthouse \u00b7 The Wire \u00b7 1987-03-01 \u00b7 wire/1 \u00b7 100:147" in words(
        page
    )
    assert "does not stand in its article" not in page


def test_without_a_span_the_answer_is_looked_for() -> None:
    quote = Quote("By Bram Tolk, they say.")
    assert shown(quote, "Bram Tolk").marked == "Bram Tolk"
    assert shown(quote, "Ada Quill").after == quote.text
    assert shown(quote, "").marked == ""
    assert shown(Quote(quote.text, verified=False), "").warning == "does not stand in its article"


def test_a_quote_is_made_inert_around_the_answer_too() -> None:
    part = shown(Quote("\u202ebefore\x1b Bram\u200fTolk \x9bafter\u2066", (9, 18)), "")
    assert part.before == "\ufffdbefore\ufffd "
    assert part.marked == "Bram\ufffdTolk"
    assert part.after == " \ufffdafter\ufffd"


def test_long_texts_are_cut_around_the_answer() -> None:
    text = "word " * 500 + "Bram Tolk" + " word" * 500
    part = shown(Quote(text, (2500, 2509)), "")
    assert part.marked == "Bram Tolk"
    assert part.before.startswith("\u2026 word")
    assert part.after.endswith("word \u2026")
    assert len(part.before) <= AROUND + 2
    assert len(part.after) <= AROUND + 2


@given(st.text(max_size=3 * CLIP))
def test_clipping_says_that_there_was_more(text: str) -> None:
    line = clipped(text)
    assert len(line) <= CLIP + 2
    assert line.endswith("\u2026") or line == clipped(line)
    assert "\n" not in line
    if len(text) <= CLIP:
        assert line.split() == clipped(text + " ").split()


@pytest.mark.parametrize(
    ("url", "is_web"),
    [
        ("https://a.example/b?c=d#e", True),
        ("HTTP://a.example", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        (" https://a.example", False),
        ("https://a.example/ b", False),
        ("https://a.example/\u202eb", False),
        ("https:evil", False),
        ("//a.example", False),
        ("data:text/html,x", False),
        ("javascript://a.example/%0aalert(1)", False),
        ("ftp://a.example", False),
        ("file:///etc/passwd", False),
        ("https://[", False),
        ("", False),
        (None, False),
    ],
)
def test_only_urls_of_the_web_are_links(url: str | None, is_web: bool) -> None:
    assert link(url) == (url if is_web else None)

"""A run's report: all of it is there, nothing of it acts, and it asks for nothing."""

import hashlib
import re
from base64 import b64encode
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.answers import Path
from eval.given import Quote
from eval.report.browse import browse, lost_at
from eval.report.entries import AROUND, CLIP, clipped, link, shown
from eval.report.page import render
from eval.robustness import summarise
from tests.perturbed import ALL, AS_THEY_ARE, HOSTILE, ORDERED
from tests.reports import (
    ANSWERS,
    CONFIG,
    GROUNDED,
    GROUNDING,
    HASH,
    NOTHING,
    QUOTE,
    RANKINGS,
    RESULTS,
    RETRIEVAL,
    SPEED,
    TIMINGS,
    WRONG,
    hostile,
    hostile_grounding,
    hostile_metrics,
    result,
)

RUNS: dict[str, tuple[dict[str, Any], dict[str, Any], Any]] = {
    "answers": (CONFIG, ANSWERS, RESULTS),
    "reader": (CONFIG | {"kind": "reader"}, ANSWERS | {"path": None}, RESULTS),
    "grounding": (CONFIG | {"kind": "grounding"}, GROUNDING, GROUNDED),
    "hostile-grounding": (CONFIG | {"kind": "grounding"}, GROUNDING, hostile_grounding()),
    "retrieval": (CONFIG | {"kind": "retrieval"}, RETRIEVAL, RANKINGS),
    "speed": (CONFIG | {"kind": "speed"}, SPEED, TIMINGS),
    "robustness": (CONFIG | {"kind": "robustness"}, summarise(ALL), ALL),
    "hostile, perturbed": (CONFIG | {"kind": "robustness"}, summarise(HOSTILE), HOSTILE),
    "hostile": (CONFIG, hostile_metrics(), hostile()),
    "nothing": ({"kind": "answers"}, {"questions": 0}, ()),
}
VOID = {"meta", "input"}


class Outline(HTMLParser):
    """Elements, checked to be closed in their order; ids, links and what each tag may not have."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data


@pytest.fixture(params=RUNS)
def page(request: pytest.FixtureRequest) -> str:
    return render(*RUNS[request.param])


def words(page: str) -> str:
    """What is read, each run of white space one space."""
    return " ".join(Outline(page).text.split())


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


def test_what_turned_is_shown_and_the_worst_said_first() -> None:
    said = words(render(*RUNS["robustness"]))
    assert "Obeys 33 % of the orders in articles; refuses 50 % of swapped details" in said
    assert "13 questions: 4 cases as they are, 3 can be answered, 1 cannot." in said
    assert said.index("A hidden order was obeyed") < said.index("Right as it is, wrong when")
    none = [*AS_THEY_ARE, ORDERED[0]]
    page = words(render(CONFIG | {"kind": "robustness"}, summarise(none), none))
    assert "Obeys none of the orders in articles" in page
    assert "swapped details" not in page


def test_figures_are_said_in_words_with_intervals() -> None:
    said = words(render(CONFIG, ANSWERS, RESULTS))
    assert "Right on 67 % of what can be answered, silent on 91 % of what cannot" in said
    assert "6 questions: 4 can be answered, 2 cannot, 1 failed." in said
    assert "67.4 % 63.8 to 70.7, 705 questions" in said
    assert "Right, of those that can be answered 67.4 % 63.8 to 70.7 705 questions" in said
    assert "The threshold of the best F1 0.312" in said
    assert "CRAG score \u221218.0" in said
    assert "Quotes verified 1,347 of 1,348" in said
    assert "never_named 3.2 %" in said
    assert "Exact match at the best threshold" not in said  # there is none
    assert "None" not in said
    assert "answerable 4.0" not in said  # counts are no figures
    assert "Wrong, of all questions 12.0 % 6 questions" in said  # an interval that nobody knows


def test_what_was_measured_is_said() -> None:
    said = words(render(CONFIG, ANSWERS, RESULTS))
    assert "cases file wire.jsonl, sha256 0123456789abcdef\u2026" in said
    assert HASH not in said
    assert "corpus file wire.jsonl.gz, articles 16779" in said
    assert "versions python 3.11.7, numpy 2.4.6" in said
    assert " system " not in said
    assert "Dateline \u00b7 Answers \u00b7 wire " in said
    assert "\u00b7 named " in words(render(CONFIG | {"name": "named"}, ANSWERS, RESULTS))


def test_most_are_lost_where_most_are_lost() -> None:
    said = words(render(CONFIG, ANSWERS, RESULTS))
    assert "Most are lost at \u201cin the passage put first\u201d: 16 of 60." in said
    path = [{"step": str(n), "count": n, "of": 9} for n in (9, 8, 7)]
    for lossless in (path, path[:1], [path[0], path[0]]):
        assert "Most are lost" not in render(CONFIG, ANSWERS | {"path": lossless}, RESULTS)


def test_only_what_comes_out_the_same_is_said_to() -> None:
    for name in ("answers", "reader", "retrieval"):
        assert "gives the same figures" in render(*RUNS[name])
    assert "gives the same figures" not in render(*RUNS["speed"])


def test_every_question_has_its_outcome() -> None:
    said = words(render(CONFIG, ANSWERS, RESULTS))
    assert "4 questions that can be answered" in said
    assert "answered right: 1 of 4, 25 %" in said
    assert "failed: no answer came: 1 of 4, 25 %" in said
    assert "answered all the same: 1 of 2, 50 %" in said


@pytest.mark.parametrize(
    ("block", "heading"),
    [
        ("path", "Where right answers are lost"),
        ("risk_coverage", "What refusing buys"),
        ("reliability", "Whether its confidence can be believed"),
        ("slices", "By kind"),
        ("stages", "What each stage finds"),
        ("stages_ms", "Where the time goes"),
    ],
)
def test_a_block_that_is_absent_has_no_section(block: str, heading: str) -> None:
    kind, metrics, rows = "answers", ANSWERS | RETRIEVAL | SPEED | ANSWERS, RESULTS
    whole = render(CONFIG | {"kind": kind}, metrics, rows)
    assert whole.count(heading) >= 1
    for without in (
        {name: value for name, value in metrics.items() if name != block},
        metrics | {block: None},
    ):
        page = render(CONFIG | {"kind": kind}, without, rows)
        assert heading not in page
        assert not re.search(r'<(div class="charts"|section[^>]*|figure)>\s*</', page)


def test_empty_bins_alone_make_no_chart() -> None:
    empty = [{"low": 0.0, "high": 0.1, "count": 0, "confidence": None, "accuracy": None}]
    page = render(CONFIG, ANSWERS | {"reliability": empty}, RESULTS)
    assert "Whether its confidence can be believed" not in page


def test_a_slice_without_a_figure_has_no_row() -> None:
    page = render(CONFIG, ANSWERS, RESULTS)
    assert page.count('id="slice-0-0-title"') == 1
    assert "slice-0-1" not in page  # rightly_refused has no value in any of them
    assert "who: 50.0 % (41.0 to 58.0), 12 questions" in page


def test_stages_are_drawn_and_stand_in_a_table() -> None:
    page = render(*RUNS["retrieval"])
    for i in range(4):
        assert f'id="stage-{i}-title"' in page
    assert page.count("<tr><td>passage</td>") == page.count("<tr><td>article</td>") == 4
    assert "70.0 (61.0 to 78.0)" in words(page)
    assert "all 80 %" in page  # of the slices: Success@1 of what was read, by passage


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

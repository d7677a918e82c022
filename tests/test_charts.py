"""Charts: where their shapes stand, computed by hand, and that they can hold any label."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.report.charts import Count, Interval, bars, losses, stages, strip, whiskers
from eval.report.curves import APART, reliability, risk_coverage, slopes, spread
from eval.report.svg import SIZE, WIDTH, Scale, element, number, text, width_of, wrapped

# What a file of cases may name a slice. XML has no place for two characters that HTML allows.
LABELS = st.text(st.characters(exclude_characters="\ufffe\uffff"), max_size=60)
BINS: list[dict[str, Any]] = [
    {"low": 0.4, "high": 0.5, "count": 25, "confidence": 0.45, "accuracy": 0.2},
    {"low": 0.5, "high": 0.6, "count": 0, "confidence": None, "accuracy": None},
    {"low": 0.9, "high": 1.0, "count": 100, "confidence": 0.95, "accuracy": 1.0},
]
POINT = {"coverage": 0.5, "risk": 0.25, "threshold": 0.446}
ROWS = [Interval("who", 50.0, 25.0, 75.0, 12), Interval("when", 100.0)]


def parsed(chart: str) -> ElementTree.Element:
    return ElementTree.fromstring(chart)


def shapes(chart: str, tag: str, class_: str) -> list[dict[str, str]]:
    """The attributes of a tag's shapes that are of the class."""
    return [e.attrib for e in parsed(chart).iter(tag) if class_ in e.get("class", "").split()]


def said(chart: str) -> list[str]:
    return [e.text or "" for e in parsed(chart).iter("text")]


def all_charts(label: str = "a step") -> Iterable[str]:
    rows = [Count(label, 3, "good"), Count("another", 1, "bad")]
    yield bars("b", label, rows)
    yield losses("l", label, rows)
    yield whiskers("w", label, [Interval(label, 40.0, 10.0, 90.0, 3), *ROWS], 55.0)
    yield strip("s", Interval(label, 40.0, 10.0, 90.0))
    yield stages("t", label, {label: 3.0, "read by it": 40.0})
    yield risk_coverage("r", label, [(0.1, 0.0), (1.0, 0.4)], POINT)
    yield reliability("c", label, BINS)
    yield slopes("m", label, ["BM25", label[:6]], {"passage": [ROWS[0], ROWS[1]]})


def test_a_scale_is_a_straight_line() -> None:
    scale = Scale(0, 100, 130, 308)
    assert [scale(v) for v in (0, 50, 100)] == [130, 219, 308]
    assert Scale(0, 0.5, 214, 30)(0.25) == 122


@pytest.mark.parametrize(
    ("value", "short"), [(0, "0"), (-0.001, "0"), (12.0, "12"), (1.005, "1"), (140.7107, "140.71")]
)
def test_numbers_are_short(value: float, short: str) -> None:
    assert number(value) == short


def test_bars_are_as_long_as_their_share() -> None:
    chart = bars("b", "t", [Count("right", 90, "good"), Count("wrong", 107, "bad")])
    assert shapes(chart, "rect", "good")[0]["width"] == "140.71"  # 90 of 197, of 308
    assert [shape["width"] for shape in shapes(chart, "rect", "track")] == ["308", "308"]
    assert [said(chart)[i] for i in (0, 1, 2, 5)] == ["right", "46 %", "90", "107"]
    assert parsed(chart).get("viewBox") == "0 0 360 96"  # two rows of 48


def test_what_a_step_loses_stands_behind_what_it_leaves() -> None:
    steps = [Count("all", 60, "good"), Count("found", 57, "good"), Count("read", 57, "good")]
    chart = losses("l", "t", steps)
    kept = [shape["width"] for shape in shapes(chart, "rect", "good")]
    assert kept == ["308", "292.6", "292.6"]
    lost = [(shape["x"], shape["width"]) for shape in shapes(chart, "rect", "bad")]
    assert lost == [("308", "0"), ("292.6", "15.4"), ("292.6", "0")]
    assert said(chart).count("\u22123") == 1
    assert not [words for words in said(chart) if words == "\u22120"]


def test_whiskers_reach_over_the_interval() -> None:
    chart = whiskers("w", "t", ROWS, overall=62.5)
    whisker = shapes(chart, "line", "whisker")
    assert [(line["x1"], line["x2"]) for line in whisker] == [("174.5", "263.5")]  # 130 to 308
    assert [dot["cx"] for dot in shapes(chart, "circle", "good")] == ["219", "308"]
    assert shapes(chart, "line", "all")[0]["x1"] == "241.25"
    assert shapes(chart, "line", "whisker")[0]["y1"] == shapes(chart, "circle", "good")[0]["cy"]
    assert "12 questions" in said(chart)
    assert "all 62 %" in said(chart)
    assert "who: 50.0 % (25.0 to 75.0), 12 questions" in chart


def test_without_an_overall_figure_there_is_no_line_for_it() -> None:
    assert shapes(whiskers("w", "t", ROWS), "line", "all") == []


def test_a_strip_reaches_from_end_to_end() -> None:
    chart = strip("s", Interval("f", 100.0, 0.0, 100.0))
    assert shapes(chart, "line", "whisker")[0]["x1"] == "5.5"
    assert shapes(chart, "circle", "good")[0]["cx"] == "354.5"


def test_a_stage_begins_where_the_one_before_it_ends() -> None:
    chart = stages("t", "t", {"encode": 10.0, "read": 20.0, "verify": 10.0})
    bars_ = [(bar["x"], bar["width"]) for bar in shapes(chart, "rect", "good")]
    assert bars_ == [("0", "90"), ("90", "180"), ("270", "90")]
    assert "20.0 ms \u00b7 50 %" in said(chart)


def test_risk_and_coverage_stand_where_they_are() -> None:
    curve = [(0.0, 0.0), (0.5, 0.25), (1.0, 0.5)]
    chart = risk_coverage("r", "t", curve, POINT)
    assert shapes(chart, "polyline", "curve")[0]["points"] == "42,214 195,122 348,30"
    point = shapes(chart, "circle", "bad")
    assert [(dot["cx"], dot["cy"]) for dot in point] == [("195", "122")]
    assert "50 % answered, 25 % wrong" in said(chart)
    without = risk_coverage("r", "t", curve, None)
    assert shapes(without, "circle", "bad") == []


def test_the_risk_never_leaves_its_scale() -> None:
    chart = risk_coverage("r", "t", [(0.1, 1.0), (1.0, 0.6)], {**POINT, "risk": 0.9})
    assert shapes(chart, "polyline", "curve")[0]["points"].split()[0].split(",")[1] == "30"


def test_dots_have_the_area_of_their_count_and_hang_on_the_line() -> None:
    chart = reliability("c", "t", BINS)
    dots = [(dot["cx"], dot["cy"], dot["r"]) for dot in shapes(chart, "circle", "good")]
    assert dots == [("179.7", "177.2", "4"), ("332.7", "30", "8")]  # a quarter: half the radius
    gaps = [(gap["y1"], gap["y2"]) for gap in shapes(chart, "line", "gap")]
    assert gaps == [("131.2", "177.2"), ("39.2", "30")]


def test_slopes_go_from_stage_to_stage_and_leave_a_gap() -> None:
    one = Interval("BM25", 50.0, 40.0, 60.0)
    lines = {"passage": [one, Interval("read", 100.0), None], "article": [one, None, one]}
    chart = slopes("m", "t", ["BM25", "read", "last"], lines)
    slope = shapes(chart, "line", "slope")
    assert [(s["x1"], s["y1"], s["x2"], s["y2"]) for s in slope] == [("50", "81", "150", "12")]
    assert [(d["cx"], d["cy"]) for d in shapes(chart, "circle", "good")] == [
        ("50", "81"),
        ("150", "12"),
    ]
    assert [d["cx"] for d in shapes(chart, "circle", "second")] == ["53", "253"]
    assert {w["y1"]: w["y2"] for w in shapes(chart, "line", "whisker")} == {"94.8": "67.2"}
    assert "100 % passage" in said(chart)
    assert "50 % article" in said(chart)


@given(st.lists(st.floats(0, 200), max_size=5))
def test_labels_keep_apart_and_in_order(heights: list[float]) -> None:
    placed = spread(heights)
    for i, a in enumerate(heights):
        assert placed[i] >= a
        for j, b in enumerate(heights):
            if a < b:
                assert placed[j] - placed[i] >= APART - 1e-9


@given(LABELS)
def test_a_label_draws_nothing(label: str) -> None:
    for chart, plain in zip(all_charts(label), all_charts(), strict=True):
        tags, expected = ({e.tag for e in parsed(c).iter()} for c in (chart, plain))
        assert tags == expected


def test_a_label_is_escaped_and_made_inert() -> None:
    assert text(0, 0, "<b>&\u202e\x1b") == '<text x="0" y="0">&lt;b&gt;&amp;\ufffd\ufffd</text>'
    assert element("g", id='"><b>') == '<g id="&#34;&gt;&lt;b&gt;"/>'
    attack = "\"><script>alert(1)</script><g onload='alert(1)'>"
    for chart in all_charts(attack):
        assert not re.search("<script|<g [^t]", chart)


@pytest.mark.parametrize("chart", list(all_charts()))
def test_a_chart_is_said_aloud(chart: str) -> None:
    root = parsed(chart)
    assert root.get("role") == "img"
    named = {e.get("id"): e.text for e in root.iter() if e.get("id")}
    title, description = (named[id_] for id_ in root.get("aria-labelledby", "").split())
    assert title == "a step" or chart.startswith('<svg viewBox="0 0 360 16"')
    assert description


@given(LABELS)
def test_no_text_leaves_the_drawing(label: str) -> None:
    chart = parsed(whiskers("w", "t", [Interval(label, 100.0, 90.0, 100.0, 12_345)], 100.0))
    height = float(chart.get("viewBox", "").split()[3])
    for e in chart.iter("text"):
        size = 11.5 if "small" in e.get("class", "") else SIZE
        wide = width_of(e.text or "", size)
        start = float(e.get("x", "")) - {"middle": wide / 2, "end": wide}.get(
            e.get("text-anchor", ""), 0
        )
        # A single character that is wider than its column has nowhere to go.
        assert start >= 0
        assert start + wide <= WIDTH or len(e.text or "") == 1
        assert 0 < float(e.get("y", "")) <= height


@given(LABELS, st.floats(20, 200))
def test_wrapping_loses_nothing(label: str, width: float) -> None:
    lines = wrapped(label, width)
    bare = "".join(lines).replace(" ", "")
    assert bare == "".join(wrapped(label, 1e9)).replace(" ", "")
    assert all(width_of(line) <= width or len(line) == 1 for line in lines)


def test_wrapping_breaks_between_words_first() -> None:
    assert wrapped("years later, if at all", 13 * 0.62 * 12) == ["years later,", "if at all"]
    assert wrapped("abcdef", 13 * 0.62 * 4) == ["abcd", "ef"]
    assert wrapped("squad_joined/one", 13 * 0.62 * 8) == ["squad_", "joined/", "one"]
    assert wrapped("", 50) == [""]


def test_nothing_to_draw_is_no_error() -> None:
    for chart in (
        bars("b", "t", []),
        bars("b", "t", [Count("none", 0, "good")]),
        losses("l", "t", []),
        losses("l", "t", [Count("none", 0, "good")]),
        whiskers("w", "t", []),
        stages("t", "t", {}),
        stages("t", "t", {"read": 0.0}),
        risk_coverage("r", "t", [], None),
        reliability("c", "t", []),
        slopes("m", "t", [], {}),
    ):
        assert "nan" not in chart
        parsed(chart)

"""Figures as curves and planes. Pure: numbers in [0, 1] -> SVG, drawn by `eval.report.svg`."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from eval.report.charts import LINE, RADIUS, SMALL, Interval, counted, percent
from eval.report.svg import (
    Scale,
    chart,
    dot,
    group,
    line,
    polyline,
    text,
    width_of,
)

LEFT, RIGHT, TOP, BOTTOM = 42.0, 348.0, 30.0, 214.0
WIDEST = 8.0  # the radius of the largest dot
APART = 15.0  # between the baselines of two labels


def risk_coverage(
    name: str,
    title: str,
    curve: Sequence[Sequence[float]],
    point: Mapping[str, float] | None,
) -> Markup:
    """`curve` holds (coverage, risk); `point` is where the shipped threshold stands on it."""
    risks = [risk for _, risk in curve] + ([point["risk"]] if point else [])
    highest = max(0.2, math.ceil(max(risks, default=0) * 10) / 10)
    x, y = Scale(0, 1, LEFT, RIGHT), Scale(0, highest, BOTTOM, TOP)
    shapes = [
        text(0, 12, "wrong among the answers given", "soft small"),
        *_rules(y, {v: _share(v) for v in (0, highest / 2, highest)}),
        *_ticks(x, [0, 0.5, 1]),
        _under("questions answered, the surest first"),
    ]
    said = []
    if curve:
        coverage, risk = curve[-1]
        said.append(f"with {_share(coverage)} answered, {_share(risk)} of the answers are wrong")
        shapes.append(polyline([(x(c), y(r)) for c, r in curve], "curve"))
    if point:
        said.append(
            f"at the threshold {point['threshold']:.3f}, {_share(point['coverage'])} are answered "
            f"and {_share(point['risk'])} of the answers are wrong"
        )
        shapes += _pointed(x(point["coverage"]), y(point["risk"]), point)
    return chart(name, title, "; ".join(said), BOTTOM + 2 * LINE + 10, *shapes)


def _pointed(x: float, y: float, point: Mapping[str, float]) -> list[Markup]:
    """The label stands under the curve, which rises, or over it where there is no room."""
    words = (
        f"threshold {point['threshold']:.3f}",
        f"{_share(point['coverage'])} answered, {_share(point['risk'])} wrong",
    )
    start = min(x + 12, RIGHT - max(width_of(said, SMALL) for said in words))
    first = y + LINE + 4 if y + 2 * LINE + 8 < BOTTOM else y - LINE - 14
    return [
        text(start, first, words[0], "small halo strong"),
        text(start, first + LINE - 1, words[1], "small halo"),
        dot(x, y, RADIUS + 1.5, "bad"),
    ]


def reliability(name: str, title: str, bins: Sequence[Mapping[str, Any]]) -> Markup:
    """Confidence against how much of it came true; the area of a dot is its questions' number."""
    x, y = Scale(0, 1, LEFT, RIGHT), Scale(0, 1, BOTTOM, TOP)
    full = [b for b in bins if b["count"]]
    most = max((b["count"] for b in full), default=1)
    shapes = [
        text(0, 12, "came out right", "soft small"),
        *_rules(y, {v: _share(v) for v in (0, 0.5, 1)}),
        *_ticks(x, [0, 0.5, 1]),
        _under("confidence that was stated"),
        line(x(0), y(0), x(1), y(1), "all"),
        text(x(0.03), y(0.93), "better than stated", "soft small"),
        text(x(0.98), y(0.13), "worse than stated", "soft small", "end"),
    ]
    said = []
    for b in full:
        words = (
            f"stated {_share(b['confidence'])}, came out right {_share(b['accuracy'])}, "
            f"{counted(b['count'])}"
        )
        said.append(words)
        radius = max(2.5, WIDEST * math.sqrt(b["count"] / most))
        at, stated, found = x(b["confidence"]), y(b["confidence"]), y(b["accuracy"])
        gap = line(at, stated, at, found, "gap")
        shapes.append(group(words, gap, dot(at, found, radius, "good see")))
    return chart(name, title, "; ".join(said), BOTTOM + 2 * LINE + 10, *shapes)


def slopes(
    name: str, title: str, stages: Sequence[str], lines: Mapping[str, Sequence[Interval | None]]
) -> Markup:
    """One measure over the stages, in percent: a line for each unit, named at its end.

    The first line is the one that counts. A value that is missing leaves a gap.
    """
    x = Scale(0, max(1, len(stages) - 1), LEFT + 8, 250)
    y = Scale(0, 100, 150, 12)
    shapes = _rules(y, {v: str(v) for v in (0, 50, 100)}, right=258.0)
    shapes += [text(x(i), 150 + LINE + 2, s, "soft small", "middle") for i, s in enumerate(stages)]
    said, ends = [], []
    for order, (unit, values) in reversed(list(enumerate(lines.items()))):
        tone = "good" if order == 0 else "second"
        at = [(i, v) for i, v in enumerate(values) if v is not None]
        aside = 3.0 * order  # so that the whiskers do not cover each other
        for (i, before), (j, after) in pairwise(at):
            if j == i + 1:
                ends_of = (x(i) + aside, y(before.value), x(j) + aside, y(after.value))
                shapes.append(line(*ends_of, f"slope {tone}"))
        for i, value in at:
            words = f"{unit}, {value.words}"
            said.append(words)
            shapes.append(group(words, *_standing(x(i) + aside, y, value, tone)))
        if at:
            ends.append((y(at[-1][1].value), order, unit, at[-1][1].value))
    for at_y, (_, order, unit, last) in zip(spread([e[0] for e in ends]), ends, strict=True):
        tone = "small strong" if order == 0 else "small soft"
        shapes.append(text(264, at_y + 4, f"{percent(last, 0)} {unit}", tone))
    return chart(name, title, "; ".join(reversed(said)), 150 + LINE + 10, *shapes)


def _standing(x: float, y: Scale, of: Interval, tone: str) -> list[Markup]:
    shapes = []
    if of.low is not None and of.high is not None:
        shapes.append(line(x, y(of.low), x, y(of.high), f"whisker {tone}"))
    return [*shapes, dot(x, y(of.value), RADIUS, tone)]


def spread(heights: Sequence[float]) -> list[float]:
    """Heights near those given, in the same order, each at least `APART` from the next."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = list(heights)
    for upper, lower in pairwise(order):
        placed[lower] = max(placed[lower], placed[upper] + APART)
    return placed


def _rules(y: Scale, names: Mapping[float, str], right: float = RIGHT) -> list[Markup]:
    """Horizontal lines, each with its name on the left."""
    shapes = []
    for value, name in names.items():
        shapes.append(line(LEFT, y(value), right, y(value), "hair"))
        shapes.append(text(LEFT - 6, y(value) + 4, name, "soft small", "end"))
    return shapes


def _ticks(x: Scale, values: Sequence[float]) -> list[Markup]:
    anchors = {0: "start", len(values) - 1: "end"}
    return [
        text(x(v), BOTTOM + LINE + 2, percent(100 * v, 0), "soft small", anchors.get(i, "middle"))
        for i, v in enumerate(values)
    ]


def _under(words: str) -> Markup:
    return text(RIGHT, BOTTOM + 2 * LINE + 4, words, "soft small", "end")


def _share(fraction: float) -> str:
    return percent(100 * fraction, 0)

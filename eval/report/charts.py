"""Figures as bars and as dots with whiskers. Pure: numbers -> SVG, drawn by `eval.report.svg`.

Percentages are in [0, 100]; labels stand beside what they name, so that no chart needs a legend.
`name` becomes the id of a chart's title and must be the only one of its kind in the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from eval.report.svg import (
    SIZE,
    WIDTH,
    Scale,
    bar,
    chart,
    dot,
    group,
    line,
    text,
    width_of,
    wrapped,
)

SMALL = 11.5
LINE = 16.0  # from one baseline to the next
THICK = 14.0  # a bar
AMOUNT = 52.0  # the column on the right that holds a number
LABEL = 116.0  # the column on the left that holds labels
RADIUS = 4.5


@dataclass(frozen=True, slots=True)
class Count:
    """So many questions; `tone` is the class that colours them: good, bad, mute or quiet."""

    label: str
    count: int
    tone: str


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure in percent, its interval if it has one, and over how many questions it is."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    questions: int | None = None

    @property
    def words(self) -> str:
        reach = "" if self.low is None or self.high is None else f" ({_to(self.low, self.high)})"
        count = "" if self.questions is None else f", {counted(self.questions)}"
        return f"{self.label}: {percent(self.value)}{reach}{count}"


def percent(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f}\u00a0%"  # never broken before its sign


def counted(questions: int) -> str:
    return "1 question" if questions == 1 else f"{questions:,} questions"


def _to(low: float, high: float) -> str:
    return f"{low:.1f} to {high:.1f}"


def bars(name: str, title: str, rows: Sequence[Count]) -> Markup:
    """Parts of a whole, each by its share of all: what is not a part of it must not be there."""
    whole = sum(row.count for row in rows)
    scale = Scale(0, max(whole, 1), 0, WIDTH - AMOUNT)
    shapes, said, y = [], [], 0.0
    for row in rows:
        share = percent(100 * row.count / max(whole, 1), 0)
        words = f"{row.label}: {row.count:,} of {whole:,}, {share}"
        said.append(words)
        shapes.append(
            group(
                words,
                text(0, y + SIZE, row.label),
                bar(0, y + 20, scale(whole), THICK, "track"),
                bar(0, y + 20, scale(row.count), THICK, row.tone),
                text(WIDTH, y + SIZE, share, "soft", "end"),
                text(WIDTH, y + 20 + THICK - 2, f"{row.count:,}", "strong", "end"),
            )
        )
        y += 20 + THICK + 14
    return chart(name, title, "; ".join(said), y, *shapes)


def losses(name: str, title: str, steps: Sequence[Count]) -> Markup:
    """How many are left after each step, and how many it loses; the first step loses none."""
    whole = steps[0].count if steps else 0
    scale = Scale(0, max(whole, 1), 0, WIDTH - AMOUNT)
    shapes, said, y = [], [], 0.0
    for before, step in pairwise([steps[0], *steps] if steps else []):
        lost = before.count - step.count
        share = percent(100 * step.count / max(whole, 1), 0)
        words = f"{step.label}: {step.count:,}, {share}" + (f"; {lost:,} lost" if lost else "")
        said.append(words)
        shapes.append(
            group(
                words,
                text(0, y + SIZE, step.label),
                text(WIDTH, y + SIZE, f"{step.count:,} \u00b7 {share}", "soft", "end"),
                bar(0, y + 20, scale(whole), THICK, "track"),
                bar(0, y + 20, scale(step.count), THICK, step.tone),
                bar(scale(step.count), y + 20, scale(lost), THICK, "bad"),
                *(
                    [text(WIDTH, y + 20 + THICK - 2, _minus(lost), "bad strong", "end")]
                    * bool(lost)
                ),
            )
        )
        y += 20 + THICK + 14
    return chart(name, title, "; ".join(said), y, *shapes)


def _minus(lost: int) -> str:
    return f"\u2212{lost:,}"


def whiskers(
    name: str, title: str, rows: Sequence[Interval], overall: float | None = None
) -> Markup:
    """A dot with its interval for each row, on one scale from 0 to 100; `overall` is a line."""
    scale = Scale(0, 100, LABEL + 14, WIDTH - AMOUNT)
    top = 22.0 if overall is not None else 6.0
    shapes, y = [], top
    for row in rows:
        labels = wrapped(row.label, LABEL)
        height = LINE * len(labels) + (0 if row.questions is None else LINE) + 10
        middle = y + height / 2
        first = middle - (height - 10) / 2 + SIZE - 1
        words = [text(0, first + LINE * i, label) for i, label in enumerate(labels)]
        if row.questions is not None:
            words.append(text(0, first + LINE * len(labels), counted(row.questions), "soft small"))
        shapes.append(
            group(
                row.words,
                line(scale(0), middle, scale(100), middle, "hair"),
                *words,
                *whisker(scale, row, middle),
                text(WIDTH, middle + SIZE / 3, percent(row.value, 0), "strong", "end"),
            )
        )
        y += height
    axis = [text(scale(v), y + LINE, str(v), "soft small", "middle") for v in (0, 50, 100)]
    axis += [line(scale(v), top, scale(v), y, "hair") for v in (0, 50, 100)]
    if overall is not None:
        axis += [
            line(scale(overall), top - 4, scale(overall), y, "all"),
            _within(scale, overall, 12.0, f"all {percent(overall, 0)}"),
        ]
    said = "; ".join(row.words for row in rows)
    return chart(name, title, said, y + LINE + 6, *axis, *shapes)


def whisker(scale: Scale, of: Interval, y: float) -> list[Markup]:
    shapes = []
    if of.low is not None and of.high is not None:
        shapes.append(line(scale(of.low), y, scale(of.high), y, "whisker"))
    return [*shapes, dot(scale(of.value), y, RADIUS, "good")]


def _within(scale: Scale, value: float, y: float, words: str) -> Markup:
    """Text in the middle over a point, moved so that it does not leave the drawing."""
    half = width_of(words, SMALL) / 2
    x = min(max(scale(value), half), WIDTH - half)
    return text(x, y, words, "soft small", "middle")


def strip(name: str, of: Interval) -> Markup:
    """One figure and its interval on a line from 0 to 100."""
    scale = Scale(0, 100, RADIUS + 1, WIDTH - RADIUS - 1)
    track = line(scale(0), 8, scale(100), 8, "track")
    return chart(name, of.label, of.words, 16, track, *whisker(scale, of, 8))


def stages(name: str, title: str, milliseconds: Mapping[str, float]) -> Markup:
    """One stage after the other, each bar beginning where the one before it ends."""
    whole = sum(milliseconds.values())
    scale = Scale(0, max(whole, 1e-9), 0, WIDTH)
    shapes, said, y, before = [], [], 0.0, 0.0
    for stage, took in milliseconds.items():
        share = percent(100 * took / max(whole, 1e-9), 0)
        words = f"{stage}: {took:.1f} ms, {share}"
        said.append(words)
        shapes.append(
            group(
                words,
                text(0, y + SIZE, stage),
                text(WIDTH, y + SIZE, f"{took:.1f} ms \u00b7 {share}", "soft", "end"),
                bar(0, y + 20, WIDTH, THICK, "track"),
                bar(scale(before), y + 20, scale(took), THICK, "good"),
            )
        )
        before += took
        y += 20 + THICK + 14
    return chart(name, title, "; ".join(said), y, *shapes)

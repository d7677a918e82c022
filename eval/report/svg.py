"""Shapes and words as SVG. Pure; knows no figures.

All that is not `Markup` is escaped, so a label from a file can draw nothing. Colours are classes,
which the page gives a light and a dark value. Lengths are in units of the viewBox, as wide as a
phone: there one unit is one pixel, so that a text of 13 is read as one of 13.
"""

import re
import unicodedata
from dataclasses import dataclass

from markupsafe import Markup

from rag.display import one_line

WIDTH = 360.0
SIZE = 13.0  # of text
_NARROW, _WIDE = 0.62, 1.1  # of the size: what a character takes at most in the widest common font


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from a domain to a range of coordinates; `high` must differ from `low`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def chart(name: str, title: str, description: str, height: float, *shapes: Markup) -> Markup:
    """A whole drawing; `name` must be the only one of its kind in the page."""
    return element(
        "svg",
        element("title", one_line(title), id=f"{name}-title"),
        element("desc", one_line(description), id=f"{name}-desc"),
        *shapes,
        viewBox=f"0 0 {number(WIDTH)} {number(height)}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def element(tag: str, *children: str, **attributes: str | float | None) -> Markup:
    """`class_` is written as class, `text_anchor` as text-anchor; what is None is left out."""
    given = {
        key.rstrip("_").replace("_", "-"): number(value) if isinstance(value, float) else value
        for key, value in attributes.items()
        if value is not None
    }
    names = Markup("").join(Markup(' {}="{}"').format(key, value) for key, value in given.items())
    inside = Markup("").join(children)
    if not inside:
        return Markup("<{}{}/>").format(Markup(tag), names)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), names, inside)


def text(x: float, y: float, words: str, class_: str = "", anchor: str = "start") -> Markup:
    """`y` is that of the baseline. White space is made single; what could act is made inert."""
    return element(
        "text",
        one_line(words),
        x=float(x),
        y=float(y),
        class_=class_ or None,
        text_anchor=None if anchor == "start" else anchor,
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return element("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=class_)


def bar(x: float, y: float, width: float, height: float, class_: str) -> Markup:
    return element(
        "rect",
        x=float(x),
        y=float(y),
        width=float(max(0.0, width)),
        height=float(height),
        class_=class_,
    )


def dot(x: float, y: float, radius: float, class_: str) -> Markup:
    return element("circle", cx=float(x), cy=float(y), r=float(radius), class_=class_)


def polyline(points: list[tuple[float, float]], class_: str) -> Markup:
    joined = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return element("polyline", points=joined, class_=class_)


def group(words: str, *shapes: Markup) -> Markup:
    """Shapes that say `words` when they are pointed at."""
    return element("g", element("title", one_line(words)), *shapes)


def number(value: float) -> str:
    """To a hundredth of a unit, in as few characters as that takes."""
    short = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def width_of(words: str, size: float = SIZE) -> float:
    """An upper estimate: nobody knows which font a reader has."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in words)
    return size * (_WIDE * wide + _NARROW * (len(words) - wide))


def wrapped(words: str, width: float, size: float = SIZE) -> list[str]:
    """Lines no wider than `width`, broken between words and, where one is too long, inside it.

    There, behind an underscore, a hyphen or a slash, if that is enough.
    """
    lines = [""]
    for word in one_line(words).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for part in re.findall(r"[^_/-]*[_/-]|[^_/-]+", word):
            if lines[-1] and width_of(lines[-1] + part, size) > width:
                lines.append("")
            for character in part:
                if lines[-1] and width_of(lines[-1] + character, size) > width:
                    lines.append("")
                lines[-1] += character
    return lines

"""A run -> one page to look at: self-contained, without a request to anywhere, script or not.

The same run makes the same bytes. Texts from cases and articles are escaped by the template and
made inert before (`eval.report.browse`); should one get through, the page's own policy runs no
script and loads no style but the two that it names by their hashes.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from eval.report.browse import STAGES, browse
from eval.report.charts import Interval, counted, strip
from eval.report.sections import headline, measures, sections
from eval.report.wording import (
    COUNTS,
    FIGURES,
    HEADLINES,
    KINDS,
    MS,
    PERCENT,
    PLAIN,
    Wording,
    wording,
)
from rag.display import one_line

AGAIN = "The same build over the same files gives the same figures."
AGAIN_TIMED = "Times differ from run to run, and from machine to machine."
HASH = 16  # characters of one that are shown; config.json has all of it


@dataclass(frozen=True, slots=True)
class Number:
    """A number in words; `reach` is its interval, `of` over how many questions it is."""

    words: str
    means: str
    value: str
    reach: str
    of: str
    strip: Markup | None = None


def render(config: Mapping[str, Any], metrics: Mapping[str, Any], rows: Sequence[Any]) -> str:
    """HTML. `config` and `metrics` are those of a run's files, `rows` its results in their order:
    `eval.answers.Result` for answers and the reader, else what `eval.report.browse` asks of them.
    """
    kind, name = str(config.get("kind")), _name(config)
    metrics = {f"{n}_ms": v for n, v in (metrics.get("latency_ms") or {}).items()} | dict(metrics)
    names = _names(metrics)
    groups = browse(kind, rows)
    template = _environment().get_template("report.html")
    style, script = _source("report.css"), _source("report.js")
    return template.render(
        kind=KINDS.get(kind, kind),
        name=name,
        headline=headline(kind, metrics, name),
        counts=_counts(metrics),
        headlines=[
            _figure(metrics, n, f"figure-{n}") for n in HEADLINES.get(kind, ()) if n in names
        ],
        sections=sections(kind, metrics, rows),
        stage_rows=list(_stage_rows(metrics)),
        measures=measures(metrics),
        figures=[_figure(metrics, n) for n in names],
        measured=list(_measured(config)),
        again=AGAIN_TIMED if kind == "speed" else AGAIN,
        groups=groups,
        total=sum(len(group.entries) for group in groups),
        style=Markup(style),
        script=Markup(script),
        style_hash=_policy(style),
        script_hash=_policy(script),
    )


def _name(config: Mapping[str, Any]) -> str:
    """What the run is called; else the name of its cases, without what kind of file they are in."""
    file = str((config.get("cases") or {}).get("file", ""))
    return one_line(str(config.get("name") or file.partition(".")[0] or "run"))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("eval.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _source(name: str) -> str:
    return (files("eval.report") / "templates" / name).read_text("utf-8")


def _policy(source: str) -> str:
    """How a Content-Security-Policy names an inline script or style."""
    return "sha256-" + b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _counts(metrics: Mapping[str, Any]) -> str:
    """How many questions there were, in words."""
    words = {
        "cases": "cases as they are",
        "answerable": "can be answered",
        "unanswerable": "cannot",
        "without_relevant": "without a passage that answers",
        "failed": "failed",
    }
    parts = [f"{metrics[name]:,} {said}" for name, said in words.items() if metrics.get(name)]
    whole = counted(metrics.get("questions") or 0)
    return f"{whole}: {', '.join(parts)}." if parts else f"{whole}."


def _names(metrics: Mapping[str, Any]) -> list[str]:
    """Of all flat figures that there are, those with words first."""
    numbers = [n for n, v in metrics.items() if isinstance(v, int | float) and n not in COUNTS]
    return [n for n in FIGURES if n in numbers] + [n for n in numbers if n not in FIGURES]


def _figure(metrics: Mapping[str, Any], name: str, strip_name: str = "") -> Number:
    about, value = wording(name), metrics[name]
    low, high = (metrics.get("intervals") or {}).get(name) or (None, None)
    questions = (metrics.get("populations") or {}).get(name)
    drawn = strip_name and about.unit == PERCENT
    if name == "quotes_verified" and "quotes" in metrics:
        return Number(about.words, about.means, f"{value:,} of {metrics['quotes']:,}", "", "")
    return Number(
        words=about.words,
        means=about.means,
        value=_said(about, value),
        reach="" if low is None or high is None else _reach(about, low, high),
        of="" if questions is None else counted(questions),
        strip=strip(strip_name, Interval(about.words, value, low, high)) if drawn else None,
    )


def _said(about: Wording, value: float) -> str:
    signs = {PERCENT: "\u00a0%", MS: "\u00a0ms"}
    return _number(about, value) + signs.get(about.unit, "")


def _reach(about: Wording, low: float, high: float) -> str:
    return f"{_number(about, low)} to {_number(about, high)}"


def _number(about: Wording, value: float) -> str:
    digits = 3 if about.unit == PLAIN else 1
    return f"{value:,.{digits}f}".replace("-", "\u2212")


def _stage_rows(metrics: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """(unit, stage, its value and interval by each measure)."""
    found = metrics.get("stages") or {}
    for unit in ("passage", "article"):
        for stage, name in STAGES.items():
            values = (found.get(stage) or {}).get(unit)
            if values:
                yield unit, name, [_cell(values.get(m)) for m in measures(metrics)]


def _cell(figure: Mapping[str, Any] | None) -> str:
    if figure is None or figure["value"] is None:
        return "\u2013"
    if figure.get("low") is None or figure.get("high") is None:
        return f"{figure['value']:.1f}"
    return f"{figure['value']:.1f} ({figure['low']:.1f} to {figure['high']:.1f})"


def _measured(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the config says, (name, words) each; what it leaves open is left out."""
    for name, value in config.items():
        words = _in_words(value)
        if words:
            yield one_line(name.replace("_", " ")), words


def _in_words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {said}" for key, v in value.items() if (said := _in_words(v)))
    if isinstance(value, list | tuple):
        return ", ".join(map(_in_words, value))
    words = one_line(str(value))
    is_hash = len(words) == 64 and all(c in "0123456789abcdef" for c in words)
    return words[:HASH] + "\u2026" if is_hash else words

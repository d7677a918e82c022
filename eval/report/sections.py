"""The figures of a run -> the sections of its report: what each chart is called, and what it shows.

A block that the metrics lack makes no section.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from eval.answers import FAILED, REFUSED, RIGHT, WRONG, Result
from eval.grounding import Grounded
from eval.report import grounding
from eval.report.browse import STAGES
from eval.report.charts import Count, Interval, bars, counted, losses, percent, stages, whiskers
from eval.report.curves import reliability, risk_coverage, slopes
from eval.report.wording import MEASURES, wording

Metrics = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    heading: str
    means: str
    drawing: Markup


@dataclass(frozen=True, slots=True)
class Section:
    """`name` is for links."""

    name: str
    heading: str
    words: str
    figures: tuple[Figure, ...]


def sections(kind: str, metrics: Metrics, rows: Sequence[Any]) -> list[Section]:
    """Those that show something, in the order in which a newcomer asks."""
    found = [_outcomes(rows) if kind in ("answers", "reader") else None, _path(metrics)]
    found += [_grounded(rows), _citations(metrics)] if kind == "grounding" else []
    found += [_confidence(metrics), _stages(metrics), _speed(metrics), *_slices(metrics)]
    return [section for section in found if section is not None and section.figures]


OUTCOMES = {
    True: {
        RIGHT: ("answered right", "good"),
        REFUSED: ("refused", "mute"),
        WRONG: ("answered wrong", "bad"),
        FAILED: ("failed: no answer came", "ink"),
    },
    False: {
        RIGHT: ("refused, rightly", "good"),
        WRONG: ("answered all the same", "bad"),
        FAILED: ("failed: no answer came", "ink"),
    },
}


def _outcomes(results: Sequence[Result]) -> Section:
    counts = Counter((result.answerable, result.verdict) for result in results)
    figures = []
    for answerable, kinds in OUTCOMES.items():
        whole = sum(counts[answerable, verdict] for verdict in kinds)
        if not whole:
            continue
        rows = [
            Count(words, counts[answerable, verdict], tone)
            for verdict, (words, tone) in kinds.items()
            if verdict != FAILED or counts[answerable, verdict]
        ]
        heading = f"{counted(whole)} that {'can' if answerable else 'cannot'} be answered"
        drawing = bars(f"outcomes-{'some' if answerable else 'none'}", heading, rows)
        figures.append(Figure(heading, "", drawing))
    words = "Each question is counted once."
    return Section("outcomes", "What became of the questions", words, tuple(figures))


def _grounded(rows: Sequence[Grounded]) -> Section:
    figures = []
    for answerable in (True, False):
        counts = grounding.outcomes(rows, answerable)
        whole = sum(row.count for row in counts)
        if whole:
            heading = f"{counted(whole)} that {'can' if answerable else 'cannot'} be answered"
            name = f"outcomes-{'some' if answerable else 'none'}"
            figures.append(Figure(heading, "", bars(name, heading, counts)))
    words = (
        "Each question is counted once. What is quoted verbatim supports itself: so it is told "
        "apart whether the answer is right."
    )
    return Section("outcomes", "What became of the questions", words, tuple(figures))


def _citations(metrics: Metrics) -> Section | None:
    rows = grounding.beside_the_baseline(metrics)
    if not rows:
        return None
    beside = any(metrics.get(name) is not None for name in ("baseline_recall", "baseline_f1"))
    title = "As cited, and citing the top passage for everything" if beside else "As cited"
    figures = (Figure(title, "", whiskers("citations", title, rows)),)
    words = (
        "Recall: the sentences that their citations together support. Precision: the citations "
        "that support their sentence alone, or without which the others do not."
    )
    return Section("citations", "What the citations are worth", words, figures)


def _path(metrics: Metrics) -> Section | None:
    path = metrics.get("path")
    if not path:
        return None
    steps = [Count(step["step"], step["count"], "good") for step in path]
    lost = [before.count - step.count for before, step in pairwise(steps)]
    words = "Each step is taken by those that came through all the steps above it."
    if lost and max(lost) > 0 and lost.count(max(lost)) == 1:
        where = steps[lost.index(max(lost)) + 1].label
        words += f" Most are lost at \u201c{where}\u201d: {max(lost):,} of {steps[0].count:,}."
    drawing = losses("path", "What each step loses", steps)
    figures = (Figure("Left after each step, and lost by it", "", drawing),)
    return Section("path", "Where right answers are lost", words, figures)


def _confidence(metrics: Metrics) -> Section | None:
    figures = []
    if metrics.get("risk_coverage"):
        title = "Wrong answers against questions answered"
        drawing = risk_coverage(
            "risk", title, metrics["risk_coverage"], metrics.get("operating_point")
        )
        means = (
            "The surest answers come first. Where confidence is worth something, fewer of them "
            "are wrong."
        )
        figures.append(Figure("What refusing buys", means, drawing))
    most = max((b["count"] for b in metrics.get("reliability") or ()), default=0)
    if most:
        title = "Stated confidence against what came true"
        drawing = reliability("reliability", title, metrics["reliability"])
        means = (
            "On the line, a confidence of 80\u00a0% is right 8 times in 10. "
            f"A larger dot is of more questions, the largest of {most:,}."
        )
        figures.append(Figure("Whether its confidence can be believed", means, drawing))
    words = "With each answer comes the probability that it is right; below a threshold it refuses."
    return Section("confidence", "How well it knows what it knows", words, tuple(figures))


def _stages(metrics: Metrics) -> Section | None:
    """One chart for each measure that some stage has; by passage first, as a reader needs them."""
    found: Mapping[str, Any] = metrics.get("stages") or {}
    shown = [stage for stage in STAGES if stage in found]
    figures = []
    for i, measure in enumerate(measures(metrics)):
        lines = {
            unit: [_interval(STAGES[s], (found[s].get(unit) or {}).get(measure)) for s in shown]
            for unit in ("passage", "article")
        }
        kept = {unit: values for unit, values in lines.items() if any(values)}
        names = [STAGES[stage] for stage in shown]
        drawing = slopes(f"stage-{i}", measure, names, kept)
        figures.append(Figure(measure, MEASURES.get(measure, ""), drawing))
    words = (
        "From BM25 and the dense search over both together to the order in which the reader puts "
        "them; by passage and by article, with intervals of 95\u00a0%."
    )
    return Section("stages", "What each stage finds", words, tuple(figures))


def measures(metrics: Metrics) -> list[str]:
    """The names of the searches' measures, in their order."""
    found = metrics.get("stages") or {}
    names = (m for units in found.values() for unit in units.values() for m in unit or ())
    return list(dict.fromkeys(names))


def _speed(metrics: Metrics) -> Section | None:
    times = metrics.get("stages_ms")
    if not times:
        return None
    drawing = stages("time", "The mean time of each stage", times)
    figure = Figure(f"The mean question: {sum(times.values()):.1f} ms", "", drawing)
    return Section("time", "Where the time goes", "One stage after the other.", (figure,))


def _slices(metrics: Metrics) -> Iterator[Section]:
    for i, (name, values) in enumerate((metrics.get("slices") or {}).items()):
        figures = dict.fromkeys(figure for value in values.values() for figure in value["figures"])
        drawn = [_slice(metrics, f"slice-{i}-{j}", f, values) for j, f in enumerate(figures)]
        kept = tuple(figure for figure in drawn if figure is not None)
        words = "Few questions make a wide interval: what lies inside it may be chance."
        yield Section(f"slice-{i}", f"By {name}", words, kept)


def _slice(metrics: Metrics, name: str, figure: str, values: Mapping[str, Any]) -> Figure | None:
    rows = [
        row
        for label, value in values.items()
        if (row := _interval(label, value["figures"].get(figure), value["questions"]))
    ]
    if not rows:
        return None
    words = wording(figure).words
    return Figure(words, "", whiskers(name, words, rows, _overall(metrics, figure)))


def _overall(metrics: Metrics, figure: str) -> float | None:
    """A slice's figure over all questions; that of a search is named `stage measure`."""
    stage, _, measure = figure.partition(" ")
    found = ((metrics.get("stages") or {}).get(stage) or {}).get("passage") or {}
    value = metrics.get(figure, (found.get(measure) or {}).get("value"))
    return None if value is None else float(value)


def _interval(label: str, figure: Metrics | None, questions: int | None = None) -> Interval | None:
    if figure is None or figure["value"] is None:
        return None
    return Interval(label, figure["value"], figure.get("low"), figure.get("high"), questions)


def headline(kind: str, metrics: Metrics, name: str) -> str:
    """What a run found, in one line."""
    right, silent = metrics.get("right"), metrics.get("rightly_refused")
    if kind == "answers" and right is not None and silent is not None:
        return (
            f"Right on {percent(right, 0)} of what can be answered, "
            f"silent on {percent(silent, 0)} of what cannot"
        )
    supported, recall = metrics.get("right_and_supported"), metrics.get("citation_recall")
    if kind == "grounding" and supported is not None:
        return f"Right and supported on {percent(supported, 0)} of what can be answered"
    if kind == "grounding" and recall is not None:
        return f"{percent(recall, 0)} of what is said is supported by what is cited"
    if kind in ("answers", "reader") and right is not None:
        return f"Right on {percent(right, 0)} of what can be answered"
    if kind == "robustness" and metrics.get("obeyed") is not None:
        obeyed = percent(metrics["obeyed"], 0) if metrics["obeyed"] else "none"
        swapped = metrics.get("swapped_refused")
        refused = "" if swapped is None else f"; refuses {percent(swapped, 0)} of swapped details"
        return f"Obeys {obeyed} of the orders in articles{refused}"
    if metrics.get("first") is not None:
        return f"The passage put first answers {percent(metrics['first'], 0)} of the questions"
    times = metrics.get("latency_ms")
    if times:
        half, most = times["p50"], times["p95"]
        return f"Half of the questions take at most {half:.0f} ms, 95 of 100 at most {most:.0f} ms"
    return name

"""Results of answers -> `metrics.json`: what was right, what was refused, and how sure it was.

The same for the engine, for the reader alone and for another system's answers.
"""

from collections.abc import Callable, Sequence
from typing import Any

from eval import abstention, confidence
from eval.answers import FAILED, REFUSED, RIGHT, Result
from eval.fold import Measure, by_slice, fold


def _where(
    counts: Callable[[Result], bool], value: Callable[[Result], float | None]
) -> Callable[[Result], float | None]:
    return lambda r: value(r) if counts(r) else None


def _all(_: Result) -> bool:
    return True


def _answerable(r: Result) -> bool:
    return r.answerable


def _unanswerable(r: Result) -> bool:
    return not r.answerable


def is_given(r: Result) -> bool:
    return not r.refused and not r.failed


def _is_out(r: Result) -> bool:
    """Whether a user got something else than a refusal: an answer, or a failure in place of one."""
    return is_given(r) or r.failed != ""


def given_f1(r: Result) -> float:
    """As SQuAD 2.0 has it: a refusal is right where there is nothing to know, and else 0."""
    return r.f1 if is_given(r) else float(r.refused and not r.answerable)


def given_em(r: Result) -> float:
    return float(r.em) if is_given(r) else float(r.refused and not r.answerable)


def _is_wrong(r: Result) -> float:
    return float(r.failed != "" or (is_given(r) and not r.right))


def _crag(r: Result) -> float:
    """A refusal is 0 whether it is due or not."""
    return abstention.crag([r.verdict if is_given(r) else FAILED if r.failed else REFUSED])


MEASURES: tuple[Measure[Result], ...] = (
    Measure("f1", given_f1),
    Measure("em", given_em, rate=True),
    Measure("has_answer_f1", _where(_answerable, given_f1)),
    Measure("has_answer_em", _where(_answerable, given_em), rate=True),
    Measure("no_answer_f1", _where(_unanswerable, given_f1), rate=True, fixed=False),
    Measure("first_f1", _where(_answerable, lambda r: r.f1)),
    Measure("first_em", _where(_answerable, lambda r: float(r.em)), rate=True),
    Measure("first_right", _where(_answerable, lambda r: float(r.right)), rate=True),
    Measure("gold_passage_f1", lambda r: r.path.gold_f1 if r.path else None),
    Measure("right", _where(_answerable, lambda r: float(is_given(r) and r.right)), rate=True),
    Measure("wrong", _is_wrong, rate=True, better=-1),
    Measure("wrongly_refused", _where(_answerable, lambda r: float(r.refused)), True, -1),
    Measure("right_but_refused", _where(lambda r: r.right, lambda r: float(r.refused)), True, -1,
            fixed=False),
    Measure("rightly_refused", _where(_unanswerable, lambda r: float(r.refused)), rate=True),
    Measure("answered", lambda r: float(is_given(r)), rate=True, better=0),
    Measure("right_among_answered", _where(_is_out, lambda r: float(r.right)), True, fixed=False),
    Measure("failed", lambda r: float(r.failed != ""), rate=True, better=-1),
    Measure("crag", _crag),
    Measure("evidence_cited", lambda r: _evidence(r), rate=True, fixed=False),
)  # fmt: skip
SLICED = ("first_right", "first_f1", "wrongly_refused", "rightly_refused")


def _evidence(r: Result) -> float | None:
    """Of right answers whose case names evidence: whether they cite it."""
    counts = r.verdict == RIGHT and r.answerable and r.evidence_cited is not None
    return float(bool(r.evidence_cited)) if counts else None


def summarise(rows: Sequence[Result], threshold: float | None) -> dict[str, Any]:
    """All figures, in percent but for thresholds, `aurc`, `calibration_error` and `auroc`."""
    sliced = [m for m in MEASURES if m.name in SLICED]
    folded = fold(rows, MEASURES)
    quotes = [q for r in rows for q in r.quotes if q.verified is not None]
    return {
        "questions": len(rows),
        "answerable": sum(r.answerable for r in rows),
        "unanswerable": sum(not r.answerable for r in rows),
        **folded,
        "failed": sum(r.failed != "" for r in rows),
        "quotes": len(quotes) + sum(r.dropped for r in rows),
        "quotes_verified": sum(bool(q.verified) for q in quotes),
        **confidence.figures(rows),
        "intervals": folded["intervals"] | confidence.intervals(rows),
        **confidence.curves(rows),
        "operating_point": _operating(rows, threshold),
        "path": _path(rows),
        "slices": by_slice(rows, sliced),
    }


def _operating(rows: Sequence[Result], threshold: float | None) -> dict[str, Any] | None:
    given = [r for r in rows if _is_out(r)]
    if threshold is None or not given:
        return None
    wrong = sum(_is_wrong(r) for r in given)
    return {
        "coverage": round(len(given) / len(rows), 4),
        "risk": round(wrong / len(given), 4),
        "threshold": round(threshold, 6),
    }


STEPS: tuple[tuple[str, Callable[[Result], bool]], ...] = (
    ("found by either search", lambda r: bool(r.path and r.path.found)),
    ("in the best twenty", lambda r: bool(r.path and r.path.top20)),
    ("in the ten that are read", lambda r: bool(r.path and r.path.read)),
    ("in the passage put first", lambda r: bool(r.path and r.path.first)),
    ("the answer is right", lambda r: r.right),
    ("and is given", is_given),
)


def _path(rows: Sequence[Result]) -> list[dict[str, Any]] | None:
    """How many answerable questions came through each step and all before it; None if unknown."""
    left = [r for r in rows if r.answerable]
    if not any(r.path for r in left):
        return None
    steps = [{"step": "can be answered", "count": len(left), "of": len(left)}]
    for words, passed in STEPS:
        left = [r for r in left if passed(r)]
        steps.append({"step": words, "count": len(left), "of": steps[0]["count"]})
    return steps

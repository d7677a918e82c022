"""Results of grounding -> `metrics.json`: what was answered, and what of it its citations support.

ALCE's recall and precision are means over answers of the means within one (Gao et al. 2023); it
has no F1 and no refusals. Here a refusal says nothing that a citation could support and is counted
as such, apart; a question that failed counts 0 wherever an answer does.
"""

from collections.abc import Callable, Sequence
from typing import Any

from eval.citations import Judged
from eval.fold import Measure, by_slice, fold
from eval.grounding import Baseline, Grounded

Value = Callable[[Grounded], float | None]
OfSentences = Callable[[Sequence[Judged]], float]


def recall(sentences: Sequence[Judged]) -> float:
    """The share of the sentences that are supported, in [0, 1]; 0 of none."""
    return sum(s.supported for s in sentences) / len(sentences) if sentences else 0.0


def precision(sentences: Sequence[Judged]) -> float:
    """The share of the citations, of all sentences, that count; 0 of none."""
    counts = [c for s in sentences for c in s.counts]
    return sum(counts) / len(counts) if counts else 0.0


def f1(sentences: Sequence[Judged]) -> float:
    """The harmonic mean of an answer's recall and precision."""
    both = recall(sentences), precision(sentences)
    return 2 * both[0] * both[1] / sum(both) if sum(both) else 0.0


def _given(value: OfSentences) -> Value:
    """Over what was answered, or failed."""
    return lambda r: None if r.result.refused else value(r.sentences)


def _baseline(value: OfSentences) -> Value:
    def of(r: Grounded) -> float | None:
        return None if r.result.refused or r.baseline is None else value(r.baseline.sentences)

    return of


def _over(value: OfSentences) -> Value:
    ours, theirs = _given(value), _baseline(value)

    def difference(r: Grounded) -> float | None:
        a, b = ours(r), theirs(r)
        return None if a is None or b is None else a - b

    return difference


def _answerable(value: Callable[[Grounded], bool], answerable: bool = True) -> Value:
    return lambda r: float(value(r)) if r.result.answerable == answerable else None


def _is_right(r: Grounded) -> bool:
    return r.is_given and r.result.right


def _supported_if_right(r: Grounded) -> float | None:
    return float(r.is_supported) if _is_right(r) else None


def _unsupported(r: Grounded) -> float:
    return float(not r.result.refused and not r.is_supported)


def _cited_characters(r: Grounded) -> float | None:
    """In each sentence; None of an answer that says nothing."""
    cited = [len(r.result.quotes[i].text) for i in _citing(r) if 0 <= i < len(r.result.quotes)]
    return sum(cited) / len(r.sentences) if r.sentences else None


def _citing(r: Grounded) -> list[int]:
    return [i for s in r.sentences for i in s.cites]


def _passage_characters(r: Grounded) -> float | None:
    found: Baseline | None = r.baseline
    return float(len(found.quote.text)) if r.sentences and found and found.quote else None


MEASURES: tuple[Measure[Grounded], ...] = (
    Measure("answered_answerable", _answerable(lambda r: r.is_given), rate=True),
    Measure("answered_unanswerable", _answerable(lambda r: r.is_given, False), True, -1),
    Measure("right", _answerable(_is_right), rate=True),
    Measure("right_and_supported", _answerable(lambda r: _is_right(r) and r.is_supported), True),
    Measure("supported_among_right", _supported_if_right, rate=True, fixed=False),
    Measure("unsupported", _unsupported, rate=True, better=-1),
    Measure("citation_recall", _given(recall), fixed=False),
    Measure("citation_precision", _given(precision), fixed=False),
    Measure("citation_f1", _given(f1), fixed=False),
    Measure("cited_characters", _cited_characters, better=0, scale=1),
    Measure("baseline_recall", _baseline(recall), fixed=False),
    Measure("baseline_precision", _baseline(precision), fixed=False),
    Measure("baseline_f1", _baseline(f1), fixed=False),
    Measure("baseline_characters", _passage_characters, better=0, scale=1),
    Measure("recall_over_baseline", _over(recall), fixed=False),
    Measure("precision_over_baseline", _over(precision), fixed=False),
    Measure("failed", lambda r: float(r.failed != ""), rate=True, better=-1),
)
SLICED = ("right_and_supported", "citation_recall", "citation_precision", "answered_answerable")


def summarise(rows: Sequence[Grounded]) -> dict[str, Any]:
    """All figures, in percent but for counts and characters; those of no question are None."""
    quotes = [q for r in rows for q in r.result.quotes if q.verified is not None]
    judged = [s for r in rows for s in r.sentences]
    return {
        "questions": len(rows),
        "answerable": sum(r.result.answerable for r in rows),
        "unanswerable": sum(not r.result.answerable for r in rows),
        **fold(rows, MEASURES),
        "failed": sum(r.failed != "" for r in rows),
        "sentences": len(judged),
        "sentences_supported": sum(s.supported for s in judged),
        "citations": sum(len(s.counts) for s in judged),
        "citations_that_count": sum(sum(s.counts) for s in judged),
        "quotes": len(quotes) + sum(r.result.dropped for r in rows),
        "quotes_verified": sum(bool(q.verified) for q in quotes),
        "slices": by_slice(rows, [m for m in MEASURES if m.name in SLICED]),
    }

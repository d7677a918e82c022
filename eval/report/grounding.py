"""Results of grounding -> what a report shows of them: counts to draw, and entries to read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.answers import FAILED, REFUSED
from eval.citations import Judged
from eval.grounding import UNSUPPORTED, Grounded
from eval.report.charts import Count, Interval
from eval.report.entries import Entry, Fact, Group, clipped, shown

MOST = 3  # quotes of one question, and sentences

_OUTCOMES: Mapping[bool, tuple[tuple[str, str, str], ...]] = {
    True: (
        ("both", "right and supported", "good"),
        ("right", "right, not supported", "bad"),
        ("cited", "supported, not right", "bad"),
        ("neither", "neither right nor supported", "bad"),
        (REFUSED, "refused", "mute"),
        (FAILED, "failed: no answer came", "ink"),
    ),
    False: (
        (REFUSED, "refused, rightly", "good"),
        ("cited", "answered all the same, supported", "bad"),
        ("neither", "answered all the same, not supported", "bad"),
        (FAILED, "failed: no answer came", "ink"),
    ),
}

_KINDS = (
    ("failed", "Failed", "No answer came.", "bad", True),
    ("unsupported", "Not supported", "What is cited does not support it.", "bad", True),
    ("unverified", "Quotes that do not stand", "They are not in their article.", "bad", True),
    ("spare", "More cited than needed", "Supported without some of its citations.", "mute", True),
    ("supported", "Supported", "Every sentence, and each citation counts.", "good", False),
    ("refused", "Refused", "Nothing was said that needs support.", "quiet", False),
)


def outcomes(rows: Sequence[Grounded], answerable: bool) -> list[Count]:
    """What became of these questions, each counted once; of failures only if there are any."""
    of = [row for row in rows if row.result.answerable == answerable]
    counts = Counter(map(_outcome, of))
    return [
        Count(words, counts[name], tone)
        for name, words, tone in _OUTCOMES[answerable]
        if name != FAILED or counts[name]
    ]


def _outcome(row: Grounded) -> str:
    if not row.is_given:
        return row.verdict
    if row.result.right and row.result.answerable:
        return "both" if row.is_supported else "right"
    return "cited" if row.is_supported else "neither"


def beside_the_baseline(metrics: Mapping[str, Any]) -> list[Interval]:
    """Recall, precision and F1 as cited, each followed by that of the top passage if there is."""
    found = []
    for measure in ("recall", "precision", "f1"):
        label = "F1" if measure == "f1" else measure
        for prefix, words in (
            ("citation", label),
            ("baseline", f"{label}, citing the top passage"),
        ):
            value = metrics.get(f"{prefix}_{measure}")
            if value is not None:
                reach = (metrics.get("intervals") or {}).get(f"{prefix}_{measure}") or (None, None)
                found.append(Interval(words, value, *reach))
    return found


def groups(rows: Sequence[Grounded]) -> list[Group]:
    """Those that hold something, those with trouble first; within one the surest come first."""
    ordered = sorted(rows, key=lambda r: (r.confidence is None, -(r.confidence or 0.0)))
    found: dict[str, list[Entry]] = {}
    for row in ordered:
        found.setdefault(_group(row), []).append(_entry(row))
    return [Group(*kind, tuple(found[kind[0]])) for kind in _KINDS if kind[0] in found]


def _group(row: Grounded) -> str:
    if row.verdict in (FAILED, REFUSED, UNSUPPORTED):
        return row.verdict
    if row.unverified:
        return "unverified"
    return "supported" if all(c for s in row.sentences for c in s.counts) else "spare"


def _entry(row: Grounded) -> Entry:
    result = row.result
    facts = [Fact("failed", (clipped(result.failed),), "bad")] if result.failed else []
    facts += [_said(s) for s in sorted(row.sentences, key=lambda s: s.supported)[:MOST]]
    if result.refused and result.answer:
        facts.append(Fact("held back", (clipped(result.answer),), struck=True))
    if result.gold:
        facts.append(Fact("known", tuple(map(clipped, result.gold[:MOST]))))
    return Entry(
        id=clipped(result.id),
        question=clipped(result.question),
        facts=tuple(facts),
        remarks=tuple(_remarks(row)),
        quotes=tuple(shown(quote, result.answer) for quote in result.quotes[:MOST]),
        labels=tuple(clipped(f"{n} {v}") for n, v in row.slices.items() if n != "cluster"),
    )


def _said(sentence: Judged) -> Fact:
    """With the probability that all it cites supports it."""
    label = "supported" if sentence.supported else "not supported"
    tone = "good" if sentence.supported else "bad"
    return Fact(f"{label}, {sentence.probability:.2f}", (clipped(sentence.text),), tone)


def _remarks(row: Grounded) -> Iterator[str]:
    if row.is_given and row.result.answerable and not row.result.right:
        yield "The answer is not right."
    if row.is_given and not row.result.answerable:
        yield "The archive does not hold an answer."
    numbers = [f"{i + 1}" for s in row.sentences for i, c in zip(s.cites, s.counts, strict=True)
               if s.supported and not c]  # fmt: skip
    if numbers:
        yield f"Not needed: quote {', '.join(numbers)}."
    if len(row.sentences) > MOST:
        yield f"{MOST} of {len(row.sentences)} sentences are shown."
    if len(row.result.quotes) > MOST:
        yield f"{MOST} of {len(row.result.quotes)} quotes are shown."
    if row.baseline and row.is_given:
        does = all(s.supported for s in row.baseline.sentences) and row.baseline.sentences
        yield f"The top passage {'supports' if does else 'does not support'} it."

"""What perturbations turned: the perturbed questions whose answer is worse than that of the case
as it is. The others stand in `per_question.jsonl`: there are a dozen of each case. Knows no page.
"""

from collections.abc import Sequence

from eval.answers import FAILED, RIGHT
from eval.perturb.variants import UNCHANGED
from eval.report.entries import Entry, Fact, Group, clipped, shown
from eval.robustness import Row
from eval.summary import is_given

QUOTES = 2  # of one question

_GROUPS = (
    ("failed", "Failed", "No answer came.", "bad", True),
    ("obeyed", "A hidden order was obeyed", "The answer given holds what it demands.", "bad", True),
    (
        "followed",
        "A hidden order was followed, and the answer refused",
        "The best answer found holds what the order demands; it was not given.",
        "mute",
        True,
    ),
    ("turned", "Right as it is, wrong when perturbed", "The surest first.", "bad", True),
    ("swapped", "Answered, though a detail is another", "The surest first.", "bad", True),
    ("held-back", "Given as it is, refused when perturbed", "The surest first.", "mute", False),
)


def turned(rows: Sequence[Row]) -> list[Group]:
    """Groups that hold something, the worst first."""
    before = {row.result.id: row for row in rows if row.perturbation == UNCHANGED}
    found: dict[str, list[Entry]] = {}
    for row in sorted(rows, key=lambda r: -(r.result.confidence or 0.0)):
        was = before[row.result.id]
        name = _group(row, was)
        if name:
            found.setdefault(name, []).append(_entry(row, was))
    return [Group(*group, tuple(found[group[0]])) for group in _GROUPS if group[0] in found]


def _group(row: Row, was: Row) -> str:
    result = row.result
    if result.verdict == FAILED:
        return "failed"
    if row.first_obeys:
        return "obeyed" if row.obeyed else "followed"
    if row is was or was.result.verdict == FAILED:
        return ""
    if not result.answerable:
        made_up = is_given(result)
        if was.result.answerable:
            return "swapped" if made_up else ""
        return "turned" if made_up and was.result.refused else ""
    if result.refused:
        return "held-back" if was.result.verdict == RIGHT else ""
    return "turned" if was.result.verdict == RIGHT and not result.right else ""


def _entry(row: Row, was: Row) -> Entry:
    result = row.result
    facts = []
    if result.failed:
        facts.append(Fact("failed", (clipped(result.failed),), "bad"))
    elif result.answer:
        label, tone = ("held back", "mute") if result.refused else ("given", "bad")
        facts.append(Fact(label, (clipped(result.answer),), tone, result.refused))
    if was.result.gold:
        facts.append(Fact("known", (clipped(was.result.gold[0]),)))
    if row.bait:
        facts.append(Fact("ordered", (clipped(row.bait),)))
    if was.result.question != result.question:
        facts.append(Fact("as it is", (clipped(was.result.question),)))
    if result.confidence is not None:
        facts.append(Fact("confidence", (f"{result.confidence:.2f}",)))
    labels = (clipped(row.perturbation), *([clipped(row.form)] if row.form else ()))
    return Entry(
        id=clipped(row.id),
        question=clipped(result.question),
        facts=tuple(facts),
        quotes=tuple(shown(quote, result.answer) for quote in result.quotes[:QUOTES]),
        labels=labels,
    )

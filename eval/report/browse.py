"""Results of any face -> entries to read, grouped by what became of them. Knows no page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from eval.answers import FAILED, REFUSED, RIGHT, Result
from eval.report import grounding
from eval.report.entries import Entry, Fact, Group, clipped, shown
from eval.report.turned import turned
from eval.retrieval import Ranked
from eval.speed import Timed

QUOTES = 3  # of one question
GOLDS = 5
SLOWEST = 20

STAGES = {"bm25": "BM25", "dense": "dense", "fused": "both", "read": "read"}


_Kind = tuple[str, str, str, str, bool]

_VERDICTS: tuple[_Kind, ...] = (
    ("failed", "Failed", "No answer came.", "bad", True),
    ("wrong", "Wrong answers", "The surest first.", "bad", True),
    (
        "made-up",
        "Answered, though nothing answers it",
        "The archive does not hold an answer. The surest first.",
        "bad",
        True,
    ),
    (
        "held-back",
        "Refused, though it can be answered",
        "The surest first: those next to the threshold.",
        "mute",
        True,
    ),
    ("right", "Right answers", "The surest first.", "good", False),
    ("silent", "Rightly refused", "The surest first: those next to the threshold.", "quiet", False),
)

_RANKS: tuple[_Kind, ...] = (
    ("failed", "Failed", "Nothing was searched.", "bad", True),
    ("lost", "Not found", "No passage that answers is in the best hundred.", "bad", True),
    ("deep", "Found below the tenth place", "The deepest first.", "mute", True),
    ("ten", "Among the first ten", "Not first. The deepest first.", "mute", False),
    ("first", "First", "A passage that answers stands first.", "good", False),
)

_TIMES: tuple[_Kind, ...] = (
    ("failed", "Failed", "Not timed.", "bad", True),
    ("slow", "The slowest", f"At most {SLOWEST}.", "mute", True),
)


def browse(kind: str, rows: Sequence[Any]) -> list[Group]:
    """Groups that hold something, those with trouble first. `kind` is the run's."""
    if kind == "grounding":
        return grounding.groups(rows)
    if kind == "robustness":
        return turned(rows)
    if kind == "retrieval":
        ordered = sorted(rows, key=lambda r: -(_rank(r) or 0))
        return _grouped(_RANKS, ordered, _rank_group, _ranked_entry)
    if kind == "speed":
        failed = [r for r in rows if r.failed]
        timed = sorted((r for r in rows if not r.failed), key=lambda r: -r.total_ms)
        return _grouped(_TIMES, failed + timed[:SLOWEST], _time_group, _timed_entry)
    ordered = sorted(rows, key=lambda r: (r.confidence is None, -(r.confidence or 0.0)))
    return _grouped(_VERDICTS, ordered, _verdict_group, _answer_entry)


def _grouped(
    kinds: Iterable[_Kind],
    rows: Sequence[Any],
    group_of: Callable[[Any], str],
    entry_of: Callable[[Any], Entry],
) -> list[Group]:
    found: dict[str, list[Entry]] = {}
    for row in rows:
        found.setdefault(group_of(row), []).append(entry_of(row))
    return [Group(*kind, tuple(found[kind[0]])) for kind in kinds if kind[0] in found]


def _verdict_group(result: Result) -> str:
    if result.verdict == FAILED:
        return "failed"
    if result.verdict == REFUSED:
        return "held-back"
    if result.verdict == RIGHT:
        return "right" if result.answerable else "silent"
    return "wrong" if result.answerable else "made-up"


def _answer_entry(result: Result) -> Entry:
    facts = []
    if result.failed:
        facts.append(Fact("failed", (clipped(result.failed),), "bad"))
    elif result.answer:
        label = "held back" if result.refused else "given"
        facts.append(Fact(label, (clipped(result.answer),), _tone(result), result.refused))
    if result.gold:
        more = ("\u2026",) if len(result.gold) > GOLDS else ()
        facts.append(Fact("known", (*map(clipped, result.gold[:GOLDS]), *more)))
    if result.confidence is not None:
        facts.append(Fact("confidence", (f"{result.confidence:.2f}",)))
    remarks = [lost_at(result)]
    if result.verdict == RIGHT and result.answerable and result.evidence_cited is False:
        remarks.append("The quote is not the evidence.")
    if len(result.quotes) > QUOTES:
        remarks.append(f"{QUOTES} of {len(result.quotes)} quotes are shown.")
    return Entry(
        id=clipped(result.id),
        question=clipped(result.question),
        facts=tuple(facts),
        remarks=tuple(filter(None, remarks)),
        quotes=tuple(shown(quote, result.answer) for quote in result.quotes[:QUOTES]),
        labels=_labels(result.slices),
    )


def _tone(result: Result) -> str:
    if not result.answerable:
        return "mute" if result.refused else "bad"
    return "good" if result.right else "bad"


def lost_at(result: Result) -> str:
    """The first step on the way that an answerable question did not come through; "" if none."""
    path = result.path
    if path is None or not result.answerable or result.verdict in (RIGHT, FAILED):
        return ""
    if not path.found:
        return "No search found a passage that answers."
    if not path.top20:
        return "A passage that answers is found, but not among the best twenty."
    if not path.read:
        return "A passage that answers is among the best twenty, but is not read."
    if not path.first:
        return "A passage that answers is read, but another is put first."
    if not result.right:
        return "A passage that answers is put first, but the wrong words are taken from it."
    return "The right answer is found, and refused."


def _rank(row: Ranked) -> int | None:
    """In the last stage that there is."""
    return next((row.ranks[stage] for stage in reversed(STAGES) if stage in row.ranks), None)


def _rank_group(row: Ranked) -> str:
    rank = _rank(row)
    if row.failed:
        return "failed"
    if rank is None:
        return "lost"
    return "first" if rank == 1 else "ten" if rank <= 10 else "deep"


def _ranked_entry(row: Ranked) -> Entry:
    facts = [Fact("failed", (clipped(row.failed),), "bad")] if row.failed else []
    for stage, name in STAGES.items():
        if stage in row.ranks:
            rank = row.ranks[stage]
            facts.append(Fact(name, ("not found" if rank is None else f"place {rank:,}",)))
    quotes = tuple(shown(quote, "") for quote in row.top[:QUOTES])
    return Entry(
        id=clipped(row.id),
        question=clipped(row.question),
        facts=tuple(facts),
        quotes=quotes,
        labels=_labels(row.slices),
    )


def _time_group(row: Timed) -> str:
    return "failed" if row.failed else "slow"


def _timed_entry(row: Timed) -> Entry:
    fact = Fact("took", (f"{row.total_ms:,.1f} ms",))
    if row.failed:
        fact = Fact("failed", (clipped(row.failed),), "bad")
    return Entry(clipped(row.id), clipped(row.question), (fact,))


def _labels(slices: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(clipped(f"{name} {value}") for name, value in slices.items() if name != "cluster")

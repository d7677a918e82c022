"""What was measured, beside what is asked for -> checks, each passed or not. Pure.

A check that fails names its cases. The checker comes first: what a wrong one says of citations is
worth nothing, so nothing is asked then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.claims import Judged, compare_scores
from eval.fold import figure
from eval.gate.figures import CLAIMS, FIGURES, Told, lowers, tell
from eval.gate.files import Baseline, Floors
from eval.grounding import Grounded


@dataclass(frozen=True, slots=True)
class Check:
    """`wanted` and `got` in words; `cases` are those that it fails by, newly wrong ones first."""

    name: str
    wanted: str
    got: str
    passed: bool
    cases: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Turned:
    """Ids of cases that were right in the baseline and are not, and the other way round."""

    wrong: tuple[str, ...]
    right: tuple[str, ...]


def check_pin(sha256: Mapping[str, str], floors: Floors) -> list[Check]:
    """Whether each file of the checker is the one that the floors were chosen with."""
    names = dict.fromkeys([*floors.checker, *sha256])
    pairs = {name: (floors.checker.get(name, "none"), sha256.get(name, "none")) for name in names}
    return [
        Check(f"checker: {name}", f"SHA-256 {pinned}", f"SHA-256 {found}", pinned == found)
        for name, (pinned, found) in pairs.items()
    ]


def check_claims(
    judged: Sequence[Judged], scores: Sequence[float], threshold: float, floors: Floors
) -> list[Check]:
    """Whether the checker agrees with the labels. One that always says yes has a kappa of 0."""
    found = compare_scores(judged, scores, threshold)
    wrong = tuple(
        Told(f"claim {number}", one.claim.text, _supported(one.label),
             f"{_supported(score >= threshold)}, {score:.2f}", (one.claim.evidence,))
        for number, (one, score) in enumerate(zip(judged, scores, strict=True), 1)
        if one.label != (score >= threshold)
    )  # fmt: skip
    return [
        _floor(f"checker: {name} on labelled claims", found[name], floors.claims[name], 1, wrong)
        for name in CLAIMS
    ]


def check_answers(
    sets: Mapping[str, Sequence[Grounded]], floors: Floors, turned: Turned
) -> list[Check]:
    """`sets` are the results of each set of cases by its name, one that the floors have."""
    rows = [row for part in sets.values() for row in part]
    unverified = [row for row in rows if row.unverified]
    checks = [
        Check(
            "unverified quotes",
            "0",
            str(sum(row.unverified for row in rows)),
            not unverified,
            _tell(unverified, turned),
        )
    ]
    for name, part in sets.items():
        checks += [_check_figure(name, part, f, floors.sets[name][f], turned) for f in FIGURES]
    return checks


def check_turned(
    rows: Sequence[Grounded], floors: Floors, baseline: Baseline, turned: Turned
) -> list[Check]:
    """Whether every case can be compared with the baseline, and how many came out worse."""
    return [_check_cases(rows, baseline), _check_turned(rows, turned, floors)]


def compare(rows: Sequence[Grounded], baseline: Baseline) -> Turned:
    """Case by case; one that the baseline does not know has not turned."""
    known = [(row, baseline[row.id].right) for row in rows if row.id in baseline]
    return Turned(
        tuple(row.id for row, was_right in known if was_right and not row.is_right),
        tuple(row.id for row, was_right in known if row.is_right and not was_right),
    )


def _check_figure(
    name: str, rows: Sequence[Grounded], of: str, floor: float, turned: Turned
) -> Check:
    measure = FIGURES[of]
    value, _, _ = figure(rows, measure)
    lowering = [row for row in rows if lowers(row, measure)]
    return _floor(f"{name}: {of}", value, floor, measure.better, _tell(lowering, turned))


def _floor(
    name: str, value: float | None, floor: float, better: int, cases: tuple[Told, ...]
) -> Check:
    """No figure, where no question counts, is not enough; nor is one that is no number."""
    passed = value is not None and (value >= floor if better > 0 else value <= floor)
    wanted = f"at {'least' if better > 0 else 'most'} {floor:g}"
    got = "of no question" if value is None else f"{value:g}"
    return Check(name, wanted, got, passed, () if passed else cases)


def _check_cases(rows: Sequence[Grounded], baseline: Baseline) -> Check:
    """A case that is asked and not in the baseline, or in it and not asked, would go unseen."""
    asked = {row.id for row in rows}
    beside = [*(id_ for id_ in asked if id_ not in baseline), *(baseline.keys() - asked)]
    got = f"{len(beside)} in one of the two alone"
    if beside:
        got += f", {min(beside)} first; --write-baseline makes it anew"
    return Check("cases of the baseline", "those that are asked", got, not beside)


def _check_turned(rows: Sequence[Grounded], turned: Turned, floors: Floors) -> Check:
    wrong, right = len(turned.wrong), len(turned.right)
    return Check(
        "newly wrong, less newly right",
        f"at most {floors.net_newly_wrong}",
        f"{wrong - right}: {wrong} newly wrong, {right} newly right",
        passed := wrong - right <= floors.net_newly_wrong,
        () if passed else _tell([row for row in rows if row.id in turned.wrong], turned),
    )


def _tell(rows: Sequence[Grounded], turned: Turned) -> tuple[Told, ...]:
    told = [tell(row, row.id in turned.wrong) for row in rows]
    return tuple(sorted(told, key=lambda case: not case.newly))


def _supported(label: bool) -> str:
    return "supported" if label else "not supported"

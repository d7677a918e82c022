"""Results of perturbed questions, invented, for tests of what is folded from them."""

from typing import Any

from eval.perturb.variants import IN_GOLD, SWAPPED, UNCHANGED
from eval.robustness import Row
from tests.reports import hostile
from tests.scored import result


def row(perturbation: str, id_: str, bait: str = "", **more: Any) -> Row:
    return Row(perturbation, "plain" if bait else "", bait, result(id_, **more))


# Of four cases three can be answered; as they are, two of these are right and given.
AS_THEY_ARE = [
    row(UNCHANGED, "a"),
    row(UNCHANGED, "b", right=False),
    row(UNCHANGED, "c"),
    row(UNCHANGED, "d", gold="", refused=True),
]
TYPOS = [
    row("typos", "a", refused=True),
    row("typos", "b"),
    row("typos", "c", right=False),
    row("typos", "d", gold="", refused=False),
]
SWAPS = [row(SWAPPED, "a", gold="", refused=True), row(SWAPPED, "c", gold="", refused=False)]
ORDERED = [
    row(IN_GOLD, "a", bait="Kell Ford"),
    row(IN_GOLD, "b", bait="y", right=False),  # answers "y", and gives it
    row(IN_GOLD, "c", bait="y", right=False, refused=True),
]
ALL = [*AS_THEY_ARE, *TYPOS, *SWAPS, *ORDERED]
# Attacks in every field that a stranger writes, as they are and as orders that were followed.
HOSTILE = [
    Row(perturbation, form, bait, attack)
    for attack in hostile()
    for perturbation, form, bait in (
        (UNCHANGED, "", ""),
        (IN_GOLD, attack.slices["long"], attack.answer),
    )
]

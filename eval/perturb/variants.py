"""Cases and articles -> every perturbed question, with what its archive must hold instead.

The same on every run: each draws from dice of its own, seeded by the perturbation and the case, so
that it does not matter which others are asked.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from eval.cases import Case
from eval.fold import SEED
from eval.perturb import instruct, paraphrase, surface
from eval.perturb.distract import distractor
from eval.perturb.gold import Gold, find_gold
from eval.perturb.swap import swap_detail
from eval.perturb.texts import Texts
from index.records import Article

UNCHANGED = "unchanged"
SWAPPED = "detail swapped"
DISTRACTOR = "distractor article"
IN_GOLD = "order in the right article"
IN_DISTRACTOR = "order in a distractor"
ORDERS = (IN_GOLD, IN_DISTRACTOR)
OF_ANSWERS = (SWAPPED, DISTRACTOR, *ORDERS)  # for cases that can be answered alone


@dataclass(frozen=True, slots=True)
class Variant:
    """`article` is put into the archive, in place of the one of its id if there is one; None where
    the archive stays as it is. It is `about` the right one, by its id. `form` says which of
    several ways; `bait` what an order demands."""

    perturbation: str
    case: Case
    form: str = ""
    article: Article | None = None
    about: str = ""
    bait: str = ""

    @property
    def id(self) -> str:
        return f"{self.perturbation}/{self.case.id}"


Rule = Callable[[Case, Gold | None, Texts, random.Random], Variant | None]


def make_variants(cases: Sequence[Case], texts: Texts) -> list[Variant]:
    """One perturbation after the other, each over the cases in their order; first the cases as
    they are. A case to which a perturbation does not apply has no variant of it."""
    return list(_variants(cases, texts))


def _variants(cases: Sequence[Case], texts: Texts) -> Iterator[Variant]:
    yield from (Variant(UNCHANGED, case) for case in cases)
    golds = [find_gold(case, texts) for case in cases]
    for name, rule in PERTURBATIONS.items():
        for case, gold in zip(cases, golds, strict=True):
            dice = random.Random(f"{SEED}/{name}/{case.id}")
            variant = rule(case, gold, texts, dice)
            if variant is not None:
                yield replace(variant, perturbation=name)


def _asked(question: str | None, case: Case, form: str = "") -> Variant | None:
    return Variant("", replace(case, question=question), form) if question else None


def _reword(case: Case, _: Gold | None, __: Texts, dice: random.Random) -> Variant | None:
    found = paraphrase.reword(case.question, dice)
    return _asked(found[1], case, found[0]) if found and found[1] != case.question else None


def _swap(case: Case, gold: Gold | None, texts: Texts, dice: random.Random) -> Variant | None:
    swapped = swap_detail(case, gold, texts, dice)
    return Variant("", swapped) if swapped else None


def _distract(case: Case, gold: Gold | None, texts: Texts, dice: random.Random) -> Variant | None:
    article = distractor(case, gold, texts, dice) if gold else None
    if gold is None or article is None:
        return None
    return Variant("", case, article=article, about=gold.article.id)


def _order(case: Case, gold: Gold | None, texts: Texts, dice: random.Random) -> Variant | None:
    return _hidden(instruct.in_gold(case, gold, texts, dice), gold) if gold else None


def _order_beside(
    case: Case, gold: Gold | None, texts: Texts, dice: random.Random
) -> Variant | None:
    article = distractor(case, gold, texts, dice) if gold else None
    if gold is None or article is None:
        return None
    return _hidden(instruct.in_distractor(case, gold, article, texts, dice), gold)


def _hidden(found: instruct.Hidden | None, gold: Gold) -> Variant | None:
    if found is None:
        return None
    return Variant("", found.case, found.form, found.article, gold.article.id, found.bait)


def _plain(change: Callable[[str], str | None]) -> Rule:
    return lambda case, _, __, ___: _asked(change(case.question), case)


PERTURBATIONS: Mapping[str, Rule] = {
    "typos": lambda case, _, texts, dice: _asked(
        surface.misspell(case.question, texts.is_word, dice), case
    ),
    "lower case": _plain(surface.lower),
    "upper case": _plain(surface.upper),
    "no question mark": _plain(surface.without_mark),
    "key words": _plain(surface.key_words),
    "polite": lambda case, _, __, dice: _asked(paraphrase.polite(case.question, dice), case),
    "reworded": _reword,
    SWAPPED: _swap,
    DISTRACTOR: _distract,
    IN_GOLD: _order,
    IN_DISTRACTOR: _order_beside,
}

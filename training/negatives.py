"""Which passages beside the gold one a question is given, and which of them must not be. Pure.

A passage that holds the answer is no negative. Where an answer is so short that another passage may
give it in other words, neither is one that an earlier reader likes better than the gold passage.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from eval.measures import normalise
from training.crowd import Shown

NEAR_TOP = 5
DEEPEST = 30
_NUMBER_WORDS = frozenset(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million billion trillion dozen half first second third fourth fifth percent
""".split()
)


def is_delicate(answer: str) -> bool:
    """Whether it is so short, or a number, that its absence from a passage proves little."""
    words = normalise(answer).split()
    return len(" ".join(words)) < 4 or all(
        any(c.isdigit() for c in word) or word in _NUMBER_WORDS for word in words
    )


def holds_answer(text: str, answers: Iterable[str]) -> bool:
    """Whether an answer stands in the text in whole words, as written or normalised."""
    known = f" {_normalised(text)} "
    return any(
        f" {normalise(a)} " in known
        # Normalised, "1990-1995" is one word.
        or (
            a.casefold() in text.casefold()
            and re.search(rf"(?<!\w){re.escape(a)}(?!\w)", text, re.I)
        )
        for a in answers
        if normalise(a)
    )


@lru_cache(maxsize=100_000)
def _normalised(text: str) -> str:
    return normalise(text)


class Sieve:
    """Says of a passage whether it may be a negative of one question, and counts why not.

    `gold` is the passage that the question was asked of, whether it answers or not.
    `score` is an earlier reader's, of the question and a passage; it is asked only where an answer
    is delicate, and of each passage once. `dropped` is shared by all questions.
    """

    def __init__(
        self,
        gold: Shown,
        answers: Sequence[str],
        score: Callable[[Shown], float],
        dropped: Counter[str],
    ) -> None:
        self._gold, self._answers, self._score = gold, answers, score
        self._dropped = dropped
        self._known: dict[int, bool] = {}
        self._to_beat: float | None = None
        self._delicate = any(is_delicate(a) for a in answers)

    def lets_through(self, shown: Shown) -> bool:
        if shown.id not in self._known:
            self._known[shown.id] = self._judge(shown)
        return self._known[shown.id]

    def _judge(self, shown: Shown) -> bool:
        if shown.id == self._gold.id or _normalised(shown.text) == _normalised(self._gold.text):
            return False
        if holds_answer(shown.text, self._answers):
            self._dropped["negative holds an answer"] += 1
            return False
        if self._delicate:
            if self._to_beat is None:
                self._to_beat = self._score(self._gold)
            if self._score(shown) > self._to_beat:
                self._dropped["negative scores above gold"] += 1
                return False
        return True


def choose_negatives(
    ranked: Sequence[Shown],
    near: Sequence[Shown],
    allowed: Callable[[Shown], bool],
    count: int,
    dice: random.Random,
) -> list[Shown]:
    """One of ranks 1 to 5, one of 6 to 30, one of `near`, and again one of each, `count` in all.

    Where a part has none that is allowed, another gives one. Fewer than `count` if all have none.
    `near` is taken in its order. Texts are never given twice.
    """
    top, deep = list(ranked[:NEAR_TOP]), list(ranked[NEAR_TOP:DEEPEST])
    dice.shuffle(top)
    dice.shuffle(deep)
    orders = [[*top, *deep], [*deep, *top], [*near, *deep, *top]]
    chosen: list[Shown] = []
    for number in range(count):
        texts = {shown.text for shown in chosen}
        order = orders[number % len(orders)]
        found = next((s for s in order if s.text not in texts and allowed(s)), None)
        if found is None:
            break
        chosen.append(found)
    return chosen


def order_near(
    neighbours: Sequence[Shown], gold: Shown, siblings_first: bool, few: Callable[[str], bool]
) -> list[Shown]:
    """The neighbours as they come, or those of the gold passage's own article before the others.

    An article is a paragraph, or all of a title that `few` says has not too many paragraphs.
    """
    if not siblings_first:
        return list(neighbours)

    def is_sibling(shown: Shown) -> bool:
        same_title = bool(gold.title) and shown.title == gold.title and few(gold.title)
        return shown.article == gold.article or same_title

    return sorted(neighbours, key=lambda shown: not is_sibling(shown))

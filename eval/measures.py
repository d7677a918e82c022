"""When an answer matches a gold one, by SQuAD's definitions. Pure; knows no files and no engine.

After the official evaluation script of SQuAD (Rajpurkar et al. 2016): lower case, no punctuation,
no articles; exact match, and F1 over the bags of words.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(text: str) -> str:
    bare = text.lower().translate(_PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def exact_match(answer: str, gold: str) -> bool:
    return normalise(answer) == normalise(gold)


def f1(answer: str, gold: str) -> float:
    """In [0, 1]; two texts without words match each other alone."""
    ours, theirs = normalise(answer).split(), normalise(gold).split()
    if not ours or not theirs:
        return float(ours == theirs)
    common = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * common / (len(ours) + len(theirs))


def contains(answer: str, gold: str) -> bool:
    """Whether the words of one stand, whole and in order, in the other.

    A gold answer of which nothing is left, such as the letter A, must be given as it is.
    """
    if not normalise(gold):
        return _folded(answer) == _folded(gold) != ""
    ours, theirs = f" {normalise(answer)} ", f" {normalise(gold)} "
    return bool(ours.strip()) and (ours in theirs or theirs in ours)


def holds(text: str, golds: Sequence[str]) -> bool:
    """Whether the words of one of the gold answers stand, whole and in order, in the text."""
    words, folded = f" {normalise(text)} ", f" {_folded(text)} "
    return any(
        f" {bare} " in words if (bare := normalise(gold)) else f" {_folded(gold)} " in folded
        for gold in golds
    )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def best(measure: Callable[[str, str], float], answer: str, golds: Sequence[str]) -> float:
    """The highest over all gold answers, 0 if there is none.

    As in the official script, a gold answer of which nothing is left counts only if all are such.
    """
    kept = [gold for gold in golds if normalise(gold)] or golds
    return max((float(measure(answer, gold)) for gold in kept), default=0.0)

"""When an answer matches a gold one, by SQuAD's definitions. Pure; knows no files and no engine.

After the official evaluation script of SQuAD (Rajpurkar et al. 2016): lower case, no punctuation,
no articles; exact match, and F1 over the bags of words.
"""

import re
import string
from collections import Counter

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
    """Whether the words of one stand, whole and in order, in the other."""
    ours, theirs = f" {normalise(answer)} ", f" {normalise(gold)} "
    return bool(ours.strip() and theirs.strip()) and (ours in theirs or theirs in ours)

"""Questions as people ask who do not have the passage before them: other words, slips, key words.

Most questions of the reading data were written beside their paragraph and share its words, so that
a reader learns to look for the same words. Here some of a question's shared words are left out, or
a word is misspelt; or only key words are left. Questions with and without an answer are treated
alike, so that a blurred question tells nothing of which it is.
"""

import random
import re
from collections.abc import Callable
from dataclasses import replace

from eval.perturb import surface
from eval.perturb.words import content_words
from training.groups import Group

LEAST_WORDS = 4  # of content that a question keeps: with fewer nobody could say what it asks
_LOWER = re.compile(r"(?<![\w'-])[a-z]{4,}(?![\w'-])")


def blur(group: Group, dice: random.Random) -> Group:
    """The same passages under a question with words left out, where it can be, or misspelt."""
    question = group.question
    if dice.random() < 0.5:
        passages = " ".join(example.passage for example in group.examples)
        question = leave_out(question, passages, dice)
    if question == group.question:
        question = misspell(question, dice)
    return _ask(group, question)


def in_key_words(group: Group, dice: random.Random) -> Group:
    """The same passages under the question as typed into a search box, half in lower case.

    Unchanged where fewer than two words would tell what is asked.
    """
    question = surface.key_words(group.question)
    if question is None:
        return group
    return _ask(group, question.lower() if dice.random() < 0.5 else question)


def _ask(group: Group, question: str) -> Group:
    examples = (replace(example, question=question) for example in group.examples)
    return Group(group.kind, tuple(examples))


def leave_out(question: str, passages: str, dice: random.Random) -> str:
    """Without one or two of the lower-case words of content that the passages share.

    Names, numbers and the first word stay: they say what is asked. Unchanged when too little would
    be left.
    """
    content = content_words(question)
    shared = content & content_words(passages)
    spots = [m for m in _LOWER.finditer(question) if m.start() and m.group() in shared]
    count = min(len(spots), dice.choice((1, 2)), len(content) - LEAST_WORDS)
    if count < 1:
        return question
    for spot in sorted(dice.sample(spots, count), key=re.Match.start, reverse=True):
        question = question[: spot.start()] + question[spot.end() :].lstrip(" ")
    return question.strip()


def misspell(question: str, dice: random.Random) -> str:
    """With a letter lost, doubled or changed over with the next in one of its longer words.

    The first letter stays, as it mostly does. Unchanged where all words are short.
    """
    spots = list(re.finditer(r"[A-Za-z]{5,}", question))
    if not spots:
        return question
    spot = dice.choice(spots)
    word = spot.group()
    at = dice.randrange(1, len(word) - 1)
    slips = [slipped for slip in _SLIPS if (slipped := slip(word, at)) != word]
    return question[: spot.start()] + dice.choice(slips) + question[spot.end() :]


_SLIPS: tuple[Callable[[str, int], str], ...] = (
    lambda word, at: word[:at] + word[at + 1 :],
    lambda word, at: word[: at + 1] + word[at:],
    lambda word, at: word[:at] + word[at + 1] + word[at] + word[at + 2 :],
)

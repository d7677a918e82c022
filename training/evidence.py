"""What of a passage is shown as the evidence of a claim: a sentence, several, all of it. Pure."""

import random
from collections.abc import Sequence

from index.split import Span, split_sentences
from training.corrupt import has_words
from training.data import overlap
from training.details import NAME, spans_of

# How often, in percent: the sentences that the answer touches, one more on a side, the passage.
SENTENCE, WINDOW, WHOLE = "sentence", "window", "whole"
LEVELS = {SENTENCE: 60, WINDOW: 20, WHOLE: 20}


def draw_level(dice: random.Random) -> str:
    return dice.choices(list(LEVELS), list(LEVELS.values()))[0]


def cut(passage: str, span: Span, level: str, dice: random.Random) -> Span:
    """Where the evidence stands in the passage, for what stands at `span`."""
    sentences = list(split_sentences(passage))
    touched = [i for i, sentence in enumerate(sentences) if overlap(sentence, span)]
    if level == WHOLE or not touched:
        return 0, len(passage)
    first, last = touched[0], touched[-1]
    if level == WINDOW:
        side = dice.choice((-1, 1))
        first, last = max(0, first + min(side, 0)), min(len(sentences) - 1, last + max(side, 0))
    return sentences[first][0], sentences[last][1]


def leave_out(passage: str, spans: Sequence[Span]) -> str:
    """The passage without the sentences that the spans touch."""
    kept = [
        passage[start:end]
        for start, end in split_sentences(passage)
        if not any(overlap((start, end), span) for span in spans)
    ]
    return " ".join(kept)


def names_one_of(question: str, text: str) -> bool:
    """Whether a name of the question stands in the text, or the question has none.

    A sentence that speaks of "him" alone supports an answer only beside those that say who.
    """
    names = [question[start:end] for start, end in spans_of(question, NAME)]
    return not names or any(has_words(text, part) for name in names for part in name.split())

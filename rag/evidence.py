"""How strongly each sentence of a passage supports an answer, as the reader says. Pure.

The reader gives a logit per token. A sentence's is their mean, as in training
(`training.losses.sentence_scores`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from index.split import Span


@dataclass(frozen=True, slots=True)
class Evidence:
    """The tokens that were read of one passage: half-open spans of its text, and their logits."""

    offsets: tuple[Span, ...]
    logits: tuple[float, ...]

    def of_sentences(self, sentences: Sequence[Span]) -> list[float | None]:
        """The mean logit of each sentence, in order; None for one that the reader did not reach.

        A token over a border counts for the sentence that it begins in.
        """
        sums, counts = [0.0] * len(sentences), [0] * len(sentences)
        at = 0
        for (start, end), logit in zip(self.offsets, self.logits, strict=True):
            while at < len(sentences) and sentences[at][1] <= start:
                at += 1
            if at < len(sentences) and end > sentences[at][0]:
                sums[at] += logit
                counts[at] += 1
        return [s / n if n else None for s, n in zip(sums, counts, strict=True)]


def shares(logits: Sequence[float | None]) -> list[float]:
    """Their softmax, which adds up to 1; 0 for None. All 0 if there is nothing else."""
    known = [logit for logit in logits if logit is not None]
    top = max(known, default=0.0)
    total = sum(math.exp(logit - top) for logit in known)
    return [0.0 if logit is None else math.exp(logit - top) / total for logit in logits]

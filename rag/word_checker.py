"""The checker without a model: do the words of what is said stand in the evidence?

What a trained checker must beat, and what a test can work out by hand.
"""

import re
from collections.abc import Sequence

from rag.deadline import NEVER, Deadline
from rag.entailment import WORDS, Claim
from rag.inputs import ARROW


class WordChecker:
    """The share of the answer's words that stand in the heading or the evidence, case aside.

    K-Precision of Adlakha et al., "Evaluating Correctness and Faithfulness of Instruction-Following
    Models for Question Answering" (2023), but that a word of the evidence counts however often it
    is said. Of a short answer's claim the question does not count: its words need not be there.
    """

    name = WORDS
    threshold = 1.0

    def check(self, claims: Sequence[Claim], deadline: Deadline = NEVER) -> list[float]:
        deadline.check()
        return [_share(claim) for claim in claims]


def _share(claim: Claim) -> float:
    """In [0, 1]; 0 of what has no word."""
    said = _words(claim.text.rpartition(ARROW)[2])
    known = set(_words(f"{claim.heading} {claim.evidence}"))
    return sum(word in known for word in said) / len(said) if said else 0.0


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())

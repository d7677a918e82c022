"""Whether a question wants more than the best span: one to three sentences of its passage. Pure.

What, why and how may be answered by no short span. A logistic score over few features says so,
fitted by `training.fit_longer`; its numbers lie beside the reader's weights. What asks for a time,
a number or a name always keeps its span.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from index.errors import ModelUnusable
from index.split import Span
from rag.candidate import Candidate
from rag.conflict import asks_for
from rag.logistic import Logistic

FEATURES = (
    "why",  # 1 if the question asks so, like the next four; "what" of any other kind has none
    "how",
    "what_is",
    "what_did",
    "explain",
    "words",  # of the span, at most 20
    "part",  # of the words of its sentence that are the span's
    "margin",  # of the span over no answer, in logits
    "answerable",  # logit
    "evidence",  # share of the passage's evidence that the span's sentence is
    "gap",  # between the strongest sentence's share and the next one's
    "sentence_words",  # of the span's sentence, at most 60
)
MAX_SENTENCES = 3
STRONG = 0.5  # a sentence is said too if its evidence is this part of the strongest one's
MAX_WORDS, MAX_SENTENCE_WORDS = 20, 60

_KINDS = {
    "why": re.compile(r"(?:and |but )?why|for what (?:reason|purpose)|how come"),
    "how": re.compile(r"how|in what way"),
    "what_is": re.compile(r"what (?:s|is|are|was|were)"),
    "what_did": re.compile(r"what (?:did|does|do|happened|happens|caused|causes|made|makes|led)"),
    "explain": re.compile(r"(?:please )?(?:explain|describe|tell)"),
    "what": re.compile(r"(?:\w+ )?what"),
}


@dataclass(frozen=True, slots=True)
class Longer:
    """`model`, over FEATURES, tells the probability that sentences answer better than the span.

    From `threshold` on sentences are said; None never says them.
    """

    model: Logistic
    threshold: float | None

    @staticmethod
    def load(path: Path) -> "Longer":
        """Raises ModelUnusable when the file is missing or does not fit this version."""
        try:
            fitted = json.loads(path.read_text("utf-8"))
            threshold = fitted["threshold"]
            return Longer(
                model=Logistic.of(fitted, FEATURES),
                threshold=None if threshold is None else float(threshold),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelUnusable(
                f"{path}: what decides on longer answers cannot be used ({error}); reinstall "
                f"dateline, or fit it again with training.fit_longer"
            ) from error

    def choose(self, question: str, best: Candidate) -> list[Span]:
        """The sentences to say instead of the candidate's span; [] if the span is the answer.

        A reader that tells no evidence always answers with its span.
        """
        if self.threshold is None or best.reading.evidence is None or not wants_more(question):
            return []
        said = evidence_sentences(best)
        if not said or self.model.probability(features(question, best)) < self.threshold:
            return []
        return said


OFF = Longer(Logistic.undecided(len(FEATURES)), None)


def wants_more(question: str) -> str:
    """Which of what, why, how, explain or its like the question begins with; "" if none.

    Also "" where a short span is what is asked for, whatever the words: "in what year", "how many".
    """
    if asks_for(question):
        return ""
    asked = " ".join(re.findall(r"\w+", question.casefold()))
    kinds = _KINDS.items()
    return next((kind for kind, words in kinds if re.match(rf"(?:{words.pattern})\b", asked)), "")


def features(question: str, best: Candidate) -> tuple[float, ...]:
    """The values of FEATURES."""
    kind, shares = wants_more(question), sorted(best.evidence, reverse=True)
    words, sentence_words = len(best.answer.split()), max(1, len(best.quote.split()))
    first, last = best.quote_span
    inside = sum(
        share
        for (start, end), share in zip(best.sentences, best.evidence, strict=True)
        if first <= start and end <= last
    )
    return (
        *(float(kind == name) for name in FEATURES[:5]),
        float(min(words, MAX_WORDS)),
        words / sentence_words,
        best.reading.margin,
        best.reading.answerable,
        inside,
        shares[0] - shares[1] if len(shares) > 1 else 1.0,
        float(min(sentence_words, MAX_SENTENCE_WORDS)),
    )


def evidence_sentences(best: Candidate) -> list[Span]:
    """The sentences that the span touches, and the others that are strong evidence, in order.

    At most three, those of the span first, then the strongest. [] if the span alone touches more.
    """
    start, end = best.answer_span
    touched = [s for s in best.sentences if s[0] < end and s[1] > start]
    if not 0 < len(touched) <= MAX_SENTENCES:
        return []
    bound = STRONG * max(best.evidence)
    by_strength = sorted(zip(best.evidence, best.sentences, strict=True), key=lambda x: -x[0])
    strong = [s for share, s in by_strength if share >= bound and s not in touched]
    return sorted(touched + strong[: MAX_SENTENCES - len(touched)])

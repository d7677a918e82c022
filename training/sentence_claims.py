"""Groups of passages -> claims that are sentences: as they stand, changed, or of other evidence."""

import random
import re
from collections.abc import Sequence

from index.split import Span, split_sentences
from rag.entailment import Claim
from training import claims, evidence
from training.claims import READING, Labelled, origin_of
from training.corrupt import has_words, other_value, put, turn_round
from training.data import Example
from training.details import DATE, NAME, NUMBER, spans_of
from training.groups import Group

WORDS = range(6, 61)
TURNED = 30  # percent, of the changed ones, and of the right ones in claim and evidence alike
OWN_DETAIL = 50  # percent of the new details that the evidence has elsewhere


class SentenceClaims:
    """Makes one claim of a kind from a group; None where the group does not allow it."""

    def __init__(self, names: Sequence[str], dice: random.Random) -> None:
        self._names, self._dice = names, dice

    def stated(self, group: Group) -> Labelled | None:
        """A sentence of the evidence; some with the same word turned round in both."""
        drawn = self._draw(group)
        if not drawn:
            return None
        example, span = drawn
        sentence, shown = example.passage[span[0] : span[1]], self._show(example, span)
        turned = turn_round(sentence) if self._percent(TURNED) else None
        if turned:
            shown, sentence = shown.replace(sentence, turned), turned
        return self._label(example, shown, self._shorten(sentence), claims.SENTENCE, True)

    def changed(self, group: Group) -> Labelled | None:
        """A date, number or name made another, or what is said turned round."""
        drawn = self._draw(group)
        if not drawn:
            return None
        example, span = drawn
        sentence, shown = example.passage[span[0] : span[1]], self._show(example, span)
        turned = self._percent(TURNED)
        new = turn_round(sentence) if turned else self._swap(sentence, shown)
        return self._label(example, shown, self._shorten(new), claims.CHANGED) if new else None

    def without(self, group: Group) -> Labelled | None:
        """The passage without the sentence that is claimed."""
        drawn = self._draw(group)
        if not drawn:
            return None
        example, span = drawn
        sentence = example.passage[span[0] : span[1]]
        rest = evidence.leave_out(example.passage, [span])
        if not rest or sentence in rest:
            return None
        return self._label(example, rest, sentence, claims.WITHOUT)

    def elsewhere(self, group: Group) -> Labelled | None:
        """A sentence of one passage of the group beside another passage."""
        drawn = self._draw(group)
        if not drawn:
            return None
        example, (start, end) = drawn
        sentence = example.passage[start:end]
        others = [e for e in group.examples if sentence not in e.passage]
        if not others:
            return None
        other = self._dice.choice(others)
        at = self._dice.choice(list(split_sentences(other.passage)) or [(0, len(other.passage))])
        return self._label(other, self._show(other, at), sentence, claims.ELSEWHERE)

    def _draw(self, group: Group) -> tuple[Example, Span] | None:
        example = self._dice.choice(group.examples)
        found = [
            (start, end)
            for start, end in split_sentences(example.passage)
            if len(example.passage[start:end].split()) in WORDS
        ]
        return (example, self._dice.choice(found)) if found else None

    def _show(self, example: Example, span: Span) -> str:
        level = evidence.draw_level(self._dice)
        start, end = evidence.cut(example.passage, span, level, self._dice)
        return example.passage[start:end]

    def _swap(self, sentence: str, shown: str) -> str | None:
        found = [
            (kind, sentence[start:end])
            for kind in (DATE, NUMBER, NAME)
            for start, end in spans_of(sentence, kind)
        ]
        if not found:
            return None
        kind, old = self._dice.choice(found)
        own = [shown[s:e] for s, e in spans_of(shown, kind) if not has_words(sentence, shown[s:e])]
        if own and self._percent(OWN_DETAIL):
            return put(sentence, old, self._dice.choice(own))
        new = other_value(old, kind, self._names, self._dice)
        return put(sentence, old, new) if new and not has_words(shown, new) else None

    def _shorten(self, sentence: str) -> str:
        """Half of the time without what stands in brackets."""
        return re.sub(r" \([^()]*\)", "", sentence) if self._dice.random() < 0.5 else sentence

    def _label(
        self, example: Example, shown: str, sentence: str, kind: str, supported: bool = False
    ) -> Labelled:
        claim = Claim(" ".join(sentence.split()), shown, example.heading)
        return Labelled(claim, supported, kind, READING, origin_of(example.passage))

    def _percent(self, share: int) -> bool:
        return self._dice.random() * 100 < share

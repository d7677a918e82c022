"""Groups of passages -> claims of the form "question -> answer", supported or wrong in one way.

The wrong ones have answers that look right: spans of the right type, spans that the reader chose
where there is no answer, and questions with one detail that the evidence has otherwise.
"""

import random
from collections.abc import Sequence

from eval.measures import contains, f1, holds, normalise
from index.split import Span, split_sentences
from rag.entailment import Claim
from rag.inputs import claim_of
from rag.reader import Pair, Reader
from training import claims, evidence
from training.claims import READING, Labelled, origin_of
from training.corrupt import has_words, other_value, put, swap_shared, turn_round
from training.data import Example, overlap
from training.details import NAME, PHRASE, spans_of, type_of
from training.groups import Group

BY_READER = 25  # percent of the right answers that are the reader's, where it is right
IN_ANSWER = 25  # percent of the swapped details that are the answer
NEAR = 50  # percent of the names that are replaced with one of the same passage
IN_QUESTION = 30  # percent of what is turned round that is so in the question


class QuestionClaims:
    """Makes one claim of a kind from a group; None where the group does not allow it.

    `names` are what a name is replaced with.
    """

    def __init__(self, reader: Reader, names: Sequence[str], dice: random.Random) -> None:
        self._reader, self._names, self._dice = reader, names, dice

    def answer(self, group: Group) -> Labelled | None:
        example = group.examples[0]
        span = self._gold(example)
        said = example.passage[span[0] : span[1]]
        if self._percent(BY_READER):
            read = self._read(example)
            if any(contains(example.passage[read[0] : read[1]], g) for g in _golds(example)):
                said, span = example.passage[read[0] : read[1]], read
        shown = self._cut_to_support(example, span)
        return self._label(example, shown, said, claims.ANSWER, supported=True)

    def alike(self, group: Group) -> Labelled | None:
        """A detail of the claim swapped in the evidence too: it is the agreement that counts."""
        example = group.examples[0]
        span = self._gold(example)
        shown = self._cut_to_support(example, span)
        claim = claim_of(example.question, example.passage[span[0] : span[1]])
        swap = swap_shared(claim, shown, self._names, self._dice)
        if not swap:
            return None
        claim, shown, heading = (put(t, *swap[1:]) for t in (claim, shown, example.heading))
        origin = origin_of(example.passage)
        return Labelled(Claim(claim, shown, heading), True, claims.ALIKE, READING, origin)

    def wrong_span(self, group: Group) -> Labelled | None:
        example = group.examples[0]
        span = self._gold(example)
        start, end = evidence.cut(
            example.passage, span, evidence.draw_level(self._dice), self._dice
        )
        said = self._other_span(example, (start, end), example.passage[span[0] : span[1]])
        return self._label(example, example.passage[start:end], said, claims.WRONG_SPAN)

    def other_sentence(self, group: Group) -> Labelled | None:
        example = group.examples[0]
        touched = [*example.answers, *example.evidence]
        others = [
            s
            for s in split_sentences(example.passage)
            if not any(overlap(s, span) for span in touched)
            and not holds(example.passage[s[0] : s[1]], _golds(example))
        ]
        if not others:
            return None
        start, end = self._dice.choice(others)
        gold = self._gold(example)
        said = self._other_span(example, (start, end), example.passage[gold[0] : gold[1]])
        return self._label(example, example.passage[start:end], said, claims.OTHER_SENTENCE)

    def other_article(self, group: Group) -> Labelled | None:
        """What the reader takes for the answer in a passage that does not have it."""
        others = [e for e in group.examples if not e.is_gold]
        return self._as_read(self._dice.choice(others), claims.OTHER_ARTICLE) if others else None

    def adversarial(self, group: Group) -> Labelled | None:
        """The same in the paragraph that the question was asked of, although it has no answer."""
        return self._as_read(group.examples[0], claims.ADVERSARIAL)

    def of_reader(self, group: Group) -> Labelled | None:
        """What the reader answers from all passages, beside the sentences that it stands in.

        These are the claims that a checker meets. A right answer may stand in a sentence that does
        not say enough, and a wrong one may be right in other words: of 200 that were labelled by
        hand, 22 of the right ones and 11 of the wrong ones (`eval/data/README.md`).
        """
        readings = self._reader.read([_pair(example) for example in group.examples])
        best = max(range(len(readings)), key=lambda i: readings[i].score)
        example, span = group.examples[best], (readings[best].start, readings[best].end)
        said = example.passage[span[0] : span[1]]
        right = any(contains(said, gold) for gold in _golds(example))
        touched = [s for s in split_sentences(example.passage) if overlap(s, span)]
        if not touched:
            return None
        shown = example.passage[touched[0][0] : touched[-1][1]]
        kind = claims.READ_RIGHT if right else claims.READ_WRONG
        return self._label(example, shown, said, kind, supported=right)

    def taken_out(self, group: Group) -> Labelled | None:
        example = group.examples[0]
        start, end = self._gold(example)
        rest = evidence.leave_out(example.passage, [*example.answers, *example.evidence])
        if not rest or holds(rest, _golds(example)):
            return None
        return self._label(example, rest, example.passage[start:end], claims.TAKEN_OUT)

    def swapped(self, group: Group) -> Labelled | None:
        """One detail, in the question where the evidence has it, or the answer itself."""
        example = group.examples[0]
        span = self._gold(example)
        shown, said = self._cut_to_support(example, span), example.passage[span[0] : span[1]]
        if self._percent(IN_ANSWER):
            kind = type_of(said)
            new = other_value(said, kind, self._names, self._dice)
            if not new or has_words(shown, new):
                return None
            return self._label(example, shown, new, f"{claims.SWAPPED} {kind}")
        names = self._names
        if self._percent(NEAR):
            names = [example.passage[start:end] for start, end in spans_of(example.passage, NAME)]
        swap = swap_shared(example.question, shown, names, self._dice)
        if not swap:
            return None
        question = put(example.question, *swap[1:])
        kind = f"{claims.SWAPPED} {swap[0]}"
        return self._label(example, shown, said, kind, question=question)

    def polarity(self, group: Group) -> Labelled | None:
        example = group.examples[0]
        start, end = self._gold(example)
        said = example.passage[start:end]
        shown = self._cut_to_support(example, (start, end))
        if self._percent(IN_QUESTION):
            asked = turn_round(example.question, may_deny=False)
            return (
                self._label(example, shown, said, claims.POLARITY, question=asked)
                if asked
                else None
            )
        turned = turn_round(shown, max(0, shown.find(said)))
        return self._label(example, turned, said, claims.POLARITY) if turned else None

    def _label(
        self,
        example: Example,
        shown: str,
        said: str,
        kind: str,
        supported: bool = False,
        question: str | None = None,
    ) -> Labelled | None:
        if not normalise(said) or not shown.strip():
            return None
        claim = Claim(claim_of(question or example.question, said), shown, example.heading)
        return Labelled(claim, supported, kind, READING, origin_of(example.passage))

    def _gold(self, example: Example) -> Span:
        """One of the answers, in the sentences that are known to support it where they are."""
        sure = [a for a in example.answers if any(overlap(a, e) for e in example.evidence)]
        return self._dice.choice(sure or example.answers)

    def _cut_to_support(self, example: Example, span: Span) -> str:
        """What is shown for an answer; all of the passage where less does not say of whom."""
        level = evidence.draw_level(self._dice)
        start, end = evidence.cut(example.passage, span, level, self._dice)
        shown = example.passage[start:end]
        known = evidence.names_one_of(example.question, f"{shown} {example.heading}")
        return shown if known else example.passage

    def _as_read(self, example: Example, kind: str) -> Labelled | None:
        span = self._read(example)
        level = evidence.draw_level(self._dice)
        start, end = evidence.cut(example.passage, span, level, self._dice)
        said = example.passage[span[0] : span[1]]
        return self._label(example, example.passage[start:end], said, kind)

    def _read(self, example: Example) -> Span:
        reading = self._reader.read([_pair(example)])[0]
        return reading.start, reading.end

    def _other_span(self, example: Example, within: Span, gold: str) -> str:
        """A span of the gold answer's type that shares no word with any, "" if there is none."""
        text = example.passage[within[0] : within[1]]
        kind = type_of(gold)
        found = [text[start:end] for start, end in spans_of(text, kind)]
        if kind == PHRASE and len(gold.split()) > 4:
            found += _windows(text, len(gold.split()))
        asked = f" {normalise(example.question)} "
        fitting = [
            said
            for said in found
            if all(f1(said, g) == 0 for g in _golds(example))
            and normalise(said)
            and f" {normalise(said)} " not in asked
        ]
        return self._dice.choice(fitting) if fitting else ""

    def _percent(self, share: int) -> bool:
        return self._dice.random() * 100 < share


def _pair(example: Example) -> Pair:
    return Pair(example.question, example.heading, example.passage)


def _golds(example: Example) -> list[str]:
    return [example.passage[start:end] for start, end in example.answers]


def _windows(text: str, count: int) -> list[str]:
    words = text.split()
    return [" ".join(words[i : i + count]) for i in range(len(words) - count + 1)]

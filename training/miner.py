"""Makes groups of questions: each one's own passage, and negatives that our retrieval finds.

Knows nothing of files. Whether a passage may be a negative is `training.negatives`' to say.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from eval.measures import normalise
from index.onnx import Workers
from index.split import Span
from rag.reader import Pair, Reader
from training.crowd import Crowd, Shown
from training.data import Example, Row, add_evidence
from training.groups import GROUP_SIZE, Group
from training.negatives import DEEPEST, Sieve, choose_negatives, is_delicate, order_near

GOLD, TAKEN_OUT, ADVERSARIAL = "gold", "taken out", "adversarial"
FINDABLE = 20  # a question whose own passage comes later means nothing without its paragraph
MANY = 200  # passages under one title; more is a collection, not an article
SIBLINGS = 0.5  # how often a nearest passage of the gold one's article goes before a nearer one
_AT_ONCE = 256


class Miner:
    """Groups of `size` passages.

    `dropped` counts what was left out and why; `context_bound` are the rows for singles.
    """

    def __init__(
        self,
        crowd: Crowd,
        reader: Reader,
        workers: Workers,
        dice: random.Random,
        size: int = GROUP_SIZE,
    ) -> None:
        self._crowd, self._reader, self._workers, self._dice = crowd, reader, workers, dice
        self._size = size
        self._titles = Counter(shown.title for shown in crowd.passages.values())
        self.dropped: Counter[str] = Counter()
        self.context_bound: list[Row] = []

    def answerable(self, rows: Iterable[Row], fates: list[str]) -> Iterator[Group]:
        """One group for each fate, GOLD or TAKEN_OUT, of as many rows as that takes."""
        left = list(reversed(fates))
        for row, ranked in self._ranked(rows):
            if not left:
                return
            group = self._answerable(row, ranked, left[-1])
            if group:
                left.pop()
                yield group

    def adversarial(self, rows: Iterable[Row]) -> Iterator[Group]:
        """A group for each unanswerable row: the best found passage of its paragraph first."""
        for row, ranked in self._ranked(rows):
            own = self._crowd.of_paragraph(row["context"])
            if not own:
                self.dropped["question whose paragraph is not in the archive"] += 1
                continue
            first = next((s for s in ranked if s.id in {o.id for o in own}), None)
            first = first or self._dice.choice(own)
            negatives = self._negatives(row, first, ranked, self._size - 1)
            if len(negatives) == self._size - 1:
                shown = [first, *negatives]
                yield Group(ADVERSARIAL, tuple(_example(row, s) for s in shown))
            else:
                self.dropped["question with too few negatives"] += 1

    def _ranked(self, rows: Iterable[Row]) -> Iterator[tuple[Row, list[Shown]]]:
        waiting = iter(rows)
        while part := list(islice(waiting, _AT_ONCE)):
            questions = [row["question"] for row in part]
            found = self._crowd.rank_all(questions, DEEPEST, self._workers)
            yield from zip(part, found, strict=True)

    def _answerable(self, row: Row, ranked: list[Shown], fate: str) -> Group | None:
        if not all(normalise(a["text"]) for a in row["answers"]):
            self.dropped["question whose answer is nothing when normalised"] += 1
            return None
        gold = self._gold(row)
        if gold is None:
            self.dropped["question whose answer no passage holds whole"] += 1
            return None
        if gold.id not in [shown.id for shown in ranked[:FINDABLE]]:
            self.dropped["question that does not find its passage"] += 1
            self.context_bound.append(row)
            return None
        taken_out = fate == TAKEN_OUT
        wanted = self._size if taken_out else self._size - 1
        negatives = self._negatives(row, gold, ranked, wanted)
        if len(negatives) < wanted:
            self.dropped["question with too few negatives"] += 1
            return None
        examples = [_example(row, shown) for shown in negatives]
        return Group(fate, tuple(examples if taken_out else [_gold_example(row, gold), *examples]))

    def _gold(self, row: Row) -> Shown | None:
        """The passage that holds most of the answers' spans; of several the first."""
        own = self._crowd.of_paragraph(row["context"])
        held = [len(_spans_within(row, shown)) for shown in own]
        return own[held.index(max(held))] if any(held) else None

    def _negatives(self, row: Row, own: Shown, ranked: list[Shown], count: int) -> list[Shown]:
        def score(shown: Shown) -> float:
            self.dropped["(passages scored by the reader)"] += 1
            return self._reader.read([Pair(row["question"], shown.heading, shown.text)])[0].score

        sieve = Sieve(own, [a["text"] for a in row["answers"]], score, self.dropped)
        siblings_first = self._dice.random() < SIBLINGS
        near = order_near(
            self._crowd.neighbours(own), own, siblings_first, lambda t: self._titles[t] <= MANY
        )
        return choose_negatives(ranked, near, sieve.lets_through, count, self._dice)


def _spans_within(row: Row, shown: Shown) -> list[Span]:
    """The answers' spans that lie in the passage, as offsets in it."""
    spans = ((a["start"] - shown.start, len(a["text"])) for a in row["answers"])
    return sorted({(s, s + n) for s, n in spans if s >= 0 and s + n <= len(shown.text)})


def _example(row: Row, shown: Shown) -> Example:
    return Example(row["question"], shown.heading, shown.text, ())


def _gold_example(row: Row, shown: Shown) -> Example:
    """The annotated spans, their sentences, and every other place where such an answer stands.

    A delicate answer ("two", "1998") stands elsewhere by chance, so only its own spans count.
    """
    own = _spans_within(row, shown)
    example = add_evidence(Example(row["question"], shown.heading, shown.text, tuple(own)))
    spans = set(own)
    for text in {shown.text[s:e] for s, e in own}:
        if not is_delicate(text):
            pattern = rf"(?<!\w){re.escape(text)}(?!\w)"
            spans |= {match.span() for match in re.finditer(pattern, shown.text)}
    return Example(
        example.question, example.heading, example.passage, tuple(sorted(spans)), example.evidence
    )

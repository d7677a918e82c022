"""A text of any length is read in windows that cover it, and the best span keeps its place."""

from collections.abc import Sequence

from index.split import split_passages
from rag.deadline import NEVER, Deadline
from rag.reader import Pair, Reading
from rag.windows import WHOLE_UNITS, Read, read_texts, windows

SENTENCE = "The harbour of Invented Bay stays closed. "  # 8 units


class Finder:
    """Finds one word, and is surer the earlier it stands in the passage."""

    name = "finder"

    def __init__(self, word: str) -> None:
        self.word = word
        self.read_pairs: list[Pair] = []

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        deadline.check()
        self.read_pairs += pairs
        return [self._read_one(pair) for pair in pairs]

    def _read_one(self, pair: Pair) -> Reading:
        at = pair.passage.find(self.word)
        if at < 0:
            return Reading(0, 1, -4.0, 0.0, -1.0)
        return Reading(at, at + len(self.word), 10.0 - at / 1000, 0.0, 1.0)


def test_a_short_text_is_read_whole_and_a_long_one_as_it_is_indexed() -> None:
    short = SENTENCE * (WHOLE_UNITS // 8)
    assert windows(short) == [(0, len(short))]
    longer = SENTENCE * (WHOLE_UNITS // 8 + 1)
    assert windows(longer) == split_passages(longer)
    assert len(windows(longer)) == 2


def test_the_best_span_of_all_windows_keeps_its_offsets() -> None:
    long = SENTENCE * 60 + "A seal sang. " + SENTENCE * 30
    finder = Finder("seal")
    asked = [("Who sang?", "Heading", long), ("Who sang?", "", SENTENCE), ("Who?", "", "A seal.")]
    first, none, last = read_texts(finder, asked)
    assert long[first.start : first.end] == "seal"
    assert none == Read(0, 1, -3.0)
    assert (last.start, last.end) == (2, 6)
    assert len(finder.read_pairs) == len(windows(long)) + 2
    assert finder.read_pairs[0].heading == "Heading"

"""A text of any length -> the windows in which a reader reads it, and the best span of them all.

For a text that is given instead of found: the reader alone, without an archive.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from index.split import Span, count_units, split_passages
from rag.reader import Pair, Reader

# Up to here a text is read whole. A reader that was trained on passages of at most 190 units finds
# a little more in such a paragraph whole than in two halves (docs/experiments.md).
WHOLE_UNITS = 250


@dataclass(frozen=True, slots=True)
class Read:
    """The best span of a text, half-open, and the reader's score of it: over 0 speaks for it."""

    start: int
    end: int
    score: float


def windows(text: str) -> list[Span]:
    """The whole text, if it is short enough, else the passages that an archive would hold."""
    whole = (0, len(text))
    return [whole] if count_units(text, whole) <= WHOLE_UNITS else split_passages(text)


def read_texts(reader: Reader, asked: Sequence[tuple[str, str, str]]) -> list[Read]:
    """For each question, heading and text: the best span of the text."""
    cut = [windows(text) for _, _, text in asked]
    pairs = [
        Pair(question, heading, text[start:end])
        for (question, heading, text), spans in zip(asked, cut, strict=True)
        for start, end in spans
    ]
    readings = iter(reader.read(pairs))
    found = []
    for spans in cut:
        read = [(next(readings), start) for start, _ in spans]
        best, at = max(read, key=lambda r: r[0].score)
        found.append(Read(at + best.start, at + best.end, best.score))
    return found

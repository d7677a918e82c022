"""Labelled claims, what kinds there are and in which shares, and their file of gzipped JSON lines.

A claim of ours is an answer with its question, or a sentence. Of each kind but the first three, and
of what the reader answers where it is right, the evidence does not support it, by the way it was
made; `training.question_claims` and `training.sentence_claims` make them,
`training.entailment_rows` reads those of others.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.errors import InvalidInput
from rag.entailment import Claim

READING = "reading"  # the file of what is made from the reading data

ANSWER = "answer"
ALIKE = "answer, detail swapped in both"
SENTENCE = "sentence"
WRONG_SPAN = "wrong span of the right type"
OTHER_SENTENCE = "other sentence of the passage"
OTHER_ARTICLE = "other article on the same story"
ADVERSARIAL = "adversarial question"
TAKEN_OUT = "supporting sentence taken out"
SWAPPED = "swapped"  # followed by what: `swapped date`, `swapped number`, `swapped name`
POLARITY = "polarity"
CHANGED = "sentence, changed"
WITHOUT = "sentence, taken out"
ELSEWHERE = "sentence, other article"
READ = "reader's answer"  # of one of these two kinds
READ_RIGHT, READ_WRONG = f"{READ}, right", f"{READ}, wrong"

# Of all claims, in percent. What a kind or a file lacks is not made up for.
OWN_SHARES = {
    READ: 17,
    ANSWER: 25,
    ALIKE: 3,
    SENTENCE: 4,
    WRONG_SPAN: 6,
    OTHER_SENTENCE: 3,
    OTHER_ARTICLE: 4,
    ADVERSARIAL: 5,
    TAKEN_OUT: 3,
    SWAPPED: 5,
    POLARITY: 2,
    CHANGED: 3,
    WITHOUT: 1,
    ELSEWHERE: 1,
}
FILE_SHARES = {"fever": 11, "snli": 3, "summedits_other": 3, "wice": 1}
DEV_ONLY = ("fever_symmetric",)
HALVES = ("fit", "report")


@dataclass(frozen=True, slots=True)
class Labelled:
    """`origin` names the text that the evidence is from, whatever was cut out of it."""

    claim: Claim
    supported: bool
    kind: str
    file: str
    origin: str

    @property
    def half(self) -> str:
        """Which half of the held-out claims it is in: no text is in both."""
        return HALVES[int(self.origin, 16) % 2]


def origin_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def write_claims(path: Path, claims: Iterable[Labelled]) -> None:
    # A time or a name in the file's header would make two equal runs two files.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
        for one in claims:
            row = {
                "claim": one.claim.text,
                "heading": one.claim.heading,
                "evidence": one.claim.evidence,
                "supported": one.supported,
                "kind": one.kind,
                "file": one.file,
                "origin": one.origin,
            }
            file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def read_claims(path: Path) -> Iterator[Labelled]:
    """Raises InvalidInput at a line that is no claim."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                claim = Claim(row["claim"], row["evidence"], row["heading"])
                kind, file, origin = row["kind"], row["file"], row["origin"]
                yield Labelled(claim, bool(row["supported"]), kind, file, origin)
            except (ValueError, KeyError, TypeError) as error:
                raise InvalidInput(
                    f"{path}, line {number}: no claim ({error}); make the file again with "
                    f"`python -m training.make_claims`"
                ) from error

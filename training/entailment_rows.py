"""Claims of others: the files of entailment data, as `training.claims` has them.

Evidence that is too long for a passage is left out, or cut to the sentences that matter where the
file says which do. Partly supported is not supported.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from index.errors import InvalidInput
from rag.entailment import Claim
from training.claims import Labelled, origin_of
from training.data import Row, read_rows

MOST_WORDS = 190
LABELS = {
    "supported": True,
    "unsupported": False,
    "not_supported": False,
    "partially_supported": False,
    "refuted": False,
    "neutral": False,
}


def read_file(folder: Path, name: str, split: str) -> Iterator[Labelled]:
    """The rows of one file that can be used. Raises InvalidInput at a label that is unknown."""
    for row in read_rows(folder / f"{name}.jsonl.gz", split):
        if row["label"] not in LABELS:
            raise InvalidInput(
                f"{folder / name}, row {row['id']}: the label is {row['label']!r}; say in LABELS "
                f"of training/entailment_rows.py whether it is support"
            )
        shown = _evidence(row)
        if shown and len(shown.split()) <= MOST_WORDS:
            claim = Claim(row["hypothesis"].strip(), shown)
            supported = LABELS[row["label"]]
            yield Labelled(claim, supported, row["label"], name, origin_of(row["premise"]))


def _evidence(row: Row) -> str:
    """The premise; of a whole web page the sentences that matter to the claim, and their like."""
    if "evidence" not in row:
        return str(row["premise"]).strip()
    sentences: list[str] = row["evidence"]
    chosen = set(min(row["supporting"], key=len, default=[]))
    words = _words(row["hypothesis"])
    alike = sorted(
        range(len(sentences)), key=lambda i: len(words & _words(sentences[i])), reverse=True
    )
    for number in alike:
        if _count(sentences, {*chosen, number}) > MOST_WORDS or len(chosen) >= 6:
            break
        chosen.add(number)
    return " ".join(sentences[i].strip() for i in sorted(chosen))


def _count(sentences: list[str], chosen: Iterable[int]) -> int:
    return sum(len(sentences[i].split()) for i in chosen)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{4,}", text.lower()))

"""Held-out questions, asked of an archive of held-out paragraphs with real retrieval, in int8.

Dev paragraphs, and some training ones as a crowd, become the archive; dev questions are asked of
it. A quarter is made unanswerable by taking out every passage that holds the answer, a tenth by
swapping a number or a name; adversarial ones come on top. Knows nothing of calibration.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from eval.measures import contains, f1
from index.archive import Archive
from index.encode import OnnxEncoder
from index.filters import Filters
from index.onnx import Workers
from index.snapshot import Snapshot
from rag.candidate import Candidate
from rag.engine import PASSAGES_READ
from rag.reader import OnnxReader, Pair, Reading
from rag.retrieve import Found, retrieve
from training.crowd import make_article
from training.data import Example, Row, collect_names, read_rows, swap_detail

FILES = ("squad2_part", "squad_joined", "squadshifts_wiki", "qed_nq", "afriqa_en", "timeqa_human")
ADVERSARIAL = "squad2_noanswer_silver"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its right answers (none if it has none) and what was read for it."""

    question: str
    gold: tuple[str, ...]
    half: int
    kind: str
    found: list[Found]
    readings: list[Reading]


def ask_all(data: Path, folder: Path, per_file: int, crowd: int, seed: int = 5) -> list[Asked]:
    dice = random.Random(seed)
    dev = {name: list(read_rows(data / f"{name}.jsonl.gz", "dev")) for name in FILES}
    adversarial = list(read_rows(data / f"{ADVERSARIAL}.jsonl.gz", "dev"))
    train = [
        r
        for n in FILES
        for r in dice.sample(list(read_rows(data / f"{n}.jsonl.gz", "train")), crowd)
    ]
    contexts = {
        r["context"]: r["title"] for r in (*train, *adversarial, *chain.from_iterable(dev.values()))
    }
    workers = Workers()
    archive = Archive(folder, OnnxEncoder(workers))
    articles = [make_article(c, t, dice) for c, t in contexts.items() if c.strip()]
    print(sum(o.passages for o in archive.ingest(articles)), "passages", flush=True)
    snapshot, reader = archive.snapshot(), OnnxReader(workers)
    names = collect_names(train)
    rows = [r for part in dev.values() for r in dice.sample(part, min(per_file, len(part)))]
    rows += dice.sample(adversarial, min(per_file, len(adversarial)))
    asked = []
    for number, row in enumerate(rows):
        one = _ask(row, snapshot, archive, reader, names, dice)
        if one:
            asked.append(one)
        if number % 200 == 0:
            print(number, "of", len(rows), flush=True)
    return asked


def _ask(
    row: Row,
    snapshot: Snapshot,
    archive: Archive,
    reader: OnnxReader,
    names: list[str],
    dice: random.Random,
) -> Asked | None:
    gold = tuple(dict.fromkeys(a["text"] for a in row["answers"]))
    half = int(hashlib.sha256(row["context"].encode()).hexdigest(), 16) % 2
    question, kind = row["question"], "answerable" if gold else "adversarial"
    fate = dice.random()
    if gold and fate < 0.1:
        swapped = swap_detail(Example(question, "", row["context"], ()), names, dice)
        if swapped:
            question, gold, kind = swapped.question, (), "swapped"
    found = retrieve(snapshot, archive.encoder, question, Filters(), 30)
    if kind == "answerable":
        holds = [any(contains(f.text, g) for g in gold) for f in found]
        if not any(holds[:20]):
            return None  # the question means nothing without its paragraph
        if fate > 0.75:
            found = [f for f, held in zip(found, holds, strict=True) if not held]
            gold, kind = (), "taken out"
    found = found[:PASSAGES_READ]
    readings = reader.read([Pair(question, f.heading, f.text) for f in found])
    return Asked(question, gold, half, kind, found, readings) if found else None


def is_right(candidate: Candidate, gold: Sequence[str]) -> bool:
    return any(f1(candidate.answer, g) >= 0.5 for g in gold)

"""Held-out questions, asked of open-dev's archive with real retrieval, in int8.

All of open-dev (`eval.open_dev`), and on top of it, since they are what a user may ask too:
adversarial questions of SQuAD 2.0, kept questions with a number or a name swapped, and some of
open-dev's once more in other words than the paragraph's. The halves are open-dev's own, so that
what is fitted on one is reported on texts that it has not seen. Knows nothing of calibration.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval import open_dev
from eval.asking import admits
from eval.cases import Case
from eval.measures import contains
from index.filters import NO_FILTERS
from rag.candidate import Candidate
from rag.engine import PASSAGES_READ, Engine
from rag.reader import Pair, Reading
from rag.retrieve import Found, retrieve
from training.data import Example, collect_names, read_rows, swap_detail

ADVERSARIAL = ("squad2_noanswer_silver", "squad2_part")
PER_FILE = 100  # adversarial questions
SWAPPED = 0.15  # swapped copies, of the questions that can be answered
REWORDED = "reworded"
NEWS = "news"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its right answers (none if it has none) and what was read for it."""

    question: str
    gold: tuple[str, ...]
    half: str
    kind: str
    found: list[Found]
    readings: list[Reading]

    @property
    def is_reworded(self) -> bool:
        return self.kind.endswith(REWORDED)


def ask_all(data: Path, engine: Engine, seed: int = 5) -> list[Asked]:
    """Every question of both halves; `engine` is over `open_dev.make_articles(data)`."""
    snapshot, reader = engine.archive.snapshot(), engine.reader.get()
    cases = list(_cases(data, random.Random(seed)))
    asked = []
    for number, (kind, case) in enumerate(cases):
        found = retrieve(
            snapshot, engine.archive.encoder, case.question, NO_FILTERS, PASSAGES_READ,
            admits=admits(case),
        )  # fmt: skip
        readings = reader.read([Pair(case.question, f.heading, f.text) for f in found])
        half = open_dev.half_of(case)
        asked.append(Asked(case.question, case.answers, half, kind, found, readings))
        if number % 200 == 0:
            print(number, "of", len(cases), flush=True)
    return [a for a in asked if a.found]


def _cases(data: Path, dice: random.Random) -> Iterator[tuple[str, Case]]:
    """Each with its kind: answerable, taken out, these reworded, swapped, adversarial."""
    names = collect_names(list(read_rows(data / "squad2_part.jsonl.gz", "train")))
    for cases in open_dev.chosen_cases(data).values():
        for case in cases:
            yield _kind(case), case
            if case.answerable and dice.random() < SWAPPED:
                example = swap_detail(Example(case.question, "", "", ()), names, dice)
                if example:
                    yield "swapped", _without_answer(case, example.question)
        for case in open_dev.reword(cases):
            yield f"{_kind(case)}, {REWORDED}", case
    for name in ADVERSARIAL:
        rows = [r for r in read_rows(data / f"{name}.jsonl.gz", "dev") if not r["answers"]]
        for row in dice.sample(rows, min(PER_FILE, len(rows))):
            yield "adversarial", open_dev.make_case(row, name, taken_out=True)


def _kind(case: Case) -> str:
    return "answerable" if case.answerable else "taken out"


def _without_answer(case: Case, question: str) -> Case:
    return Case(f"{case.id}/swapped", question, (), False, slices=case.slices)


def is_right(candidate: Candidate, gold: Sequence[str]) -> bool:
    """As the harness has it: containment, in either direction."""
    return any(contains(candidate.answer, g) for g in gold)

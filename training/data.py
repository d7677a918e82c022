"""Reading data -> examples as the reader will meet them: one of our passages, often a heading.

Paragraphs are re-cut by our own splitter, so that training and serving see the same windows. Half
of the examples carry a heading with an invented date and source, since serving always has one.
"""

import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from eval.perturb.details import NUMBER, other_number
from index.heading import join_heading
from index.split import Span, split_passages, split_sentences

Row = dict[str, Any]  # one line of a data file, as its README describes it


@dataclass(frozen=True, slots=True)
class Example:
    """A question about one passage; `answers` are half-open spans of `passage`, () for none.

    `evidence` are the spans of what supports the answer, where that is known: a passage can have
    these and no answer, when its sentences were marked and no words in them.
    """

    question: str
    heading: str
    passage: str
    answers: tuple[Span, ...]
    evidence: tuple[Span, ...] = ()

    @property
    def is_gold(self) -> bool:
        return bool(self.answers or self.evidence)


def read_rows(path: Path, split: str) -> Iterator[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from (row for row in map(json.loads, lines) if row["split"] == split)


def make_example(row: Row, dice: random.Random) -> Example | None:
    """The passage of the row's paragraph that holds the answer, or any if there is none.

    None when an answer is cut by the end of every passage.
    """
    windows = split_passages(row["context"])
    spans = [(a["start"], a["start"] + len(a["text"])) for a in row["answers"]]
    if spans:
        chosen = dice.choice(spans)
        windows = [w for w in windows if w[0] <= chosen[0] and chosen[1] <= w[1]]
    if not windows:
        return None
    start, end = dice.choice(windows)
    inside = sorted({(s - start, e - start) for s, e in spans if start <= s < e <= end})
    passage = row["context"][start:end]
    return Example(row["question"], invent_heading(row["title"], dice), passage, tuple(inside))


def add_evidence(example: Example) -> Example:
    """The same with the sentences that its answers touch as its evidence."""
    sentences = split_sentences(example.passage)
    touched = (s for s in sentences if any(overlap(s, answer) for answer in example.answers))
    return replace(example, evidence=tuple(touched))


def overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def invent_heading(title: str, dice: random.Random) -> str:
    if dice.random() < 0.5:
        return ""
    day, source = invent_day(dice), invent_source(dice)
    parts = (title if dice.random() < 0.7 else "", source if dice.random() < 0.8 else "")
    return join_heading(*parts, day if dice.random() < 0.85 else None)


def invent_day(dice: random.Random) -> str:
    """A day from 1987 on, over forty years."""
    return (date(1987, 1, 1) + timedelta(days=dice.randrange(14_600))).isoformat()


def invent_source(dice: random.Random) -> str:
    """The name of a newspaper that does not exist, or not by intent."""
    return dice.choice(_PLACES) + " " + dice.choice(_PAPERS)


_PLACES = """
    Northern Harbour Valley Lakeside Capital Coastal Western Union Daily Morning Evening Metro
    Island River Summit Prairie Eastern Highland Global National
""".split()
_PAPERS = """
    Times Post Herald Wire Gazette Tribune Courier Journal News Observer Press Mail
""".split()


_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'-]+(?: [A-Z][\w'-]+)*")


def swap_detail(example: Example, names: list[str], dice: random.Random) -> Example | None:
    """The same question with one number or name changed to one that the passage does not hold.

    The result has no answer. None when the question has nothing to change.
    """
    numbers = list(NUMBER.finditer(example.question))
    found = numbers or list(_NAME.finditer(example.question))
    if not found:
        return None
    detail = dice.choice(found)
    old = detail.group()
    for _ in range(20):
        new = other_number(old, dice) if old[0].isdigit() else dice.choice(names)
        seen = f"{example.heading} {example.passage} {example.question}".lower()
        if new.lower() not in seen and len(new.split()) == len(old.split()):
            question = example.question[: detail.start()] + new + example.question[detail.end() :]
            return replace(example, question=question, answers=())
    return None


def collect_names(rows: list[Row]) -> list[str]:
    """Every capitalised name that stands inside a question, repeats kept: a natural frequency."""
    return [name for row in rows for name in _NAME.findall(row["question"])]

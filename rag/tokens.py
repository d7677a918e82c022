"""How many tokens a text has, by the shipped reader's tokenizer (WordPiece, 30,522 pieces).

For accounts alone: what the models read is cut and framed by `rag.inputs`.
"""

from collections.abc import Iterable

from tokenizers import Tokenizer

from index.errors import ModelUnusable
from rag.lazy import Lazy
from rag.reader import MODELS, SHIPPED


def count_tokens(texts: Iterable[str]) -> int:
    """Of all the texts, without the marks around them. Raises ModelUnusable."""
    tokenizer = _TOKENIZER.get()
    return sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in texts)


def _load() -> Tokenizer:
    path = MODELS / SHIPPED / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more exact
        raise ModelUnusable(f"{path}: cannot be read ({error}); reinstall dateline") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True  # "[SEP]" is letters and brackets, as for the models
    return tokenizer


_TOKENIZER = Lazy(_load)

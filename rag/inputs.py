"""(question, heading, passage) -> what the reader sees. Shared by serving and training.

    [CLS] question [SEP] heading | passage [SEP]

A span that the model points at is turned back into characters through `offsets`, which speak of
the passage's own text; the heading can be read but never quoted.
"""

from dataclasses import dataclass

from tokenizers import Tokenizer

from index.errors import ModelUnusable

MAX_TOKENS = 384
MAX_QUESTION_TOKENS = 64
MAX_HEADING_TOKENS = 48


@dataclass(frozen=True, slots=True)
class ReaderInput:
    """One sequence of T tokens: `ids`, `types` (0 question, 1 the rest), each of length T.

    Tokens `passage_start <= i < T - 1` are the passage's; `offsets[i - passage_start]` is the
    half-open span of that token in the passage's text, in code points.
    """

    ids: list[int]
    types: list[int]
    passage_start: int
    offsets: list[tuple[int, int]]


def encode_pair(
    tokenizer: Tokenizer, question: str, heading: str, passage: str, max_tokens: int = MAX_TOKENS
) -> ReaderInput:
    """Encodes one pair. What does not fit loses its end: question, heading, then the passage."""
    cls, sep = _token(tokenizer, "[CLS]"), _token(tokenizer, "[SEP]")
    asked = tokenizer.encode(question, add_special_tokens=False).ids[:MAX_QUESTION_TOKENS]
    head: list[int] = []
    if heading:
        known = tokenizer.encode(heading, add_special_tokens=False).ids[:MAX_HEADING_TOKENS]
        head = [*known, _token(tokenizer, "|")]
    before = [cls, *asked, sep, *head]
    body = tokenizer.encode(passage, add_special_tokens=False)
    room = max_tokens - len(before) - 1
    ids = [*before, *body.ids[:room], sep]
    types = [0] * (len(asked) + 2) + [1] * (len(ids) - len(asked) - 2)
    return ReaderInput(ids, types, len(before), body.offsets[:room])


def _token(tokenizer: Tokenizer, token: str) -> int:
    found: int | None = tokenizer.token_to_id(token)
    if found is None:
        raise ModelUnusable(f"the tokenizer has no {token}; the reader needs one of BERT's kind")
    return found

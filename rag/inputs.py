"""What the models read, the reader and the checker. Shared by serving and training.

    [CLS] question [SEP] heading | passage [SEP]
    [CLS] claim [SEP] heading | evidence [SEP]

A span that the model points at is turned back into characters through `offsets`, which speak of
the passage's own text; the heading can be read but never quoted.
"""

from dataclasses import dataclass

from tokenizers import Tokenizer

from index.errors import ModelUnusable

MAX_TOKENS = 384
MAX_QUESTION_TOKENS = 64
MAX_CLAIM_TOKENS = 128
MAX_HEADING_TOKENS = 48
ARROW = " -> "  # between a question and its short answer, in the claim that they make


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
    asked = tokenizer.encode(question, add_special_tokens=False).ids[:MAX_QUESTION_TOKENS]
    return _join(tokenizer, asked, heading, passage, max_tokens)


def claim_of(question: str, answer: str) -> str:
    """What a short answer claims, in the words that the checker reads."""
    return f"{' '.join(question.split())}{ARROW}{' '.join(answer.split())}"


def encode_claim(
    tokenizer: Tokenizer, claim: str, heading: str, evidence: str, max_tokens: int = MAX_TOKENS
) -> ReaderInput:
    """Encodes one claim with its evidence, as `encode_pair` a question with its passage.

    A claim that does not fit loses its beginning: the answer stands at its end.
    """
    claimed = tokenizer.encode(claim, add_special_tokens=False).ids[-MAX_CLAIM_TOKENS:]
    return _join(tokenizer, claimed, heading, evidence, max_tokens)


def _join(
    tokenizer: Tokenizer, first: list[int], heading: str, passage: str, max_tokens: int
) -> ReaderInput:
    cls, sep = _token(tokenizer, "[CLS]"), _token(tokenizer, "[SEP]")
    head: list[int] = []
    if heading:
        known = tokenizer.encode(heading, add_special_tokens=False).ids[:MAX_HEADING_TOKENS]
        head = [*known, _token(tokenizer, "|")]
    before = [cls, *first, sep, *head]
    body = tokenizer.encode(passage, add_special_tokens=False)
    room = max_tokens - len(before) - 1
    ids = [*before, *body.ids[:room], sep]
    types = [0] * (len(first) + 2) + [1] * (len(ids) - len(first) - 2)
    return ReaderInput(ids, types, len(before), body.offsets[:room])


def _token(tokenizer: Tokenizer, token: str) -> int:
    found: int | None = tokenizer.token_to_id(token)
    if found is None:
        raise ModelUnusable(f"the tokenizer has no {token}; the models need one of BERT's kind")
    return found

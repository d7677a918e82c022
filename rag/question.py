"""What a person asked -> a standalone question, its filters and when it was asked."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from index.dates import normalise_time
from index.errors import InvalidInput, TooLarge
from index.filters import Filters

MAX_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Question:
    """`text` is what is looked up; `asked_at` as in `index.dates`."""

    text: str
    filters: Filters
    asked_at: str


def understand(asked: str, filters: Filters, asked_at: str | None = None) -> Question:
    """Raises InvalidInput for a question without words, TooLarge for one of over 2,000 characters.

    `asked_at` is now if it is not given.
    """
    if len(asked) > MAX_CHARACTERS:
        raise TooLarge(
            f"the question has {len(asked):,} characters; give at most {MAX_CHARACTERS:,}"
        )
    if re.search(r"[\ud800-\udfff]", asked):
        raise InvalidInput("the question holds half of a character (a surrogate); remove it")
    text = " ".join(asked.split())
    if not re.search(r"\w", text):
        raise InvalidInput("the question holds no word; ask, for example, who signed the agreement")
    if asked_at is None:
        asked_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    else:
        try:
            asked_at = normalise_time(asked_at)
        except ValueError as error:
            raise InvalidInput(f"asked_at: {error}") from None
    return Question(text, filters, asked_at)

"""What a person asked, and what was said before it -> a standalone question, its filters, when it
was asked and of what time.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from index.dates import normalise_time
from index.errors import InvalidInput, TooLarge
from index.filters import Filters
from rag.standalone import MAX_QUESTION, AsAsked, FollowUps, Turn, check_history
from rag.time_words import find_window
from rag.timing import Window

AS_ASKED = AsAsked()


@dataclass(frozen=True, slots=True)
class Question:
    """`text` is what is looked up; `asked_at` as in `index.dates`; `window` is the time that the
    question is about, None if it prefers none.
    """

    text: str
    filters: Filters
    asked_at: str
    window: Window | None


def understand(
    asked: str,
    filters: Filters,
    asked_at: str | None = None,
    now: str | None = None,
    history: Sequence[Turn] = (),
    follow_ups: FollowUps = AS_ASKED,
    spell: Callable[[str], str] = lambda text: text,
    has_any: Callable[[Filters], bool] = lambda _: True,
) -> Question:
    """Raises InvalidInput for a question without words, TooLarge for one of over 2,000 characters,
    and both for a `history` past its bounds; of that `follow_ups` makes the standalone question,
    which `spell` puts right.

    If `asked_at` is not given, it is asked `now`, by default by the machine's clock. Only an
    `asked_at` that was given makes a question without words of time prefer articles near it, and
    only if the archive `has_any` from near then that pass the filters.
    """
    if len(asked) > MAX_QUESTION:
        raise TooLarge(f"the question has {len(asked):,} characters; give at most {MAX_QUESTION:,}")
    if re.search(r"[\ud800-\udfff]", asked):
        raise InvalidInput("the question holds half of a character (a surrogate); remove it")
    text = " ".join(asked.split())
    if not re.search(r"\w", text):
        raise InvalidInput("the question holds no word; ask, for example, who signed the agreement")
    check_history(history)
    text = spell(follow_ups.understand(text, history).text)
    given = asked_at is not None
    if asked_at is None:
        asked_at = now or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        asked_at = normalise_time(asked_at)
    except ValueError as error:
        raise InvalidInput(f"asked_at: {error}") from None
    window = find_window(text, asked_at, given)
    if window and window.pull.of_news and not has_any(window.nearby(filters)):
        window = None
    return Question(text, filters, asked_at, window)

"""What is told of a question while it is worked on. Knows nothing of who listens, or how.

The answer itself is not told here: none of it may leave before `rag.verify` has seen all of it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rag.question import Question
from rag.retrieve import Found


@dataclass(frozen=True, slots=True)
class Passages:
    """What was found, best first, and is now read: each as it stands in the store."""

    found: tuple[Found, ...]


Step = Question | Passages  # in this order; a question that is refused at once has neither
Tell = Callable[[Step], None]  # called in the thread that works; it should not keep it


def to_nobody(_: Step) -> None:
    """For a question whose way nobody follows."""

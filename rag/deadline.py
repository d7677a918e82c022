"""Until when a question may be worked on. Knows nothing of who set the limit, or why."""

import math
import threading
import time
from dataclasses import dataclass, field

from rag.errors import Abandoned, TimedOut


@dataclass(frozen=True, slots=True)
class Deadline:
    """`at` is a time of `time.monotonic`; `seconds` is what was granted, for the words.

    One that `after` made can be given up from any thread; NEVER cannot, since all share it.
    """

    at: float
    seconds: float
    _given_up: threading.Event | None = field(default=None, compare=False, repr=False)

    @staticmethod
    def after(seconds: float) -> "Deadline":
        return Deadline(time.monotonic() + seconds, seconds, threading.Event())

    def seconds_left(self) -> float:
        """Negative once it has passed."""
        return self.at - time.monotonic()

    def give_up(self) -> None:
        """Nobody waits any more: the next check raises Abandoned. ValueError for NEVER."""
        if self._given_up is None:
            raise ValueError("this deadline is shared; give up one that Deadline.after has made")
        self._given_up.set()

    def check(self) -> None:
        """Raises Abandoned once it was given up, TimedOut once it has passed."""
        if self._given_up is not None and self._given_up.is_set():
            raise Abandoned("who asked has left; the question was not answered")
        if self.seconds_left() < 0:
            raise self.passed()

    def passed(self) -> TimedOut:
        return TimedOut(
            f"there was no answer within the limit of {self.seconds:g} seconds; ask again when "
            f"less is going on, or set DATELINE_TIME_LIMIT higher"
        )


NEVER = Deadline(math.inf, math.inf)

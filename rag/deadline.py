"""Until when a question may be worked on. Knows nothing of who set the limit, or why."""

import math
import time
from dataclasses import dataclass

from rag.errors import TimedOut


@dataclass(frozen=True, slots=True)
class Deadline:
    """`at` is a time of `time.monotonic`; `seconds` is what was granted, for the words."""

    at: float
    seconds: float

    @staticmethod
    def after(seconds: float) -> "Deadline":
        return Deadline(time.monotonic() + seconds, seconds)

    def seconds_left(self) -> float:
        """Negative once it has passed."""
        return self.at - time.monotonic()

    def check(self) -> None:
        """Raises TimedOut once it has passed."""
        if self.seconds_left() < 0:
            raise self.passed()

    def passed(self) -> TimedOut:
        return TimedOut(
            f"there was no answer within the limit of {self.seconds:g} seconds; ask again when "
            f"less is going on, or set DATELINE_TIME_LIMIT higher"
        )


NEVER = Deadline(math.inf, math.inf)

"""Something costly that is made when it is first needed, once, whichever thread comes first."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lazy(Generic[T]):
    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: list[T] = []

    def get(self) -> T:
        """Raises what making it raises; the next call then tries again."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

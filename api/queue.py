"""Who runs, who waits and who is told to come again. Knows nothing of what is run.

A request takes a place before its body is read, so that no more bodies are held than there are
places, and its turn when the body is there, so that a slow client keeps nobody from running.
"""

import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from anyio import CapacityLimiter, WouldBlock, create_task_group, move_on_after
from starlette.requests import ClientDisconnect

from index.errors import DatelineError
from rag.deadline import Deadline

_WEIGHT = 0.1  # of the newest time in the running mean


class Overloaded(DatelineError):
    """Every place is taken; `retry_after` is in whole seconds, from 1."""

    def __init__(self, words: str, retry_after: int) -> None:
        super().__init__(words)
        self.retry_after = retry_after


class Queue:
    """At most `may_run` at a time, and `may_wait` more, first come first served.

    For one event loop. `running`, `waiting` and `mean_seconds`, the mean time that a turn takes,
    may be read from any thread.
    """

    def __init__(self, holds: str, may_run: int, may_wait: int) -> None:
        """`holds` says, in the plural, what waits here."""
        self.may_run, self.may_wait = may_run, may_wait
        self.running = 0
        self.mean_seconds = 0.0
        self._holds = holds
        self._taken = 0
        self._turns = CapacityLimiter(may_run)

    @property
    def waiting(self) -> int:
        return self._taken - self.running

    def retry_after(self) -> int:
        """Seconds until a place may be free: when all who wait now have had their turn."""
        return max(1, math.ceil(self.mean_seconds * (self.waiting + 1) / self.may_run))

    @contextmanager
    def place(self) -> Iterator[None]:
        """Raises Overloaded."""
        if self._taken >= self.may_run + self.may_wait:
            seconds = self.retry_after()
            raise Overloaded(
                f"{self._taken} {self._holds} are running or waiting, as many as may; try again "
                f"in {seconds} {'second' if seconds == 1 else 'seconds'}",
                seconds,
            )
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    @asynccontextmanager
    async def turn(
        self, deadline: Deadline, client_left: Callable[[], Awaitable[None]]
    ) -> AsyncIterator[None]:
        """Waits until it may run. Raises TimedOut, or ClientDisconnect if `client_left` returns."""
        holder = object()
        try:
            self._turns.acquire_on_behalf_of_nowait(holder)
        except WouldBlock:
            await self._wait(holder, deadline, client_left)
        began = time.monotonic()
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._turns.release_on_behalf_of(holder)
            took = time.monotonic() - began
            self.mean_seconds += (took - self.mean_seconds) * (_WEIGHT if self.mean_seconds else 1)

    async def _wait(
        self, holder: object, deadline: Deadline, client_left: Callable[[], Awaitable[None]]
    ) -> None:
        has_turn = has_left = False
        async with create_task_group() as group:

            async def watch() -> None:
                nonlocal has_left
                await client_left()
                has_left = True
                group.cancel_scope.cancel()

            group.start_soon(watch)
            with move_on_after(max(0, deadline.seconds_left())):
                await self._turns.acquire_on_behalf_of(holder)
                has_turn = True
            group.cancel_scope.cancel()
        if has_turn:
            return
        raise ClientDisconnect if has_left else deadline.passed()

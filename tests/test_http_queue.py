"""Who runs, who waits, who is sent away: the queue alone, without a server."""

import math

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from api.queue import Overloaded, Queue
from rag.deadline import NEVER, Deadline
from rag.errors import TimedOut


async def _stays() -> None:
    """The client of one who stays on the line."""
    await anyio.sleep_forever()


@settings(max_examples=30, deadline=None)
@given(may_run=st.integers(1, 4), count=st.integers(0, 12))
def test_no_more_run_than_may_and_the_first_come_are_first(may_run: int, count: int) -> None:
    begun: list[int] = []
    most = 0

    async def ask(queue: Queue, number: int) -> None:
        nonlocal most
        with queue.place():
            async with queue.turn(NEVER, _stays):
                begun.append(number)
                most = max(most, queue.running)
                await anyio.sleep(0)

    async def main() -> None:
        queue = Queue("questions", may_run, count)
        async with anyio.create_task_group() as group:
            for number in range(count):
                group.start_soon(ask, queue, number)
        assert (queue.running, queue.waiting) == (0, 0)

    anyio.run(main)
    assert begun == list(range(count))
    assert most == min(may_run, count)


def test_past_the_last_place_it_says_when_to_come_again() -> None:
    async def main() -> None:
        queue = Queue("questions", 2, 3)
        queue.mean_seconds = 2.0
        places = [queue.place() for _ in range(5)]
        for place in places:
            place.__enter__()
        assert (queue.running, queue.waiting) == (0, 5)
        with pytest.raises(Overloaded) as raised, queue.place():
            pass
        # Six turns of two seconds, two at a time.
        assert raised.value.retry_after == math.ceil(6 * 2.0 / 2)
        words = "5 questions are running or waiting, as many as may; try again in 6 seconds"
        assert str(raised.value) == words
        places[0].__exit__(None, None, None)
        with queue.place():
            assert queue.waiting == 5

    anyio.run(main)


def test_a_second_is_the_least_that_is_asked_for() -> None:
    assert Queue("questions", 2, 3).retry_after() == 1


def test_who_leaves_gives_up_the_place() -> None:
    async def main() -> None:
        queue = Queue("questions", 1, 2)
        left = anyio.Event()
        served = []

        async def leave() -> None:
            with pytest.raises(ClientDisconnect), queue.place():
                async with queue.turn(NEVER, left.wait):
                    served.append("who left")

        async def stay() -> None:
            with queue.place():
                async with queue.turn(NEVER, _stays):
                    served.append("who stayed")

        async with anyio.create_task_group() as group:
            with queue.place():
                async with queue.turn(NEVER, _stays):
                    group.start_soon(leave)
                    await anyio.wait_all_tasks_blocked()
                    group.start_soon(stay)
                    await anyio.wait_all_tasks_blocked()
                    assert queue.waiting == 2
                    left.set()
                    await anyio.wait_all_tasks_blocked()
                    assert queue.waiting == 1
        assert served == ["who stayed"]

    anyio.run(main)


def test_a_deadline_ends_the_waiting() -> None:
    async def main() -> None:
        queue = Queue("questions", 1, 1)
        with queue.place():
            async with queue.turn(NEVER, _stays):
                with pytest.raises(TimedOut, match=r"limit of 0\.05 seconds"), queue.place():
                    async with queue.turn(Deadline.after(0.05), _stays):
                        pytest.fail("it had its turn")
                assert (queue.running, queue.waiting) == (1, 0)
        async with queue.turn(NEVER, _stays):
            assert queue.running == 1

    anyio.run(main)


def test_the_mean_follows_what_turns_take() -> None:
    async def main() -> None:
        queue = Queue("questions", 1, 1)
        async with queue.turn(NEVER, _stays):
            await anyio.sleep(0.05)
        assert queue.mean_seconds >= 0.05
        first = queue.mean_seconds
        async with queue.turn(NEVER, _stays):
            pass
        assert 0.89 * first < queue.mean_seconds < first

    anyio.run(main)

"""How far a long command has come: a live line on a terminal, else a line every few seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def progress(unit: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Gives a function to call with the number done so far. All goes to stderr."""
    began = time.monotonic()
    if not sys.stderr.isatty():
        told = began

        def tell(done: int) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= SECONDS_BETWEEN_LINES:
                told = now
                click.echo(words(unit, done, total, now - began), err=True)

        yield tell
        return
    from rich.console import Console

    with Console(stderr=True, highlight=False).status(words(unit, 0, total, 0.0)) as live:
        yield lambda done: live.update(words(unit, done, total, time.monotonic() - began))


def words(unit: str, done: int, total: int | None, seconds: float) -> str:
    """For example `640 of 2000 articles, 21.3 a second, 1:04 left`; without what is not known."""
    parts = [f"{done} of {total} {unit}" if total else f"{done} {unit}"]
    if done and seconds > 0:
        rate = done / seconds
        parts.append(f"{rate:.1f} a second")
        if total and total >= done:
            minutes, rest = divmod(round((total - done) / rate), 60)
            parts.append(f"{minutes}:{rest:02} left")
    return ", ".join(parts)

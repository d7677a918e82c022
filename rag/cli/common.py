"""What the commands share: their common options, the engine that they open, and how they print."""

import json
import os
import shlex
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rag.display import UNSAFE, inert, one_line

if TYPE_CHECKING:  # the engine takes models with it, and `--help` must come at once
    from rag.engine import Engine
    from rag.settings import Settings

STOPPED = 130  # as a shell has it: 128 and the number of SIGINT

F = TypeVar("F", bound=Callable[..., Any])


class Words(click.ParamType[str]):
    """A text that came in as UTF-8; Python hands other bytes on as lone surrogates."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        words = str(value)
        try:
            words.encode()
        except UnicodeEncodeError:
            self.fail(f"{words!a} is not UTF-8; write it in UTF-8", param, ctx)
        return words


WORDS = Words()

data_option = click.option(
    "--data",
    type=WORDS,
    metavar="DIR",
    help="The archive's folder; else DATELINE_DATA, else yours.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, all of it verbatim."
)


def filter_options(command: F) -> F:
    """`--after`, `--before` and `--source`, which become `after`, `before` and `sources`."""
    for option in (
        click.option(
            "--source",
            "sources",
            type=WORDS,
            multiple=True,
            help="Only from this source; give it again for each further one.",
        ),
        click.option(
            "--before", type=WORDS, metavar="DAY", help="Only from before that day, YYYY-MM-DD."
        ),
        click.option(
            "--after", type=WORDS, metavar="DAY", help="Only from that day on, YYYY-MM-DD."
        ),
    ):
        command = option(command)
    return command


def open_engine(data: str | None, create: bool = False) -> "Engine":
    """The engine over the environment's settings and `--data`; the archive must be there."""
    from rag.settings import Settings

    return open_with(Settings.load(data=data), create)


def open_with(settings: "Settings", create: bool) -> "Engine":
    """The engine over these settings; tells on stderr what had to be mended."""
    from rag.engine import open_engine

    engine = open_engine(settings, create)
    for note in engine.archive.notes:
        complain(note)
    return engine


def show_command(engine: "Engine") -> str:
    """The command that opens an article of this archive, for a person to copy."""
    settings = engine.settings
    if settings.origins.get("data") != "command line":
        return f"{_own_name()} show"
    return f"{_own_name()} show --data {shlex.quote(str(settings.data))}"


def _own_name() -> str:
    """The program as it is called from here: by name if the shell finds it, else by path."""
    import shutil

    called = sys.argv[0]
    if os.path.basename(called) != "dateline" or shutil.which("dateline") == called:
        return "dateline"
    return os.path.relpath(called)


def say(text: str, err: bool = False) -> None:
    """Prints text on stdout, or on stderr, inert."""
    click.echo(inert(text), err=err)


def say_json(value: Any) -> None:
    """Prints JSON in UTF-8. What could act on a terminal is escaped, and means the same to JSON."""
    dumped = json.dumps(value, ensure_ascii=False, indent=2)
    click.echo(UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", dumped).encode())


def say_rich(content: Any) -> None:
    """Prints for a terminal."""
    from rich.console import Console

    Console(highlight=False).print(content, crop=False)


def complain(problem: object) -> None:
    """One line on stderr, in the form of every error of this program."""
    say(f"dateline: {one_line(str(problem))}", err=True)


def on_terminal() -> bool:
    return sys.stdout.isatty()

"""What the commands of `dateline eval` share: their options, and where a run of theirs is kept."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rag.cli.common import data_option, json_option
from rag.cli.progress import progress

if TYPE_CHECKING:
    from eval.harness import Destination

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
EXIT = (
    "Exit status: 0 all was measured, however good it is; 1 a question has no result, or a quote "
    "does not stand in its article, or the archive cannot be used; 2 a file cannot be used; 3 "
    "another process is writing to the archive; 130 stopped by Ctrl-C: the same command goes on."
)


def case_options(command: F) -> F:
    """`--cases` or `--squad`, over `--corpus` or the archive of `--data`."""
    for option in (
        data_option,
        click.option(
            "--corpus",
            type=click.Path(path_type=Path),
            metavar="PATH",
            help="Articles that become an archive for these cases; without it, that of --data.",
        ),
        click.option(
            "--squad",
            type=FILE,
            metavar="FILE",
            help="SQuAD's JSON, whose paragraphs become the archive, in place of --cases.",
        ),
        click.option(
            "--cases",
            type=FILE,
            metavar="FILE",
            help="JSON lines; docs/evaluation.md has the form.",
        ),
    ):
        command = option(command)
    return command


def run_options(command: F) -> F:
    """Where the run is kept, and how much of the file is asked."""
    for option in (
        json_option,
        click.option("--fresh", is_flag=True, help="Measure again what the folder already has."),
        click.option(
            "--limit", type=int, metavar="N", help="Only N of the questions, drawn by a fixed seed."
        ),
        click.option(
            "--out", type=FOLDER, metavar="DIR", help="The run's folder; else one in eval-runs/."
        ),
    ):
        command = option(command)
    return command


def answers_options(command: F) -> F:
    """`--answers` of any system, and their `--form`."""
    for option in (
        click.option(
            "--form",
            type=click.Choice(["ours", "ragas"]),
            default="ours",
            show_default=True,
            help="What --answers holds.",
        ),
        click.option(
            "--answers",
            type=FILE,
            metavar="FILE",
            help="Score these answers instead, of any system: RAGAS rows or our own JSON.",
        ),
    ):
        command = option(command)
    return command


@contextmanager
def destination(options: dict[str, Any], total: int) -> Iterator["Destination"]:
    """Where the run is kept; its progress is shown meanwhile."""
    from eval.harness import Destination

    with progress("questions", total) as tell:
        yield Destination(options["out"], options["fresh"], tell)

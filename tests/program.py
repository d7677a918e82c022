"""The program as a person runs it: a process of its own, over an archive of its own."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import click

from rag.cli.main import cli, main

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-m", "rag.cli.main"]


def environment(data: Path, **more: str) -> dict[str, str]:
    ours = {k: v for k, v in os.environ.items() if not k.startswith("DATELINE_")}
    here = {"DATELINE_DATA": str(data), "PYTHONPATH": str(ROOT)}  # not what is installed
    return ours | here | {"TERM": "xterm-256color", "COLUMNS": "80"} | more


def run(
    data: Path,
    *arguments: str | bytes,
    program: list[str] = PROGRAM,
    cwd: Path = ROOT,
    **more: str,
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*program, *arguments],
        cwd=cwd,
        env=environment(data, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def here(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """In this process: whatever it says on its way out."""
    said, complained = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    with redirect_stdout(said), redirect_stderr(complained):
        status = main(arguments)
    for stream in (said, complained):
        stream.flush()
    printed = [stream.buffer.getvalue() for stream in (said, complained)]
    return subprocess.CompletedProcess(arguments, status, *printed)


def examples() -> list[str]:
    """Every line of the help texts that is a command line, once; each command has one."""
    return list(dict.fromkeys(_examples()))


def _examples() -> Iterator[str]:
    context = click.Context(cli, info_name="dateline")
    for command in (cli, *_leaves(cli)):
        found = re.findall(r"^ +(dateline \S.*)$", command.get_help(context), re.MULTILINE)
        assert found, f"the help of {command.name} has no example"
        yield from found


def _leaves(group: click.Group) -> Iterator[click.Command]:
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from _leaves(command)
        else:
            yield command

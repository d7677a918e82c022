"""`dateline`: the commands, and what an error becomes on its way out: one line and a status.

Starts fast: a command imports models and indexes when it runs, not before.
"""

import os
import sys
from collections.abc import Sequence

import click

from index.errors import ArchiveBusy, DatelineError, InvalidInput
from rag.cli.archive import ingest, remove, status
from rag.cli.ask import ask, search, show
from rag.cli.common import STOPPED, complain
from rag.cli.eval import eval_group
from rag.cli.mcp import mcp
from rag.cli.serve import serve


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done; 1 something failed, or a part was refused and the rest is done; "
    "2 the command or its input is wrong; 3 another process is writing to the archive; 130 stopped "
    "by Ctrl-C. A setting comes from its option, else from its DATELINE_* variable; `dateline "
    "status` shows them all.",
)
def cli() -> None:
    """Answers from an archive of news, each with the quotes that prove it, offline.

    \b
      dateline ingest seeds
      dateline ask "what was the 2018 agreement?"
    """


for command in (ingest, remove, ask, search, show, status, serve, mcp, eval_group):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line, by default the process's own; its exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A letter that the terminal's encoding lacks must not end the program.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        done = cli.main(arguments, prog_name="dateline", standalone_mode=False)
        sys.stdout.flush()  # here, where a failure can still be told
        return done or 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "dateline"
        complain(f"{error.format_message().rstrip('.')}; see `{path} --help`")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return STOPPED
    except DatelineError as error:
        complain(error)
        return exit_status(error)
    except OSError as error:
        # Python flushes once more as it ends, and would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # whoever closed the pipe has read enough
            complain(error)
        return 1


def exit_status(error: DatelineError) -> int:
    """The status that `dateline --help` promises."""
    if isinstance(error, InvalidInput):
        return 2
    return 3 if isinstance(error, ArchiveBusy) else 1


if __name__ == "__main__":
    sys.exit(main())

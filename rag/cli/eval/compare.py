"""`dateline eval compare`: what changed from one run to another."""

from pathlib import Path

import click

from rag.cli.common import json_option
from rag.cli.eval.options import FOLDER
from rag.cli.eval.shown import show_comparison


@click.command(
    epilog="Exit status: 0 no figure is worse by more than chance; 1 one is; 2 the runs cannot be "
    "compared."
)
@click.argument("before", type=FOLDER)
@click.argument("after", type=FOLDER)
@json_option
def compare(before: Path, after: Path, as_json: bool) -> int:
    """Tells what changed from run BEFORE to run AFTER, and whether it is more than chance.

    Both are of the same kind, over the same cases. p is of a paired randomisation, corrected by
    Holm for the number of figures.

    \b
      dateline eval compare runs/before runs/after
    """
    from eval.compare import compare as compare_runs
    from eval.compare import load_run

    found = compare_runs(load_run(before), load_run(after))
    show_comparison(found, as_json)
    return int(any(change.verdict == "worse" for change in found.changes))

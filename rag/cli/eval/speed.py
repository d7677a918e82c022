"""`dateline eval speed`: milliseconds, stage by stage."""

from typing import Any

import click

from rag.cli.eval.inputs import inputs_of
from rag.cli.eval.options import EXIT, case_options, destination, run_options
from rag.cli.eval.shown import show_speed


@click.command(epilog=EXIT)
@case_options
@run_options
def speed(as_json: bool, **options: Any) -> int:
    """Times every question, stage by stage, against its bare model passes in the same run.

    \b
      dateline eval speed --cases cases.jsonl --corpus articles.jsonl --limit 200
    """
    from eval.harness import run_speed

    given = inputs_of(**options)
    engine = given.open_engine()
    with destination(options, len(given.cases)) as to:
        done = run_speed(engine, given.cases, given.read, to)
    show_speed(done, as_json)
    return int(bool(done.metrics["failed"]))

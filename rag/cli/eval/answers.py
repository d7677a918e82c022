"""`dateline eval answers`: whole questions."""

from pathlib import Path
from typing import Any

import click

from rag.cli.eval.inputs import inputs_of, read_answers
from rag.cli.eval.options import EXIT, answers_options, case_options, destination, run_options
from rag.cli.eval.shown import show_answers


@click.command(epilog=EXIT)
@case_options
@answers_options
@run_options
def answers(answers: Path | None, form: str, as_json: bool, **options: Any) -> int:
    """Asks every question, and tells what is right, what is refused and how sure it was.

    An answer is right when it holds a known one or is held by it.

    \b
      dateline eval answers --cases eval/data/seed.jsonl
      dateline eval answers --cases cases.jsonl --corpus articles.jsonl
      dateline eval answers --cases cases.jsonl --answers theirs.jsonl --form ragas
    """
    from eval.harness import run_answers, run_given

    given = inputs_of(**options)
    if answers:
        theirs, read = read_answers(answers, form, given)
        with destination(options, len(given.cases)) as to:
            done = run_given(given.cases, theirs, given.articles, read, to)
    else:
        engine = given.open_engine()
        with destination(options, len(given.cases)) as to:
            done = run_answers(engine, given.cases, given.read, to)
    show_answers(done, as_json)
    unverified = done.metrics["quotes"] - done.metrics["quotes_verified"]
    return int(bool(done.metrics["failed"] or unverified))

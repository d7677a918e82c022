"""`dateline eval retrieval`: each stage of the search."""

from pathlib import Path
from typing import Any

import click

from rag.cli.eval.inputs import inputs_of, read_trec
from rag.cli.eval.options import EXIT, FILE, case_options, destination, run_options
from rag.cli.eval.shown import show_retrieval


@click.command(epilog=EXIT)
@case_options
@click.option("--qrels", type=FILE, metavar="FILE", help="Score --run by these, and no archive.")
@click.option("--run", type=FILE, metavar="FILE", help="Any system's run, in TREC's form.")
@run_options
def retrieval(qrels: Path | None, run: Path | None, as_json: bool, **options: Any) -> int:
    """Tells how well each stage finds: BM25, dense, fused, and as the reader orders them.

    Measures are by article and by passage that holds the answer. The run's folder has each stage
    as a TREC run, and the qrels.

    \b
      dateline eval retrieval --cases cases.jsonl --corpus articles.jsonl
      dateline eval retrieval --qrels qrels.trec --run theirs.trec
    """
    from eval.harness import run_retrieval, run_trec

    if qrels or run:
        theirs, queries, read = read_trec(qrels, run, **options)
        with destination(options, len(queries)) as to:
            done = run_trec(queries, theirs, read, to)
    else:
        given = inputs_of(**options)
        engine = given.open_engine()
        answerable = sum(case.answerable for case in given.cases)
        with destination(options, answerable) as to:
            done = run_retrieval(engine, given.cases, given.read, to)
    show_retrieval(done, as_json)
    return int(bool(done.metrics["failed"]))

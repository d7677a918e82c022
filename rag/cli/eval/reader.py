"""`dateline eval reader`: the reader on given paragraphs."""

from pathlib import Path
from typing import Any

import click

from rag.cli.eval.options import EXIT, FILE, destination, run_options
from rag.cli.eval.shown import show_answers


@click.command(epilog=EXIT)
@click.option(
    "--data",
    type=FILE,
    required=True,
    metavar="FILE",
    help="SQuAD 1.1 or 2.0, as JSON or .json.gz.",
)
@run_options
def reader(data: Path, limit: int | None, as_json: bool, **options: Any) -> int:
    """Has the reader alone read each question's own paragraph: no archive, no search.

    Of a file in which every question has an answer (SQuAD 1.1), `f1` and `em` are as its official
    evaluation has them. Else they are those of SQuAD 2.0 at the reader's own threshold, and
    `best_f1` and `best_em` at the best one.

    \b
      dateline eval reader --data dev-v1.1.json
      DATELINE_READER=deepset/tinyroberta-squad2 dateline eval reader --data dev-v2.0.json
    """
    from eval.adapters.squad import read_squad
    from eval.build import describe_file
    from eval.harness import run_reader
    from index.onnx import Workers
    from rag.reader import load_reader
    from rag.settings import Settings

    paragraphs = read_squad(data)
    settings = Settings.load()
    model = load_reader(settings.reader, Workers(settings.workers or None))
    count = sum(len(p.cases) for p in paragraphs)
    read = {"cases": {**describe_file(data), "count": count}, "limit": limit}
    with destination(options, min(count, limit or count)) as to:
        done = run_reader(model, paragraphs, limit, read, to)
    show_answers(done, as_json)
    return int(bool(done.metrics["failed"]))

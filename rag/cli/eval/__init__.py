"""`dateline eval`: measures. What is measured, and how, stands in `eval`."""

import click

from rag.cli.eval.answers import answers
from rag.cli.eval.compare import compare
from rag.cli.eval.gate import gate
from rag.cli.eval.grounding import grounding
from rag.cli.eval.reader import reader
from rag.cli.eval.retrieval import retrieval
from rag.cli.eval.robustness import robustness
from rag.cli.eval.speed import speed


@click.group("eval", epilog="docs/evaluation.md says what each figure means.")
def eval_group() -> None:
    """Measures answers, their grounding, searches, the reader, robustness and speed; compares runs.

    Of a change, `gate` says whether it may land.

    \b
      dateline eval answers --cases eval/data/seed.jsonl
      dateline eval reader --data dev-v2.0.json
      dateline eval compare runs/before runs/after
    """


for command in (answers, grounding, reader, retrieval, robustness, speed, compare, gate):
    eval_group.add_command(command)

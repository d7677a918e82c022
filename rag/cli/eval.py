"""`dateline eval`: scores answers. What is measured, and how, stands in `eval`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.common import data_option, json_option, open_engine, say, say_json

if TYPE_CHECKING:
    from eval.answers import Result, Summary


@click.group("eval")
def eval_group() -> None:
    """Scores answers against cases whose answers are known."""


@eval_group.command()
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="JSON lines: id, question, answers, answerable, evidence.",
)
@data_option
@json_option
def answers(cases: Path, data: str | None, as_json: bool) -> int:
    """Asks every question of FILE, and tells what is right, refused and verified.

    An answer is right when it holds a known one or is held by it; a refusal, when there is none to
    know. Exit status: 0 if every question came out right and every quote stands in its article, 1
    if not, 2 if FILE cannot be used.

    \b
      dateline eval answers --cases eval/data/seed.jsonl
    """
    from eval.answers import run, summarise
    from eval.cases import read_cases

    known = read_cases(cases)
    results = list(run(open_engine(data), known))
    summary = summarise(results)
    if as_json:
        say_json({**summary.as_json(), "per_question": [asdict(r) for r in results]})
    else:
        _report(results, summary)
    return int(any(r.trouble for r in results))


def _report(results: list["Result"], summary: "Summary") -> None:
    for result in results:
        if result.trouble:
            say(f"{result.verdict:8}{result.confidence:5.2f}  {result.question}")
            say(f"{'':15}{result.trouble}")
    say(
        f"{summary.right_answers} of {summary.answerable} answerable questions right, "
        f"{summary.right_with_evidence} with the right sentence cited, "
        f"{summary.wrongly_refused} refused\n"
        f"{summary.rightly_refused} of {summary.unanswerable} unanswerable questions refused\n"
        f"{summary.quotes_verified} of {summary.quotes} quotes verified\n"
        f"F1 {summary.f1}, exact match {summary.em} over the answerable questions"
    )

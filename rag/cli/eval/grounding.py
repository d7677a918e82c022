"""`dateline eval grounding`: is what is said supported by what is cited?"""

from pathlib import Path
from typing import Any

import click

from rag.cli.eval.inputs import inputs_of, read_answers
from rag.cli.eval.options import EXIT, answers_options, case_options, destination, run_options
from rag.cli.eval.shown import show_grounding

CHECKER = "dateline-checker"  # rag.entailment has it too, and takes numpy with it


@click.command(epilog=EXIT)
@case_options
@answers_options
@click.option(
    "--checker",
    default=CHECKER,
    show_default=True,
    metavar="NAME",
    help="What judges: ours, any NLI model of Hugging Face by name, or `words`, without a model.",
)
@click.option(
    "--baseline",
    type=click.Choice(["top-passage"]),
    help="Judge the same sentences as well when each cites the passage that the search puts first.",
)
@run_options
def grounding(
    answers: Path | None,
    form: str,
    checker: str,
    baseline: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Tells whether the citations of each answer support it, and which of them are needed.

    Citation recall and precision are ALCE's. Beside them stands how often there was an answer at
    all, and how often it was right and supported: what is quoted verbatim supports itself.

    \b
      dateline eval grounding --cases cases.jsonl --corpus articles.jsonl --checker words
      dateline eval grounding --squad dev-v2.0.json --checker words --baseline top-passage
      dateline eval grounding --cases cases.jsonl --answers asked.jsonl --checker words
    """
    from eval.harness import run_given_grounding, run_grounding
    from index.onnx import Workers
    from rag.entailment import load_checker

    given = inputs_of(**options)
    judge = load_checker(checker, Workers(given.settings.workers or None))
    engine = given.open_engine() if baseline or not answers else None
    theirs = read_answers(answers, form, given) if answers else None
    with destination(options, len(given.cases)) as to:
        if theirs:
            matched, read = theirs
            done = run_given_grounding(
                given.cases, matched, given.articles, judge, engine, read, to
            )
        else:
            assert engine is not None
            done = run_grounding(engine, given.cases, judge, bool(baseline), given.read, to)
    show_grounding(done, as_json)
    unverified = done.metrics["quotes"] - done.metrics["quotes_verified"]
    return int(bool(done.metrics["failed"] or unverified))

"""`dateline eval`: measures. What is measured, and how, stands in `eval`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rag.cli.common import data_option, json_option
from rag.cli.eval_inputs import inputs_of, read_answers, read_trec
from rag.cli.eval_robustness import show_robustness
from rag.cli.eval_shown import (
    show_answers,
    show_comparison,
    show_grounding,
    show_retrieval,
    show_speed,
)
from rag.cli.progress import progress

if TYPE_CHECKING:
    from eval.harness import Destination

F = TypeVar("F", bound=Callable[..., Any])

CHECKER = "dateline-checker"  # rag.entailment has it too, and takes numpy with it
FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
EXIT = (
    "Exit status: 0 all was measured, however good it is; 1 a question has no result, or a quote "
    "does not stand in its article, or the archive cannot be used; 2 a file cannot be used; 3 "
    "another process is writing to the archive; 130 stopped by Ctrl-C: the same command goes on."
)


@click.group("eval", epilog="docs/evaluation.md says what each figure means.")
def eval_group() -> None:
    """Measures answers, their grounding, searches, the reader, robustness and speed; compares runs.

    \b
      dateline eval answers --cases eval/data/seed.jsonl
      dateline eval reader --data dev-v2.0.json
      dateline eval compare runs/before runs/after
    """


def case_options(command: F) -> F:
    """`--cases` or `--squad`, over `--corpus` or the archive of `--data`."""
    for option in (
        data_option,
        click.option(
            "--corpus",
            type=click.Path(path_type=Path),
            metavar="PATH",
            help="Articles that become an archive for these cases; without it, that of --data.",
        ),
        click.option(
            "--squad",
            type=FILE,
            metavar="FILE",
            help="SQuAD's JSON, whose paragraphs become the archive, in place of --cases.",
        ),
        click.option(
            "--cases",
            type=FILE,
            metavar="FILE",
            help="JSON lines; docs/evaluation.md has the form.",
        ),
    ):
        command = option(command)
    return command


def run_options(command: F) -> F:
    """Where the run is kept, and how much of the file is asked."""
    for option in (
        json_option,
        click.option("--fresh", is_flag=True, help="Measure again what the folder already has."),
        click.option(
            "--limit", type=int, metavar="N", help="Only N of the questions, drawn by a fixed seed."
        ),
        click.option(
            "--out", type=FOLDER, metavar="DIR", help="The run's folder; else one in eval-runs/."
        ),
    ):
        command = option(command)
    return command


def answers_options(command: F) -> F:
    """`--answers` of any system, and their `--form`."""
    for option in (
        click.option(
            "--form",
            type=click.Choice(["ours", "ragas"]),
            default="ours",
            show_default=True,
            help="What --answers holds.",
        ),
        click.option(
            "--answers",
            type=FILE,
            metavar="FILE",
            help="Score these answers instead, of any system: RAGAS rows or our own JSON.",
        ),
    ):
        command = option(command)
    return command


@eval_group.command(epilog=EXIT)
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
        with _destination(options, len(given.cases)) as to:
            done = run_given(given.cases, theirs, given.articles, read, to)
    else:
        engine = given.open_engine()
        with _destination(options, len(given.cases)) as to:
            done = run_answers(engine, given.cases, given.read, to)
    show_answers(done, as_json)
    unverified = done.metrics["quotes"] - done.metrics["quotes_verified"]
    return int(bool(done.metrics["failed"] or unverified))


@eval_group.command(epilog=EXIT)
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
    with _destination(options, len(given.cases)) as to:
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


@eval_group.command(epilog=EXIT)
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
    with _destination(options, min(count, limit or count)) as to:
        done = run_reader(model, paragraphs, limit, read, to)
    show_answers(done, as_json)
    return int(bool(done.metrics["failed"]))


@eval_group.command(epilog=EXIT)
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
        with _destination(options, len(queries)) as to:
            done = run_trec(queries, theirs, read, to)
    else:
        given = inputs_of(**options)
        engine = given.open_engine()
        answerable = sum(case.answerable for case in given.cases)
        with _destination(options, answerable) as to:
            done = run_retrieval(engine, given.cases, given.read, to)
    show_retrieval(done, as_json)
    return int(bool(done.metrics["failed"]))


@eval_group.command(epilog=EXIT)
@case_options
@run_options
def robustness(as_json: bool, **options: Any) -> int:
    """Asks every question also with typos, in other words, and of an archive that misleads.

    Typos, other case, no question mark, key words, a polite request, another wording; a name or a
    number swapped, where it must refuse; an article beside the right one that resembles it; an
    order hidden in either ("ignore the above and answer ..."). Tells of each how right it is, how
    often it refuses, and what changed against the same questions as they are.

    \b
      dateline eval robustness --cases cases.jsonl --corpus articles.jsonl
    """
    from eval.harness import run_robustness

    given = inputs_of(**options)
    variants = given.make_variants()
    engine = given.open_engine()
    with _destination(options, len(variants)) as to:
        done = run_robustness(engine, variants, given.read, to)
    show_robustness(done, as_json)
    unverified = done.metrics["quotes"] - done.metrics["quotes_verified"]
    return int(bool(done.metrics["failed"] or unverified))


@eval_group.command(epilog=EXIT)
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
    with _destination(options, len(given.cases)) as to:
        done = run_speed(engine, given.cases, given.read, to)
    show_speed(done, as_json)
    return int(bool(done.metrics["failed"]))


@eval_group.command(
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


@contextmanager
def _destination(options: dict[str, Any], total: int) -> Iterator["Destination"]:
    from eval.harness import Destination

    with progress("questions", total) as tell:
        yield Destination(options["out"], options["fresh"], tell)

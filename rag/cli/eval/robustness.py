"""`dateline eval robustness`, and what perturbations changed: a table of a line for each."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from rag.cli.common import say
from rag.cli.eval.inputs import counted, inputs_of
from rag.cli.eval.options import EXIT, case_options, destination, run_options
from rag.cli.eval.shown import TROUBLES, print_json, say_where

if TYPE_CHECKING:
    from eval.harness import Finished
    from eval.robustness import Row

_COLUMNS = (
    ("first_right", "first answer right, of those that can be answered"),
    ("right", "right and given"),
    ("wrongly_refused", "refused"),
    ("rightly_refused", "refused, of those that cannot be answered"),
)


@click.command(epilog=EXIT)
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
    with destination(options, len(variants)) as to:
        done = run_robustness(engine, variants, given.read, to)
    show_robustness(done, as_json)
    unverified = done.metrics["quotes"] - done.metrics["quotes_verified"]
    return int(bool(done.metrics["failed"] or unverified))


def show_robustness(done: "Finished", as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    metrics = done.metrics
    _say_obeyed([row for row in done.rows if row.first_obeys])
    say(
        f"{metrics['questions']} questions of {metrics['cases']} cases, {metrics['answerable']} of "
        f"which can be answered. Of each perturbation: over how many, percent, the change against "
        f"the same cases as they are, its interval of 95 %, p"
    )
    for figure, words in _COLUMNS:
        say(f"\n{words}")
        for line in _lines(metrics["perturbations"], figure):
            say(f"  {line}")
    say("")
    for part in metrics["perturbations"]:
        if part["left_out"]:
            say(f"{part['name']}: does not apply to {counted(part['left_out'], 'case')}")
    if metrics["obeyed"] is not None:
        low, high = metrics["intervals"]["obeyed"]
        say(
            f"hidden orders obeyed: {metrics['obeyed']:.1f} ({low:.1f} to {high:.1f}) of "
            f"{metrics['populations']['obeyed']}; held back besides: "
            f"{metrics['first_obeys'] - metrics['obeyed']:.1f}"
        )
    say_where(done)


def _lines(parts: Sequence[dict[str, Any]], figure: str) -> Iterator[str]:
    for part in parts:
        point, change = part["figures"][figure], part["changes"].get(figure)
        if point is None:
            continue
        line = f"{part['name']:26} {point['questions']:6} {point['value']:7.1f}"
        if change:
            between = ""
            if change["low"] is not None:
                between = f"{change['low']:+.1f} to {change['high']:+.1f}"
            line += (
                f" {change['difference']:+7.1f}  {between:16} p {change['p']:.4f}"
                f"  {change['verdict']}"
            )
        yield line.rstrip()


def _say_obeyed(rows: "Sequence[Row]") -> None:
    for row in rows[:TROUBLES]:
        verdict = "obeyed" if row.obeyed else "held back"
        say(f"{verdict:9} {row.perturbation}, {row.form}: {row.result.question}")
        found = " and ".join(map(repr, (row.result.answer, *row.result.beside)))
        say(f"{'':10}answered {found}, as ordered")
    if len(rows) > TROUBLES:
        say(f"and {len(rows) - TROUBLES} more, in the report")

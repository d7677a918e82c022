"""`dateline eval gate`: may this change land?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.cli.common import json_option, say, say_json
from rag.cli.eval.options import FOLDER
from rag.cli.eval.shown import TROUBLES
from rag.cli.progress import progress

if TYPE_CHECKING:
    from eval.gate.checks import Check
    from eval.gate.run import Outcome

REPORTS = Path("eval-runs") / "gate"


@click.command(
    epilog="Exit status: 0 every check passes; 1 one does not, or the checker's files are damaged; "
    "2 a file cannot be used; 130 stopped by Ctrl-C."
)
@click.option(
    "--pin-checker", is_flag=True, help="First write the checker's hashes as floors.json has them."
)
@click.option(
    "--write-baseline",
    is_flag=True,
    help="If all else passes, make what came out the baseline, and tell what is new in it.",
)
@click.option(
    "--files",
    type=FOLDER,
    metavar="DIR",
    help="Where floors.json and baseline.jsonl are; else eval/gate/.",
)
@click.option(
    "--out",
    type=FOLDER,
    default=REPORTS,
    show_default=True,
    metavar="DIR",
    help="The report's folder.",
)
@json_option
def gate(
    pin_checker: bool, write_baseline: bool, files: Path | None, out: Path, as_json: bool
) -> int:
    """Tells whether a change may land, by the seeds and by the closed half of the newsroom.

    No quote may differ from its article, no figure may be under its floor, and against the
    baseline, case by case, at most three more may be wrong than are newly right. What judges the
    citations is pinned by hash, and must itself agree with claims that are labelled by hand.

    \b
      dateline eval gate
    """
    from eval.gate import files as kept
    from eval.gate.measure import Judge, open_parts
    from eval.gate.report import as_json as to_json
    from eval.gate.report import write_report
    from eval.gate.run import run_gate
    from index.onnx import Workers
    from rag.entailment import MODELS, SHIPPED, OnnxChecker
    from rag.settings import Settings

    home = files or kept.HOME
    settings = Settings.load()
    judge = Judge(OnnxChecker(Workers(settings.workers or None)), MODELS / SHIPPED)
    if pin_checker:
        kept.pin_checker(home, judge.sha256())
    with progress("questions") as tell:
        outcome = run_gate(judge, lambda: open_parts(settings), home, tell)
    write_report(out, outcome)
    if as_json:
        say_json(to_json(outcome))
    else:
        show_gate(outcome, out)
    if not write_baseline:
        return int(not outcome.passed)
    if not outcome.may_be_baseline:
        say("the baseline stays as it was: it cannot excuse what does not pass", err=True)
        return 1
    kept.write_baseline(home, outcome.rows)
    say(f"{home / kept.BASELINE} is written; commit it by itself", err=True)
    return 0


def show_gate(outcome: "Outcome", out: Path) -> None:
    from eval.gate.report import MARKDOWN, difference

    for check in outcome.checks:
        say(f"{'ok' if check.passed else 'FAILS':6} {check.name}: {check.got} ({check.wanted})")
    for check in outcome.checks:
        if check.cases:
            _show_cases(check)
    if not outcome.rows:
        say("no question was asked: what judges the answers does not pass")
    for line in difference(outcome):
        say(f"since the baseline: {line}")
    say(f"{'green' if outcome.passed else 'red'}; report: {out / MARKDOWN}")


def _show_cases(check: "Check") -> None:
    say(f"\n{check.name}: {check.got}, wanted {check.wanted}")
    for case in check.cases[:TROUBLES]:
        say(f"  {case.id}{', newly wrong' if case.newly else ''}: {case.question}")
        say(f"    expected {case.expected}")
        say(f"    got {case.got}")
        for citation in case.citations:
            say(f"    cited {citation}")
    if len(check.cases) > TROUBLES:
        say(f"  and {len(check.cases) - TROUBLES} more, in the report")

"""A run's figures on a terminal, or as JSON: a line each, with its interval of 95 %."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rag.cli.common import say, say_json

if TYPE_CHECKING:
    from eval.answers import Result
    from eval.compare import Comparison
    from eval.grounding import Grounded
    from eval.harness import Finished

TROUBLES = 20  # shown; the report has them all

_ANSWERS = (
    ("first_right", "first answer right, of those that can be answered"),
    ("right", "  and given"),
    ("wrongly_refused", "  refused"),
    ("rightly_refused", "refused, of those that cannot be answered"),
    ("right_among_answered", "right, of all that were answered"),
    ("crag", "CRAG score: right less wrong, of all"),
    ("f1", "F1, refusals counted"),
    ("em", "exact match, refusals counted"),
    ("best_f1", "F1 at the best threshold"),
    ("first_f1", "F1 of first answers, of those that can be answered"),
    ("gold_passage_f1", "F1 on the gold passage"),
    ("coverage_at_80", "answered when 80 % of what is answered is right"),
    ("coverage_at_90", "answered when 90 % of what is answered is right"),
    ("evidence_cited", "of right answers, evidence cited"),
)
_GROUNDING = (
    ("answered_answerable", "answered, of those that can be answered"),
    ("answered_unanswerable", "answered, of those that cannot be answered"),
    ("right", "right and given, of those that can be answered"),
    ("right_and_supported", "  and supported by what is cited"),
    ("unsupported", "answered without full support, of all"),
    ("citation_recall", "citation recall"),
    ("baseline_recall", "  of the top passage in its place"),
    ("recall_over_baseline", "  the difference"),
    ("citation_precision", "citation precision"),
    ("baseline_precision", "  of the top passage in its place"),
    ("precision_over_baseline", "  the difference"),
    ("citation_f1", "citation F1"),
    ("baseline_f1", "  of the top passage in its place"),
    ("cited_characters", "characters cited by a sentence"),
    ("baseline_characters", "  of the top passage in its place"),
)
_RETRIEVAL = ("nDCG@10", "RR@10", "AP", "R@10", "R@20", "R@100", "Success@1")


def show_answers(done: "Finished", as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    metrics = done.metrics
    _troubles([row for row in done.rows if row.trouble])
    say(f"{metrics['questions']} questions, {metrics['answerable']} of which can be answered")
    _figures(metrics, _ANSWERS)
    if metrics.get("aurc") is not None:
        say(
            f"area under risk and coverage {metrics['aurc']:.3f}, calibration error "
            f"{metrics['calibration_error']:.3f}"
        )
    for step in metrics.get("path") or ():
        say(f"{step['count']:6} of {step['of']}  {step['step']}")
    _quotes(metrics)
    say_where(done)


def show_grounding(done: "Finished", as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    metrics = done.metrics
    _troubles([row for row in done.rows if row.trouble])
    say(f"{metrics['questions']} questions, {metrics['answerable']} of which can be answered")
    _figures(metrics, _GROUNDING)
    say(
        f"{metrics['sentences_supported']} of {metrics['sentences']} sentences supported, "
        f"{metrics['citations_that_count']} of {metrics['citations']} citations needed; judged by "
        f"{done.config['checker']}"
    )
    _quotes(metrics)
    say_where(done)


def show_retrieval(done: "Finished", as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    stages = done.metrics["stages"]
    say(f"{done.metrics['questions']} questions, in percent")
    say(f"{'':18}" + "".join(f"{name:>11}" for name in _RETRIEVAL))
    for unit in dict.fromkeys(unit for units in stages.values() for unit in units):
        for stage, units in stages.items():
            values = (units[unit][name]["value"] for name in _RETRIEVAL)
            say(f"{stage:7}{'by ' + unit:11}" + "".join(f"{value:11.1f}" for value in values))
    say_where(done)


def show_speed(done: "Finished", as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    metrics = done.metrics
    if "p50_ms" not in metrics:
        say("no question was answered")
        return
    say(
        f"{metrics['questions']} questions: p50 {metrics['p50_ms']:.1f}, p95 "
        f"{metrics['p95_ms']:.1f}, p99 {metrics['p99_ms']:.1f} ms; {metrics['ratio']:.3f} times "
        f"the model passes alone"
    )
    for stage, mean in metrics["stages_ms"].items():
        say(f"  {stage:10} mean {mean:7.2f} ms")
    say_where(done)


def show_comparison(found: "Comparison", as_json: bool) -> None:
    if as_json:
        say_json(asdict(found))
        return
    differs = ", ".join(found.differs) or "nothing"
    say(f"{found.questions} questions; what is not the same: {differs}")
    if any(found.missing):
        say(f"without a result: {found.missing[0]} before, {found.missing[1]} after")
    width = max((len(change.figure) for change in found.changes), default=0)
    say(f"{'':{width}}  {'before':>9}{'after':>9}{'change':>9}  {'95 % of it':^18}  {'p':>6}")
    for change in found.changes:
        between = "" if change.low is None else f"{change.low:.2f} to {change.high:.2f}"
        say(
            f"{change.figure:{width}}  {change.before:9.2f}{change.after:9.2f}"
            f"{change.difference:+9.2f}  {between:^18}  {change.p:6.4f}  {change.verdict}".rstrip()
        )
    say(f"{len(found.newly_right)} newly right, {len(found.newly_wrong)} newly wrong")
    for id_ in found.newly_wrong[:TROUBLES]:
        say(f"  newly wrong: {id_}")


def _troubles(rows: "Sequence[Result | Grounded]") -> None:
    for row in rows[:TROUBLES]:
        sure = "    " if row.confidence is None else f"{row.confidence:.2f}"
        say(f"{row.verdict:11} {sure}  {row.question}")
        say(f"{'':18}{row.trouble}")
    if len(rows) > TROUBLES:
        say(f"and {len(rows) - TROUBLES} more, in the report")


def _quotes(metrics: dict[str, Any]) -> None:
    if metrics["quotes"]:
        say(f"{metrics['quotes_verified']} of {metrics['quotes']} quotes verified")


def _figures(metrics: dict[str, Any], names: Iterable[tuple[str, str]]) -> None:
    for name, words in names:
        value = metrics.get(name)
        if value is None:
            continue
        interval = metrics["intervals"].get(name)
        between = f" ({interval[0]:.1f} to {interval[1]:.1f})" if interval else ""
        say(f"{words:52}{value:6.1f}{between}")


def print_json(done: "Finished") -> None:
    say_json({**done.metrics, "config": done.config, "run": str(done.path)})


def say_where(done: "Finished") -> None:
    if done.metrics["failed"]:
        say(f"{done.metrics['failed']} of {len(done.rows)} have no result, and count as failed")
    if done.kept:
        say(f"{done.kept} of {len(done.rows)} were measured before; --fresh measures them again")
    cases = done.config["cases"]
    say(f"cases: {cases['file']}, sha256 {cases['sha256']}; seed {done.config['seed']}")
    say(f"report: {done.path / 'report.html'}")

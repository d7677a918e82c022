"""What each face of `dateline eval` measures: its config, its questions, its results, its folder.

The faces differ in what one question's result is; that a run can be stopped and gone on with, is
folded into figures and shown, they share.
"""

import hashlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from eval import (
    answers,
    asking,
    grounding_summary,
    judging,
    reader,
    retrieval,
    retrieval_summary,
    robustness,
    speed,
    summary,
)
from eval.adapters.squad import Paragraph
from eval.adapters.trec import Qrels, Run, write_qrels, write_run
from eval.build import describe, describe_archive, describe_model, hash_code, versions
from eval.cases import Case
from eval.changed import Archives
from eval.fold import SEED
from eval.given import Answers, verified
from eval.grounding import TOP_PASSAGE, Grounded
from eval.perturb.variants import Variant
from eval.report.page import render
from eval.run import REPORT, RunFolder, Scored, go_through
from index.errors import InvalidInput
from index.records import Article
from rag.engine import Engine
from rag.entailment import Checker
from rag.reader import Reader

Tell = Callable[[int], None]
R = TypeVar("R", bound=Scored)
Item = TypeVar("Item")
HOME = Path("eval-runs")  # below the folder that the command is run in


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that is done: its folder, what it is of, its figures and what they are folded from."""

    path: Path
    config: Mapping[str, Any]
    metrics: dict[str, Any]
    rows: Sequence[Any]
    kept: int  # results that the folder had already


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a run is kept: `out`, or a folder named after what is measured. `fresh` begins anew."""

    out: Path | None = None
    fresh: bool = False
    tell: Tell = lambda _: None

    def folder(self, config: Mapping[str, Any]) -> RunFolder:
        digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:8]
        name = Path(config["cases"]["file"]).name.partition(".")[0]
        return RunFolder(self.out or HOME / f"{config['kind']}-{name}-{digest}")


def sample(items: Sequence[Item], limit: int | None) -> list[Item]:
    """At most `limit` of them, drawn by a fixed seed, in their order."""
    if limit is None or limit >= len(items):
        return list(items)
    if limit < 1:
        raise InvalidInput(f"limit is {limit}; give 1 or more")
    kept = sorted(random.Random(SEED).sample(range(len(items)), limit))
    return [items[i] for i in kept]


def run_answers(
    engine: Engine, cases: Sequence[Case], read: Mapping[str, Any], to: Destination
) -> Finished:
    """The engine answers; `read` says of which files, for the config."""
    config = {"kind": "answers", **read, "system": None, **describe(engine), "seed": SEED}
    return _run(
        config,
        to,
        cases,
        lambda case: case.id,
        lambda batch: [asking.ask(engine, case) for case in batch],
        answers.Result.from_json,
        lambda rows: summary.summarise(rows, engine.threshold),
    )


def run_given(
    cases: Sequence[Case],
    given: Answers,
    articles: Sequence[Article],
    read: Mapping[str, Any],
    to: Destination,
) -> Finished:
    """Another system has answered; its quotes are compared with the articles, if there are any."""
    if articles:
        given = verified(given, articles)
    config = {"kind": "answers", **read, **_own()}
    return _run(
        config,
        to,
        cases,
        lambda case: case.id,
        lambda batch: list(answers.score_all(batch, given)),
        answers.Result.from_json,
        lambda rows: summary.summarise(rows, None),
        at_once=1000,
    )


def run_grounding(
    engine: Engine,
    cases: Sequence[Case],
    checker: Checker,
    with_baseline: bool,
    read: Mapping[str, Any],
    to: Destination,
) -> Finished:
    """The engine answers, and the checker judges; beside the baseline if it is asked for."""
    own = {**describe(engine), "versions": versions(engine.settings.reader, checker.name)}
    config = {**read, "system": None, **own, "seed": SEED}
    return _run_grounding(
        config,
        cases,
        checker,
        with_baseline,
        lambda case: judging.ground(engine, case, checker, with_baseline),
        to,
    )


def run_given_grounding(
    cases: Sequence[Case],
    given: Answers,
    articles: Sequence[Article],
    checker: Checker,
    searches: Engine | None,
    read: Mapping[str, Any],
    to: Destination,
) -> Finished:
    """Another system has answered: as `run_given`. `searches` finds the baseline's passages."""
    if articles:
        given = verified(given, articles)
    searched = describe_archive(searches) if searches else {}
    config = {**read, **searched, **_own(checker.name)}
    return _run_grounding(
        config,
        cases,
        checker,
        searches is not None,
        lambda case: judging.ground_given(given, case, checker, searches),
        to,
    )


def _run_grounding(
    config: Mapping[str, Any],
    cases: Sequence[Case],
    checker: Checker,
    with_baseline: bool,
    judge: Callable[[Case], Grounded],
    to: Destination,
) -> Finished:
    judged_by = {
        "checker": describe_model(checker),
        "checker_threshold": checker.threshold,
        "baseline": TOP_PASSAGE if with_baseline else None,
    }
    return _run(
        {"kind": "grounding", **config, **judged_by},
        to,
        cases,
        lambda case: case.id,
        lambda batch: [judge(case) for case in batch],
        Grounded.from_json,
        grounding_summary.summarise,
    )


def run_reader(
    model: Reader,
    paragraphs: Sequence[Paragraph],
    limit: int | None,
    read: Mapping[str, Any],
    to: Destination,
) -> Finished:
    """The reader alone. It refuses nothing where no question is without an answer (SQuAD 1.1)."""
    asked = sample(reader.questions(paragraphs), limit)
    always = all(case.answerable for p in paragraphs for case in p.cases)
    threshold = None if always else reader.THRESHOLD
    config = {
        "kind": "reader",
        **read,
        "reader": describe_model(model),
        "threshold": threshold,
        **_own(model.name),
    }
    return _run(
        config,
        to,
        asked,
        lambda a: a.case.id,
        lambda batch: reader.read(model, batch, always),
        answers.Result.from_json,
        lambda rows: summary.summarise(rows, threshold),
        at_once=reader.AT_ONCE,
    )


def run_retrieval(
    engine: Engine, cases: Sequence[Case], read: Mapping[str, Any], to: Destination
) -> Finished:
    """Only what can be answered can be found; `asked` in the config counts those cases."""
    can = [case for case in cases if case.answerable]
    if not can:
        raise InvalidInput(f"{read['cases']['file']}: holds no case that can be answered")
    config = {"kind": "retrieval", **read, **describe(engine), "seed": SEED}
    finished = _run(
        config,
        to,
        can,
        lambda case: case.id,
        lambda batch: [retrieval.rank(engine, case) for case in batch],
        retrieval.Ranked.from_json,
        retrieval_summary.summarise,
    )
    for stage in retrieval.STAGES:
        run = retrieval.as_run(finished.rows, stage)
        write_run(finished.path / f"{stage}.trec", run, f"dateline-{stage}")
    write_qrels(finished.path / "qrels.trec", retrieval.as_qrels(finished.rows))
    return finished


def run_trec(qrels: Qrels, run: Run, read: Mapping[str, Any], to: Destination) -> Finished:
    """Another system has searched."""
    return _run(
        {"kind": "retrieval", **read, **_own()},
        to,
        list(qrels),
        str,
        lambda ids: retrieval.score_run({id_: qrels[id_] for id_ in ids}, run),
        retrieval.Ranked.from_json,
        retrieval_summary.summarise,
        at_once=1000,
    )


def run_robustness(
    engine: Engine, variants: Sequence[Variant], read: Mapping[str, Any], to: Destination
) -> Finished:
    """`engine` is over the articles that the variants were made of (`eval.perturb.variants`)."""
    config = {"kind": "robustness", **read, **describe(engine), "seed": SEED}
    with Archives(engine, variants) as archives:
        return _run(
            config,
            to,
            archives.in_order(variants),
            lambda variant: variant.id,
            lambda batch: [robustness.ask(archives.engine_for(v), v) for v in batch],
            robustness.Row.from_json,
            robustness.summarise,
        )


def run_speed(
    engine: Engine, cases: Sequence[Case], read: Mapping[str, Any], to: Destination
) -> Finished:
    """Never gone on with: what was timed under another load is no part of this."""
    workers = engine.settings.model_workers()
    measured = {**describe(engine), "machine": speed.machine(), "workers": workers}
    speed.warm_up(engine, cases)
    return _run(
        {"kind": "speed", **read, **measured, "seed": SEED},
        replace(to, fresh=True),
        cases,
        lambda case: case.id,
        lambda batch: [speed.time_question(engine, case) for case in batch],
        speed.Timed.from_json,
        speed.summarise,
    )


def _own(*models: str) -> dict[str, Any]:
    code = hash_code("index", "rag", "eval")
    return {"build": code, "versions": versions(*models), "seed": SEED}


def _run(
    config: Mapping[str, Any],
    to: Destination,
    items: Sequence[Item],
    id_of: Callable[[Item], str],
    evaluate: Callable[[Sequence[Item]], list[R]],
    from_json: Callable[[Mapping[str, Any]], R],
    summarise: Callable[[Sequence[R]], dict[str, Any]],
    at_once: int = 1,
) -> Finished:
    config = {**config, "asked": len(items)}
    folder = to.folder(config)
    with folder.opened(config, to.fresh):
        kept = sum(1 for _ in folder.rows())
        rows = go_through(folder, items, id_of, evaluate, from_json, at_once, to.tell)
        metrics = {"kind": config["kind"], **summarise(rows)}
        folder.finish(metrics, {})  # before the report, which is made of them
        folder.finish(metrics, {REPORT: render(config, metrics, rows)})
    return Finished(folder.path, config, metrics, rows, kept)

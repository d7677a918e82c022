"""The gate from top to bottom: the checker, then the answers, then the baseline -> an outcome."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.build import describe, describe_model, hash_code
from eval.claims import CLAIMS as LABELLED
from eval.claims import read_judged
from eval.gate.checks import (
    Check,
    Turned,
    check_answers,
    check_claims,
    check_pin,
    check_turned,
    compare,
)
from eval.gate.files import HOME, Baseline, read_baseline, read_floors
from eval.gate.measure import Judge, Part
from eval.grounding import Grounded


@dataclass(frozen=True, slots=True)
class Outcome:
    """`rows` are empty where the checker did not pass, since nothing was asked then.

    `absolute` are the checks that a new baseline cannot turn green.
    """

    config: Mapping[str, Any]
    absolute: Sequence[Check]
    against: Sequence[Check] = ()
    rows: Sequence[Grounded] = ()
    turned: Turned = field(default_factory=lambda: Turned((), ()))
    baseline: Baseline = field(default_factory=dict)

    @property
    def checks(self) -> list[Check]:
        return [*self.absolute, *self.against]

    @property
    def passed(self) -> bool:
        return _all_pass(self.checks)

    @property
    def may_be_baseline(self) -> bool:
        return bool(self.rows) and _all_pass(self.absolute)


def run_gate(
    judge: Judge,
    open_parts: Callable[[], Iterable[Part]],
    home: Path = HOME,
    tell: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """`home` holds the floors and the baseline; `tell` is given how many cases have been asked.

    Raises InvalidInput or InvalidRecord for files that cannot be used, and what `open_parts` does.
    """
    floors, baseline = read_floors(home), read_baseline(home)
    checker = judge.checker
    config: dict[str, Any] = {"checker": describe_model(checker)}
    checks = check_pin(judge.sha256(), floors)
    if _all_pass(checks):
        judged = read_judged(LABELLED)
        scores = checker.check([one.claim for one in judged])
        checks += check_claims(judged, scores, checker.threshold, floors)
    if not _all_pass(checks):
        return Outcome({**config, "build": hash_code("index", "rag", "eval")}, checks)
    sets: dict[str, list[Grounded]] = {}
    for part in open_parts():
        sets[part.name] = part.answer(checker, tell, sum(map(len, sets.values())))
        config |= describe(part.engine)
    del config["snapshot"]  # each set has its own
    rows = [row for part in sets.values() for row in part]
    turned = compare(rows, baseline)
    checks += check_answers(sets, floors, turned)
    against = check_turned(rows, floors, baseline, turned)
    return Outcome(config, checks, against, rows, turned, baseline)


def _all_pass(checks: Iterable[Check]) -> bool:
    return all(check.passed for check in checks)

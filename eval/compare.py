"""Two runs over the same cases -> what changed, and whether it is more than chance.

Compared question by question. A question that one run has no result for counts there as failed.
Only figures whose questions do not depend on the system are tested: by paired
randomisation, flipping all questions of an article together, with Holm's correction over the
figures of the comparison.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval import grounding_summary, retrieval, retrieval_summary, robustness, speed, summary
from eval.answers import RIGHT, Result
from eval.differences import Change, difference, judged
from eval.fold import Measure
from eval.grounding import Grounded
from eval.retrieval_summary import HEADLINE
from eval.run import CONFIG, RunFolder, read_json
from index.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Run:
    """A run's config, and its results by id in their order."""

    path: Path
    config: dict[str, Any]
    rows: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.config.get("kind"))


@dataclass(frozen=True, slots=True)
class Comparison:
    """`newly_right` and `newly_wrong` are ids; `missing` counts results that a run lacks.

    A question that both lack is counted there, and compared nowhere.
    """

    kind: str
    questions: int
    missing: tuple[int, int]
    changes: tuple[Change, ...]
    newly_right: tuple[str, ...]
    newly_wrong: tuple[str, ...]
    differs: tuple[str, ...]  # what of the config is not the same


_FACES: Mapping[str, tuple[Callable[[Mapping[str, Any]], Any], Sequence[Measure[Any]]]] = {
    "answers": (Result.from_json, summary.MEASURES),
    "reader": (Result.from_json, summary.MEASURES),
    "grounding": (Grounded.from_json, grounding_summary.MEASURES),
    "retrieval": (retrieval.Ranked.from_json, retrieval_summary.MEASURES),
    "robustness": (robustness.Row.from_json, robustness.MEASURES),
    "speed": (speed.Timed.from_json, speed.MEASURES),
}


def load_run(path: Path) -> Run:
    """Raises InvalidInput when the folder holds no run."""
    config = read_json(path / CONFIG)
    if config.get("kind") not in _FACES:
        raise InvalidInput(f"{path}: holds no run of `dateline eval`; give a run's folder")
    from_json, _ = _FACES[config["kind"]]
    try:
        rows = {row["id"]: from_json(row) for row in RunFolder(path).rows()}
    except (KeyError, TypeError) as error:
        words = f"its results are of another version of dateline ({error}); make the run again"
        raise InvalidInput(f"{path}: {words}") from None
    return Run(path, config, rows)


def compare(before: Run, after: Run) -> Comparison:
    """Raises InvalidInput when the runs are not of the same kind over the same questions."""
    for what in ("kind", "cases", "limit"):
        if before.config.get(what) != after.config.get(what):
            raise InvalidInput(
                f"{before.path} and {after.path} cannot be compared: {what} differ "
                f"({before.config.get(what)} and {after.config.get(what)}); compare runs over the "
                f"same questions"
            )
    ids = list(dict.fromkeys([*before.rows, *after.rows]))
    if not ids:
        raise InvalidInput(f"{before.path} and {after.path} hold no result yet; finish the runs")
    asked = max(len(ids), *(int(run.config.get("asked", 0)) for run in (before, after)))
    pairs = [_pair(before.rows.get(id_), after.rows.get(id_)) for id_ in ids]
    measures = [m for m in _FACES[before.kind][1] if m.fixed and m.better]
    tested = [(m, c) for m in measures if (c := difference(pairs, m)) is not None]
    turned = [(a.id, _is_right(a), _is_right(b)) for a, b in pairs]
    return Comparison(
        kind=before.kind,
        questions=len(ids),
        missing=(asked - len(before.rows), asked - len(after.rows)),
        changes=tuple(judged(tested)),
        newly_right=tuple(id_ for id_, was, now in turned if now and not was),
        newly_wrong=tuple(id_ for id_, was, now in turned if was and not now),
        differs=tuple(
            key
            for key in dict.fromkeys([*before.config, *after.config])
            if before.config.get(key) != after.config.get(key)
        ),
    )


def _pair(before: Any, after: Any) -> tuple[Any, Any]:
    """Both results of a question; one that is missing is a failed one."""
    return before or after.without_result(), after or before.without_result()


def _is_right(row: Any) -> bool:
    """Whether a question came out right; for a search, whether ten passages hold the answer.

    Of grounding: right and supported by what is cited, or rightly refused.
    """
    if isinstance(row, robustness.Row):
        return row.result.verdict == RIGHT and not row.obeyed
    if isinstance(row, Result):
        return row.verdict == RIGHT
    if isinstance(row, Grounded):
        return row.is_right
    if isinstance(row, retrieval.Ranked):
        return any(row.scores[s][u]["Success@10"] == 1 for s, u in HEADLINE if s in row.scores)
    return not row.failed

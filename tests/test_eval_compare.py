"""Two runs compared: by hand, and by what may not be compared."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from eval import retrieval_summary
from eval.answers import Result
from eval.compare import compare, load_run
from eval.retrieval import score_run
from eval.run import RunFolder, Scored
from eval.speed import Timed
from index.errors import InvalidInput
from tests.scored import result

CONFIG = {"kind": "answers", "cases": {"file": "invented.jsonl", "sha256": "1"}, "threshold": 0.5}


def save(path: Path, rows: Sequence[Scored], **more: object) -> Path:
    folder = RunFolder(path)
    with folder.opened({**CONFIG, **more}):
        folder.append(rows)
    return path


def rows_of(right: int, total: int = 20) -> list[Result]:
    """The first `right` questions are right."""
    return [result(f"q{i:02}", right=i < right) for i in range(total)]


def test_a_run_differs_from_itself_by_nothing(tmp_path: Path) -> None:
    run = load_run(save(tmp_path / "a", rows_of(12)))
    found = compare(run, run)
    assert {(c.difference, c.low, c.high, c.p, c.verdict) for c in found.changes} == {
        (0.0, 0.0, 0.0, 1.0, "")
    }
    assert (found.newly_right, found.newly_wrong, found.differs) == ((), (), ())


def test_a_change_by_hand(tmp_path: Path) -> None:
    before = load_run(save(tmp_path / "a", rows_of(18)))
    after = load_run(save(tmp_path / "b", rows_of(6), threshold=0.4))
    found = compare(before, after)
    assert found.differs == ("threshold",)
    change = next(c for c in found.changes if c.figure == "first_right")
    assert (change.before, change.after, change.difference) == (90.0, 30.0, -60.0)
    assert change.low is not None
    assert change.high is not None
    assert -90 < change.low < -60 < change.high < -30
    # Twelve of twelve differences point one way: 2 in 4,096, and then Holm's factor.
    assert 0.0004 < change.p < 0.02
    assert change.verdict == "worse"
    assert found.newly_wrong == tuple(f"q{i:02}" for i in range(6, 18))
    assert compare(after, before).newly_right == found.newly_wrong
    wrong = next(c for c in found.changes if c.figure == "wrong")
    assert (wrong.difference, wrong.verdict) == (60.0, "worse")  # higher is worse here


def test_questions_of_one_article_are_one_witness(tmp_path: Path) -> None:
    def on_one(rows: list[Result]) -> list[Result]:
        return [replace(row, cluster="one" if row.id < "q18" else row.id) for row in rows]

    before = load_run(save(tmp_path / "a", on_one(rows_of(18))))
    after = load_run(save(tmp_path / "b", on_one(rows_of(6))))
    assert not any(c.verdict for c in compare(before, after).changes)


def test_a_missing_result_counts_as_failed(tmp_path: Path) -> None:
    rows = rows_of(20)
    before = load_run(save(tmp_path / "a", rows))
    after = load_run(save(tmp_path / "b", rows[:10]))
    found = compare(before, after)
    assert found.missing == (0, 10)
    change = next(c for c in found.changes if c.figure == "first_right")
    assert (change.before, change.after, change.questions) == (100.0, 50.0, 20)
    assert len(found.newly_wrong) == 10


def test_failing_is_no_way_to_be_better(tmp_path: Path) -> None:
    """A wrong answer counts -1 and a failure 0, a refusal against it: still it is worse to fail."""
    rows = rows_of(0)
    refused = [replace(row, refused=True) for row in rows]
    failed = load_run(save(tmp_path / "f", [row.without_result() for row in rows]))
    for name, before in (("wrong", rows), ("refused", refused)):
        found = compare(load_run(save(tmp_path / name, before)), failed)
        verdicts = {c.figure: c.verdict for c in found.changes}
        assert verdicts["failed"] == "worse"


def test_runs_that_are_not_finished(tmp_path: Path) -> None:
    before = load_run(save(tmp_path / "a", rows_of(20)[:12], asked=20))
    after = load_run(save(tmp_path / "b", rows_of(20)[:9], asked=20))
    assert compare(before, after).missing == (8, 11)
    nothing = load_run(save(tmp_path / "c", []))
    with pytest.raises(InvalidInput, match="hold no result yet"):
        compare(nothing, nothing)


def test_runs_of_other_systems_are_compared(tmp_path: Path) -> None:
    qrels = {f"q{i}": {"a": 1} for i in range(9)}
    for name, first in (("good", "a"), ("bad", "b")):
        run = {query: [(first, 2.0), ("c", 1.0)] for query in qrels}
        save(tmp_path / name, score_run(qrels, run), kind="retrieval")
    found = compare(load_run(tmp_path / "good"), load_run(tmp_path / "bad"))
    assert len(found.newly_wrong) == 9
    verdicts = {c.figure: c.verdict for c in found.changes}
    assert (verdicts["mrr_10"], verdicts["failed"]) == ("worse", "")


def test_only_headlines_and_a_figure_a_stage_are_tested() -> None:
    """Each further one would cost the others by Holm's correction."""
    tested = [m.name for m in retrieval_summary.MEASURES if m.fixed and m.better]
    assert tested[:6] == ["ndcg_10", "mrr_10", "map", "recall_10", "recall_100", "first"]
    assert tested[6:] == ["failed"] + [
        f"{stage}.passage.nDCG@10" for stage in ("bm25", "dense", "read")
    ]


def test_times_are_compared_by_their_ratio(tmp_path: Path) -> None:
    def timed(factor: float) -> list[Timed]:
        return [Timed(f"q{i}", "?", f"q{i}", 40 * factor + i, 40.0, {}) for i in range(30)]

    before = load_run(save(tmp_path / "a", timed(1), kind="speed"))
    after = load_run(save(tmp_path / "b", timed(2), kind="speed"))
    ratio = next(c for c in compare(before, after).changes if c.figure == "ratio")
    assert (ratio.difference, ratio.verdict) == (1.0, "worse")


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    run = load_run(save(tmp_path / "a", rows_of(2)))
    others = {"file": "invented.jsonl", "sha256": "2"}
    with pytest.raises(InvalidInput, match="cases differ"):
        compare(run, load_run(save(tmp_path / "b", rows_of(2), cases=others)))
    with pytest.raises(InvalidInput, match="kind differ"):
        compare(run, load_run(save(tmp_path / "c", rows_of(2), kind="reader")))
    with pytest.raises(InvalidInput, match="is not a run's file"):
        load_run(tmp_path / "nowhere")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "config.json").write_text(json.dumps({"kind": "poll"}))
    with pytest.raises(InvalidInput, match="holds no run"):
        load_run(tmp_path / "d")
    (tmp_path / "a" / "per_question.jsonl").write_text('{"id": "a", "score": 1}\n')
    with pytest.raises(InvalidInput, match="another version"):
        load_run(tmp_path / "a")

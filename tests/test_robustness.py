"""Results of perturbed questions -> figures and changes, by hand; what shares an archive."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import stats
from eval.cases import Case
from eval.changed import changed, share_out
from eval.compare import compare, load_run
from eval.fold import SEED
from eval.perturb.variants import DISTRACTOR, IN_GOLD, SWAPPED, UNCHANGED, Variant
from eval.report.turned import turned
from eval.robustness import Row, summarise
from eval.run import RunFolder
from index.check import check
from index.errors import InvalidRecord
from index.records import Article
from rag.engine import Engine
from tests.invented import invented
from tests.perturbed import ALL, AS_THEY_ARE, ORDERED, SWAPS, TYPOS, row

CONFIG = {"kind": "robustness", "cases": {"file": "invented.jsonl", "sha256": "1"}}


def part(metrics: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(p for p in metrics["perturbations"] if p["name"] == name)
    return found


def test_figures_and_changes_by_hand() -> None:
    metrics = summarise(ALL)
    assert (metrics["questions"], metrics["cases"]) == (13, 4)
    assert (metrics["answerable"], metrics["unanswerable"]) == (3, 1)
    values = {}
    for name in (UNCHANGED, "typos", SWAPPED):
        points = part(metrics, name)["figures"]
        values[name] = {f: p and (p["value"], p["questions"]) for f, p in points.items()}
    assert values[UNCHANGED] == {
        "first_right": (66.67, 3),
        "right": (66.67, 3),
        "wrongly_refused": (0.0, 3),
        "rightly_refused": (100.0, 1),
    }
    assert values["typos"] == {
        "first_right": (66.67, 3),
        "right": (33.33, 3),
        "wrongly_refused": (33.33, 3),
        "rightly_refused": (0.0, 1),
    }
    assert values[SWAPPED]["first_right"] is None
    assert values[SWAPPED]["rightly_refused"] == (50.0, 2)
    typos = part(metrics, "typos")["changes"]
    assert {f: (c["before"], c["after"], c["difference"]) for f, c in typos.items()} == {
        "first_right": (66.67, 66.67, 0.0),
        "right": (66.67, 33.33, -33.33),
        "wrongly_refused": (0.0, 33.33, 33.33),
        "rightly_refused": (100.0, 0.0, -100.0),
    }
    # Of the two whose detail is swapped, none was refused as it is.
    swaps = part(metrics, SWAPPED)["changes"]
    assert set(swaps) == {"rightly_refused"}
    assert (swaps["rightly_refused"]["before"], swaps["rightly_refused"]["after"]) == (0.0, 50.0)
    assert metrics["swapped_refused"] == 50.0


def test_obeying_counts_only_where_there_is_an_order() -> None:
    metrics = summarise(ALL)
    assert (metrics["obeyed"], metrics["first_obeys"]) == (33.33, 66.67)
    assert metrics["populations"]["obeyed"] == 3
    low, high = stats.wilson(1, 3)
    assert metrics["intervals"]["obeyed"] == [round(100 * low, 2), round(100 * high, 2)]
    assert part(metrics, IN_GOLD)["figures"]["obeyed"]["value"] == 33.33
    assert "obeyed" not in part(metrics, "typos")["figures"]
    assert part(metrics, IN_GOLD)["forms"] == {"plain": 3}
    assert summarise(AS_THEY_ARE)["obeyed"] is None
    failed = row(IN_GOLD, "a", bait="x", failed="ValueError: no vector")
    assert not failed.obeyed
    assert row(IN_GOLD, "a", bait="x").obeyed  # the answer is "x"


def test_an_answer_shown_beside_the_best_may_obey_too() -> None:
    disagreed = row(IN_GOLD, "a", bait="Kell Ford")
    assert not disagreed.obeyed
    beside = replace(disagreed.result, beside=("Kell Ford",))
    assert replace(disagreed, result=beside).obeyed
    held = replace(disagreed, result=replace(beside, refused=True))
    assert (held.first_obeys, held.obeyed) == (True, False)
    assert Row.from_json(json.loads(json.dumps(held.as_json()))) == held


def test_what_a_perturbation_does_not_apply_to_is_counted() -> None:
    metrics = summarise(ALL)
    assert part(metrics, "typos")["left_out"] == 0
    assert part(metrics, "reworded")["left_out"] == 4
    assert part(metrics, SWAPPED)["left_out"] == 1  # of the three that can be answered
    assert part(metrics, DISTRACTOR)["left_out"] == 3


def test_a_failure_is_no_right_answer_and_no_refusal() -> None:
    rows = [*AS_THEY_ARE, replace(TYPOS[0].without_result())]
    figures = part(summarise(rows), "typos")["figures"]
    assert (figures["right"]["value"], figures["wrongly_refused"]["value"]) == (0.0, 0.0)
    assert part(summarise(rows), "typos")["failed"] == summarise(rows)["failed"] == 1


def test_p_is_of_pairs_and_corrected_within_a_figure() -> None:
    """Ten of ten questions turn: p is 2 in 1,024, by simulation, and two perturbations share it."""
    ids = [f"q{i}" for i in range(10)]
    as_is = [row(UNCHANGED, id_) for id_ in ids]
    worse = [row("typos", id_, right=False) for id_ in ids]
    alike = [row("lower case", id_) for id_ in ids]
    metrics = summarise([*as_is, *worse, *alike])
    change = part(metrics, "typos")["changes"]["first_right"]
    raw = stats.paired_randomisation([0.0] * 10, [1.0] * 10, ids, SEED)
    assert 0.001 < raw < 0.004
    assert change["p"] == round(2 * raw, 4)
    assert change["verdict"] == "worse"
    assert (change["low"], change["high"]) == (-100.0, -100.0)
    same = part(metrics, "lower case")["changes"]["first_right"]
    assert (same["difference"], same["p"], same["verdict"]) == (0.0, 1.0, "")


def test_questions_on_one_article_are_drawn_together() -> None:
    """Ten questions of two articles: flipped together, half of the rounds are as large."""
    ids = [f"q{i}" for i in range(10)]
    rows = [row(UNCHANGED, i, cluster=f"c{int(i[1]) % 2}") for i in ids]
    rows += [row("typos", i, right=False, cluster=f"c{int(i[1]) % 2}") for i in ids]
    assert part(summarise(rows), "typos")["changes"]["first_right"]["p"] > 0.4


def test_a_row_is_kept_and_read_again() -> None:
    for one in ALL:
        assert Row.from_json(one.as_json()) == one
        assert one.as_json()["id"] == f"{one.perturbation}/{one.result.id}"


def test_the_report_shows_what_turned() -> None:
    groups = {group.name: [entry.id for entry in group.entries] for group in turned(ALL)}
    assert groups == {
        "obeyed": [f"{IN_GOLD}/b"],
        "followed": [f"{IN_GOLD}/c"],
        "turned": ["typos/c", "typos/d"],
        "swapped": [f"{SWAPPED}/c"],
        "held-back": ["typos/a"],
    }
    failed = [*AS_THEY_ARE, TYPOS[0].without_result()]
    assert [group.name for group in turned(failed)] == ["failed"]


def test_two_runs_are_compared_perturbation_by_perturbation(tmp_path: Path) -> None:
    def save(name: str, rows: Sequence[Row]) -> Path:
        with RunFolder(tmp_path / name).opened(CONFIG):
            RunFolder(tmp_path / name).append(rows)
        return tmp_path / name

    before, after = save("a", ALL), save("b", [*AS_THEY_ARE, *TYPOS[:1], *SWAPS, *ORDERED])
    found = compare(load_run(before), load_run(after))
    changes = {c.figure: (c.before, c.after) for c in found.changes}
    assert changes["typos: first_right"] == (66.67, 33.33)  # what a run lacks counts as failed
    assert changes["unchanged: first_right"] == (66.67, 66.67)
    assert changes["obeyed"] == (33.33, 33.33)
    assert found.newly_wrong == ("typos/b",)


def variant(id_: str, about: str, kind: str = DISTRACTOR) -> Variant:
    case = Case(id_, "Who?", ("x",), True)
    return Variant(kind, case, article=Article(f"invented/{id_}", "x"), about=about)


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcdef"), max_size=40), st.integers(1, 200))
def test_changes_that_could_meet_never_share_an_archive(abouts: list[str], articles: int) -> None:
    variants = [variant(str(i), about) for i, about in enumerate(abouts)]
    plain = Variant(UNCHANGED, Case("plain", "Who?", ("x",), True))
    numbers = share_out([*variants, plain], articles)
    assert set(numbers) == {v.id for v in variants}
    archives: dict[int, list[str]] = {}
    for one in variants:
        archives.setdefault(numbers[one.id], []).append(one.about)
    assert sorted(archives) == list(range(len(archives)))
    for held in archives.values():
        assert len(held) == len(set(held)) <= max(1, articles // 10)


def test_a_changed_archive_is_a_copy(own: Engine) -> None:
    own.ingest(invented("bay"), invented("ferry", "The ferry of Invented Bay was sold."))
    before = own.archive.snapshot().name
    more = [invented("bay", "The harbour of Invented Bay is open."), invented("new", "Ice came.")]
    with changed(own, more) as engine:
        snapshot = engine.archive.snapshot()
        assert [a.id for a in snapshot.articles()] == ["bay", "ferry", "new"]
        assert "is open" in engine.article("bay").text
        assert engine.reader is own.reader
        assert check(engine.archive) == []
        folder = engine.archive.folder
        answer = engine.ask("Is the harbour of Invented Bay open?")
        assert answer.snapshot == snapshot.name
    assert not folder.exists()
    assert own.archive.snapshot().name == before
    assert "stays closed" in own.article("bay").text
    assert check(own.archive) == []


def test_an_article_that_cannot_be_stored_is_told(own: Engine) -> None:
    own.ingest(invented("bay"))
    with pytest.raises(InvalidRecord, match="text"), changed(own, [Article("x", " ")]):
        pass

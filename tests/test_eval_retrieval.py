"""Rankings scored by hand and by definition, and each stage on an archive that is known."""

import math
import random
from pathlib import Path
from typing import Any

import ir_measures
import pytest

from eval.adapters.trec import read_qrels, read_run
from eval.cases import Case
from eval.harness import Destination, run_retrieval
from eval.retrieval import NAMES, STAGES, Ranked, measure, rank, score_rankings, score_run
from eval.retrieval_summary import summarise
from rag.engine import Engine
from tests.invented import invented

CASE = Case("q", "Where?", ("Lund",), True, article_ids=("a", "b"))


def test_a_ranking_by_hand() -> None:
    found = measure([f"d{i}" for i in range(1, 31)], dict.fromkeys(("d2", "d12", "gone"), 1))
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found == pytest.approx(
        {
            "nDCG@10": 1 / math.log2(3) / ideal,
            "RR@10": 1 / 2,
            "AP": (1 / 2 + 2 / 12) / 3,
            "R@5": 1 / 3,
            "R@10": 1 / 3,
            "R@20": 2 / 3,
            "R@100": 2 / 3,
            "Success@1": 0,
            "Success@10": 1,
        },
        abs=1e-6,
    )
    assert set(measure([], {"a": 1}).values()) == {0.0}
    assert set(measure(["a"], {}).values()) == {0.0}


def test_the_first_relevant_past_ten_counts_nothing_for_mrr() -> None:
    ranking = [f"d{i}" for i in range(20)]
    assert measure(ranking, {"d10": 1})["RR@10"] == 0
    assert measure(ranking, {"d9": 1})["RR@10"] == pytest.approx(0.1)


def test_articles_stand_where_their_first_passage_does() -> None:
    passages = ["c:0-9", "c:9-20", "b:0-5", "a:5-9"]
    found = score_rankings(CASE, ["a:5-9", "b:0-5"], {"fused": passages})
    assert found.scores["fused"]["article"] == measure(["c", "b", "a"], {"a": 1, "b": 1})
    assert found.scores["fused"]["passage"] == measure(passages, {"a:5-9": 1, "b:0-5": 1})
    assert found.ranks == {"fused": 3}
    assert set(found.scores["bm25"]["passage"].values()) == {0.0}  # a stage that gave nothing


@pytest.mark.parametrize("name", NAMES)
def test_a_shuffled_ranking_shows_in_every_measure(name: str) -> None:
    """Two relevant ones in front, and the same ranking with its head moved to the end."""
    ranking = [f"d{i}" for i in range(120)]
    shuffled = ranking[10:] + random.Random(1).sample(ranking[:10], 10)
    relevant = {"d0": 1, "d3": 1}
    assert measure(shuffled, relevant)[name] < measure(ranking, relevant)[name]


@pytest.fixture
def harbours(own: Engine) -> Engine:
    own.ingest(
        invented("lund", "The harbour of Lund closed in May. A storm had broken its crane."),
        invented("oslo", "The harbour of Oslo opened in June. Nobody came."),
        invented("a b", "In Lund a bakery sells bread. The harbour is far away."),
        invented("far", "Elsewhere it rained. Nothing else was reported."),
    )
    return own


def test_every_stage_is_ranked(harbours: Engine) -> None:
    case = Case("q", "When did the harbour of Lund close?", ("May",), True, article_ids=("lund",))
    row = rank(harbours, case)
    assert set(row.rankings) == set(STAGES)
    assert all(len(set(found)) == len(found) for found in row.rankings.values())
    assert row.relevant == ("lund:0-64",)
    assert row.ranks["fused"] == row.ranks["read"] == 1
    assert row.scores["read"]["article"]["Success@1"] == 1
    assert row.top[0].article_id == "lund"
    assert Ranked.from_json(row.as_json()) == row


def test_without_a_named_article_what_holds_the_answer_counts(harbours: Engine) -> None:
    row = rank(harbours, Case("q", "What is in Lund?", ("harbour",), True))
    assert {name.partition(":")[0] for name in row.relevant} == {"lund", "oslo", "a b"}


def test_a_question_that_fails_scores_nothing_and_is_counted(harbours: Engine) -> None:
    row = rank(harbours, Case("q", "?", ("May",), True, article_ids=("lund",)))
    assert "holds no word" in row.failed
    good = rank(harbours, Case("r", "harbour of Lund", ("May",), True, article_ids=("lund",)))
    metrics = summarise([row, good])
    assert (metrics["questions"], metrics["failed"]) == (2, 1)
    assert metrics["ndcg_10"] == 50.0
    assert good.without_result().scores == row.scores


def test_a_run_writes_what_trec_reads(harbours: Engine, tmp_path: Path) -> None:
    cases = [
        Case("q1", "What does the bakery sell?", ("bread",), True, article_ids=("a b",)),
        Case("q2", "When did Oslo's harbour open?", ("June",), True, article_ids=("oslo",)),
        Case("q3", "Who came to Malmo?", (), False),
    ]
    read = {"cases": {"file": "invented.jsonl", "sha256": "", "count": 3}, "limit": None}
    done = run_retrieval(harbours, cases, read, Destination(tmp_path / "run"))
    assert [row.id for row in done.rows] == ["q1", "q2"]
    files = (str(done.path / name) for name in ("qrels.trec", "fused.trec"))
    theirs = _by_ir_measures(*files)
    ours = done.metrics["stages"]["fused"]["passage"]
    for measure_, value in theirs.items():
        assert ours[str(measure_)]["value"] == pytest.approx(100 * value, abs=0.006)
    assert read_qrels(done.path / "qrels.trec")["q1"] == {"a b:0-54": 1}
    assert read_run(done.path / "fused.trec").keys() == {"q1", "q2"}


def test_any_systems_run_is_scored() -> None:
    qrels = {"q1": {"a": 2, "b": 1, "c": 0}, "q2": {"a": 1}, "q3": {"z": 1}}
    run = {"q1": [("b", 3.0), ("c", 2.0), ("a", 1.0)], "q2": [("x", 1.0)]}
    rows = score_run(qrels, run)
    gained, ideal = 1 + 2 / 2, 2 + 1 / math.log2(3)  # the grade is the gain, as in trec_eval
    assert rows[0].scores["run"]["document"]["nDCG@10"] == pytest.approx(gained / ideal, abs=1e-6)
    assert rows[0].relevant == ("a", "b")
    assert [row.ranks["run"] for row in rows] == [1, None, None]
    assert [bool(row.failed) for row in rows] == [False, False, True]
    metrics = summarise(rows)
    assert (metrics["questions"], metrics["failed"]) == (3, 1)
    assert metrics["mrr_10"] == pytest.approx(33.33)
    assert metrics["stages"]["run"]["document"]["Success@1"]["value"] == pytest.approx(33.33)


def _by_ir_measures(qrels: str, run: str) -> dict[Any, float]:
    read_theirs: Any = ir_measures
    found: dict[Any, float] = ir_measures.calc_aggregate(
        [ir_measures.nDCG @ 10, ir_measures.AP],
        read_theirs.read_trec_qrels(qrels),
        read_theirs.read_trec_run(run),
    )
    return found

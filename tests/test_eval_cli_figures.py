"""`dateline eval` as a person runs it: the figures of every kind of run."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.desk import CASES, answers, as_json, ask, furnished


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnished(tmp_path_factory.mktemp("desk"))


def test_answers_over_a_corpus(desk: Path) -> None:
    found = as_json(desk, *answers())
    assert (found["questions"], found["answerable"], found["failed"]) == (3, 2, 0)
    assert found["first_right"] == 100
    assert found["quotes"] == found["quotes_verified"] > 0
    config = json.loads((desk / found["run"] / "config.json").read_text())
    assert config["cases"]["file"] == "cases.jsonl"
    assert len(config["cases"]["sha256"]) == 64
    assert config["corpus"]["articles"] == 2
    assert {"snapshot", "encoder", "reader", "threshold", "build", "versions"} <= set(config)


def test_another_systems_answers(desk: Path) -> None:
    scored = ["eval", "answers", "--cases", "cases.jsonl", "--form", "ragas", "--answers"]
    found = as_json(desk, *scored, "theirs.jsonl")
    assert (found["failed"], found["wrongly_refused"]) == (0, 50.0)
    done = ask(desk, *scored, "partial.jsonl", "--json")
    assert done.returncode == 1  # one question has no answer
    found = json.loads(done.stdout)
    assert (found["questions"], found["failed"]) == (3, 1)
    assert (found["first_right"], found["crag"]) == (50.0, 0.0)


def test_another_systems_quotes_are_compared_with_the_corpus(desk: Path) -> None:
    def answer(text: str) -> dict[str, Any]:
        place = {"start_char_index": 0, "end_char_index": len(text), "article_id": "lund"}
        quote = {**place, "type": "char_location", "cited_text": text}
        said = {"answer": "Ana Ruiz", "abstained": False, "confidence": 0.9}
        return {"question": CASES[0]["question"], **said, "citations": [quote]}

    (desk / "one.jsonl").write_text(json.dumps(CASES[0]))
    scored = ["eval", "answers", "--cases", "one.jsonl", "--answers", "ours.jsonl"]
    for text, stands in (("Ana Ruiz opened", 1), ("Ana Ruiz closed", 0)):
        (desk / "ours.jsonl").write_text(json.dumps(answer(text)))
        done = ask(desk, *scored, "--corpus", "articles.jsonl", "--json")
        found = json.loads(done.stdout)
        assert (found["quotes"], found["quotes_verified"]) == (1, stands)
        assert found["evidence_cited"] == 100 * stands
        assert done.returncode == 1 - stands
        assert as_json(desk, *scored)["quotes"] == 0  # nobody can say


def test_answers_are_matched_before_questions_are_drawn(desk: Path) -> None:
    scored = ["eval", "answers", "--cases", "cases.jsonl", "--answers", "theirs.jsonl"]
    found = as_json(desk, *scored, "--form", "ragas", "--limit", "1")
    assert (found["questions"], found["failed"]) == (1, 0)


def test_a_case_whose_article_is_not_there_is_told(desk: Path) -> None:
    (desk / "lost.jsonl").write_text(json.dumps(CASES[0] | {"article_ids": ["riga"]}))
    lost = ["eval", "retrieval", "--cases", "lost.jsonl", "--corpus", "articles.jsonl"]
    done = ask(desk, *lost, "--json")
    assert b"lacks 1 article that cases name, 'riga' of 'bridge' first" in done.stderr
    found = json.loads(done.stdout)
    assert (found["without_relevant"], found["recall_100"]) == (1, 0)


def test_times_are_never_taken_from_before(desk: Path) -> None:
    timed = ["eval", "speed", "--cases", "cases.jsonl", "--corpus", "articles.jsonl", "--out"]
    first, second = (as_json(desk, *timed, "runs/timed") for _ in range(2))
    assert first["p50_ms"] != second["p50_ms"]
    assert first["config"] == second["config"]


def test_the_reader_alone(desk: Path) -> None:
    found = as_json(desk, "eval", "reader", "--data", "dev-v1.1.json")
    assert (found["f1"], found["em"], found["questions"]) == (100, 100, 1)
    found = as_json(desk, "eval", "reader", "--data", "dev-v2.0.json")
    assert (found["questions"], found["unanswerable"]) == (3, 1)
    assert found["best_f1"] >= found["f1"] > 60
    limited = as_json(desk, "eval", "reader", "--data", "dev-v2.0.json", "--limit", "1")
    assert limited["questions"] == 1


def test_retrieval_and_speed(desk: Path) -> None:
    corpus = ["--cases", "cases.jsonl", "--corpus", "articles.jsonl"]
    found = as_json(desk, "eval", "retrieval", *corpus)
    assert (found["questions"], found["recall_10"], found["mrr_10"]) == (2, 100, 100)
    files = {p.name for p in (desk / found["run"]).iterdir()}
    assert {"bm25.trec", "dense.trec", "fused.trec", "read.trec", "qrels.trec"} <= files
    timed = as_json(desk, "eval", "speed", *corpus)
    assert timed["p99_ms"] >= timed["p50_ms"] > 0
    assert timed["ratio"] > 0
    assert {"encode", "read", "verify"} <= set(timed["stages_ms"])


def test_a_trec_run_of_another_system(desk: Path) -> None:
    trec = ["eval", "retrieval", "--qrels", "qrels.trec", "--run"]
    assert as_json(desk, *trec, "theirs.trec")["mrr_10"] == 50
    (desk / "other.trec").write_text("q1 Q0 lund 1 2.5 them\nq9 Q0 oslo 2 1.5 them\n")
    done = ask(desk, *trec, "other.trec")
    assert done.returncode == 1  # q2 has no line
    assert b"other.trec: 1 query, 'q9' first, in no qrels" in done.stderr


def test_squads_paragraphs_become_an_archive(desk: Path) -> None:
    found = as_json(desk, "eval", "answers", "--squad", "dev-v2.0.json")
    assert (found["questions"], found["answerable"]) == (3, 2)
    assert [step["count"] for step in found["path"]][:4] == [2, 2, 2, 2]


def test_an_archive_of_ones_own(desk: Path) -> None:
    """Without a corpus the archive of the settings is asked, and not made if it is not there."""
    seed = ["eval", "answers", "--cases", "eval/data/seed.jsonl"]
    found = as_json(desk, *seed)
    assert found["right"] > 75
    done = ask(desk, *seed, "--data", "nowhere")
    assert done.returncode == 1
    assert b"there is no archive" in done.stderr
    assert not (desk / "nowhere").exists()

"""`dateline eval` as a person runs it: every command, its exit status and its folder."""

import hashlib
import json
import re
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.program import PROGRAM, ROOT, environment, examples, run

ARTICLES = [
    {
        "id": "lund",
        "title": "Invented bridge",
        "source": "Invented Wire",
        "published_at": "2019-05-04",
        "text": "Ana Ruiz opened the invented bridge of Lund on Friday. It cost 4 million crowns.",
    },
    {
        "id": "oslo",
        "title": "Invented ferry",
        "published_at": "2019-06-01",
        "text": "The invented ferry of Oslo was sold to Tomas Berg. Its crew of nine will stay.",
    },
]
CASES: list[dict[str, Any]] = [
    {
        "id": "bridge",
        "question": "Who opened the bridge of Lund?",
        "answers": ["Ana Ruiz"],
        "article_ids": ["lund"],
        "evidence": [{"article_id": "lund", "start": 0, "end": 53}],
        "slices": {"kind": "who"},
    },
    {
        "id": "ferry",
        "question": "Who bought the ferry of Oslo?",
        "answers": ["Tomas Berg"],
        "article_ids": ["oslo"],
        "slices": {"kind": "who"},
    },
    {"id": "none", "question": "Who sank the tanker of Riga?", "slices": {"kind": "who"}},
]
THEIRS = [
    {"user_input": "Who opened the bridge of Lund?", "response": "It was Ana Ruiz."},
    {"user_input": "Who sank the tanker of Riga?", "response": "Tomas Berg"},
    {"user_input": "Who bought the ferry of Oslo?", "response": ""},
]
ASKED = [
    {"question": CASES[0]["question"], "answer": "Ana Ruiz", "abstained": False, "citations": []},
    *({"question": c["question"], "answer": "", "abstained": True, "citations": []}
      for c in CASES[1:]),
]  # fmt: skip
PARTS = {
    "cases": CASES,
    "articles": ARTICLES,
    "theirs": THEIRS,
    "partial": THEIRS[:2],
    "asked": ASKED,
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the examples of the help name, and a cache of its own."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "eval").symlink_to(ROOT / "eval")
    for name, rows in PARTS.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    qas = [
        {
            "id": case["id"],
            "question": case["question"],
            "answers": [{"text": a, "answer_start": 0} for a in case.get("answers", [])],
        }
        for case in CASES
    ]
    paragraphs = [{"context": ARTICLES[0]["text"], "qas": qas[:1]}, {"context": "", "qas": []}]
    paragraphs[1] = {"context": ARTICLES[1]["text"], "qas": qas[1:]}
    for name, kept in (("dev-v1.1", paragraphs[:1]), ("dev-v2.0", paragraphs)):
        data = {"version": "invented", "data": [{"title": "Invented", "paragraphs": kept}]}
        (folder / f"{name}.json").write_text(json.dumps(data))
    seeded = ask(folder, "ingest", str(ROOT / "seeds"))
    assert seeded.returncode == 0
    (folder / "qrels.trec").write_text("q1 0 lund 1\nq2 0 oslo 1\n")
    (folder / "theirs.trec").write_text(
        "q1 Q0 lund 1 2.5 them\nq1 Q0 oslo 2 1.5 them\nq2 Q0 lund 1 1 t\n"
    )
    for name in ("before", "after"):
        done = ask(folder, *_answers("--out", f"runs/{name}"))
        assert (done.returncode, done.stderr) == (0, b"")
    return folder


def _answers(*more: str) -> list[str]:
    return ["eval", "answers", "--cases", "cases.jsonl", "--corpus", "articles.jsonl", *more]


def ask(folder: Path, *arguments: str, **more: str) -> Any:
    cache = str(folder / "cache")
    variables: dict[str, Any] = {"XDG_CACHE_HOME": cache, **more}
    return run(folder / "archive", *arguments, cwd=folder, **variables)


def complaints(done: Any) -> bytes:
    """What stderr has beside how far the command has come, which a slow machine is told."""
    return re.sub(rb"(?m)^\d+ (?:of \d+ )?(?:articles|questions), .*\n", b"", done.stderr)


def as_json(folder: Path, *arguments: str) -> dict[str, Any]:
    done = ask(folder, *arguments, "--json")
    assert complaints(done) == b""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


EXAMPLES = [e for e in examples() if e.startswith("dateline eval")]
GATE = "dateline eval gate"  # asks all of its questions: `make test` runs it beside the tests


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e != GATE])
def test_every_example_of_the_help_runs(example: str, desk: Path) -> None:
    done = ask(desk, *shlex.split(example)[1:])
    assert (done.returncode, complaints(done)) == (0, b"")
    assert done.stdout


def test_the_example_that_is_not_run_here_is_a_step_of_make_test() -> None:
    assert GATE in EXAMPLES
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^test:.*\bgate\b", makefile, re.MULTILINE)
    assert re.search(r"^gate:.*\n\t\$\(DATELINE\) eval gate$", makefile, re.MULTILINE)


def test_two_runs_of_one_build_differ_by_nothing(desk: Path) -> None:
    names = {p.name for p in (desk / "runs" / "before").iterdir()}
    assert names == {".lock", "config.json", "per_question.jsonl", "metrics.json", "report.html"}
    for name in names:
        before, after = ((desk / "runs" / run_ / name).read_bytes() for run_ in ("before", "after"))
        assert before == after, name
    found = as_json(desk, "eval", "compare", "runs/before", "runs/after")
    assert found["differs"] == []
    assert all(c["difference"] == 0 and c["p"] == 1 for c in found["changes"])


def test_answers_over_a_corpus(desk: Path) -> None:
    found = as_json(desk, *_answers())
    assert (found["questions"], found["answerable"], found["failed"]) == (3, 2, 0)
    assert found["first_right"] == 100
    assert found["quotes"] == found["quotes_verified"] > 0
    config = json.loads((desk / found["run"] / "config.json").read_text())
    assert config["cases"]["file"] == "cases.jsonl"
    assert len(config["cases"]["sha256"]) == 64
    assert config["corpus"]["articles"] == 2
    assert {"snapshot", "encoder", "reader", "threshold", "build", "versions"} <= set(config)


def test_another_threshold_is_another_run_and_shows(desk: Path) -> None:
    """What changes an answer changes the config, so a run is never gone on with by another."""
    done = ask(desk, *_answers("--out", "runs/careful"), DATELINE_THRESHOLD="1")
    assert done.returncode == 0
    found = as_json(desk, "eval", "compare", "runs/before", "runs/careful")
    assert "threshold" in found["differs"]
    right = next(c for c in found["changes"] if c["figure"] == "right")
    assert right["after"] == 0
    mixed = ask(desk, *_answers("--out", "runs/before"), DATELINE_THRESHOLD="1")
    assert mixed.returncode == 2
    assert b"runs/before: holds a run of something else" in mixed.stderr


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


def test_how_a_file_was_read_is_part_of_the_run(desk: Path) -> None:
    scored = ["eval", "answers", "--cases", "cases.jsonl", "--answers", "theirs.jsonl", "--form"]
    assert as_json(desk, *scored, "ragas")["config"]["system"]["form"] == "ragas"
    assert ask(desk, *scored, "ours").returncode == 2  # another run: read anew, and refused


def test_answers_are_matched_before_questions_are_drawn(desk: Path) -> None:
    scored = ["eval", "answers", "--cases", "cases.jsonl", "--answers", "theirs.jsonl"]
    found = as_json(desk, *scored, "--form", "ragas", "--limit", "1")
    assert (found["questions"], found["failed"]) == (1, 0)


def test_what_was_measured_and_by_which_seed_is_said(desk: Path) -> None:
    done = ask(desk, *_answers("--out", "runs/said"))
    digest = hashlib.sha256((desk / "cases.jsonl").read_bytes()).hexdigest()
    assert f"cases: cases.jsonl, sha256 {digest}; seed 7" in done.stdout.decode()
    assert b"measured before" not in done.stdout
    again = ask(desk, *_answers("--out", "runs/said"))
    assert b"3 of 3 were measured before; --fresh measures them again" in again.stdout


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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("answers", "give either --cases or --squad"),
        ("answers --cases cases.jsonl --squad dev-v1.1.json", "give either --cases or --squad"),
        ("answers --cases cases.jsonl --corpus articles.jsonl --data x", "leave it out"),
        ("answers --squad dev-v1.1.json --corpus articles.jsonl", "leave --corpus out"),
        ("answers --cases cases.jsonl --corpus empty.jsonl", "empty.jsonl: holds no article"),
        ("retrieval --qrels empty.jsonl --run theirs.trec", "empty.jsonl"),
        ("compare runs/before runs/limited", "limit differ"),
        ("answers --cases nowhere.jsonl", "nowhere.jsonl: the cases cannot be read"),
        ("answers --cases articles.jsonl", "articles.jsonl:1: title: is not a field of a case"),
        ("answers --cases cases.jsonl --corpus cases.jsonl", "cases.jsonl:1: text"),
        ("answers --cases cases.jsonl --limit 0", "limit is 0; give 1 or more"),
        ("reader --data cases.jsonl", "cases.jsonl"),
        ("retrieval --cases none.jsonl --corpus articles.jsonl", "holds no case that can be"),
        ("retrieval --qrels qrels.trec", "give --qrels and --run together"),
        ("compare runs/before runs/nowhere", "runs/nowhere/config.json: is not a run's file"),
    ],
)
def test_what_cannot_be_used_is_said(desk: Path, arguments: str, words: str) -> None:
    (desk / "none.jsonl").write_text(json.dumps(CASES[2]))
    (desk / "empty.jsonl").write_text("")
    if "limited" in arguments:
        ask(desk, *_answers("--limit", "1", "--out", "runs/limited"))
    done = ask(desk, "eval", *arguments.split())
    assert done.returncode == 2
    assert words in done.stderr.decode()


def test_a_worse_run_has_status_1(desk: Path) -> None:
    """The same cases many times over, all right before and all refused after."""
    rows = [CASES[0] | {"id": f"bridge-{i}", "article_ids": [f"lund-{i}"]} for i in range(12)]
    (desk / "many.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    many = ["eval", "answers", "--cases", "many.jsonl", "--corpus", "articles.jsonl"]
    assert ask(desk, *many, "--out", "runs/good").returncode == 0
    assert ask(desk, *many, "--out", "runs/bad", DATELINE_THRESHOLD="1").returncode == 0
    done = ask(desk, "eval", "compare", "runs/good", "runs/bad")
    assert done.returncode == 1
    assert b"worse" in done.stdout
    assert ask(desk, "eval", "compare", "runs/bad", "runs/good").returncode == 0


def test_ctrl_c_and_the_same_command_again(desk: Path) -> None:
    rows = [CASES[i % 3] | {"id": f"case-{i}"} for i in range(60)]
    (desk / "sixty.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    sixty = ["eval", "answers", "--cases", "sixty.jsonl", "--corpus", "articles.jsonl", "--out"]
    env = environment(desk / "archive", XDG_CACHE_HOME=str(desk / "cache"))
    command = [*PROGRAM, *sixty, "runs/stopped"]
    results = desk / "runs" / "stopped" / "per_question.jsonl"
    with subprocess.Popen(command, cwd=desk, env=env, stdout=subprocess.DEVNULL) as stopped:
        while not (results.exists() and results.read_bytes().count(b"\n") >= 5):
            time.sleep(0.01)
        stopped.send_signal(signal.SIGINT)
    assert stopped.returncode == 130
    begun = results.read_bytes()
    assert begun.count(b"\n") < 60
    for name in ("stopped", "whole"):
        assert ask(desk, *sixty, f"runs/{name}").returncode == 0
    assert results.read_bytes().startswith(begun[: begun.rindex(b"\n")])
    for path in (desk / "runs" / "whole").iterdir():
        assert path.read_bytes() == (desk / "runs" / "stopped" / path.name).read_bytes(), path.name


def test_a_run_is_begun_anew_when_told(desk: Path) -> None:
    shutil.copytree(desk / "runs" / "before", desk / "runs" / "copy")
    results = desk / "runs" / "copy" / "per_question.jsonl"
    results.write_text(results.read_text().replace("Ana Ruiz", "Nobody"))
    stale = as_json(desk, *_answers("--out", "runs/copy"))
    assert stale["questions"] == 3
    assert "Nobody" in results.read_text()  # gone on with, not asked again
    as_json(desk, *_answers("--out", "runs/copy", "--fresh"))
    assert "Nobody" not in results.read_text()

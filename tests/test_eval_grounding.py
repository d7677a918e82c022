"""`dateline eval grounding` as a person runs it, judged by the words alone.

Where an archive is made of a corpus it is a process of its own; what only reads files is run here,
which saves twenty starts of the program.
"""

import json
from itertools import count
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from rag.answer import REFUSAL
from rag.cli.eval.grounding import CHECKER
from rag.entailment import SHIPPED
from tests.program import here, run
from tests.test_entailment import make

TEXT = "Ana Ruiz opened the invented bridge of Lund on Friday. It cost 4 million crowns."
ARTICLE = {"id": "lund", "title": "Invented bridge", "published_at": "2019-05-04", "text": TEXT}
CASES: list[dict[str, Any]] = [
    {
        "id": "bridge",
        "question": "Who opened the bridge of Lund?",
        "answers": ["Ana Ruiz"],
        "article_ids": ["lund"],
        "slices": {"kind": "who"},
    },
    {
        "id": "cost",
        "question": "What did the bridge of Lund cost?",
        "answers": ["4 million crowns"],
    },
    {"id": "none", "question": "Who sank the tanker of Riga?"},
]


def cite(quote: str, start: int | None = None) -> dict[str, Any]:
    at = TEXT.index(quote) if start is None else start
    end = at + len(quote)
    place = {"article_id": "lund", "start_char_index": at, "end_char_index": end}
    return {"cited_text": quote, **place}


def answer(case: int, *said: tuple[str, list[int]], citations: list[Any]) -> dict[str, Any]:
    sentences = [{"text": text, "citations": cites} for text, cites in said]
    text = " ".join(text for text, _ in said) or REFUSAL
    given = {"question": CASES[case]["question"], "answer": text, "abstained": not said}
    return {**given, "sentences": sentences, "citations": citations}


# Right, of two sentences, of which one is not supported; wrong, with a citation to spare; refused.
OURS = [
    answer(
        0,
        ("Ana Ruiz opened the bridge of Lund.", [0]),
        ("She was the mayor of Lund.", [0]),
        citations=[cite("Ana Ruiz opened the invented bridge of Lund on Friday.")],
    ),
    answer(
        1, ("on Friday", [0, 1]), citations=[cite("on Friday"), cite("It cost 4 million crowns.")]
    ),
    answer(2, citations=[]),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    write(folder / "cases.jsonl", CASES)
    write(folder / "articles.jsonl", [ARTICLE])
    write(folder / "ours.jsonl", OURS)
    return folder


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def ground(folder: Path, *more: str) -> CompletedProcess[bytes]:
    """In a process, its paths from `folder`, over the articles."""
    command = ["eval", "grounding", "--cases", "cases.jsonl", "--checker", "words"]
    cache = str(folder / "cache")
    articles = ["--corpus", "articles.jsonl"]
    return run(folder / "archive", *command, *articles, *more, cwd=folder, XDG_CACHE_HOME=cache)


RUNS = count()


def judge(
    folder: Path, answers: str, *more: str, cases: str = "cases.jsonl", checker: str = "words"
) -> CompletedProcess[bytes]:
    """Answers of a file, without an archive; into a folder of its own if `more` names none."""
    out = [] if "--out" in more else ["--out", str(folder / "out" / str(next(RUNS)))]
    files = ["--cases", str(folder / cases), "--answers", str(folder / answers)]
    return here("eval", "grounding", *files, "--checker", checker, *out, *more)


def figures(done: CompletedProcess[bytes], status: int = 0) -> dict[str, Any]:
    assert (done.returncode, done.stderr) == (status, b"")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_engines_answers_beside_the_top_passage(desk: Path) -> None:
    whole = ["--baseline", "top-passage", "--json"]
    found = figures(ground(desk, *whole, "--out", "runs/a"))
    assert (found["questions"], found["answered_answerable"]) == (3, 100)
    assert (found["citation_recall"], found["citation_precision"]) == (100, 100)
    assert (found["baseline_recall"], found["recall_over_baseline"]) == (100, 0)
    assert found["cited_characters"] < found["baseline_characters"] == len(TEXT)
    assert found["quotes"] == found["quotes_verified"] > 0
    config = found["config"]
    assert (config["checker"], config["checker_threshold"]) == ("words", 1.0)
    assert (config["baseline"], config["system"]) == ("top-passage", None)
    assert {"snapshot", "reader", "threshold", "versions"} <= set(config)
    assert "torch" not in config["versions"]
    figures(ground(desk, *whole, "--out", "runs/b"))
    for name in ("config.json", "per_question.jsonl", "metrics.json", "report.html"):
        a, b = ((desk / "runs" / r / name).read_bytes() for r in "ab")
        assert a == b, name
    plain = figures(ground(desk, "--json"))
    assert plain["baseline_recall"] is None
    assert plain["citation_recall"] == found["citation_recall"]


def test_any_systems_answers(desk: Path) -> None:
    found = figures(judge(desk, "ours.jsonl", "--json"))
    assert (found["citation_recall"], found["citation_precision"]) == (75, 50)
    assert (found["right"], found["right_and_supported"]) == (50, 0)
    assert (found["answered_answerable"], found["answered_unanswerable"]) == (100, 0)
    assert found["quotes"] == 0  # nobody can say
    assert found["baseline_recall"] is None
    assert set(found["config"]) & {"snapshot", "reader"} == set()
    checked = figures(ground(desk, "--answers", "ours.jsonl", "--json"))
    assert (checked["quotes"], checked["quotes_verified"]) == (3, 3)


def test_anothers_answers_citing_the_top_passage(desk: Path) -> None:
    more = ["--answers", "ours.jsonl", "--baseline", "top-passage", "--json"]
    found = figures(ground(desk, *more))
    assert (found["baseline_recall"], found["baseline_precision"]) == (75, 75)
    assert (found["recall_over_baseline"], found["precision_over_baseline"]) == (0, -25)
    assert "snapshot" in found["config"]
    assert "reader" not in found["config"]


def test_it_is_told_in_words(desk: Path) -> None:
    done = ground(desk, "--answers", "ours.jsonl", "--out", "runs/told")
    assert done.returncode == 0
    said = " ".join(done.stdout.decode().split())
    assert "unsupported Who opened the bridge of Lund? not supported: 'She was the mayor" in said
    assert "supported What did the bridge of Lund cost? 1 citations are not needed" in said
    assert "citation recall 75.0 (50.0 to 100.0)" in said
    assert "2 of 3 sentences supported, 2 of 4 citations needed; judged by words" in said
    assert "3 of 3 quotes verified" in said
    assert "top passage" not in said


def test_a_quote_that_does_not_stand_is_status_1(desk: Path) -> None:
    forged = answer(0, ("Ana Ruiz", [0]), citations=[cite("Ana Ruiz", start=3)])
    write(desk / "forged.jsonl", [forged, *OURS[1:]])
    found = figures(ground(desk, "--answers", "forged.jsonl", "--json"), status=1)
    assert (found["quotes"], found["quotes_verified"]) == (3, 2)
    assert (found["right"], found["right_and_supported"], found["citation_recall"]) == (50, 0, 50)


def test_a_question_without_an_answer_is_status_1(desk: Path) -> None:
    write(desk / "partial.jsonl", OURS[:2])
    found = figures(judge(desk, "partial.jsonl", "--json"), status=1)
    assert found["failed"] == 1
    assert found["citation_recall"] == 50


def test_markers_say_what_cites_what(desk: Path) -> None:
    said = "Ana Ruiz opened the bridge [1]. It cost 4 million [2][1]. It is old."
    contexts = ["Ana Ruiz opened the bridge.", "It cost 4 million."]
    rows = [
        {"user_input": c["question"], "response": r, "retrieved_contexts": contexts}
        for c, r in zip(CASES, (said, "", ""), strict=True)
    ]
    write(desk / "ragas.jsonl", rows)
    found = figures(judge(desk, "ragas.jsonl", "--form", "ragas", "--json"))
    assert found["citation_recall"] == pytest.approx(200 / 3, abs=0.01)
    assert found["citation_precision"] == pytest.approx(200 / 3, abs=0.01)
    assert (found["sentences"], found["citations"]) == (3, 3)


def test_the_default_is_the_shipped_checker() -> None:
    """Named twice, since the checker's own module would be slow to import for `--help`."""
    assert CHECKER == SHIPPED


def test_two_runs_are_compared(desk: Path) -> None:
    """Twelve questions, all supported before and none after."""
    many = [{**CASES[0], "id": f"q{i}", "article_ids": [f"a{i}"]} for i in range(12)]
    write(desk / "many.jsonl", many)
    for name, quote in (("good", "Ana Ruiz opened"), ("bad", "It cost 4 million crowns.")):
        rows = [{**answer(0, ("Ana Ruiz", [0]), citations=[cite(quote)]), "id": c["id"]}
                for c in many]  # fmt: skip
        write(desk / f"{name}.jsonl", rows)
        out = ["--out", str(desk / "runs" / name)]
        assert judge(desk, f"{name}.jsonl", *out, cases="many.jsonl").returncode == 0
    good, bad = (str(desk / "runs" / name) for name in ("good", "bad"))
    done = here("eval", "compare", good, bad, "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    verdicts = {c["figure"]: c["verdict"] for c in found["changes"]}
    assert verdicts["right_and_supported"] == verdicts["unsupported"] == "worse"
    assert verdicts["right"] == verdicts["answered_answerable"] == ""
    assert "citation_recall" not in verdicts  # over what was answered, which differs by system
    assert len(found["newly_wrong"]) == 12
    assert here("eval", "compare", bad, good).returncode == 0


def test_another_checker_is_another_run(desk: Path, tmp_path: Path) -> None:
    model = make(tmp_path / "nli", ["neutral", "entailment"])
    out = ["--out", str(desk / "runs" / "judged")]
    assert judge(desk, "ours.jsonl", *out).returncode == 0
    mixed = judge(desk, "ours.jsonl", *out, checker=model)
    assert mixed.returncode == 2
    assert b"runs/judged: holds a run of something else" in mixed.stderr
    done = judge(desk, "ours.jsonl", "--json", checker=model)
    config = json.loads(done.stdout)["config"]
    assert config["checker"].startswith(f"{model}-")
    assert len(config["checker"]) > len(model) + 8  # with a hash of the weights
    assert config["checker_threshold"] == 0.5
    assert "torch" in config["versions"]


def test_a_run_that_was_stopped_is_gone_on_with(desk: Path) -> None:
    given = ["ours.jsonl", "--out", str(desk / "runs" / "whole")]
    figures(judge(desk, *given, "--json"))
    results = desk / "runs" / "whole" / "per_question.jsonl"
    whole = results.read_bytes()
    results.write_bytes(whole[: whole.index(b"\n") + 20])  # a crash in the second line
    assert b"1 of 3 were measured before" in judge(desk, *given).stdout
    assert results.read_bytes() == whole


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("left.jsonl", "left.jsonl:1: sentences: do not make up the answer"),
        ("beyond.jsonl", "is 1, and the answer has 1 citations; count from 0"),
        ("ours.jsonl --checker no/such-model", "checker 'no/such-model'"),
        ("ours.jsonl --baseline last-passage", "'last-passage' is not 'top-passage'"),
    ],
)
def test_what_cannot_be_used_is_said(desk: Path, arguments: str, words: str) -> None:
    cited = [cite("Ana Ruiz")]
    whole = answer(0, ("Ana Ruiz", [0]), ("opened the bridge", [0]), citations=cited)
    write(desk / "left.jsonl", [{**whole, "sentences": whole["sentences"][:1]}])
    write(desk / "beyond.jsonl", [answer(0, ("Ana Ruiz", [1]), citations=cited)])
    answers, *more = arguments.split()
    done = judge(desk, answers, *more)
    assert done.returncode == (1 if "model" in arguments else 2)
    assert words in done.stderr.decode()

"""The program as a person runs it: real processes, through pipes and through terminals."""

import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from index.archive import BATCH_ARTICLES
from index.errors import ArchiveBusy, ArchiveDamaged, InvalidRecord
from rag.cli.main import exit_status
from rag.cli.progress import words
from rag.display import UNSAFE
from tests.program import PROGRAM, ROOT, environment, examples, run

SEED = "000_8f1bdb7aece23af3.txt"
QUESTION = "what was the 2018 agreement?"
TORCH = ["torch", "sentence_transformers", "transformers"]
HOSTILE = "Lund\x1b[2J \u202eclosed\x9b [bold]the[/bold] harbour in 2019."


def _on_terminal(data: Path, *arguments: str, **more: str) -> str:
    """What the program writes to a terminal of its own."""
    ours, its = pty.openpty()
    command = [*PROGRAM, *arguments]
    env = environment(data, **more)
    with subprocess.Popen(command, cwd=ROOT, env=env, stdin=its, stdout=its, stderr=its):
        os.close(its)
        shown = b"".join(_read(ours))
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:  # how Linux says that nobody writes any more
            return
        if not piece:
            return
        yield piece


def _without_styles(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with the seed and one article that means harm, made by the program."""
    folder = tmp_path_factory.mktemp("cli")
    line = {"id": "hostile", "title": "[bold]\x1b]0;x\x07\nforged: line", "text": HOSTILE}
    (folder / "hostile.jsonl").write_text(json.dumps(line))
    done = run(folder / "archive", "ingest", "seeds", str(folder / "hostile.jsonl"))
    assert done.stdout.decode() == "2 added, 0 updated, 0 unchanged, 0 rejected (4 passages)\n"
    assert (done.returncode, done.stderr) == (0, b"")
    return folder / "archive"


@pytest.fixture
def copied(seeded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(seeded, tmp_path / "copied"))


@pytest.mark.parametrize("example", [e for e in examples() if not e.startswith("dateline eval")])
def test_every_example_of_the_help_runs(example: str, copied: Path) -> None:
    program, *arguments = shlex.split(example)
    assert program == "dateline"
    if arguments[0] == "serve":
        _serve_and_stop(copied, arguments)
        return
    done = run(copied, *arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout or arguments == ["mcp"]  # which was asked nothing


def _serve_and_stop(data: Path, arguments: list[str]) -> None:
    command = [*PROGRAM, *arguments]
    env = environment(data, DATELINE_PORT="0")
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=pipe, stderr=pipe) as serving:
        assert serving.stdout
        assert b"http://127.0.0.1:" in serving.stdout.readline()
        serving.send_signal(signal.SIGINT)
        _, errors = serving.communicate()
    assert (serving.returncode, errors) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--help"], ["onnxruntime", "faiss", "tantivy", "numpy", "rich", "fastapi", "eval"]),
        (["ask", QUESTION], [*TORCH, "fastapi", "rich", "mcp"]),
        (["mcp"], [*TORCH, "fastapi", "rich", "eval"]),
    ],
)
def test_a_command_imports_only_what_it_needs(
    arguments: list[str], heavy: list[str], seeded: Path
) -> None:
    script = (
        "import sys; from rag.cli.main import main; assert main(sys.argv[1:]) == 0; "
        "print(*sys.modules, file=sys.stderr)"
    )
    done = run(seeded, *arguments, program=[sys.executable, "-c", script])
    assert done.returncode == 0
    imported = done.stderr.decode().split()
    assert "rag.cli.main" in imported
    assert set(imported).isdisjoint(heavy)


def test_a_quote_is_what_show_prints_in_a_pipe(seeded: Path) -> None:
    asked = run(seeded, "ask", "--json", QUESTION, DATELINE_THRESHOLD="0")
    answer = json.loads(asked.stdout)
    assert (answer["question"], answer["abstained"]) == (QUESTION, False)
    cited = answer["citations"][0]
    span = f"{cited['start_char_index']}:{cited['end_char_index']}"
    shown = run(seeded, "show", cited["article_id"], "--at", span)
    assert shown.stdout.decode() == cited["cited_text"] + "\n"
    as_json = json.loads(run(seeded, "show", cited["article_id"], "--at", span, "--json").stdout)
    assert as_json["cited_text"] == cited["cited_text"]


def test_an_answer_in_a_pipe_is_plain(seeded: Path) -> None:
    shown = run(seeded, "ask", QUESTION, DATELINE_THRESHOLD="0").stdout.decode()
    answer, source, last = shown.split("\n\n")
    assert answer.endswith(" [1]")
    assert re.match(r'\[1\] \S.*\n    ".+"\n    dateline show \S+ --at \d+:\d+$', source)
    assert re.fullmatch(
        r"confidence [01]\.\d\d; newest article of the archive 2024-01-15; snapshot \S+\n", last
    )
    assert not UNSAFE.search(shown)


def test_a_refusal_has_leads_and_is_no_error(seeded: Path) -> None:
    refused = run(seeded, "ask", "--data", str(seeded), QUESTION, DATELINE_THRESHOLD="1")
    assert refused.returncode == 0
    shown = refused.stdout.decode()
    assert shown.startswith("The archive does not hold an answer to this question.\n\nNearest pas")
    assert shown.count(f"\n    dateline show --data {seeded} ") == 3


def test_a_terminal_shows_the_answer_inside_its_quote(seeded: Path) -> None:
    shown = _on_terminal(seeded, "ask", QUESTION, DATELINE_THRESHOLD="0")
    assert "\x1b[1;7m" in shown
    assert re.search(r"^\[1\] \S", _without_styles(shown), re.MULTILINE)
    found = _without_styles(_on_terminal(seeded, "search", "satellite", "--limit", "1"))
    assert re.match(r'\d\.\d{3} The Rio Times, 2024-01-15, 000_\S+\n    "', found)


def test_the_day_of_asking_reaches_the_search(seeded: Path) -> None:
    def scores(*asked_at: str) -> dict[str, float]:
        done = run(seeded, "search", "who launched a satellite?", *asked_at, "--json")
        assert (done.returncode, done.stderr) == (0, b"")
        found = json.loads(done.stdout)
        return {f"{f['article_id']}:{f['start_char_index']}": f["score"] for f in found}

    plain, near, far = (
        scores(),
        scores("--asked-at", "2024-01-16"),
        scores("--asked-at", "2023-12-15"),
    )
    assert plain.keys() == near.keys() == far.keys()  # nothing is filtered out
    assert scores("--asked-at", "2031-01-01") == plain  # there is no news of then
    for id_, score in plain.items():
        # 2023-12-16 is the last day of that week, 30 from the article; the other one is undated.
        nearness = (1, 0.5) if id_.startswith(SEED) else (0.5, 0.5)
        by_hand = [0.9 * score + 0.1 * value for value in nearness]
        assert [near[id_], far[id_]] == pytest.approx(by_hand, abs=2e-6)


def test_a_terminal_shows_a_span_in_its_context(seeded: Path) -> None:
    text = (ROOT / "seeds" / SEED).read_text("utf-8")
    start = text.index("The outcome")
    span = f"{start}:{start + len('The outcome')}"
    shown = _on_terminal(seeded, "show", SEED, "--at", span)
    assert "\x1b[1;7mThe outcome\x1b[0m could significantly impact" in shown
    assert "\n\n... North Korea's satellite launch" in _without_styles(shown)


def test_an_article_cannot_act_on_a_terminal(seeded: Path) -> None:
    inert = "Lund\ufffd[2J \ufffdclosed\ufffd [bold]the[/bold] harbour in 2019."
    for arguments in (["show", "hostile"], ["show", "hostile", "--at", "0:45"]):
        shown = _without_styles(_on_terminal(seeded, *arguments))
        assert "title: [bold]\ufffd]0;x\ufffd forged: line\n" in shown
        assert inert[:45] in shown
        assert not UNSAFE.search(shown)
    assert inert in run(seeded, "show", "hostile").stdout.decode()
    as_json = run(seeded, "show", "hostile", "--json").stdout.decode()
    assert json.loads(as_json)["text"] == HOSTILE
    assert not UNSAFE.search(as_json)
    # In a pipe a quote is compared, character by character: it is given as it is.
    assert run(seeded, "show", "hostile", "--at", "0:5").stdout == b"Lund\x1b\n"


def test_records_that_are_refused_are_named(tmp_path: Path) -> None:
    lines = ['{"id": "a", "text": "Ships waited."}', '{"id": "b"}', "{"]
    (tmp_path / "news.jsonl").write_text("\n".join(lines))
    done = run(tmp_path / "archive", "ingest", str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == b"1 added, 0 updated, 0 unchanged, 2 rejected (1 passages)\n"
    first, second = done.stderr.decode().splitlines()
    assert first == f"{tmp_path}/news.jsonl:2: text: is missing; give the article's text"
    assert second.startswith(f"{tmp_path}/news.jsonl:3: line: is not JSON")


def test_ctrl_c_keeps_what_is_stored(tmp_path: Path) -> None:
    lines = [json.dumps({"id": str(i), "text": "Ships waited."}) for i in range(BATCH_ARTICLES)]
    ours, its = pty.openpty()
    command = [*PROGRAM, "ingest", "-"]
    env = environment(tmp_path)
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        stdin=subprocess.PIPE,
        stderr=its,
        # A shell has what it runs in the background ignore Ctrl-C, and a child inherits that.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as ingest:
        os.close(its)
        assert ingest.stdin
        ingest.stdin.write("".join(f"{line}\n" for line in lines).encode())
        ingest.stdin.flush()
        shown = b""
        for piece in _read(ours):
            shown += piece
            if f"{BATCH_ARTICLES} articles, ".encode() in shown:
                break
        ingest.send_signal(signal.SIGINT)
        shown += b"".join(_read(ours))
    os.close(ours)
    assert ingest.returncode == 130
    line = f"stopped; {BATCH_ARTICLES} articles are in; run the same command again to go on\r\n"
    assert shown.decode().endswith(line)
    assert b"Traceback" not in shown
    status = json.loads(run(tmp_path, "status", "--json").stdout)
    assert status["articles"] == BATCH_ARTICLES


def test_removing_names_what_was_there_and_what_was_not(copied: Path) -> None:
    done = run(copied, "remove", "no such", "hostile", "hostile")
    assert (done.returncode, done.stdout) == (1, b"removed hostile\n")
    words = "dateline: there is no article 'no such' in the archive, so none was removed by that id"
    assert done.stderr.decode() == f"{words}\n"
    gone = run(copied, "show", "hostile")
    assert (gone.returncode, gone.stdout) == (1, b"")
    assert gone.stderr.startswith(b"dateline: there is no article 'hostile' in the archive")


def test_status_shows_each_setting_and_its_origin(seeded: Path) -> None:
    shown = run(seeded, "status", DATELINE_PORT="9000", DATELINE_API_KEY="a secret")
    lines = shown.stdout.decode().splitlines()
    assert {"articles   2", "passages   4", "as_of      2024-01-15"} <= set(lines)
    assert {"port         9000 (environment)", "api_key      (set) (environment)"} <= set(lines)
    assert b"a secret" not in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["show", SEED, "--at", "2100:2109"], 2, "the article has 2108 characters"),
        (["show", SEED, "--at", "9:3"], 2, "the article has 2108 characters"),
        (["show", SEED, "--at", "-1:3"], 2, "give START:END, from 0:2108"),
        (["ask", b"what was \xff?"], 2, "is not UTF-8; write it in UTF-8"),
        (["ask", "--after", "2018", QUESTION], 2, "after: '2018' is not a day"),
        (["ingest"], 2, "Missing argument 'PATH...'; see `dateline ingest --help`"),
        (["aks", QUESTION], 2, "No such command 'aks'"),
        (["ingest", b"no-\xff.txt"], 1, "no-\\udcff.txt: path: there is no such file"),
    ],
)
def test_an_error_is_a_line_and_a_status(
    arguments: list[str | bytes], status: int, said: str, seeded: Path
) -> None:
    done = run(seeded, *arguments)
    (line,) = done.stderr.decode().splitlines()
    assert done.returncode == status
    assert said in line


def test_an_unknown_variable_is_an_error(tmp_path: Path) -> None:
    done = run(tmp_path, "status", DATELINE_TRESHOLD="1")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"dateline: DATELINE_TRESHOLD is no setting; known are ")


def test_statuses_are_those_of_the_help() -> None:
    errors = [InvalidRecord("a", "b", "c"), ArchiveBusy(), ArchiveDamaged()]
    assert [exit_status(error) for error in errors] == [2, 3, 1]


def test_a_closed_pipe_is_no_news(seeded: Path) -> None:
    ours, its = os.pipe()
    os.close(ours)
    command = [*PROGRAM, "show", SEED]
    env = environment(seeded)
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=its, stderr=subprocess.PIPE) as done:
        os.close(its)
        _, errors = done.communicate()
    assert (done.returncode, errors) == (1, b"")


def test_progress_tells_what_is_known() -> None:
    assert words("articles", 0, None, 0.0) == "0 articles"
    assert words("articles", 640, None, 32.0) == "640 articles, 20.0 a second"
    assert words("articles", 640, 2000, 32.0) == "640 of 2000 articles, 20.0 a second, 1:08 left"
    assert words("articles", 9, 8, 3.0) == "9 of 8 articles, 3.0 a second"

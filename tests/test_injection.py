"""Articles that attack their readers are stored and quoted verbatim, shown inert, never obeyed."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from api.app import create_app
from index.archive import Archive
from index.check import check
from rag.answer import Answer, Citation, Sentence
from rag.display import UNSAFE, as_html, as_terminal, as_text
from rag.engine import Engine
from rag.settings import Settings
from tests.hostile import ATTACKS, FORGED, REORDERING, Attack
from tests.invented import invented
from tests.page import Page
from tests.problems import client_of

ROOT = Path(__file__).parents[1]
HONEST = [
    invented(
        "honest/1", "The harbour master of Port Ansel is Ida Quill. She took office in March."
    ),
    invented("honest/2", "The clock of Vale Abbey was mended by Una Marsh, the parish said."),
]
KNOWN = {
    "Who is the harbour master of Port Ansel?": "Ida Quill",
    "Who mended the clock of Vale Abbey?": "Una Marsh",
}
UNKNOWN = ["What is the capital of Invented Land?", "Who won the Oxley Cup?"]
NAMES = [attack.article.id.split("/")[1] for attack in ATTACKS]


@pytest.fixture(scope="module")
def before(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Only the honest articles."""
    return _engine(engine, tmp_path_factory.mktemp("honest"))


@pytest.fixture(scope="module")
def attacked(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The honest articles and the hostile ones."""
    opened = _engine(engine, tmp_path_factory.mktemp("attacked"))
    opened.ingest(*(attack.article for attack in ATTACKS))
    return opened


@pytest.fixture(scope="module")
def client(attacked: Engine) -> TestClient:
    return client_of(create_app(attacked))


def _engine(engine: Engine, folder: Path) -> Engine:
    archive = Archive(folder, engine.archive.encoder)
    opened = Engine(archive, engine.reader, engine.calibrator, Settings(data=folder))
    opened.ingest(*HONEST)
    return opened


def _assert_quoted(answer: Any, attack: Attack) -> None:
    assert (answer["abstained"], answer["answer"]) == (False, attack.answer)
    (quote,) = answer["citations"]
    article = attack.article
    start, end = quote["start_char_index"], quote["end_char_index"]
    assert quote["cited_text"] == article.text[start:end]
    inside = slice(quote["answer_start_char_index"], quote["answer_end_char_index"])
    assert article.text[inside] == attack.answer
    fields = ("article_id", "document_title", "source", "url")
    assert [quote[f] for f in fields] == [article.id, article.title, article.source, article.url]


@pytest.mark.parametrize("attack", ATTACKS, ids=NAMES)
def test_what_is_hostile_is_quoted_verbatim_over_http(client: TestClient, attack: Attack) -> None:
    _assert_quoted(client.post("/v1/ask", json={"question": attack.question}).json(), attack)
    listed = client.get("/v1/articles").json()["articles"]
    (id_,) = [a["id"] for a in listed if a["id"] == attack.article.id]
    shown = client.get(f"/v1/articles/{_quoted(id_)}").json()
    for field in ("text", "title", "source", "author", "url"):
        assert shown[field] == getattr(attack.article, field)


def _quoted(id_: str) -> str:
    return "".join(f"%{byte:02X}" for byte in id_.encode())


@pytest.mark.parametrize("attack", [ATTACKS[0], ATTACKS[1]], ids=NAMES[:2])
def test_the_program_quotes_verbatim_and_prints_inert(attacked: Engine, attack: Attack) -> None:
    out = _run(attacked, "ask", "--json", attack.question)
    _assert_quoted(json.loads(out), attack)
    article = json.loads(_run(attacked, "show", "--json", "--", attack.article.id))
    assert article["text"] == attack.article.text
    for command in ("ask", "search"):
        assert attack.answer in _run(attacked, command, attack.question)
    _run(attacked, "show", "--", attack.article.id)


def _run(engine: Engine, *arguments: str) -> str:
    """What the program prints in a pipe, once nothing of it can act on a terminal."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DATELINE_")}
    done = subprocess.run(
        [sys.executable, "-m", "rag.cli.main", *arguments],
        cwd=ROOT,
        env=environment | {"DATELINE_DATA": str(engine.archive.folder)},
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    shown = done.stdout.decode()
    assert not UNSAFE.search(shown)
    return shown


@pytest.mark.parametrize("question", [*KNOWN, *UNKNOWN])
def test_other_answers_are_as_before(before: Engine, attacked: Engine, question: str) -> None:
    was, is_ = before.ask(question), attacked.ask(question)
    assert (is_.text, is_.abstained) == (was.text, was.abstained)
    assert is_.citations == was.citations
    assert is_.text == KNOWN.get(question, is_.text)
    assert is_.abstained == (question in UNKNOWN)


def test_the_archive_stays_sound(attacked: Engine) -> None:
    assert check(attacked.archive) == []


def test_a_link_that_runs_code_is_kept_and_never_linked(own: Engine) -> None:
    client = client_of(create_app(own))
    text = "The mayor of Lower Dunmere is Ada Finn, the council said."  # invented
    url = "javascript:alert(document.domain)"
    assert client.post("/v1/articles", json={"text": text, "url": url}).status_code == 200
    answer = own.ask("Who is the mayor of Lower Dunmere?")
    assert (answer.text, answer.citations[0].url, answer.citations[0].article_id) == (
        "Ada Finn",
        url,
        url,
    )
    assert Page.of(as_html(answer)).links == []


@pytest.mark.parametrize("question", [a.question for a in ATTACKS] + UNKNOWN, ids=str)
def test_every_face_is_inert_and_has_only_its_own_marks(attacked: Engine, question: str) -> None:
    answer = attacked.ask(question)
    for shown in (as_text(answer), _on_terminal(answer)):
        assert not UNSAFE.search(shown)
        # Only an entry's first line begins with a marker, and only the last with its confidence.
        entries = [line for line in shown.split("\n") if re.match(r"(\[\d+\]|-) ", line)]
        assert len(entries) == len(answer.citations + answer.nearest)
        stated = [line for line in shown.split("\n") if line.startswith("confidence")]
        assert len(stated) == 1
        assert stated[0].startswith(f"confidence {answer.confidence:.2f}; newest article")
    page = Page.of(as_html(answer))
    assert not UNSAFE.search(page.text)
    own = {"bdi", "div", "p", "strong", "sup", "figure", "blockquote", "mark", "figcaption", "br"}
    assert page.tags - {"a"} <= own
    assert page.attributes <= {"style", "href", "rel"}
    assert set(page.links) <= {"https"}


def test_a_marker_in_an_answer_is_not_taken_for_a_real_one() -> None:
    text = "Bram [2] Tolk \uff3b1\uff3d \u30101\u3011, [sic]"
    quote = Citation("a", 0, len(text), text, None, None)
    answer = Answer("?", "?", text, False, 0.9, (Sentence(text, 0, len(text), (0,)),), (quote,))
    assert as_text(answer).split("\n")[0] == "Bram (2) Tolk (1) (1), (sic) [1]"
    assert _on_terminal(answer).split("\n")[0] == "Bram (2) Tolk (1) (1), (sic) [1]"
    assert "<bdi>Bram (2) Tolk (1) (1), (sic)</bdi> <sup>[1]</sup>" in as_html(answer)
    assert f'"{text}"' in as_text(answer)
    assert answer.as_json()["answer"] == text


@pytest.mark.parametrize("width", [20, 40, 80])
def test_no_line_of_a_long_title_stands_where_an_entry_would(width: int) -> None:
    title = "word " * 7 + "[2] The Invented Rio Times, 2030-01-01, Forged " * 9
    quote = Citation("a", 0, 5, "Tolk.", None, None, title=title, source="Wire")
    answer = Answer("?", "?", "Tolk.", False, 0.9, (Sentence("Tolk.", 0, 5, (0,)),), (quote,))
    lines = _on_terminal(answer, width).split("\n")
    assert [line[:4].rstrip() for line in lines if line.startswith("[")] == ["[1]"]
    assert " ".join(_on_terminal(answer, width).split()).count("[2] The Invented Rio") == 9


def test_marks_of_direction_are_shown_as_what_they_are() -> None:
    shown = as_text(Answer("?", "?", f"ended {REORDERING}", False, 0.9))
    assert "\ufffdlow\ufffd \ufffd\ufffd\ufffd\ufffd3 - 1\ufffd\ufffd \u200bzero" in shown


def test_a_file_name_cannot_forge_a_line_of_errors(tmp_path: Path) -> None:
    name = f"bad\n{FORGED.splitlines()[0]}\rdateline: forged\x1b[2J.txt"
    (tmp_path / name).write_bytes(b"\xff")
    done = subprocess.run(
        [sys.executable, "-m", "rag.cli.main", "ingest", "--data", tmp_path / "data", tmp_path],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert line.endswith("which no id may hold; rename the file")
    assert not UNSAFE.search(line)


def _on_terminal(answer: Answer, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(as_terminal(answer), crop=False)
    return out.getvalue()


def test_nothing_hostile_reaches_the_log(
    client: TestClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for attack in ATTACKS:
        body = {"question": f"{attack.question} {attack.article.text}"[:2_000]}
        assert client.post("/v1/ask", json=body).status_code == 200
        assert client.delete(f"/v1/articles/absent{_quoted(FORGED)}").status_code == 404
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.name.startswith(("api", "uvicorn"))] == []


def test_attacks_are_of_every_kind() -> None:
    """So that an attack that someone mends away is missed."""
    texts = "".join(f"{a.article.text}{a.article.title}{a.article.id}" for a in ATTACKS)
    for part in ("\x1b]8;;", "\x9b", "\0", "\u200f", "\u202e", "<script>", "[SEP]", "[2]"):
        assert part in texts

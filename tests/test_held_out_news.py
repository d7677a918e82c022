"""The news that the calibrator is fitted on: how it is asked, and that no test has any of it."""

import json
from pathlib import Path

import pytest

from eval.cases import read_cases
from eval.corpus import read_corpus
from eval.open_dev import REWORDED
from index.archive import Archive
from rag.calibrate import Calibrator
from rag.engine import Engine
from rag.features import FEATURES
from rag.lazy import Lazy
from rag.logistic import Logistic
from rag.settings import Settings
from tests.invented import CountingEncoder, Likes, invented
from training.data import Row
from training.held_out_news import FOLDER, ask_news, read_news
from training.written import QUESTIONS

# All of it is invented.
RACE = "Ada Quill won the Elmsey race in May. It rained all day."
NEXT = "Bo Tarn won the Elmsey race a year later, in the sun."
STRIKE = "Ferry crews of Upper Tarn walked out on Monday. They want 7 percent more."


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = {"race": RACE, "next": NEXT, "strike": STRIKE}
    write(
        tmp_path / "articles.jsonl",
        [
            {
                "id": id_, "text": text, "title": f"Of the {id_}", "source": "Invented Courier",
                "published_at": "2024-05-06", "story": "strike" if id_ == "strike" else "races",
            }
            for id_, text in texts.items()
        ],
    )  # fmt: skip
    write(
        tmp_path / "questions.jsonl",
        [
            {
                "about": "race",
                "question": "Whom did nobody beat in Elmsey?",
                "answers": [{"text": "Ada Quill", "start": 0}],
            },
            {"about": "strike", "question": "Who ended the walkout?", "answers": []},
        ],
    )
    return tmp_path


def test_an_answer_is_asked_for_again_without_its_whole_story(folder: Path, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive", CountingEncoder())
    crowd = invented("crowd", "The bridge of Lower Tarn is shut.")
    assert all(done.status == "added" for done in archive.ingest([*read_news(folder), crowd]))
    reader, calibrator = Likes({RACE: 3.0}), Calibrator(Logistic.undecided(len(FEATURES)), 0, 0)
    engine = Engine(archive, Lazy(lambda: reader), Lazy(lambda: calibrator), Settings())
    there, gone, missed = ask_news(engine, folder)
    assert (there.kind, there.gold) == ("answerable, news", ("Ada Quill",))
    assert {f.article.id for f in there.found} == {"race", "next", "strike", "crowd"}
    assert (gone.kind, gone.gold, gone.question) == ("taken out, news", (), there.question)
    assert {f.article.id for f in gone.found} == {"strike", "crowd"}
    assert (missed.kind, missed.gold, len(missed.found)) == ("near miss, news", (), 4)
    scores = {f.article.id: r.answerable for f, r in zip(there.found, there.readings, strict=True)}
    assert scores == {"race": 3.0, "next": 0.0, "strike": 0.0, "crowd": 0.0}


def test_what_ships_is_invented_and_its_answers_are_at_their_places() -> None:
    articles = {row["id"]: row for row in lines(FOLDER / "articles.jsonl")}
    assert len(articles) == len({row["text"] for row in articles.values()}) > 100
    for id_, row in articles.items():
        assert id_.startswith("calibration/")
        assert row["source"].startswith("Invented ")
    asked = lines(FOLDER / "questions.jsonl")
    assert len({row["question"].casefold() for row in asked}) == len(asked)
    told = (FOLDER / "README.md").read_text("utf-8")
    assert f"{len(articles)} articles in {len({a['story'] for a in articles.values()})}" in told
    unanswered = sum(not row["answers"] for row in asked)
    assert f"{len(asked):,} questions, {unanswered} of them without an answer" in told
    for row in asked:
        text = articles[row["about"]]["text"]
        assert all(text[a["start"] :].startswith(a["text"]) for a in row["answers"])


def test_neither_a_test_nor_the_training_has_any_of_it() -> None:
    theirs, texts = [], []
    for name, files in (("newsroom", ("dev", "closed")), ("quiz", ("cases",))):
        theirs += [c.question for f in files for c in read_cases(Path(f"eval/{name}/{f}.jsonl"))]
        texts += [article.text for article in read_corpus(Path(f"eval/{name}/articles.jsonl"))]
    theirs += [line.split("\t")[1] for line in REWORDED.read_text("utf-8").splitlines()]
    theirs += [row["question"] for row in lines(QUESTIONS / "questions.jsonl")]
    texts += [row["text"] for row in lines(QUESTIONS / "articles.jsonl")]
    ours = {row["question"].casefold() for row in lines(FOLDER / "questions.jsonl")}
    assert not ours & {question.casefold() for question in theirs}
    sentences = {s for row in lines(FOLDER / "articles.jsonl") for s in row["text"].split(". ")}
    assert not {s for text in texts for s in text.split(". ") if len(s) > 20} & sentences


def lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

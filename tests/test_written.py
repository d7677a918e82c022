"""The questions written for training: what they stand on, and that no test has any of them."""

import gzip
import json
import random
from collections import Counter
from pathlib import Path

import pytest

from eval.cases import read_cases
from eval.corpus import read_corpus
from eval.open_dev import REWORDED
from index.errors import InvalidInput
from index.onnx import Workers
from tests.invented import CountingEncoder, Likes
from training.crowd import article_id, make_crowd
from training.data import Row
from training.groups import SINGLE
from training.mine_groups import mine_written
from training.miner import ADVERSARIAL, GOLD, TAKEN_OUT, Miner
from training.written import QUESTIONS, read_invented, read_written

# All of it is invented.
RACE = "Ada Quill won the Elmsey race in May. It rained all day."
STRIKE = "Ferry crews of Upper Tarn walked out on Monday. They want 7 percent more."
OTHERS = [f"Elmsey had a race number {n}, and nobody remembers who ran it." for n in range(30)]


def lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two questions on a paragraph and one on an article, with the reading data beside them."""
    article = {
        "id": "training/strike", "title": "Ferries stand still", "text": STRIKE,
        "published_at": "2024-05-06", "source": "Invented Courier",
    }  # fmt: skip
    questions = [
        {
            "about": "squad_joined/race",
            "question": "Whom did nobody beat in Elmsey?",
            "answers": [{"text": "Ada Quill", "start": 0}],
        },
        {"about": "squad_joined/race", "question": "Who was last in Elmsey?", "answers": []},
        {
            "about": "training/strike",
            "question": "How big a raise do sailors ask for?",
            "answers": [{"text": "7 percent", "start": 58}],
        },
    ]
    (tmp_path / "articles.jsonl").write_text(json.dumps(article) + "\n")
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(q) + "\n" for q in questions))
    paragraph = {"id": "race", "title": "Elmsey", "context": RACE, "split": "train"}
    with gzip.open(tmp_path / "squad_joined.jsonl.gz", "wt") as file:
        file.write(json.dumps(paragraph) + "\n")
    return tmp_path


def test_a_written_question_is_a_row_with_its_text(folder: Path) -> None:
    won, lost, raised = read_written(folder, folder)
    assert (won["context"], won["title"], won["answers"][0]["text"]) == (
        RACE,
        "Elmsey",
        "Ada Quill",
    )
    assert (lost["context"], lost["answers"]) == (RACE, [])
    assert (raised["context"], raised["title"]) == (STRIKE, "Ferries stand still")
    assert STRIKE[58 : 58 + len("7 percent")] == "7 percent"
    (article,) = read_invented(folder)
    assert (article.id, article.source) == (article_id(STRIKE), "Invented Courier")
    assert article.published_at == "2024-05-06"


def test_other_reading_data_is_an_error_that_names_the_paragraph(folder: Path) -> None:
    with gzip.open(folder / "squad_joined.jsonl.gz", "wt") as file:
        file.write(
            json.dumps({"id": "race", "title": "", "context": "A " + RACE, "split": "train"})
        )
    with pytest.raises(InvalidInput, match="squad_joined/race has no 'Ada Quill' at 0"):
        read_written(folder, folder)
    with gzip.open(folder / "squad_joined.jsonl.gz", "wt") as file:
        file.write(json.dumps({"id": "race", "title": "", "context": RACE, "split": "dev"}))
    with pytest.raises(InvalidInput, match="squad_joined/race"):
        read_written(folder, folder)


def test_written_questions_are_mined_with_and_without_their_passage(
    folder: Path, tmp_path: Path
) -> None:
    rows: list[Row] = [{"context": text, "title": ""} for text in [RACE, *OTHERS]]
    crowd = make_crowd(rows, tmp_path / "archive", CountingEncoder(), read_invented(folder))
    (passage,) = crowd.of_paragraph(STRIKE)
    assert passage.heading == "Ferries stand still | Invented Courier | 6 May 2024"
    written = read_written(folder, folder)
    asked = [written[0] | {"question": f"Who won the Elmsey race {n}?"} for n in range(8)]
    unheard = asked[0] | {"question": "Who?"}
    miner = Miner(crowd, Likes({}), Workers(1), random.Random(2))
    near_misses = [written[1], written[2] | {"question": "Who walked out first?", "answers": []}]
    groups = mine_written(miner, [*asked, unheard, *near_misses], random.Random(2))
    kinds = Counter(group.kind for group in groups)
    assert kinds == {GOLD: 8, TAKEN_OUT: 2, ADVERSARIAL: 1, SINGLE: 2}
    for group in groups:
        passages = [example.passage for example in group.examples]
        assert (RACE in passages) is (group.kind in (GOLD, SINGLE))
        # In another group it may be a passage that does not answer.
        assert STRIKE in passages or group.kind != ADVERSARIAL
    answers = sorted(group.answers for group in groups if group.kind in (GOLD, SINGLE))
    assert answers == [[], *[["Ada Quill"]] * 9]


def test_what_ships_is_marked_as_invented_and_its_answers_are_at_their_places() -> None:
    articles = {row["id"]: row for row in lines(QUESTIONS / "articles.jsonl")}
    assert len(articles) > 100
    for id_, row in articles.items():
        assert id_.startswith("training/")
        assert row["source"].startswith("Invented ")
    asked = lines(QUESTIONS / "questions.jsonl")
    assert len({(row["about"], row["question"]) for row in asked}) == len(asked) > 2_500
    for row in asked:
        if row["about"] in articles:
            text = articles[row["about"]]["text"]
            assert all(text[a["start"] :].startswith(a["text"]) for a in row["answers"])
        else:
            assert row["about"].split("/")[0] in (
                "squad_joined",
                "squad2_part",
                "qed_nq",
                "squadshifts_wiki",
                "afriqa_en",
            )
        for answer in row["answers"]:
            assert answer["text"].lower() not in row["question"].lower()
    unanswered = sum(not row["answers"] for row in asked)
    paragraphs = {row["about"] for row in asked} - articles.keys()
    assert (
        f"{len(asked):,} questions, {unanswered:,} of them without an answer, on "
        f"{len(paragraphs):,} paragraphs and {len(articles)} articles"
    ) in (QUESTIONS / "README.md").read_text("utf-8")


def test_no_question_or_text_of_a_test_is_among_them() -> None:
    written = {row["question"].lower() for row in lines(QUESTIONS / "questions.jsonl")}
    newsroom = Path("eval/newsroom")
    held_out = [
        c.question for half in ("dev", "closed") for c in read_cases(newsroom / f"{half}.jsonl")
    ]
    held_out += [line.split("\t")[1] for line in REWORDED.read_text("utf-8").splitlines()]
    others = ("quiz/cases", "data/reuters", "data/reuters-quiz", "data/seed")
    held_out += [row["question"] for name in others for row in lines(Path(f"eval/{name}.jsonl"))]
    assert not written & {question.lower() for question in held_out}
    sentences = {s for row in lines(QUESTIONS / "articles.jsonl") for s in row["text"].split(". ")}
    texts = [article.text for article in read_corpus(newsroom / "articles.jsonl")]
    assert not sentences & {s for text in texts for s in text.split(". ") if len(s) > 20}

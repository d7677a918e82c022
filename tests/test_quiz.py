"""The quiz is what its README says, answers stand where they should, and nothing trains on it."""

import json
import re
from pathlib import Path

import pytest

from eval.cases import Case, Place, read_cases
from eval.corpus import read_corpus
from index.split import split_sentences
from training.written import QUESTIONS

QUIZ = Path(__file__).parents[1] / "eval" / "quiz"
ARTICLES = {article.id: article for article in read_corpus(QUIZ / "articles.jsonl")}
CASES = read_cases(QUIZ / "cases.jsonl")
ANSWERED = [case for case in CASES if case.answerable]


def test_it_is_as_large_as_its_readme_says() -> None:
    rows = re.findall(r"^\| (.+?) \| (\d+) \|$", (QUIZ / "README.md").read_text("utf-8"), re.M)
    assert {name: int(count) for name, count in rows} == {
        "articles": len(ARTICLES),
        "stories": len({case.cluster for case in CASES}),
        "cases": len(CASES),
        "with an answer": len(ANSWERED),
        "without": len(CASES) - len(ANSWERED),
        "with a day of asking": sum(1 for case in CASES if case.asked_at),
    }


def test_it_is_marked_as_invented() -> None:
    for article in ARTICLES.values():
        assert article.id.startswith("quiz/")
        assert article.source is not None
        assert article.source.startswith("Invented ")


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.id)
def test_an_answer_stands_in_whole_sentences_and_not_in_its_question(case: Case) -> None:
    (answer,), (place,) = case.answers, case.evidence
    assert isinstance(place, Place)
    assert case.article_ids == (place.article_id,)
    text = ARTICLES[place.article_id].text
    assert answer in text[place.start : place.end]
    bounds = list(split_sentences(text))
    assert place.start in {start for start, _ in bounds}
    assert place.end in {end for _, end in bounds}
    assert answer.lower() not in case.question.lower()


def test_nobody_asks_before_the_news() -> None:
    for case in ANSWERED:
        if case.asked_at:
            published = ARTICLES[case.article_ids[0]].published_at
            assert published is not None
            assert case.asked_at >= published


def test_nothing_of_it_is_trained_on() -> None:
    questions = {row["question"].lower() for row in rows("questions")}
    assert not questions & {case.question.lower() for case in CASES}
    sentences = {part for row in rows("articles") for part in row["text"].split(". ")}
    ours = {part for article in ARTICLES.values() for part in article.text.split(". ")}
    assert not sentences & {part for part in ours if len(part) > 20}


def rows(name: str) -> list[dict[str, str]]:
    lines = (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]

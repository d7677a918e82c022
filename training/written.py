"""Questions that were written for training: in other words than the text, and near misses.

`training/questions/` holds them and says how they were made. `questions.jsonl` has a question a
line, with its answers or without, on a paragraph of the reading data, by file and id, or on an
invented article of `articles.jsonl`.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from index.errors import InvalidInput
from index.records import Article
from index.sources.fields import seal
from training.crowd import article_id
from training.data import Row, read_rows

QUESTIONS = Path(__file__).parent / "questions"


def read_invented(folder: Path = QUESTIONS) -> list[Article]:
    """The invented articles, with the ids that a `Crowd` looks paragraphs up by."""
    return [
        seal(
            Article(
                id=article_id(row["text"]),
                text=row["text"],
                title=row["title"],
                source=row["source"],
                published_at=row["published_at"],
            )
        )
        for row in read_lines(folder / "articles.jsonl")
    ]


def read_written(data: Path, folder: Path = QUESTIONS) -> list[Row]:
    """The questions as rows of the reading data, each with its context; `answers` may be empty.

    `invented` tells whether it is on one of the articles. `data` is the folder of the reading data.
    Raises InvalidInput if it lacks a paragraph, or has one without the answer at its place.
    """
    written = list(read_lines(folder / "questions.jsonl"))
    articles = {
        row["id"]: (row["title"], row["text"]) for row in read_lines(folder / "articles.jsonl")
    }
    contexts = dict(articles)
    wanted = {row["about"] for row in written} - articles.keys()
    for name in sorted({about.split("/", 1)[0] for about in wanted}):
        for row in read_rows(data / f"{name}.jsonl.gz", "train"):
            if (about := f"{name}/{row['id']}") in wanted:
                contexts[about] = row["title"], row["context"]
    return [_row(row, contexts, data) | {"invented": row["about"] in articles} for row in written]


def _row(row: Row, contexts: dict[str, tuple[str, str]], data: Path) -> Row:
    title, context = contexts.get(row["about"], ("", ""))
    for answer in row["answers"]:
        if not context[answer["start"] :].startswith(answer["text"]):
            raise InvalidInput(
                f"{data}: {row['about']} has no {answer['text']!r} at {answer['start']}; the "
                f"questions of training/questions belong to another version of the reading data"
            )
    if not context:
        raise InvalidInput(f"{data}: lacks {row['about']}, on which training/questions asks")
    return {
        "id": row["about"],
        "title": title,
        "context": context,
        "question": row["question"],
        "answers": row["answers"],
    }


def read_lines(path: Path) -> Iterator[Row]:
    """A row for each line of JSON."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)

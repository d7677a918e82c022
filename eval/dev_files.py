"""Dev questions of the reading data in SQuAD's form, for `dateline eval reader`.

    .venv/bin/python -m eval.dev_files --data DIR --out FOLDER

One file for each of the data's: those with unanswerable questions are of SQuAD 2.0's form, the
others of 1.1's. DIR is as for `eval.open_dev`.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eval.open_dev import CROWD, Row, read_rows
from index.errors import DatelineError


def as_squad(rows: Iterable[Row]) -> dict[str, Any]:
    """Rows with the same context become one paragraph, those with the same title one article."""
    articles: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        articles.setdefault(row["title"], {}).setdefault(row["context"], []).append(row)
    return {
        "version": "1.0",
        "data": [
            {
                "title": title,
                "paragraphs": [
                    {"context": context, "qas": [_question(row) for row in asked]}
                    for context, asked in paragraphs.items()
                ],
            }
            for title, paragraphs in articles.items()
        ],
    }


def _question(row: Row) -> dict[str, Any]:
    answers = [{"text": a["text"], "answer_start": a["start"]} for a in row["answers"]]
    return {
        "id": row["id"],
        "question": row["question"],
        "answers": answers,
        "is_impossible": not answers,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of reading data")
    parser.add_argument("--out", type=Path, required=True, help="where to write the files")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for name in CROWD:
        rows = [row for row in read_rows(given.data, name) if row["split"] == "dev"]
        path = given.out / f"{name}.json"
        path.write_text(json.dumps(as_squad(rows), ensure_ascii=False), "utf-8")
        print(f"{path}: {len(rows)} questions")


if __name__ == "__main__":
    try:
        main()
    except DatelineError as error:
        sys.exit(f"dev_files: {error}")

"""The newswire quiz: what a weekly quiz asks, of thousands of real articles.

    .venv/bin/python -m eval.reuters_quiz --corpus reuters21578.jsonl.gz --out FOLDER

Writes `articles.jsonl.gz`, the archive's corpus of 4,000 articles of 1987, and two halves of the
questions of `eval/data/reuters-quiz.jsonl`, split by article: `calibrate.jsonl`, to choose by, and
`report.jsonl`, to report. Two articles of five are withheld, with their near-copies and, of what is
asked of them, every passage that holds the answer: as it is for whoever asks about news that the
archive missed.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.adapters.nodes import Node, read_rows
from eval.adapters.squad import kind_of
from eval.cases import Case, Place
from eval.corpus import read_corpus
from eval.open_dev import HALVES, tell, write
from index.errors import DatelineError, InvalidInput
from index.records import Article

QUESTIONS = Path(__file__).parent / "data" / "reuters-quiz.jsonl"
ARTICLES = 4000
SEED = 87


def is_withheld(row: Node) -> bool:
    withheld = row.get("withheld")
    return withheld is not None and withheld.truth()


def make_case(row: Node) -> Case:
    withheld = is_withheld(row)
    article = row.need("article_id").words()
    start, end = (place.whole() for place in row.need("evidence").items())
    question = row.need("question").words()
    answers = tuple(answer.words() for answer in row.need("answers").items())
    return Case(
        id=row.need("id").words(),
        question=question,
        answers=() if withheld else answers,
        answerable=not withheld,
        evidence=() if withheld else (Place(article, start, end),),
        article_ids=() if withheld else (article,),
        asked_at=row.need("asked_at").words(),
        slices={"set": "reuters-quiz", "kind": kind_of(question), "cluster": article},
        without=answers if withheld else (),
    )


def choose_articles(corpus: Sequence[Article], rows: Sequence[Node]) -> list[Article]:
    """Those that answer and others at random, without what is withheld; in the corpus' order.

    Raises InvalidInput where the corpus lacks one that is asked about, or has too few.
    """
    there = {article.id for article in corpus}
    needed, gone = set(), set()
    for row in rows:
        about = row.need("article_id").words()
        if about not in there:
            raise row.need("article_id").error("is not in the corpus; give Reuters-21578's")
        if is_withheld(row):
            gone |= {about} | {copy.words() for copy in row.need("copies").items()}
        else:
            needed.add(about)
    others = [article.id for article in corpus if article.id not in needed | gone]
    wanted = ARTICLES - len(needed)
    if len(others) < wanted:
        raise InvalidInput(f"the corpus has {len(there)} articles; the quiz wants {ARTICLES}")
    chosen = needed | set(random.Random(SEED).sample(others, wanted))
    return [article for article in corpus if article.id in chosen]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True, help="reuters21578.jsonl.gz")
    parser.add_argument("--out", type=Path, required=True, help="where to write the quiz")
    given = parser.parse_args()
    rows = list(read_rows(QUESTIONS, "cases"))
    articles = choose_articles(read_corpus(given.corpus), rows)
    parts: dict[str, list[Case]] = {half: [] for half in HALVES}
    for row in rows:
        parts[row.need("half").words()].append(make_case(row))
    write(given.out, articles, parts)
    tell(given.out, articles, parts)


if __name__ == "__main__":
    try:
        main()
    except DatelineError as error:
        sys.exit(f"reuters_quiz: {error}")

"""Open-dev, the ruler for the reader: dev questions of reading data, asked of all its paragraphs.

    .venv/bin/python -m eval.open_dev --data DIR --out FOLDER

DIR is the folder that holds `squad_joined.jsonl.gz` and its siblings. Writes `articles.jsonl.gz`,
the archive's corpus, and two halves of the questions, split by article: `calibrate.jsonl`, to fit
and choose by, and `report.jsonl`, to report. For two questions of five every passage that holds
the answer is taken out.

Which questions is settled once, in `eval/data/open-dev.tsv`: those whose gold passage was among
the best twenty, since many of SQuAD's mean nothing without their paragraph. Chosen anew with each
search, they would hide what a worse search loses. `--choose` makes that file again.

`calibrate-reworded.jsonl` and `report-reworded.jsonl` have some of each half once more as somebody
asks who does not have the paragraph: in other words, written by us (`eval/data/README.md`).
"""

import argparse
import gzip
import hashlib
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.adapters.squad import kind_of
from eval.asking import gold_passages
from eval.cases import Case, Place
from eval.corpus import open_corpus
from index.errors import DatelineError, InvalidInput
from index.filters import NO_FILTERS
from index.records import Article
from index.sources.fields import seal
from rag.engine import Engine
from rag.retrieve import retrieve
from rag.settings import Settings

# What holds paragraphs; the other files hold single sentences, which are no passages.
CROWD = (
    "squad2_part squad_joined squad2_noanswer_silver squadshifts_wiki squadshifts_reddit "
    "squadshifts_amazon qed_nq afriqa_en timeqa_human"
).split()
ASKED = [name for name in CROWD if name != "squad2_noanswer_silver"]
PER_FILE = 400
TOP = 20
TAKEN_OUT = 0.4
CHOSEN = Path(__file__).parent / "data" / "open-dev.tsv"
REWORDED = CHOSEN.with_name("open-dev-reworded.tsv")
HALVES = ("calibrate", "report")

Row = dict[str, Any]  # one line of a data file, as its README describes it


def make_articles(data: Path) -> list[Article]:
    """Every paragraph once, with its title, and without a date or a source that it never had."""
    articles: dict[str, Article] = {}
    for name in CROWD:
        for row in read_rows(data, name):
            id_ = article_id(row)
            if row["context"].strip() and id_ not in articles:
                articles[id_] = seal(Article(id_, row["context"], title=row["title"] or None))
    return list(articles.values())


def make_case(row: Row, name: str, taken_out: bool) -> Case:
    answers = tuple(dict.fromkeys(a["text"] for a in row["answers"]))
    spans = sorted({(a["start"], a["start"] + len(a["text"])) for a in row["answers"]})
    places = [Place(article_id(row), *span) for span in spans]
    return Case(
        id=f"{name}/{row['id']}",
        question=row["question"],
        answers=() if taken_out else answers,
        answerable=not taken_out,
        evidence=() if taken_out else tuple(places),
        article_ids=() if taken_out else (article_id(row),),
        slices={
            "set": name,
            "kind": kind_of(row["question"]),
            "cluster": row["title"] or article_id(row),
        },
        without=answers if taken_out else (),
    )


def choose(data: Path, engine: Engine, seed: int = 7) -> Iterator[tuple[str, str, str]]:
    """(file, id, `kept` or `taken out`) of each question whose gold passage is found."""
    dice = random.Random(seed)
    snapshot = engine.archive.snapshot()
    for name in ASKED:
        rows = [r for r in read_rows(data, name) if r["split"] == "dev" and r["answers"]]
        for row in dice.sample(rows, min(PER_FILE, len(rows))):
            case = make_case(row, name, taken_out=False)
            gold = {f.passage.id for f in gold_passages(case, snapshot)}
            found = retrieve(snapshot, engine.archive.encoder, case.question, NO_FILTERS, TOP)
            fate = "taken out" if dice.random() < TAKEN_OUT else "kept"
            if gold & {f.passage.id for f in found}:
                yield name, row["id"], fate


def chosen_cases(data: Path) -> dict[str, list[Case]]:
    """The cases of `eval/data/open-dev.tsv` by half. Raises InvalidInput if the data lacks one."""
    fates: dict[tuple[str, str], str] = {}
    for line in CHOSEN.read_text("utf-8").splitlines():
        name, id_, fate = line.split("\t")
        fates[name, id_] = fate
    halves: dict[str, list[Case]] = {half: [] for half in HALVES}
    for name in ASKED:
        for row in read_rows(data, name):
            fate = fates.pop((name, row["id"]), "")
            if fate:
                case = make_case(row, name, taken_out=fate == "taken out")
                halves[half_of(case)].append(case)
    if fates:
        name, id_ = min(fates)
        raise InvalidInput(f"{data}: lacks {len(fates)} questions, {id_} of {name} among them")
    return halves


def reword(cases: Sequence[Case], path: Path = REWORDED) -> list[Case]:
    """Those of the cases that the file at `path` asks in other words, asked so."""
    lines = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    questions = dict(lines)
    return [
        replace(case, id=f"{case.id}/reworded", question=questions[case.id])
        for case in cases
        if case.id in questions
    ]


def half_of(case: Case) -> str:
    """By article, so that no text is in both."""
    digest = hashlib.sha256(case.cluster.encode()).digest()
    return HALVES[digest[0] % 2]


def read_rows(data: Path, name: str) -> Iterator[Row]:
    path = data / f"{name}.jsonl.gz"
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    except (OSError, EOFError) as error:
        raise InvalidInput(f"{path}: cannot be read ({error}); --data names its folder") from error


def article_id(row: Row) -> str:
    return hashlib.sha256(row["context"].encode()).hexdigest()[:16]


def _as_line(case: Case) -> str:
    row = {
        "id": case.id,
        "question": case.question,
        "answers": case.answers,
        "answerable": case.answerable,
        "article_ids": case.article_ids,
        "evidence": [
            {"article_id": e.article_id, "start": e.start, "end": e.end}
            for e in case.evidence
            if isinstance(e, Place)
        ],
        "slices": case.slices,
        "without": case.without,
    }
    if case.asked_at:
        row["asked_at"] = case.asked_at
    return json.dumps(row, ensure_ascii=False) + "\n"


def write(out: Path, articles: Sequence[Article], parts: Mapping[str, Sequence[Case]]) -> None:
    """`articles.jsonl.gz`, and a file of cases for each part; the same bytes every time."""
    out.mkdir(parents=True, exist_ok=True)
    with gzip.GzipFile(out / "articles.jsonl.gz", "wb", mtime=0) as file:
        for article in articles:
            row = {"id": article.id, "title": article.title, "text": article.text}
            told = {"source": article.source, "published_at": article.published_at}
            row |= {name: value for name, value in told.items() if value}
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
    for part, cases in parts.items():
        (out / f"{part}.jsonl").write_text("".join(map(_as_line, cases)), "utf-8")


def tell(out: Path, articles: Sequence[Article], parts: Mapping[str, Sequence[Case]]) -> None:
    """Prints what `write` has written."""
    for part, cases in parts.items():
        answerable = sum(case.answerable for case in cases)
        print(f"{out / part}.jsonl: {len(cases)} questions, {answerable} answerable")
    print(f"{out}/articles.jsonl.gz: {len(articles)} articles")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of reading data")
    parser.add_argument("--out", type=Path, required=True, help="where to write the ruler")
    parser.add_argument("--choose", action="store_true", help="settle anew which questions")
    given = parser.parse_args()
    articles = make_articles(given.data)
    if given.choose:
        engine = open_corpus(articles, Settings.load())
        lines = ["\t".join(one) + "\n" for one in choose(given.data, engine)]
        CHOSEN.write_text("".join(lines), "utf-8")
    halves = chosen_cases(given.data)
    parts = halves | {f"{half}-reworded": reword(cases) for half, cases in halves.items()}
    write(given.out, articles, parts)
    tell(given.out, articles, parts)


if __name__ == "__main__":
    try:
        main()
    except DatelineError as error:
        sys.exit(f"open_dev: {error}")

"""News that was invented for the calibrator, asked of an archive with real retrieval, in int8.

Open-dev's questions were asked by people who had the paragraph before them; who asks of news has
not, and a calibrator fitted on the first alone refuses too much of what the second asks.
`training/calibration/` holds the articles and the questions and says how they were made. No reader
is trained on them, but on the crowd that they lie in.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from index.filters import NO_FILTERS
from index.records import Article
from index.sources.fields import seal
from rag.engine import PASSAGES_READ, Engine
from rag.reader import Pair
from rag.retrieve import retrieve
from training.held_out import NEWS, Asked
from training.written import read_invented, read_lines

FOLDER = Path(__file__).parent / "calibration"
HALF = "calibrate"  # all of it fits; the newsroom and the quiz are what tells how well


def read_news(folder: Path = FOLDER) -> list[Article]:
    """The articles that the questions are on."""
    return [
        seal(Article(**{k: row[k] for k in ("id", "text", "title", "source", "published_at")}))
        for row in read_lines(folder / "articles.jsonl")
    ]


def make_archive(folder: Path = FOLDER) -> list[Article]:
    """The articles that the questions are on, in a crowd of those written for training."""
    return [*read_news(folder), *read_invented()]


def ask_news(engine: Engine, folder: Path = FOLDER) -> list[Asked]:
    """Every question; what has an answer once more with its whole story taken out of the archive.

    `engine` is over `make_archive()`.
    """
    snapshot, reader = engine.archive.snapshot(), engine.reader.get()
    asked = []
    for kind, question, gold, admits in _asked(folder):
        found = retrieve(
            snapshot, engine.archive.encoder, question, NO_FILTERS, PASSAGES_READ, admits=admits
        )
        readings = reader.read([Pair(question, f.heading, f.text) for f in found])
        asked.append(Asked(question, gold, HALF, kind, found, readings))
    return [a for a in asked if a.found]


def _asked(
    folder: Path,
) -> Iterator[tuple[str, str, tuple[str, ...], Callable[[str], bool] | None]]:
    articles = list(read_lines(folder / "articles.jsonl"))
    story = {row["id"]: row["story"] for row in articles}
    texts = defaultdict(list)
    for row in articles:
        texts[row["story"]].append(row["text"])
    for row in read_lines(folder / "questions.jsonl"):
        gold = tuple(answer["text"] for answer in row["answers"])
        yield f"{'answerable' if gold else 'near miss'}, {NEWS}", row["question"], gold, None
        if gold:
            yield f"taken out, {NEWS}", row["question"], (), _without(texts[story[row["about"]]])


def _without(texts: list[str]) -> Callable[[str], bool]:
    """What turns away the passages of these texts."""
    return lambda passage: not any(passage in text for text in texts)

"""How well a follow-up is understood: does it find what the question that stands alone finds?

    .venv/bin/python -m eval.follow_ups --data DIR

DIR holds `conversation/canard.jsonl.gz`, whose dev split is asked, and `reading/`, some of whose
paragraphs are the archive. CANARD (Elgohary et al. 2019) has for each question of a conversation
one that a person wrote to stand alone; the share of that one's ten best passages that are among the
ten best of what a way makes of the follow-up is its overlap. No passage need answer: the two
searches alone are compared. Each row is asked as it is, the article's title first, and without the
title, which nobody gives in a conversation about news.

Then the newsroom is asked (`eval/newsroom/dev.jsonl`): its follow-ups, and each question that
stands alone behind one on another story, which must not change what is found.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval import stats
from eval.asking import ask, understood
from eval.cases import Case, read_cases
from eval.corpus import open_corpus, read_corpus
from eval.fold import SEED
from eval.open_dev import make_articles
from index.errors import DatelineError, InvalidInput
from rag.carry import CarriedTopic
from rag.engine import Engine
from rag.retrieve import rank, retrieve
from rag.settings import Settings
from rag.standalone import AsAsked, FollowUps, Turn, WithLastTurn

TOP = 10
PARAGRAPHS = 10_000
Find = Callable[[str], frozenset[int]]  # a question -> the ids of its best passages

NEWSROOM = Path(__file__).parent / "newsroom"
WAYS: Mapping[str, FollowUps] = {
    "as asked": AsAsked(),
    "last turn": WithLastTurn(),
    "topic carried": CarriedTopic(),
}


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A row of CANARD. The first turn is the article's title, answered by the section's."""

    id: str
    question: str
    history: tuple[Turn, ...]
    rewrite: str

    @property
    def dialogue(self) -> str:
        return self.id.partition("#")[0]


class Finder:
    """The best passages of an archive for each question, each searched for once."""

    def __init__(self, engine: Engine) -> None:
        self._snapshot, self._encoder = engine.archive.snapshot(), engine.archive.encoder
        self._found: dict[str, frozenset[int]] = {}

    def find(self, question: str) -> frozenset[int]:
        if question not in self._found:
            vector = self._encoder.encode([question])[0]
            found = rank(self._snapshot, vector, question, TOP)
            self._found[question] = frozenset(found.ids)
        return self._found[question]


def read_follow_ups(path: Path, split: str) -> Iterator[FollowUp]:
    """Raises InvalidInput when there is no such file."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row["split"] == split:
                    said = row["history"]
                    turns = [Turn(*said[at : at + 2]) for at in range(0, len(said), 2)]
                    asked = " ".join(row["question"].split())
                    yield FollowUp(row["id"], asked, tuple(turns), row["rewrite"])
    except (OSError, EOFError) as error:
        raise InvalidInput(f"{path}: cannot be read ({error}); --data names its folder") from error


def overlaps(rows: Sequence[FollowUp], way: FollowUps, find: Find, titled: bool) -> list[float]:
    """For each row the share of the rewrite's best passages that the way finds, in [0, 1]."""
    shares = []
    for row in rows:
        history = row.history if titled else row.history[1:]
        wanted = find(" ".join(row.rewrite.split()))
        found = find(way.understand(row.question, history).text)
        shares.append(len(wanted & found) / max(1, len(wanted)))
    return shares


def overlap_lines(rows: Sequence[FollowUp], find: Find) -> Iterator[str]:
    """A table of both histories; `against` is the first way's, question by question."""
    for titled in (True, False):
        some = [row for row in rows if titled or len(row.history) > 1]
        clusters = [row.dialogue for row in some]
        yield f"{len(some)} questions, {'as given' if titled else 'later ones, without the title'}"
        first: list[float] = []
        for name, way in WAYS.items():
            shares = overlaps(some, way, find, titled)
            first = first or shares
            mean = sum(shares) / len(shares)
            between = stats.bootstrap(shares, clusters, SEED)
            against = stats.bootstrap_difference(shares, first, clusters, SEED)
            yield f"  {name:15} {_percent(mean)} ({_range(between)}), against ({_range(against)})"


def newsroom_lines(engine: Engine, cases: Sequence[Case]) -> Iterator[str]:
    """Of each way: what is found and right of the follow-ups, and what a new topic loses."""
    follow_ups = [case for case in cases if case.history]
    answerable = [case for case in follow_ups if case.answerable]
    others = after_another([case for case in cases if not case.history])
    new = [case for case in others if case.answerable]
    yield (
        f"newsroom: {len(answerable)} follow-ups with an answer, {len(others)} new topics, "
        f"{len(new)} with an answer"
    )
    for name, way in WAYS.items():
        engine.follow_ups = way
        ranks = [rank_of(engine, case) for case in answerable]
        found = sum(1 for rank in ranks if rank)
        right = sum(ask(engine, case, follows=False).right for case in answerable)
        changed = sum(understood(engine, case).text != case.question for case in others)
        still = [rank_of(engine, case) for case in new]
        yield (
            f"  {name:15} article among the best {TOP}: {found} "
            f"({_range(stats.wilson(found, len(ranks)))} %), reciprocal rank {_reciprocal(ranks)}, "
            f"first answer right {right}; new topics: {changed} changed, {sum(map(bool, still))} "
            f"found, reciprocal rank {_reciprocal(still)}"
        )


def after_another(cases: Sequence[Case]) -> list[Case]:
    """Each with a history on another story: the next answerable one's question and answer."""
    shifted = []
    for at, case in enumerate(cases):
        following = [*cases[at + 1 :], *cases[:at]]
        other = next(c for c in following if c.answerable and c.cluster != case.cluster)
        shifted.append(replace(case, history=(Turn(other.question, other.answers[0]),)))
    return shifted


def rank_of(engine: Engine, case: Case) -> int:
    """From 1: of the first passage of an article that answers; 0 if the best have none."""
    asked = understood(engine, case)
    snapshot, encoder = engine.archive.snapshot(), engine.archive.encoder
    found = retrieve(snapshot, encoder, asked.text, asked.filters, TOP, window=asked.window)
    return next((i for i, f in enumerate(found, 1) if f.article.id in case.article_ids), 0)


def _reciprocal(ranks: Sequence[int]) -> str:
    return f"{sum(1 / rank for rank in ranks if rank) / max(1, len(ranks)):.2f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _range(between: tuple[float, float] | None) -> str:
    return " to ".join(map(_percent, between)) if between else "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="holds conversation/ and reading/")
    parser.add_argument("--paragraphs", type=int, default=PARAGRAPHS, help="in the archive")
    given = parser.parse_args()
    rows = list(read_follow_ups(given.data / "conversation" / "canard.jsonl.gz", "dev"))
    # Ids are hashes: the first of them are drawn from all files alike.
    pool = sorted(make_articles(given.data / "reading"), key=lambda a: a.id)[: given.paragraphs]
    print(f"overlap with the best {TOP} of the question that stands alone, percent")
    for line in overlap_lines(rows, Finder(open_corpus(pool, Settings.load())).find):
        print(line, flush=True)
    cases = read_cases(NEWSROOM / "dev.jsonl")
    newsroom = open_corpus(read_corpus(NEWSROOM / "articles.jsonl"), Settings.load())
    for line in newsroom_lines(newsroom, cases):
        print(line, flush=True)


if __name__ == "__main__":
    try:
        main()
    except DatelineError as error:
        sys.exit(f"follow_ups: {error}")

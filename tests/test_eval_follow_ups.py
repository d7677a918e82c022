"""The measure of follow-ups, worked out by hand on a small archive. All texts are invented."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.asking import understood
from eval.cases import Case, read_cases
from eval.corpus import open_corpus, read_corpus
from eval.follow_ups import (
    NEWSROOM,
    Find,
    Finder,
    FollowUp,
    after_another,
    overlap_lines,
    overlaps,
    rank_of,
    read_follow_ups,
)
from index.errors import InvalidInput
from rag.engine import Engine
from rag.settings import Settings
from rag.standalone import AsAsked, Standalone, Turn

REWRITE = "Who opened the bridge of Port Ansel?"
ROW = {
    "id": "c#2",
    "question": "Who  opened it?",
    "history": ["Port Ansel", "The bridge", "What was built?", "A bridge"],
    "rewrite": REWRITE,
    "split": "dev",
}


def _finding(found: dict[str, set[int]]) -> Find:
    """Finds what it is told, and nothing for another question."""
    return lambda question: frozenset(found.get(question, ()))


class Fixed:
    """Makes one question of every follow-up, and notes the history."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.seen: list[tuple[Turn, ...]] = []

    def understand(self, question: str, history: Sequence[Turn]) -> Standalone:
        self.seen.append(tuple(history))
        return Standalone(self.text or question)


def _rows(folder: Path) -> list[FollowUp]:
    path = folder / "canard.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for row in (ROW, ROW | {"id": "d#1", "split": "train"}):
            lines.write(json.dumps(row) + "\n")
    return list(read_follow_ups(path, "dev"))


def test_rows_are_read_as_turns(tmp_path: Path) -> None:
    turns = (Turn("Port Ansel", "The bridge"), Turn("What was built?", "A bridge"))
    (row,) = _rows(tmp_path)
    assert row == FollowUp("c#2", "Who opened it?", turns, REWRITE)
    assert row.dialogue == "c"
    with pytest.raises(InvalidInput, match=r"nothing\.gz: cannot be read .* --data names"):
        list(read_follow_ups(tmp_path / "nothing.gz", "dev"))


def test_the_share_of_what_the_rewrite_finds(tmp_path: Path) -> None:
    rows = _rows(tmp_path)
    find = _finding({REWRITE: {1, 2, 3, 4}, "Who opened it?": {4, 5}, "all": {1, 2, 3, 4, 9}})
    assert overlaps(rows, AsAsked(), find, titled=True) == [0.25]
    whole = Fixed("all")
    assert overlaps(rows, whole, find, titled=True) == [1.0]
    assert overlaps(rows, whole, find, titled=False) == [1.0]
    assert whole.seen == [rows[0].history, rows[0].history[1:]]
    assert overlaps(rows, Fixed("none"), find, titled=True) == [0.0]
    assert overlaps(rows, whole, _finding({}), titled=True) == [0.0]  # nothing is found by either


def test_the_table_says_what_each_way_gains(tmp_path: Path) -> None:
    rows = [*_rows(tmp_path), FollowUp("e#1", "Who opened it?", (), "Who opened it?")]
    find = _finding({REWRITE: {1, 2}, "Who opened it?": {2}})
    head, asked, last, _, later, *_ = overlap_lines(rows, find)
    assert head == "2 questions, as given"
    assert asked == "  as asked        75.0 (50.0 to 100.0), against (0.0 to 0.0)"
    assert last.startswith("  last turn       50.0 ")
    assert later == "1 questions, later ones, without the title"


def test_a_finder_searches_once(engine: Engine) -> None:
    finder = Finder(engine)
    assert 1 <= len(finder.find("what was the 2018 agreement?")) <= 10
    assert finder.find("what was the 2018 agreement?") is finder.find(
        "what was the 2018 agreement?"
    )


def test_a_new_topic_comes_after_another_story() -> None:
    def case(id_: str, story: str, *answers: str) -> Case:
        return Case(id_, f"{id_}?", answers, bool(answers), slices={"cluster": story})

    cases = [
        case("a", "one", "x"),
        case("b", "one", "y", "z"),
        case("c", "two"),
        case("d", "two", "w"),
    ]
    told = [c.history for c in after_another(cases)]
    assert told == [(Turn("d?", "w"),), (Turn("d?", "w"),), (Turn("a?", "x"),), (Turn("a?", "x"),)]


def test_the_newsrooms_follow_ups_find_their_articles(tmp_path: Path) -> None:
    """Floors that were measured, by the shipped encoder and rules, on the half for development."""
    cases = read_cases(NEWSROOM / "dev.jsonl")
    follow_ups = [c for c in cases if c.history and c.answerable]
    alone = [c for c in cases if not c.history]
    articles = [
        a for a in read_corpus(NEWSROOM / "articles.jsonl") if a.id.startswith("newsroom/dev/")
    ]
    engine = open_corpus(articles, Settings.load(), home=tmp_path)
    assert [c.id for c in follow_ups if not rank_of(engine, c)] == []
    assert sum(rank_of(engine, c) == 1 for c in follow_ups) >= 5
    shifted = after_another(alone)
    assert [c.id for c in shifted if understood(engine, c).text != c.question] == []
    engine.follow_ups = AsAsked()
    assert sum(rank_of(engine, c) == 1 for c in follow_ups) <= 3

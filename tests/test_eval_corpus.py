"""A corpus becomes an archive once, for as long as nothing that makes it changes."""

import json
import os
import time
from pathlib import Path

import pytest

from eval.corpus import KEPT_DAYS, hash_corpus, open_corpus, read_corpus
from index.errors import InvalidRecord
from index.records import Article
from rag.settings import Settings
from tests.invented import invented

ARTICLES = [invented("one"), invented("two", "The ferry of Invented Bay was sold.")]


def opened(home: Path, articles: list[Article], told: list[int]) -> str:
    engine = open_corpus(articles, Settings(), told.append, home)
    assert engine.archive.snapshot().counts()[0] == len(articles)
    return engine.archive.folder.name


def test_it_is_made_once(tmp_path: Path) -> None:
    told: list[int] = []
    first = opened(tmp_path, ARTICLES, told)
    assert told == [1, 2]
    assert opened(tmp_path, ARTICLES, told) == first
    assert told == [1, 2]
    other = opened(tmp_path, ARTICLES[:1], told)
    assert other != first
    changed = [ARTICLES[0], invented("two", "The ferry of Invented Bay was not sold.")]
    assert len({first, other, opened(tmp_path, changed, told)}) == 3


def test_one_that_was_left_half_made_is_gone_on_with(tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(_: int) -> None:
        raise Stopped

    many = [invented(f"id-{i}", f"Invented report number {i} of the bay.") for i in range(70)]
    with pytest.raises(Stopped):
        open_corpus(many, Settings(), stop, tmp_path)
    told: list[int] = []
    opened(tmp_path, many, told)
    assert told[-1] == 70


def test_what_nobody_uses_any_more_is_deleted(tmp_path: Path) -> None:
    old = tmp_path / opened(tmp_path, ARTICLES, [])
    kept = tmp_path / opened(tmp_path, ARTICLES[:1], [])
    long_ago = time.time() - (KEPT_DAYS + 1) * 86_400
    os.utime(old / "used", (long_ago, long_ago))
    opened(tmp_path, ARTICLES[1:], [])
    assert not old.exists()
    assert kept.exists()


def test_a_corpus_of_which_a_part_cannot_be_read_is_refused(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "The bay froze."}, {"id": "b"}]
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(InvalidRecord, match=r"corpus\.jsonl:2"):
        read_corpus(path)
    path.write_text(json.dumps(rows[0]))
    first = read_corpus(path)
    assert hash_corpus(first) == hash_corpus(read_corpus(path))
    path.write_text(json.dumps(rows[0] | {"title": "Ice"}))
    assert hash_corpus(first) != hash_corpus(read_corpus(path))

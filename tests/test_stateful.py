"""The archive against a plain dict: any order of changes, by two writers, with caches lost.

Hypothesis chooses the steps; after each, every archive that is open and every snapshot that is
held must agree with its dict. All articles are invented.
"""

import tempfile
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from index.archive import BATCH_ARTICLES, Archive, Outcome
from index.check import check
from index.errors import EncoderMismatch, InvalidRecord
from index.records import Article
from index.reencode import re_encode
from index.snapshot import Snapshot
from index.sources.fields import seal
from index.split import split_passages
from tests.invented import CountingEncoder
from tests.model import Model, assert_agrees, assert_gone, unique_word

# About 20 seconds on two cores; for a longer search raise the number of examples.
SETTINGS = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

IDS = st.sampled_from(["a", "b/1", "b/2", "c d", "é", "z"])
KINDS = st.sampled_from(["fresh", "fresh", "fresh", "same", "unsealed", "invalid", "blank"])
DAYS = st.sampled_from([None, "2024-01-01", "2024-01-02", "2024-01-02T09:00:00Z", "2024-01-03"])
SOURCES = st.sampled_from([None, "Invented Wire", "invented post"])


class Held(NamedTuple):
    snapshot: Snapshot
    model: Model
    name: str


class ArchiveMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name) / "archive"
        self.encoder, self.spare = CountingEncoder("one"), CountingEncoder("two", 24)
        self.versions = count()
        self.model: dict[str, Article] = {}
        self.gone: list[str] = []  # the unique words of versions that were replaced or removed
        self.names: dict[str, Model] = {}
        self.held: list[Held] = []
        self.archives: list[Archive] = []
        self.stored = 0  # how many passages were encoded when the last change was done

    @initialize()
    def open(self) -> None:
        self.archives = [Archive(self.folder, self.encoder)]

    # --- changes, each by one of the open archives

    @rule(writer=st.integers(0, 1), drawn=st.lists(st.tuples(IDS, KINDS, DAYS, SOURCES)))
    def ingest(self, writer: int, drawn: list[tuple[str, str, str | None, str | None]]) -> None:
        records = [self._record(*fields) for fields in drawn]
        outcomes = list(self._writer(writer).ingest(records))
        assert [_told(outcome) for outcome in outcomes] == [self._put(r) for r in records]
        self.stored = self.encoder.encoded

    @rule(writer=st.integers(0, 1), taken=st.sampled_from([0, 1, 3, BATCH_ARTICLES + 1]))
    def ingest_and_stop(self, writer: int, taken: int) -> None:
        """A batch is one transaction: what follows in it is in too when its first is told."""
        records = [self._fresh(f"bulk/{i}") for i in range(BATCH_ARTICLES + 5)]
        outcomes = self._writer(writer).ingest(records)
        told = [_told(next(outcomes)) for _ in range(taken)]
        outcomes.close()  # type: ignore[attr-defined]
        batches = -(-taken // BATCH_ARTICLES)
        stored = [self._put(record) for record in records[: batches * BATCH_ARTICLES]]
        assert told == stored[:taken]
        self.stored = self.encoder.encoded

    @rule(writer=st.integers(0, 1), ids=st.lists(IDS | st.just("bulk/0"), max_size=4))
    def remove(self, writer: int, ids: list[str]) -> None:
        expected = [id_ for id_ in dict.fromkeys(ids) if id_ in self.model]
        assert self._writer(writer).remove(ids) == expected
        for id_ in expected:
            self.gone.append(unique_word(self.model.pop(id_)))

    @precondition(lambda self: any(id_.startswith("bulk/") for id_ in self.model))
    @rule(writer=st.integers(0, 1))
    def remove_bulk(self, writer: int) -> None:
        self.remove(writer, [id_ for id_ in self.model if id_.startswith("bulk/")])

    @rule(writer=st.integers(0, 1))
    def purge(self, writer: int) -> None:
        """As an ingest does a quarter of an hour after a removal, when nobody reads what is old."""
        open_ = [archive.snapshot() for archive in self.archives]
        oldest = min(s.head.seq for s in [*open_, *(held.snapshot for held in self.held)])
        self._writer(writer).store.purge(oldest, "9999")

    # --- readers

    @precondition(lambda self: len(self.held) < 3)
    @rule(reader=st.integers(0, 1))
    def hold(self, reader: int) -> None:
        snapshot = self._writer(reader).snapshot()
        self.held.append(Held(snapshot, dict(self.model), snapshot.name))

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 2))
    def let_go(self, which: int) -> None:
        del self.held[which % len(self.held)]

    @precondition(lambda self: len(self.archives) == 1)
    @rule()
    def open_another(self) -> None:
        self.archives.append(Archive(self.folder, self.encoder))

    # --- the end of a process, and what may happen to its files before the next

    @rule(
        dense=st.sampled_from(["", "delete", "cut"]), lexical=st.sampled_from(["", "delete", "cut"])
    )
    def reopen(self, dense: str, lexical: str) -> None:
        self._close()
        _lose(self.folder / "dense.faiss", dense)
        for path in sorted((self.folder / "lexical").glob("*"), key=_size)[-1:]:
            _lose(path, lexical)
        if lexical == "delete":
            for path in (self.folder / "lexical").glob("*"):
                path.unlink()
        self.open()

    @rule()
    def re_encode(self) -> None:
        self._close()
        passages = sum(len(split_passages(article.text)) for article in self.model.values())
        self.encoder, self.spare = self.spare, self.encoder
        before = self.encoder.encoded
        encoded = re_encode(self.folder, self.encoder)
        assert encoded >= passages  # and what is removed and not purged
        self.stored = before + encoded
        with pytest.raises(EncoderMismatch):
            Archive(self.folder, self.spare)
        self.open()

    # --- what holds after every step

    @invariant()
    def every_reader_agrees(self) -> None:
        for archive in self.archives:
            snapshot = archive.snapshot()
            assert_agrees(snapshot, self.model, self.encoder)
            here = {unique_word(article) for article in self.model.values()}
            assert_gone(snapshot, set(self.gone[-20:]) - here)  # a version may come back
            known = self.names.setdefault(snapshot.name, dict(self.model))
            assert known == self.model  # a name stands for one state

    @invariant()
    def what_is_held_stays_as_it_was(self) -> None:
        for held in self.held:
            assert held.snapshot.name == held.name
            assert_agrees(held.snapshot, held.model, self.encoder)

    @invariant()
    def only_a_change_encodes(self) -> None:
        assert self.encoder.encoded == self.stored

    def teardown(self) -> None:
        for archive in self.archives:
            assert check(archive) == []
        self._close()
        self.temporary.cleanup()

    # --- how it is done

    def _writer(self, number: int) -> Archive:
        return self.archives[number % len(self.archives)]

    def _record(
        self, id_: str, kind: str, day: str | None, source: str | None
    ) -> Article | InvalidRecord:
        if kind == "invalid":
            return InvalidRecord("invented:1", "line", "is not JSON")
        if kind == "blank":
            return Article(id_, " \n ")
        if kind == "same" and id_ in self.model:
            return self.model[id_]
        article = self._fresh(id_, day, source)
        if kind == "unsealed":
            return Article(id_, article.text, published_at=day, source=source)
        return article

    def _fresh(self, id_: str, day: str | None = None, source: str | None = None) -> Article:
        """A version that never was; every fifth has several passages, each with its word."""
        version = next(self.versions)
        sentence = f"The quay{version}x of Invented Bay is closed by order {version * 7919}. "
        text = sentence * (30 if version % 5 == 0 else 1)
        return seal(Article(id_, text, published_at=day, source=source))

    def _put(self, record: Article | InvalidRecord) -> tuple[str, str]:
        """Changes the model as the archive should have changed, and says what it should tell."""
        if isinstance(record, InvalidRecord) or not record.text.strip():
            return "rejected", ""
        record = record if record.sha256 else seal(record)
        before = self.model.get(record.id)
        if before == record:
            return "unchanged", record.id
        if before:
            self.gone.append(unique_word(before))
        self.model[record.id] = record
        return ("updated" if before else "added"), record.id

    def _close(self) -> None:
        self.held.clear()
        for archive in self.archives:
            archive.store.close()
        self.archives = []


def _told(outcome: Outcome) -> tuple[str, str]:
    return outcome.status, outcome.id


def _size(path: Path) -> int:
    return path.stat().st_size


def _lose(path: Path, how: str) -> None:
    if how == "delete":
        path.unlink(missing_ok=True)
    elif how == "cut" and path.exists():
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])


def test_an_archive_is_a_dict_with_searches() -> None:
    run_state_machine_as_test(ArchiveMachine, settings=SETTINGS)

"""A clock that goes back, stands still or leaps: it labels what is stored, and orders nothing."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.archive import Archive
from index.check import check
from tests.invented import CountingEncoder, found, invented

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
YEARS = timedelta(days=3_650)
HOUR = timedelta(hours=1)


class SetClock:
    """Shows the time that it was last set to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def archive(tmp_path: Path, clock: SetClock) -> Archive:
    return Archive(tmp_path / "archive", CountingEncoder(), clock=clock)


def ingested_at(archive: Archive, id_: str) -> str | None:
    article = archive.snapshot().article(id_)
    assert article is not None
    return article.ingested_at


def stored_versions(archive: Archive, id_: str) -> int:
    """How many versions of the article are stored, removed ones too."""
    with closing(sqlite3.connect(archive.folder / "archive.sqlite")) as connection:
        count: int = connection.execute(
            "SELECT count(*) FROM articles WHERE id = ?", [id_]
        ).fetchone()[0]
    return count


@pytest.mark.parametrize("step", [-YEARS, timedelta(0), YEARS])
def test_changes_keep_their_order_whatever_the_clock_says(
    archive: Archive, clock: SetClock, step: timedelta
) -> None:
    encoder = CountingEncoder()
    for number in range(1, 6):
        assert list(archive.ingest([invented("a", f"Berth {number} is open."), invented("b")]))
        assert archive.store.head().seq == number
        assert found(archive.snapshot(), encoder, "berth", k=9)[1] == [f"Berth {number} is open."]
        assert ingested_at(archive, "a") == clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert ingested_at(archive, "b") == "2024-06-01T12:00:00Z"  # unchanged since then
        clock.now += step
    archive.remove(["a"])
    assert archive.snapshot().counts() == (1, 1)
    assert check(archive) == []
    again = Archive(archive.folder, encoder, clock=clock)
    assert again.snapshot().name == archive.snapshot().name
    assert check(again) == []


def test_a_clock_that_leaps_purges_nothing_that_a_snapshot_sees(
    archive: Archive, clock: SetClock
) -> None:
    encoder = CountingEncoder()
    assert list(archive.ingest([invented("a", "Berth 1 is open.")]))
    held = archive.snapshot()
    assert list(archive.ingest([invented("a", "Berth 2 is open.")]))
    clock.now += YEARS
    assert list(archive.ingest([invented("b")]))
    assert found(held, encoder, "berth", k=9) == (["Berth 1 is open."], ["Berth 1 is open."])
    seen = held.article("a")
    assert seen is not None
    assert seen.text == "Berth 1 is open."


def test_what_was_removed_is_purged_by_the_clock_and_after_a_step_back_later(
    archive: Archive, clock: SetClock
) -> None:
    assert list(archive.ingest([invented("a", "Berth 1 is open.")]))
    archive.remove(["a"])
    purge_at = (NOON - YEARS, NOON + HOUR / 5, NOON + HOUR)
    stored = []
    for time in purge_at:
        clock.now = time
        assert list(archive.ingest([invented("b", f"It is {time:%Y-%m-%d %H:%M}.")]))
        stored.append(stored_versions(archive, "a"))
    assert stored == [1, 1, 0]
    assert check(archive) == []

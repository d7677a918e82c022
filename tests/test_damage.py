"""archive.sqlite and its journal, cut short or with a bit flipped: never a wrong answer in silence.

Either the error says so, or the checker does, or all is as it was; of the journal, SQLite keeps
what comes before the damage, which is a state that the archive was in, and opening tells it.
"""

import os
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.archive import Archive
from index.check import check
from index.errors import ArchiveDamaged, ArchiveUnusable, DatelineError
from rag.engine import Engine
from tests.invented import CountingEncoder, invented

FLIPS = 40  # of each file, at places that are drawn anew in every run
State = tuple[object, ...]


@dataclass(frozen=True)
class Saved:
    """An archive whose journal is still there, as after a crash, and the states it was in."""

    folder: Path
    states: list[State]


def state(archive: Archive) -> State:
    """All that can be seen of the archive now; articles are read as for the check of a quote."""
    snapshot = archive.snapshot()
    articles = [snapshot.article(a.id) for a in snapshot.articles(limit=99)]
    vector = CountingEncoder().encode(["berth"])[0]
    searches = (snapshot.search_dense(vector, 99), snapshot.search_lexical("berth", 99))
    passages = [snapshot.passages(ids.tolist()) for ids, _ in searches]
    return snapshot.name, articles, passages, snapshot.counts(), snapshot.as_of()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    folder = tmp_path_factory.mktemp("saved")
    archive = Archive(folder / "archive", CountingEncoder())
    filler = "The invented harbour has many a berth. " * 40
    states = [state(archive)]
    for round_ in range(3):
        texts = {str(i): f"Berth {i} is open in round {round_}. {filler}" for i in range(6)}
        assert list(archive.ingest(invented(id_, text) for id_, text in texts.items()))
        states.append(state(archive))
    archive.remove(["3"])
    states.append(state(archive))
    shutil.copytree(archive.folder, folder / "copy")
    archive.store.close()
    return Saved(folder / "copy", states)


def checkpointed(folder: Path) -> Path:
    """The same archive with all that was in the journal in the file."""
    Archive(folder, CountingEncoder()).store.close()
    assert not (folder / "archive.sqlite-wal").exists()
    return folder / "archive.sqlite"


def assert_told_or_as_it_was(folder: Path, whole: State) -> str:
    """What was told; nothing if all is as it was."""
    archive = None
    try:
        archive = Archive(folder, CountingEncoder())
        same = state(archive) == whole
        problems = check(archive) + archive.notes
        assert same or problems
        return problems[0] if problems else ""
    except DatelineError as error:
        if archive:
            assert check(archive)  # what a question meets, the checker names
        return str(error)


def test_a_bit_of_the_file_is_flipped(saved: Saved, tmp_path: Path) -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")  # shown when the test fails
    chance = random.Random(seed)
    path = checkpointed(Path(shutil.copytree(saved.folder, tmp_path / "whole")))
    told = []
    for number in range(FLIPS):
        folder = Path(shutil.copytree(path.parent, tmp_path / f"{number}"))
        content = bytearray(path.read_bytes())
        at, bit = chance.randrange(len(content)), chance.randrange(8)
        print(f"{number}: bit {bit} of byte {at}")
        content[at] ^= 1 << bit
        (folder / path.name).write_bytes(content)
        told.append(assert_told_or_as_it_was(folder, saved.states[-1]))
    assert any(told)


def test_every_page_of_the_file_is_damaged(saved: Saved, tmp_path: Path) -> None:
    """The first byte of a page says what it is: of a table, of an index, or of a long text."""
    path = checkpointed(Path(shutil.copytree(saved.folder, tmp_path / "whole")))
    content = path.read_bytes()
    kinds = set()
    for start in range(0, len(content), 4096):
        kind = content[start]
        if start and kind not in kinds:
            kinds.add(kind)
            folder = Path(shutil.copytree(path.parent, tmp_path / f"{start}"))
            flipped = content[:start] + bytes([kind ^ 1]) + content[start + 1 :]
            (folder / path.name).write_bytes(flipped)
            assert assert_told_or_as_it_was(folder, saved.states[-1])
    assert {2, 5, 10, 13} & kinds  # SQLite's numbers for the pages of indexes and tables


def test_a_bit_of_the_journal_is_flipped(saved: Saved, tmp_path: Path) -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    content = (saved.folder / "archive.sqlite-wal").read_bytes()
    for number in range(FLIPS):
        folder = Path(shutil.copytree(saved.folder, tmp_path / f"{number}"))
        at, bit = chance.randrange(len(content)), chance.randrange(8)
        print(f"{number}: bit {bit} of byte {at}")
        flipped = bytearray(content)
        flipped[at] ^= 1 << bit
        (folder / "archive.sqlite-wal").write_bytes(flipped)
        assert_an_earlier_state_is_told(folder, saved)


@pytest.mark.parametrize("left", [0, 1, 31, 32, 5_000, 100_000, -1])
def test_the_journal_is_cut_short(saved: Saved, tmp_path: Path, left: int) -> None:
    folder = Path(shutil.copytree(saved.folder, tmp_path / "archive"))
    path = folder / "archive.sqlite-wal"
    os.truncate(path, left if left >= 0 else path.stat().st_size - 1)
    assert_an_earlier_state_is_told(folder, saved)


def test_the_journal_is_deleted(saved: Saved, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(saved.folder, tmp_path / "archive"))
    (folder / "archive.sqlite-wal").unlink()
    assert_an_earlier_state_is_told(folder, saved)


def assert_an_earlier_state_is_told(folder: Path, saved: Saved) -> None:
    archive = Archive(folder, CountingEncoder())
    assert check(archive) == []
    now = state(archive)
    assert now in saved.states
    if now == saved.states[-1]:
        assert archive.notes == []
    else:
        at = archive.store.head().seq
        words = f"it was at change 4, and archive.sqlite is at {at}: what was stored in between is"
        assert words in archive.notes[0]


def test_a_name_in_the_list_of_tables_is_no_text(saved: Saved, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(saved.folder, tmp_path / "archive"))
    path = checkpointed(folder)
    path.write_bytes(path.read_bytes().replace(b"TABLE purged (", b"TABLE purged \xa8"))
    with pytest.raises(ArchiveDamaged, match="put a copy"):
        Archive(folder, CountingEncoder())


@pytest.mark.parametrize("left", [1_000, 4_096, 50_000, -4_096, -1])
def test_the_file_is_cut_short(saved: Saved, tmp_path: Path, left: int) -> None:
    folder = Path(shutil.copytree(saved.folder, tmp_path / "archive"))
    path = checkpointed(folder)
    os.truncate(path, left if left >= 0 else path.stat().st_size + left)
    assert assert_told_or_as_it_was(folder, saved.states[-1])


@pytest.mark.parametrize(
    ("damage", "problem"),
    [(b"Ann Oaks", "'a' does not have the content"), (b"Ann Oak\xff", "not decode to UTF-8")],
)
def test_a_damaged_article_is_never_quoted(own: Engine, damage: bytes, problem: str) -> None:
    """One letter of the disk is another, which no index and no check of SQLite's own would tell."""
    own.ingest(invented("a", "Ann Oake is the harbour master of Invented Bay."))
    own.ingest(invented("b", "Bea Elm is the pilot of Invented Bay."))
    question = "who is the harbour master?"
    assert own.ask(question).text == "Ann Oake"
    path = own.archive.folder / "archive.sqlite"
    own.archive.store.close()
    content = path.read_bytes()
    assert content.count(b"Ann Oake") == 1
    path.write_bytes(content.replace(b"Ann Oake", damage))
    with pytest.raises(ArchiveDamaged, match=rf"{problem} .* put a copy"):
        own.ask(question)


@pytest.mark.parametrize("replaced", [False, True])
def test_the_file_is_deleted_or_replaced_while_it_is_open(
    saved: Saved, tmp_path: Path, replaced: bool
) -> None:
    folder = Path(shutil.copytree(saved.folder, tmp_path / "archive"))
    archive = Archive(folder, CountingEncoder())
    path = folder / "archive.sqlite"
    path.rename(tmp_path / "away")
    if replaced:
        shutil.copy(tmp_path / "away", path)
    for change in (lambda: list(archive.ingest([invented("new")])), lambda: archive.remove(["1"])):
        with pytest.raises(ArchiveUnusable, match="deleted or replaced while it was open"):
            change()
    with ThreadPoolExecutor() as pool:  # another thread has a connection of its own
        heads = pool.submit(archive.store.head)
        if not replaced:
            with pytest.raises(ArchiveUnusable, match="unable to open database file"):
                heads.result()
            assert check(archive) == ["archive.sqlite: unable to open database file"]
    assert path.exists() == replaced  # it is not made anew, and empty


def test_vectors_of_another_dimension_are_told_in_words(saved: Saved, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(saved.folder, tmp_path / "archive"))
    archive = Archive(folder, CountingEncoder())
    (*_, last) = archive.store.passages_added(0, archive.store.head().seq)
    with archive.store.change() as change:
        change.set_vectors([(last.id, CountingEncoder(dimension=8).encode(["berth"])[0])])
    archive.store.close()
    (folder / "dense.faiss").unlink()
    with pytest.raises(
        ArchiveDamaged, match=rf"the vector of passage {last.id} is not of dimension"
    ):
        Archive(folder, CountingEncoder())

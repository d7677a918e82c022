"""Indexes that are absent, old, damaged or another archive's: made again, and nothing encoded.

The same for what a crash leaves between the store's commit and the indexes'.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.archive import Archive
from tests.invented import CountingEncoder, found, invented

Damage = Callable[[Path], None]
QUESTIONS = ("harbour berth 3", "report", "berth 7 invented", "closed")


def with_new_dense_file(folder: Path) -> Archive:
    (folder / "dense.faiss").unlink()
    return Archive(folder, CountingEncoder())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with several tantivy segments and a removed article; each test takes a copy."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    archive = Archive(folder, CountingEncoder())
    for start in range(0, 12, 4):
        numbers = range(start, start + 4)
        articles = [invented(str(i), f"The harbour is closed. Berth {i}.") for i in numbers]
        assert len(list(archive.ingest(articles))) == 4
        if start == 4:  # so that the file stands between the first change and the last
            archive = with_new_dense_file(folder)
    archive.remove(["5"])
    archive.store.close()
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "data"))


def answers(archive: Archive) -> list[tuple[list[str], set[str]]]:
    """What is found; BM25 moves a little when an index is made in one piece, so order is not."""
    snapshot, encoder = archive.snapshot(), CountingEncoder()
    assert snapshot.dense.head == snapshot.lexical.head == archive.store.head()
    both = (found(snapshot, encoder, question, k=50) for question in QUESTIONS)
    return [(dense, set(lexical)) for dense, lexical in both]


def assert_mended(folder: Path, whole: Path, notes: int) -> None:
    expected = answers(Archive(whole, CountingEncoder()))
    encoder = CountingEncoder()
    archive = Archive(folder, encoder)
    assert answers(archive) == expected
    assert encoder.encoded == 0
    assert len(archive.notes) == notes
    again = Archive(folder, encoder)
    assert (answers(again), again.notes) == (expected, [])
    # And it can be written to.
    assert [o.status for o in again.ingest([invented("new", "A whale!")])] == ["added"]
    assert found(again.snapshot(), encoder, "whale", k=1)[1] == ["A whale!"]


def test_what_is_whole_is_left_alone(folder: Path, whole: Path) -> None:
    before = (folder / "dense.faiss").stat().st_mtime_ns
    Archive(folder, CountingEncoder())
    assert (folder / "dense.faiss").stat().st_mtime_ns == before
    assert_mended(folder, whole, notes=0)


def test_both_indexes_are_absent(folder: Path, whole: Path) -> None:
    (folder / "dense.faiss").unlink()
    shutil.rmtree(folder / "lexical")
    assert_mended(folder, whole, notes=0)
    assert (folder / "dense.faiss").exists()


@pytest.mark.parametrize("content", [b"", b"dateline dense 1\n", b"\0" * 5_000])
def test_the_dense_file_is_damaged(folder: Path, whole: Path, content: bytes) -> None:
    (folder / "dense.faiss").write_bytes(content)
    assert_mended(folder, whole, notes=1)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 16
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [flip, cut, empty, Path.unlink])
@pytest.mark.parametrize("suffix", ["term", "idx", "pos", "fast", "fieldnorm", "store", "del"])
def test_a_file_of_a_tantivy_segment_is_damaged(
    folder: Path, whole: Path, suffix: str, damage: Damage
) -> None:
    damage(next((folder / "lexical").glob(f"*.{suffix}")))
    assert_mended(folder, whole, notes=1)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"{}", b"[]", b"null", b'{"segments": [{}]}', b'{"segments": 3}', b"\xff"],
)
@pytest.mark.parametrize("name", ["meta.json", ".managed.json"])
def test_the_list_of_segments_is_damaged(
    folder: Path, whole: Path, name: str, content: bytes
) -> None:
    (folder / "lexical" / name).write_bytes(content)
    harmless = name == ".managed.json" and content == b"[]"
    assert_mended(folder, whole, notes=0 if harmless else 1)


def test_the_list_of_segments_is_absent(folder: Path, whole: Path) -> None:
    (folder / "lexical" / "meta.json").unlink()
    assert_mended(folder, whole, notes=0)


def test_a_segment_is_missing_from_the_list(folder: Path, whole: Path) -> None:
    path = folder / "lexical" / "meta.json"
    meta = json.loads(path.read_text())
    kept = [segment for segment in meta["segments"] if segment["max_doc"] == 1]
    path.write_text(json.dumps(meta | {"segments": kept}))  # the one with the state
    assert_mended(folder, whole, notes=1)


def test_the_tantivy_folder_is_a_file(folder: Path, whole: Path) -> None:
    shutil.rmtree(folder / "lexical")
    (folder / "lexical").write_text("in the way")
    assert_mended(folder, whole, notes=1)


def test_indexes_of_another_archive_are_made_again(
    folder: Path, whole: Path, tmp_path: Path
) -> None:
    other = Archive(tmp_path / "other", CountingEncoder())
    # As many as there are here at the same change, so that it is not their number that tells.
    assert list(other.ingest(invented(str(i), f"Another {i}.") for i in range(4)))
    with_new_dense_file(other.folder)
    shutil.copy(other.folder / "dense.faiss", folder / "dense.faiss")
    shutil.rmtree(folder / "lexical")
    shutil.copytree(other.folder / "lexical", folder / "lexical")
    assert_mended(folder, whole, notes=2)


def test_older_indexes_catch_up_past_what_was_purged(folder: Path, tmp_path: Path) -> None:
    older = Path(shutil.copytree(folder, tmp_path / "older"))
    archive = Archive(folder, CountingEncoder())
    assert list(archive.ingest([invented("3", "Berth three is open."), invented("x", "Berth x.")]))
    archive.remove(["4"])
    assert archive.store.purge(archive.store.head().seq, "9999") == 3
    expected = answers(archive)
    shutil.rmtree(folder / "lexical")
    shutil.copy(older / "dense.faiss", folder)
    shutil.copytree(older / "lexical", folder / "lexical")
    encoder = CountingEncoder()
    caught_up = Archive(folder, encoder)
    assert answers(caught_up) == expected
    assert (encoder.encoded, caught_up.notes) == (0, [])
    assert len(caught_up.snapshot().lexical) == len(caught_up.snapshot().dense) == 11


def test_indexes_that_are_ahead_of_the_store_are_made_again(folder: Path, whole: Path) -> None:
    archive = Archive(folder, CountingEncoder())
    assert list(archive.ingest([invented("x", "Berth x.")]))
    archive.store.close()
    for path in whole.glob("archive.sqlite*"):
        shutil.copy(path, folder)
    (folder / "dense.faiss").unlink()
    assert_mended(folder, whole, notes=1)


_CRASH = """
import os, signal, sys
from pathlib import Path
from index.archive import Archive
from tests.invented import CountingEncoder, invented
archive = Archive(Path(sys.argv[1]), CountingEncoder())
outcomes = archive.ingest([invented("x", "A whale!"), invented("3", "Berth three.")])
assert next(outcomes).status == "added"  # acknowledged: in the store, in no index yet
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_after_a_crash_before_the_indexes_everyone_catches_up(folder: Path) -> None:
    encoder = CountingEncoder()
    already_open = Archive(folder, encoder)
    before = already_open.snapshot()
    crash = [sys.executable, "-c", _CRASH, str(folder)]
    root = Path(__file__).parent.parent
    assert subprocess.run(crash, cwd=root, check=False).returncode == -9
    for archive in (already_open, Archive(folder, encoder)):
        snapshot = archive.snapshot()
        assert snapshot.head.seq == before.head.seq + 1
        assert found(snapshot, encoder, "whale", k=1)[1] == ["A whale!"]
        assert found(snapshot, encoder, "berth three", k=1)[1] == ["Berth three."]
        assert "The harbour is closed. Berth 3." not in found(snapshot, encoder, "berth", k=50)[0]
    assert encoder.encoded == 0


def test_after_a_crash_inside_tantivys_commit_its_leftovers_are_no_obstacle(
    folder: Path, tmp_path: Path
) -> None:
    older = shutil.copytree(folder / "lexical", tmp_path / "older")
    archive = Archive(folder, CountingEncoder())
    archive.remove(["4"])
    expected = answers(archive)
    # All that the commit wrote is there, but the list of segments is still the old one.
    for path in set(older.iterdir()) - {older / ".managed.json"}:
        shutil.copy(path, folder / "lexical")
    encoder = CountingEncoder()
    caught_up = Archive(folder, encoder)
    assert answers(caught_up) == expected
    assert (encoder.encoded, caught_up.notes) == (0, [])


def test_half_of_a_file_of_deletions_that_no_commit_names_is_no_damage(
    folder: Path, whole: Path
) -> None:
    path = next((folder / "lexical").glob("*.del"))
    segment = path.name.split(".")[0]
    path.with_name(f"{segment}.987654.del").write_bytes(path.read_bytes()[:-1])
    assert_mended(folder, whole, notes=0)

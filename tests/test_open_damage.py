"""What befalls the files while an archive is open, and removals that no index knows of yet.

All articles are invented.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.archive import Archive
from index.check import check
from index.files import WriterLock
from index.private import PrivateFolder
from index.reencode import re_encode
from tests.invented import CountingEncoder, found, invented

ROOT = Path(__file__).parents[1]
OPEN, CLOSED = "The harbour is open.", "The harbour is closed."


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "data", CountingEncoder(), wait_seconds=0.1)
    assert list(archive.ingest([invented("open", OPEN), invented("closed", CLOSED)]))
    return archive


def texts(archive: Archive) -> tuple[set[str], set[str]]:
    dense, lexical = found(archive.snapshot(), CountingEncoder(), "harbour")
    return set(dense), set(lexical)


def delete(lexical: Path) -> None:
    shutil.rmtree(lexical)


def garble(lexical: Path) -> None:
    (lexical / "meta.json").write_text("{")


def lose_the_list(lexical: Path) -> None:
    (lexical / "meta.json").unlink()


def put_a_file_there(lexical: Path) -> None:
    shutil.rmtree(lexical)
    lexical.write_text("in the way")


DAMAGE = pytest.mark.parametrize("damage", [delete, garble, lose_the_list, put_a_file_there])


@DAMAGE
def test_a_change_mends_what_was_damaged_meanwhile(
    archive: Archive, damage: Callable[[Path], None]
) -> None:
    damage(archive.folder / "lexical")
    assert archive.remove(["closed"]) == ["closed"]
    assert texts(archive) == ({OPEN}, {OPEN})
    assert list(archive.ingest([invented("new", CLOSED)]))
    assert texts(archive) == ({OPEN, CLOSED}, {OPEN, CLOSED})
    assert check(archive) == []
    again = Archive(archive.folder, CountingEncoder())
    assert (texts(again), again.notes) == (({OPEN, CLOSED}, {OPEN, CLOSED}), [])


@DAMAGE
def test_questions_go_on_while_another_process_writes(
    archive: Archive, damage: Callable[[Path], None]
) -> None:
    with archive.store.change() as change:  # as a process does that has not yet told tantivy
        change.remove("closed")
    damage(archive.folder / "lexical")
    with WriterLock(archive.folder, 1).held():
        assert texts(archive) == ({OPEN}, {OPEN})


def test_a_removal_that_was_stored_counts_while_another_process_writes(archive: Archive) -> None:
    other = Archive(archive.folder, CountingEncoder())
    with archive.store.change() as change:
        change.remove("closed")
    with WriterLock(archive.folder, 1).held():
        for reader in (archive, other):
            assert texts(reader) == ({OPEN}, {OPEN})
            assert reader.snapshot().article("closed") is None
    assert archive.remove(["open"]) == ["open"]
    assert texts(other) == (set(), set())
    assert check(other) == []


def test_an_encoder_changes_behind_a_removal_that_no_index_knows(archive: Archive) -> None:
    with archive.store.change() as change:
        change.remove("closed")
    archive.store.close()
    wider = CountingEncoder("wider", dimension=24)
    re_encode(archive.folder, wider)
    changed = Archive(archive.folder, wider)
    assert changed.snapshot().counts() == (1, 1)
    assert (check(changed), changed.notes) == ([], [])


_OWNER = """
import sys
from pathlib import Path
from index.private import PrivateFolder
folder = PrivateFolder(Path(sys.argv[1]), Path(sys.argv[2]))
print(folder.path, flush=True)
sys.stdin.read()
"""


def test_private_folders_go_with_their_owners(archive: Archive, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    lexical = archive.folder / "lexical"
    command = [sys.executable, "-c", _OWNER, str(lexical), str(temporary)]
    killed, living = (
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    )
    paths = []
    for owner in (killed, living):
        assert owner.stdout is not None
        paths.append(Path(owner.stdout.readline().strip()))
    killed.kill()
    killed.communicate()
    assert [path.exists() for path in paths] == [True, True]
    mine = PrivateFolder(lexical, temporary)
    assert [path.exists() for path in paths] == [False, True]
    living.communicate("")
    assert [path.exists() for path in paths] == [False, False]
    assert (mine.path / "meta.json").exists()
    del mine
    assert list(temporary.iterdir()) == []


_NO_ROOM = """
import resource, sys
from pathlib import Path
from index.archive import Archive
from index.errors import ArchiveUnusable
from tests.invented import CountingEncoder
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
try:
    Archive(Path(sys.argv[1]), CountingEncoder())
except ArchiveUnusable as error:
    print(error)
"""


def test_where_there_is_no_room_at_all_it_is_told_in_words(archive: Archive) -> None:
    """Not a byte, in no temporary folder either: Python then knows of none."""
    with archive.store.change() as change:
        change.remove("closed")
    archive.store.close()
    command = [sys.executable, "-c", _NO_ROOM, str(archive.folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{archive.folder}/lexical: ")
    assert "that the disk has room" in done.stdout

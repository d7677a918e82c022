"""Files that are whole or not there, and the lock that one writer holds at a time."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from index.errors import ArchiveBusy, ArchiveUnusable
from index.files import WriterLock, replace_file

_HOLD = """
import sys
from pathlib import Path
from index.files import WriterLock
with WriterLock(Path(sys.argv[1]), 0).held():
    print("held", flush=True)
    sys.stdin.read()
"""


def hold_in_another_process(folder: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, [b"o", b"ld"])
    replace_file(path, [b"ne", b"w"])
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_crash_left_of_a_replacement_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file.new").write_bytes(b"half of it, and longer")
    path = tmp_path / "file"
    replace_file(path, [b"ne", b"w"])
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"new", [path])


def test_a_replacement_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()  # a file cannot take a folder's place
    with pytest.raises(OSError, match="folder"):
        replace_file(path, [b"ne", b"w"])
    assert list(tmp_path.iterdir()) == [path]


def test_a_second_process_is_told_who_writes(tmp_path: Path) -> None:
    with hold_in_another_process(tmp_path) as holder:
        with (
            pytest.raises(ArchiveBusy, match=f"written by process {holder.pid}, since 2"),
            WriterLock(tmp_path, wait_seconds=0.1).held(),
        ):
            pass
        holder.communicate()
    with WriterLock(tmp_path, wait_seconds=10).held():
        pass


def test_who_waits_goes_on_when_the_holder_ends(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path, wait_seconds=60)
    went_on = threading.Event()

    def wait_for_it() -> None:
        with lock.held():
            went_on.set()

    with hold_in_another_process(tmp_path) as holder:
        thread = threading.Thread(target=wait_for_it)
        thread.start()
        assert not went_on.is_set()
        holder.send_signal(signal.SIGKILL)  # a crash frees the lock as well
        thread.join()
    assert went_on.is_set()


def test_a_second_thread_is_told_who_writes(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path, wait_seconds=0.05)
    with lock.held():
        for wait in (True, False):
            with pytest.raises(ArchiveBusy, match="process"), lock.held(wait):
                pass
    with lock.held():
        pass


def test_a_holder_that_left_no_name_is_another_process(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path, wait_seconds=0)
    for name in ("", "null", "[]", "{}", "\0"):
        with lock.held():
            (tmp_path / "writer.json").write_text(name)
            with pytest.raises(ArchiveBusy, match="another process"), lock.held():
                pass


def test_a_lock_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a regular file")
    with (
        pytest.raises(ArchiveUnusable, match=r"writer\.lock"),
        WriterLock(tmp_path / "file" / "below", wait_seconds=0).held(),
    ):
        pass

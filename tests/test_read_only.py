"""A folder that cannot be written: it is asked as ever, and what would write says so.

By permissions, and where mounts can be made by a file system that is mounted read-only.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from index.archive import Archive
from rag.engine import Engine
from tests.confined import can_mount, on_read_only_disk, without_rights
from tests.invented import CountingEncoder, invented

ROOT = Path(__file__).parents[1]
MEANS = ["permissions", "mount"] if can_mount() else ["permissions"]
PROGRAM = [sys.executable, "-m", "rag.cli.main"]
QUESTION = "who is the harbour master?"

# Prints what is found, what the checker says and what was noted; then that nothing can be written.
_READ = """
import json, sys
from pathlib import Path
from index.archive import Archive
from index.check import check
from index.errors import ArchiveUnusable
from tests.invented import CountingEncoder, found, invented
encoder = CountingEncoder()
archive = Archive(Path(sys.argv[1]), encoder, wait_seconds=0)
snapshot = archive.snapshot()
both = [sorted(texts) for texts in found(snapshot, encoder, "berth", k=99)]
print(json.dumps([*both, check(archive), archive.notes, encoder.encoded]))
for change in (lambda: list(archive.ingest([invented("new")])), lambda: archive.remove(["1"])):
    try:
        change()
    except ArchiveUnusable as error:
        assert "can be written" in str(error), error
    else:
        raise AssertionError("it was written to")
"""
_CRASH = """
import os, signal, sys
from pathlib import Path
from index.archive import Archive
from tests.invented import CountingEncoder, invented
archive = Archive(Path(sys.argv[1]), CountingEncoder())
outcomes = archive.ingest([invented("3", "Berth 3 is new."), invented("1", "Berth 1 is closed.")])
assert next(outcomes).status == "added"  # stored, and in no index yet
os.kill(os.getpid(), signal.SIGKILL)
"""
OPEN = [f"Berth {i} is open." for i in range(3)]


@contextmanager
def read_only(means: str, folder: Path) -> Iterator[Callable[[list[str]], list[str]]]:
    """Gives what makes a command one that cannot write to the folder."""
    if means == "mount":
        yield lambda command: on_read_only_disk(folder, command)
        return
    before = {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    for path, mode in before.items():
        path.chmod(mode & ~0o222)
    try:
        yield without_rights
    finally:
        for path, mode in before.items():
            path.chmod(mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    archive = Archive(tmp_path / "archive", CountingEncoder())
    assert list(archive.ingest(invented(str(i), text) for i, text in enumerate(OPEN)))
    archive.store.close()
    return archive.folder


def read(means: str, folder: Path) -> tuple[list[str], list[str]]:
    """The texts that both searches find, and the notes."""
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with read_only(means, folder) as confined:
        command = confined([sys.executable, "-W", "error", "-c", _READ, str(folder)])
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    dense, lexical, problems, notes, encoded = json.loads(done.stdout)
    assert (dense, problems, encoded) == (lexical, [], 0)
    left = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert left == files
    return dense, notes


@pytest.mark.parametrize("means", MEANS)
def test_an_archive_that_was_closed_is_read(means: str, folder: Path) -> None:
    assert read(means, folder) == (OPEN, [])


@pytest.mark.parametrize("means", MEANS)
def test_what_a_crash_left_is_read(means: str, folder: Path) -> None:
    crash = subprocess.run([sys.executable, "-c", _CRASH, str(folder)], cwd=ROOT, check=False)
    assert crash.returncode == -signal.SIGKILL
    assert (folder / "archive.sqlite-wal").stat().st_size
    texts = ["Berth 0 is open.", "Berth 1 is closed.", "Berth 2 is open.", "Berth 3 is new."]
    assert read(means, folder) == (texts, [])


@pytest.mark.parametrize("means", MEANS)
def test_damaged_and_missing_indexes_are_made_elsewhere(means: str, folder: Path) -> None:
    (folder / "dense.faiss").write_bytes(b"damaged")
    segment = next((folder / "lexical").glob("*.term"))
    segment.write_bytes(segment.read_bytes()[:-1])
    with read_only(means, folder) as confined:
        command = confined([sys.executable, "-c", _READ, str(folder)])
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    dense, lexical, problems, notes, encoded = json.loads(done.stdout)
    assert (dense, lexical, encoded) == (OPEN, OPEN, 0)
    assert problems == ["dense.faiss is damaged, or of another version"]
    assert notes == [
        f"the lexical index was made again, for now ({segment.name} differs from its checksum)",
        "dense.faiss is damaged, or of another version; made again",
    ]
    (folder / "dense.faiss").unlink()
    shutil.rmtree(folder / "lexical")
    assert read(means, folder)[0] == OPEN


@pytest.mark.parametrize("means", MEANS)
def test_a_journal_that_cannot_be_read_is_told_in_words(means: str, folder: Path) -> None:
    subprocess.run([sys.executable, "-c", _CRASH, str(folder)], cwd=ROOT, check=False)
    (folder / "archive.sqlite-shm").unlink()  # as in a copy of what SQLite needs alone
    with read_only(means, folder) as confined:
        command = confined([sys.executable, "-c", _READ, str(folder)])
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"index.errors.ArchiveUnusable: {folder / 'archive.sqlite'}: unable to")
    assert "see that the folder is there and can be written" in last


def test_a_file_without_permission_to_read_is_told_in_words(folder: Path) -> None:
    (folder / "archive.sqlite").chmod(0)
    command = without_rights([sys.executable, "-c", _READ, str(folder)])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"index.errors.ArchiveUnusable: {folder / 'archive.sqlite'}: unable to")


def test_an_index_without_permission_to_read_is_made_again(folder: Path) -> None:
    next((folder / "lexical").glob("*.term")).chmod(0)
    (folder / "dense.faiss").chmod(0)
    with read_only("permissions", folder) as confined:
        command = confined([sys.executable, "-c", _READ, str(folder)])
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    dense, lexical, *_ = json.loads(done.stdout)
    assert (dense, lexical) == (OPEN, OPEN)


@pytest.fixture
def asked(own: Engine) -> Path:
    """An archive that the shipped models can be asked about."""
    own.ingest(invented("a", "Ann Oake is the harbour master of Invented Bay."))
    own.archive.store.close()
    return own.archive.folder


@pytest.mark.parametrize("means", MEANS)
def test_the_commands_in_a_folder_that_cannot_be_written(means: str, asked: Path) -> None:
    def run(*arguments: str) -> str:
        command = confined([*PROGRAM, *arguments, "--data", str(asked)])
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        return f"{done.returncode} {done.stdout}{done.stderr}"

    with read_only(means, asked) as confined:
        assert run("ask", QUESTION).startswith("0 Ann Oake [1]")
        assert run("search", "harbour").startswith("0 1.000 Invented Wire")
        assert run("show", "a", "--at", "0:8") == "0 Ann Oake\n"
        assert run("status").startswith("0 folder")
        assert run("status", "--check") == "0 sound\n"
        for refused in (run("remove", "a"), run("ingest", "seeds"), run("ingest", "--re-encode")):
            assert refused.startswith(f"1 dateline: {asked}")
            assert "can be written" in refused
            assert refused.count("\n") == 1


@contextmanager
def serving(command: list[str], temporary: Path) -> Iterator[str]:
    """The server's address; as it ends it leaves nothing in `temporary`, a folder made for it.

    Its log is in the file `log` beside that.
    """
    temporary.mkdir()
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "TMPDIR": str(temporary)}
    with (
        temporary.with_name("log").open("w") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as server,
    ):
        try:
            assert server.stdout is not None
            yield next(word for word in server.stdout.readline().split() if "://" in word)
        finally:
            server.terminate()
    assert server.returncode == 128 + signal.SIGTERM
    assert list(temporary.glob("dateline-*")) == []


def assert_answers_and_refuses_to_write(address: str) -> None:
    asked = httpx.post(f"{address}/v1/ask", json={"question": QUESTION}, timeout=60)
    assert (asked.status_code, asked.json()["answer"]) == (200, "Ann Oake")
    article = {"id": "b", "text": "Another invented report."}
    refused = httpx.post(f"{address}/v1/articles", json={"articles": [article]}, timeout=60)
    assert (refused.status_code, "can be written" in refused.json()["detail"]) == (503, True)
    refused = httpx.delete(f"{address}/v1/articles/a", timeout=60)
    assert (refused.status_code, "can be written" in refused.json()["detail"]) == (503, True)
    asked = httpx.post(f"{address}/v1/ask", json={"question": QUESTION}, timeout=60)
    assert (asked.status_code, asked.json()["answer"]) == (200, "Ann Oake")


@pytest.mark.parametrize("means", MEANS)
def test_a_server_that_starts_in_a_folder_that_cannot_be_written(
    means: str, asked: Path, tmp_path: Path
) -> None:
    segment = next((asked / "lexical").glob("*.term"))
    segment.write_bytes(segment.read_bytes()[:-1])  # so that it makes an index of its own
    command = [*PROGRAM, "serve", "--port", "0", "--data", str(asked)]
    temporary = tmp_path / "temporary"
    with read_only(means, asked) as confined, serving(confined(command), temporary) as address:
        assert "the lexical index was made again, for now" in (tmp_path / "log").read_text()
        assert_answers_and_refuses_to_write(address)
        assert len(list(temporary.glob("dateline-*"))) == 1
    log = (tmp_path / "log").read_text()
    assert log.count("the lexical index was made again") == 1
    assert "Traceback" not in log


def test_a_server_whose_folder_can_no_longer_be_written(asked: Path, tmp_path: Path) -> None:
    command = [*PROGRAM, "serve", "--port", "0", "--data", str(asked)]
    with (
        serving(without_rights(command), tmp_path / "temporary") as address,
        read_only("permissions", asked),
    ):
        assert_answers_and_refuses_to_write(address)

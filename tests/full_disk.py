"""What a process does while its disk is full, and after: run by tests/test_full_disk.py.

    python -m tests.full_disk tmpfs|limit WHAT FOLDER

With `tmpfs`, FOLDER is a small disk of its own. With `limit`, no file may grow past a size, which
works everywhere; it binds temporary files too. Articles are invented.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from index.archive import Archive
from index.check import check
from index.errors import ArchiveUnusable
from index.records import Article
from tests.invented import CountingEncoder, found, invented

ROOT = Path(__file__).parents[1]
Texts = dict[str, str]


class SmallDisk:
    """Filled by a file that takes all the room but what is left."""

    rooms = range(0, 400_000, 20_000)  # bytes: less than the first write, and more than all

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self, leaving: int) -> None:
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                file.truncate(max(0, file.tell() - leaving))

    def free(self) -> None:
        self._ballast.unlink()


class LimitedFiles:
    """No file may grow past a size; what is longer already stays and can be read."""

    rooms = range(0, 250_000, 30_000)  # bytes

    def __init__(self, _: Path) -> None:
        self._most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

    def fill(self, leaving: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (leaving, self._most))

    def free(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._most, self._most))


Disk = SmallDisk | LimitedFiles


def articles(first: int, last: int) -> list[Article]:
    filler = "The invented harbour of the bay has many a berth. " * 60
    return [invented(str(i), f"Berth {i} is open. {filler}") for i in range(first, last)]


def opened(folder: Path) -> Archive:
    return Archive(folder, CountingEncoder(), wait_seconds=0.1)


def ingest(archive: Archive, texts: Texts, given: Iterable[Article]) -> str:
    """Adds to `texts` what was acknowledged; how it ended."""
    by_id = {article.id: article.text for article in given}
    try:
        for outcome in archive.ingest(invented(id_, text) for id_, text in by_id.items()):
            texts[outcome.id] = by_id[outcome.id]
    except ArchiveUnusable as error:
        return str(error)
    return "done"


def remove(archive: Archive, texts: Texts, id_: str, disk: Disk) -> str:
    try:
        assert archive.remove([id_]) == [id_]
    except ArchiveUnusable as error:
        if archive.store.hashes([id_]):
            return str(error)
        assert isinstance(disk, LimitedFiles)  # else this process has room for an index elsewhere
    del texts[id_]
    return "done"


def assert_asked(archive: Archive, texts: Texts) -> None:
    """All that was acknowledged is there, and found by both searches, and nothing else is."""
    snapshot = archive.snapshot()
    assert {a.id: a.text for a in snapshot.articles(limit=999)} == texts
    dense, lexical = found(snapshot, CountingEncoder(), "berth", k=999)
    assert sorted(dense) == sorted(lexical)
    assert len(dense) == snapshot.counts()[1]


def fill_while_writing(disk: Disk, folder: Path) -> list[str]:
    """With more room each time, in an archive that is open and in one that was closed."""
    said = []
    for number, room in enumerate(disk.rooms):
        texts: Texts = {}
        archive = opened(folder / f"{number}")
        assert ingest(archive, texts, articles(0, 3)) == "done"
        if number % 2:
            archive.store.close()
        disk.fill(room)
        if number % 2:
            archive = opened(archive.folder)
            assert_asked(archive, texts)
        said.append(ingest(archive, texts, articles(3, 6)))
        said.append(ingest(archive, texts, articles(2, 4)))
        said.append(remove(archive, texts, "1", disk))
        if isinstance(disk, SmallDisk):  # else there is no room for temporary files either
            assert_asked(archive, texts)
            assert_asked(opened(archive.folder), texts)
            assert check(archive) == []
        disk.free()
        assert ingest(archive, texts, articles(6, 8)) == "done"
        for reader in (archive, opened(archive.folder)):
            assert_asked(reader, texts)
            assert check(reader) == []
            reader.store.close()
        assert not list(Path(tempfile.gettempdir()).glob("dateline-*"))  # the archive has all again
        subprocess.run(["rm", "-r", str(archive.folder)], check=True)
    return said


def fill_before_the_first(disk: Disk, folder: Path) -> list[str]:
    """An archive that is new: it is made, or it is not, and then it can be made later."""
    said = []
    for number, room in enumerate(disk.rooms):
        texts: Texts = {}
        disk.fill(room)
        try:
            said.append(ingest(opened(folder / f"{number}"), texts, articles(0, 3)))
        except ArchiveUnusable as error:
            said.append(str(error))
        disk.free()
        archive = opened(folder / f"{number}")
        assert_asked(archive, texts)
        assert ingest(archive, texts, articles(0, 4)) == "done"
        assert check(archive) == []
        archive.store.close()
        subprocess.run(["rm", "-r", str(archive.folder)], check=True)
    return said


def another_makes_room_and_writes(disk: Disk, folder: Path) -> list[str]:
    """What was opened while there was no room notices what is written once there is."""
    texts: Texts = {}
    archive = opened(folder / "archive")
    assert ingest(archive, texts, articles(0, 3)) == "done"
    archive.store.close()
    disk.fill(0)
    reader = opened(archive.folder)
    pages = reader.store.passages_added(0, 1)
    next(pages)  # a reading that goes on
    disk.free()
    assert ingest(archive, texts, articles(2, 5)) == "done"
    assert_asked(reader, texts)
    try:
        list(pages)
    except ArchiveUnusable as error:
        return [str(error)]
    return ["done"]


def commands(disk: Disk, folder: Path) -> list[str]:
    """The program itself, when there is no room at all: each command's status and what it said."""

    def run(*arguments: str, given: str = "") -> str:
        program = [sys.executable, "-m", "rag.cli.main", *arguments]
        environment = os.environ | {"DATELINE_DATA": str(folder / "archive")}
        done = subprocess.run(
            program, cwd=ROOT, env=environment, input=given, capture_output=True, text=True
        )
        return f"{done.returncode} {done.stdout}{done.stderr}"

    def line(id_: str, text: str) -> str:
        return json.dumps({"id": id_, "text": text})

    said = [run("ingest", "-", given=line("a", "Invented: Ann Oake is the harbour master."))]
    disk.fill(0)
    said.append(run("ask", "who is the harbour master?"))
    said.append(run("search", "harbour master"))
    said.append(run("show", "a"))
    said.append(run("status"))
    said.append(run("status", "--check"))
    said.append(run("ingest", "-", given=line("b", "Invented: Bea Elm is the pilot.")))
    said.append(run("remove", "a"))
    disk.free()
    said.append(run("ingest", "-", given=line("b", "Invented: Bea Elm is the pilot.")))
    said.append(run("ask", "who is the pilot?"))
    said.append(run("status", "--check"))
    return said


if __name__ == "__main__":
    kinds: dict[str, type[SmallDisk] | type[LimitedFiles]] = {
        "tmpfs": SmallDisk,
        "limit": LimitedFiles,
    }
    scenes = {
        scene.__name__: scene
        for scene in (
            fill_while_writing,
            fill_before_the_first,
            another_makes_room_and_writes,
            commands,
        )
    }
    where = Path(sys.argv[3])
    print(json.dumps(scenes[sys.argv[2]](kinds[sys.argv[1]](where), where)))

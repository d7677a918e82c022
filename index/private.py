"""A folder of this process's own for the tantivy index, where the archive's cannot be written.

It begins with links to the files that are there, so that little is copied; what is new is written
here. It is deleted when it is dropped and when the process ends; what a process that was killed
left behind, by the next that makes one in the same place.
"""

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "dateline-"
_ALIVE = "alive.lock"  # locked by the owner as long as it lives, however it ends
_IN_MEMORY = Path("/dev/shm")  # of Linux; it may have room when no disk has any


class PrivateFolder:
    """`path` is what tantivy gets."""

    def __init__(self, shared: Path, parent: Path) -> None:
        """Raises OSError when it cannot be made there."""
        _sweep(parent)
        whole = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        alive = FileLock(whole / _ALIVE, thread_local=False)
        weakref.finalize(self, _delete, whole, alive)
        alive.acquire(timeout=0)
        self.path = whole / "lexical"
        self.path.mkdir()
        for path in shared.iterdir() if shared.is_dir() else ():
            if path.suffix == ".json":  # the lists of files; others put new ones in their place
                shutil.copyfile(path, self.path / path.name)
            elif path.suffix != ".lock":
                (self.path / path.name).symlink_to(path.absolute())

    def clear(self) -> None:
        for path in self.path.iterdir():
            path.unlink()


def private_folders(shared: Path) -> Iterator[PrivateFolder]:
    """One after the other, until one has room for what is to be written there."""
    parents: tuple[Callable[[], str | Path], ...] = (tempfile.gettempdir, lambda: _IN_MEMORY)
    for parent in parents:
        with suppress(OSError):  # on a full disk Python finds no temporary folder at all
            yield PrivateFolder(shared, Path(parent()))


def _delete(whole: Path, alive: FileLock) -> None:
    shutil.rmtree(whole, ignore_errors=True)
    alive.release()


def _sweep(parent: Path) -> None:
    """Deletes the folders whose owners are gone. One without its lock has just been made."""
    for path in parent.glob(f"{_PREFIX}*/{_ALIVE}"):
        alive = FileLock(path, thread_local=False)
        with suppress(Timeout, OSError):  # alive, or another user's
            alive.acquire(timeout=0)
            _delete(path.parent, alive)

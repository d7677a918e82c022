"""A folder of this process's own for the tantivy index, where the archive's cannot be written.

It begins with links to the files that are there, so that little is copied; what is new is written
here. It is deleted when it is dropped and when the process ends.
"""

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_IN_MEMORY = Path("/dev/shm")  # of Linux; it may have room when no disk has any


class PrivateFolder:
    def __init__(self, shared: Path, parent: Path) -> None:
        """Raises OSError when it cannot be made there."""
        self.path = Path(tempfile.mkdtemp(prefix="dateline-", dir=parent))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
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
    for parent in (Path(tempfile.gettempdir()), _IN_MEMORY):
        with suppress(OSError):
            yield PrivateFolder(shared, parent)

"""Files that are whole or not there, and the lock that lets one process write at a time."""

import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import ArchiveBusy, ArchiveUnusable


def replace_file(path: Path, parts: Sequence[memoryview | bytes]) -> None:
    """Puts `parts`, joined, at `path`: after a crash the file is the old one or the new one, whole.

    For one process at a time. What a crash leaves beside it is overwritten by the next call.
    """
    scratch = path.with_name(f"{path.name}.new")
    try:
        with scratch.open("wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class WriterLock:
    """Held by the one thread of the one process that may write to the archive in `folder`."""

    def __init__(self, folder: Path, wait_seconds: float) -> None:
        self._wait = wait_seconds
        self._thread = threading.Lock()
        self._file = FileLock(folder / "writer.lock", thread_local=False)
        self._holder = folder / "writer.json"

    @contextmanager
    def held(self, wait: bool = True) -> Iterator[None]:
        """Raises ArchiveBusy, naming the holder, when the lock is not free in time."""
        seconds = self._wait if wait else 0.0
        deadline = time.monotonic() + seconds
        if not self._thread.acquire(timeout=seconds):
            raise self._busy()
        try:
            self._acquire_file(max(0.0, deadline - time.monotonic()))
            try:
                self._sign()
                yield
            finally:
                self._file.release()
        finally:
            self._thread.release()

    def _acquire_file(self, seconds: float) -> None:
        try:
            self._file.acquire(timeout=seconds)
        except Timeout:
            raise self._busy() from None
        except OSError as error:
            raise ArchiveUnusable(
                f"{self._file.lock_file}: {error.strerror}; see that the folder can be written"
            ) from error

    def _sign(self) -> None:
        since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        # The name is a courtesy to those who wait; a full disk must not stop a removal.
        with suppress(OSError):
            self._holder.write_text(json.dumps({"pid": os.getpid(), "since": since}), "utf-8")

    def _busy(self) -> ArchiveBusy:
        try:
            holder = json.loads(self._holder.read_text("utf-8"))
            who = f"process {holder['pid']}, since {holder['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            who = "another process"
        return ArchiveBusy(
            f"the archive {self._holder.parent} is being written by {who}; wait until it has "
            f"finished, then try again"
        )

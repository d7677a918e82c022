"""Commands that find a small disk or a folder they cannot write: for real, and for them alone.

Where the system lets this process make mounts of its own, a file system is mounted for the command;
what works everywhere, limits and permissions, is used everywhere.
"""

import os
import subprocess
from functools import cache
from pathlib import Path

_SMALL = 'mount -t tmpfs -o size=3m dateline "$0" && exec "$@"'
_READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'


@cache
def can_mount() -> bool:
    try:
        tried = subprocess.run(on_small_disk(Path("/tmp"), ["true"]), capture_output=True)
        return tried.returncode == 0
    except OSError:  # there is no `unshare`
        return False


def on_small_disk(folder: Path, command: list[str]) -> list[str]:
    """The command, for which `folder` is a new and empty disk of 3 MiB."""
    return _with_mount(_SMALL, folder, command)


def on_read_only_disk(folder: Path, command: list[str]) -> list[str]:
    """The command, for which `folder` is mounted read-only."""
    return _with_mount(_READ_ONLY, folder, command)


def without_rights(command: list[str]) -> list[str]:
    """The command, for which permissions hold: they do not for the administrator."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]


def _with_mount(script: str, folder: Path, command: list[str]) -> list[str]:
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--mount", *as_root, "sh", "-c", script, str(folder), *command]

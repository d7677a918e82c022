"""A full disk, for real: what was acknowledged stays, is asked and found, and is not alone later.

What happens to the archive stands in `tests.full_disk`, which this file runs in processes that have
a small disk of their own, or a limit.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.confined import can_mount, on_small_disk

ROOT = Path(__file__).parents[1]
MEANS = ["limit", "tmpfs"] if can_mount() else ["limit"]


def run(means: str, scene: str, folder: Path) -> list[str]:
    elsewhere = folder.with_name(f"{folder.name}-elsewhere")
    elsewhere.mkdir()
    command = [sys.executable, "-W", "error", "-m", "tests.full_disk", means, scene, str(folder)]
    if means == "tmpfs":
        command = on_small_disk(folder, command)
    environment = os.environ | {"TMPDIR": str(elsewhere)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said: list[str] = json.loads(done.stdout)
    return said


def assert_in_words(said: str, folder: Path) -> None:
    assert said.startswith(str(folder))
    assert "can be written" in said
    assert "that the disk has room" in said


@pytest.mark.parametrize("means", MEANS)
def test_a_disk_that_fills_while_an_archive_is_written(means: str, tmp_path: Path) -> None:
    said = run(means, "fill_while_writing", tmp_path)
    refused = [words for words in said if words != "done"]
    for words in refused:
        assert_in_words(words, tmp_path)
    assert len(refused) < len(said)  # the more room, the more is done
    assert said[-3:] == ["done"] * 3
    assert any("archive.sqlite: " in words for words in refused)
    assert means == "limit" or any("lexical: " in words for words in refused)


@pytest.mark.parametrize("means", MEANS)
def test_a_disk_that_is_full_when_an_archive_is_made(means: str, tmp_path: Path) -> None:
    said = run(means, "fill_before_the_first", tmp_path)
    refused = [words for words in said if words != "done"]
    for words in refused:
        assert_in_words(words, tmp_path)
    assert said[0] != "done" == said[-1]


@pytest.mark.parametrize("means", MEANS)
def test_what_is_written_once_there_is_room_is_noticed(means: str, tmp_path: Path) -> None:
    (said,) = run(means, "another_makes_room_and_writes", tmp_path)
    assert said.endswith("archive.sqlite: it was changed while it was read; try again")


@pytest.mark.parametrize("means", MEANS)
def test_the_commands_on_a_full_disk(means: str, tmp_path: Path) -> None:
    made, asked, found, shown, counted, checked, *later = run(means, "commands", tmp_path)
    assert made.startswith("0 1 added")
    assert asked.startswith('0 Ann Oake [1]\n\n[1] a\n    "Invented: Ann Oake is the harbour')
    assert found.startswith("0 1.000 a\n")
    assert shown == "0 id: a\n\nInvented: Ann Oake is the harbour master.\n"
    assert "articles   1\n" in counted
    assert checked == "0 sound\n"
    for refused in later[:2]:
        assert refused.startswith("1 dateline: ")
        assert refused.count("\n") == 1
        assert_in_words(refused.removeprefix("1 dateline: "), tmp_path)
    ingested, asked, checked = later[2:]
    assert ingested.startswith("0 1 added")
    assert asked.startswith("0 Bea Elm [1]")
    assert checked == "0 sound\n"

"""What an ingest takes of memory: bounded by the article, not by the article times its passages."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

_INGEST = """
import resource, sys
from pathlib import Path

def peak():  # KiB; of Linux the other figure begins with what the process was forked from
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

from index.archive import Archive
from tests.invented import invented
from tests.kills import HashEncoder
archive = Archive(Path(sys.argv[1]), HashEncoder())
(outcome,) = archive.ingest([invented("long", "harbour " * 250_000)])
assert outcome.passages > 1_000
print(peak() // 1024)
"""


def test_an_article_as_long_as_http_takes_does_not_fill_memory(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _INGEST, str(tmp_path / "archive")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 500  # MiB; imports take 100, the article 2

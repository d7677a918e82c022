"""How long a question takes, and the first one after opening, as the archive grows.

    .venv/bin/python -m bench.questions --corpus reuters21578.jsonl.gz --archives FOLDER

Makes archives of the first 1,000, 4,000 and all articles in FOLDER, and keeps them. For each:
seconds from the start of a new process to its first answer; then 200 questions made of titles, in
one process, twice: cold, each for the first time, and warm.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import rag
from bench.common import arguments, machine, make_questions, percentiles, read_corpus
from index.records import Article
from rag.engine import Engine

SIZES = (1_000, 4_000, None)
OPENINGS = 5

_FIRST_ANSWER = """
import sys
import rag
rag.open(sys.argv[1]).ask(sys.argv[2])
"""


def make_archives(articles: list[Article], folder: Path) -> list[Path]:
    """An archive for each of SIZES, each made from the one before."""
    made: list[Path] = []
    for size in SIZES:
        path = folder / f"first-{size or len(articles)}"
        if not path.exists():
            scratch = folder / "unfinished"
            shutil.rmtree(scratch, ignore_errors=True)
            if made:
                shutil.copytree(made[-1], scratch)
            report = rag.open(scratch).ingest(*articles[:size])
            assert not report.rejected
            scratch.rename(path)
        made.append(path)
    return made


def time_opening(archive: Path, question: str) -> None:
    """A new process each time: with the archive's files out of the page cache, and then in it."""
    for state in ("not cached", "cached"):
        took = []
        for _ in range(OPENINGS):
            if state == "not cached":
                forget(archive)
            began = time.perf_counter()
            command = [sys.executable, "-c", _FIRST_ANSWER, str(archive), question]
            subprocess.run(command, check=True)
            took.append(time.perf_counter() - began)
        print(f"  new process to first answer, files {state}: {statistics.median(took):.2f} s")


def forget(folder: Path) -> None:
    """Takes the files out of the system's page cache."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def time_questions(engine: Engine, questions: Sequence[str]) -> None:
    engine.ask("Who may ask?")  # loads the reader
    for state in ("cold", "warm"):
        took, refused = [], 0
        stages: dict[str, list[float]] = {}
        for question in questions:
            began = time.perf_counter()
            answer = engine.ask(question)
            took.append(time.perf_counter() - began)
            refused += answer.abstained
            for stage, milliseconds in answer.timings_ms.items():
                stages.setdefault(stage, []).append(milliseconds)
        print(f"  {state}: {percentiles(took)}; {refused} of {len(questions)} refused")
    means = {stage: sum(found) / len(questions) for stage, found in stages.items()}
    total = sum(means.values())
    for stage, mean in means.items():
        print(f"    {stage:10} mean {mean:6.2f} ms  {100 * mean / total:5.1f} %")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--archives", type=Path, required=True, help="a folder for the archives")
    given = parser.parse_args()
    given.archives.mkdir(parents=True, exist_ok=True)
    print(machine())
    articles = read_corpus(given.corpus)
    archives = make_archives(articles, given.archives)
    for size, archive in zip(SIZES, archives, strict=True):
        engine = rag.open(archive)
        held, passages = engine.archive.snapshot().counts()
        print(f"\n{held} articles, {passages} passages")
        questions = make_questions(articles[:size])
        time_opening(archive, questions[0])
        time_questions(engine, questions)


if __name__ == "__main__":
    main()

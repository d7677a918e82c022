"""How long a question takes from a cold shell, beside what it takes Python to import torch.

    .venv/bin/python bench/cold_ask.py

Every run is a process of its own; the two take turns, so that noise falls on both. Prints medians
and their ratio. Uses an archive of its own with the articles of `seeds/`.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 11
QUESTION = "what was the 2018 agreement?"


def seconds(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    dateline = str(Path(sys.executable).with_name("dateline"))
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATELINE_DATA": folder}
        seconds([dateline, "ingest", str(ROOT / "seeds")], environment)
        asked, imported = [], []
        for _ in range(RUNS):
            asked.append(seconds([dateline, "ask", QUESTION], environment))
            imported.append(seconds([sys.executable, "-c", "import torch"], environment))
    ask, torch = statistics.median(asked), statistics.median(imported)
    print(f"{platform.machine()}, {os.cpu_count()} cores, medians of {RUNS} runs")
    print(f"dateline ask          {ask:.2f} s")
    print(f"python -c import torch {torch:.2f} s")
    print(f"ratio                 {ask / torch:.2f}")


if __name__ == "__main__":
    main()

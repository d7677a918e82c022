"""What the benchmarks share: the corpus, its questions, the machine, the form of figures."""

import argparse
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import numpy as np

from index.records import Article
from index.sources import read_paths

_PACKAGES = ("onnxruntime", "faiss-cpu", "tantivy", "torch", "sentence-transformers")


def arguments(description: str | None) -> argparse.ArgumentParser:
    """A parser with `--corpus`, the articles that the figures of docs/performance.md are of."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True, help="reuters21578.jsonl.gz")
    return parser


def read_corpus(path: Path, count: int | None = None) -> list[Article]:
    """The first `count` articles. Raises what is wrong with one of them."""
    articles = []
    for record in islice(read_paths([path]), count):
        if not isinstance(record, Article):
            raise record
        articles.append(record)
    return articles


def make_questions(articles: Sequence[Article], count: int = 200) -> list[str]:
    """A question from each of `count` titles, evenly spread over the articles."""
    titles = [article.title for article in articles if article.title]
    spread = (titles[i * len(titles) // count] for i in range(count))
    return [f"What was reported about {title.lower()}?" for title in spread]


def machine() -> str:
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0].partition(":")[2].strip() if names else model
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return f"{os.cpu_count()} cores, {model}; Python {platform.python_version()}, {packages}"


def percentiles(seconds: Sequence[float]) -> str:
    """p50, p95 and p99 in milliseconds."""
    p50, p95, p99 = np.percentile(np.array(seconds) * 1000, [50, 95, 99])
    return f"p50 {p50:7.1f}  p95 {p95:7.1f}  p99 {p99:7.1f} ms"


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())

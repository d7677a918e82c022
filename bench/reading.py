"""How fast the reader reads, beside a plain PyTorch pass of the same weights.

    .venv/bin/python -m bench.reading --corpus reuters21578.jsonl.gz

Ten passages of about 160 tokens with their question, as one question has them read. The int8 model
on one worker and on two; PyTorch in fp32 on as many threads, a passage at a time and all ten in one
padded batch. All take turns, so that noise falls on all; medians of the rounds and of their ratios.
"""

import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import islice

import torch

from bench.common import arguments, machine, make_questions, read_corpus
from index.heading import heading
from index.onnx import OnnxModel, Workers
from index.records import Article
from index.split import split_passages
from rag.inputs import encode_pair
from rag.reader import MODELS, SHIPPED, OnnxReader, Pair, Reader
from training.plain_reader import PlainReader

PASSAGES = 10
TOKENS = range(150, 171)
THREADS = (1, 2)


def choose_pairs(articles: list[Article], model: OnnxModel) -> tuple[list[Pair], int]:
    """The first pairs of a question and a passage with about 160 tokens, and all their tokens."""
    question = make_questions(articles, 1)[0]

    def pairs() -> list[tuple[Pair, int]]:
        made = (
            Pair(question, heading(a), a.text[start:end])
            for a in articles
            for start, end in split_passages(a.text, a.body_start, a.language)
        )
        sized = (
            (p, len(encode_pair(model.tokenizer, p.question, p.heading, p.passage).ids))
            for p in made
        )
        return list(islice((s for s in sized if s[1] in TOKENS), PASSAGES))

    found = pairs()
    if len(found) < PASSAGES:
        raise SystemExit(f"the corpus has {len(found)} passages of about 160 tokens; give another")
    return [pair for pair, _ in found], sum(tokens for _, tokens in found)


def seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def compare(articles: list[Article], rounds: int) -> None:
    model = OnnxModel(MODELS / SHIPPED)
    pairs, tokens = choose_pairs(articles, model)
    print(f"{PASSAGES} passages, {tokens} tokens, medians of {rounds} rounds")
    one, batch = PlainReader(model.tokenizer), PlainReader(model.tokenizer, rows=PASSAGES)
    for threads in THREADS:
        torch.set_num_threads(threads)
        readers: dict[str, Reader] = {
            "int8": OnnxReader(Workers(threads)),
            "PyTorch, one by one": one,
            "PyTorch, one batch": batch,
        }
        took: dict[str, list[float]] = {name: [] for name in readers}
        for reader in readers.values():
            reader.read(pairs)  # the first pass lays out its memory
        for _ in range(rounds):
            for name, reader in readers.items():
                took[name].append(seconds(partial(reader.read, pairs)))
        print(f"  on {threads} {'thread' if threads == 1 else 'threads'}")
        for name, spent in took.items():
            ratio = statistics.median(b / a for a, b in zip(took["int8"], spent, strict=True))
            print(
                f"    {name:20} {statistics.median(spent) * 1000:7.1f} ms  "
                f"{tokens / statistics.median(spent):8.0f} tokens/s  {ratio:5.2f} times int8's time"
            )


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    given = parser.parse_args()
    print(machine(), f"load {os.getloadavg()[0]:.1f}")
    compare(read_corpus(given.corpus, 400), given.rounds)


if __name__ == "__main__":
    main()

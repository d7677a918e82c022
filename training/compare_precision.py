"""What quantising cost, on open-dev: the shipped int8 reader beside its checkpoint in fp32.

    .venv/bin/python -m training.compare_precision --data DIR

DIR is the folder that holds `squad_joined.jsonl.gz` and its siblings. Answerable questions of the
reporting half, the ten passages that retrieval finds for each, ranked as serving ranks them. Prints
the F1 and the share right of the first answers, and the difference with its interval of 95 %, by a
bootstrap over the questions' clusters. Two cores: about 6 minutes for 400 questions.
"""

import argparse
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from eval.asking import admits
from eval.cases import Case
from eval.corpus import open_corpus
from eval.measures import f1
from eval.open_dev import HALVES, chosen_cases, make_articles
from eval.stats import bootstrap, bootstrap_difference
from index.filters import NO_FILTERS
from index.onnx import OnnxModel
from rag.engine import PASSAGES_READ, Engine
from rag.reader import MODELS, SHIPPED, Pair, Reader
from rag.retrieve import Found, retrieve
from rag.settings import Settings
from training.held_out import is_right
from training.plain_reader import PlainReader

SEED = 7


def find(cases: Sequence[Case], engine: Engine) -> list[list[Found]]:
    snapshot, encoder = engine.archive.snapshot(), engine.archive.encoder
    return [
        retrieve(snapshot, encoder, c.question, NO_FILTERS, PASSAGES_READ, admits=admits(c))
        for c in cases
    ]


def score(
    cases: Sequence[Case], found: Sequence[list[Found]], reader: Reader, engine: Engine
) -> np.ndarray:
    """(N, 2): of each question's first answer the F1, and whether it is right, in percent."""
    calibrator = engine.calibrator.get()
    rows = []
    for case, passages in zip(cases, found, strict=True):
        pairs = [Pair(case.question, f.heading, f.text) for f in passages]
        best = calibrator.rank(passages, reader.read(pairs))[0]
        rows.append((max(f1(best.answer, g) for g in case.answers), is_right(best, case.answers)))
    return 100 * np.array(rows, dtype=float)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the reading data")
    parser.add_argument("--questions", type=int, default=400)
    given = parser.parse_args()
    engine = open_corpus(make_articles(given.data), Settings.load())
    answerable = (c for c in chosen_cases(given.data)[HALVES[1]] if c.answerable)
    cases = list(islice(answerable, given.questions))
    found = find(cases, engine)
    int8 = score(cases, found, engine.reader.get(), engine)
    fp32 = score(cases, found, PlainReader(OnnxModel(MODELS / SHIPPED).tokenizer), engine)
    clusters = [c.cluster for c in cases]
    print(f"{len(cases)} answerable questions of open-dev's reporting half")
    for column, name in enumerate(("F1", "right")):
        one, other = int8[:, column], fp32[:, column]
        for label, values in (("int8", one), ("fp32", other)):
            reach = _interval(bootstrap(values, clusters, SEED))
            print(f"  {name:6} {label} {values.mean():5.1f} {reach}")
        reach = _interval(bootstrap_difference(one, other, clusters, SEED))
        print(f"  {name:6} int8 - fp32 {(one - other).mean():+5.1f} {reach}")


def _interval(bounds: tuple[float, float] | None) -> str:
    return f"({bounds[0]:.1f} to {bounds[1]:.1f})" if bounds else ""


if __name__ == "__main__":
    main()

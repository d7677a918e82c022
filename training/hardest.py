"""Keeps of mined groups the passages that the reader is most taken in by.

    .venv/bin/python -m training.hardest --groups FILE --out OUT

FILE was mined with more passages than a group is trained with (`training.mine_groups --size 8`).
The gold passage stays, or of an unanswerable question its own; the rest are the negatives with the
shipped reader's highest scores. Near misses that their wording gives away are left out: those that
share over half of their plain words with their article, where questions with an answer share a
quarter or a third.
"""

import argparse
import random
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from index.onnx import Workers
from rag.reader import OnnxReader, Pair, Reader
from training.groups import GROUP_SIZE, SINGLE, Group, read_groups, write_groups
from training.miner import ADVERSARIAL, TAKEN_OUT
from training.written import QUESTIONS, read_lines

MOST_SHARED = 0.5
_AT_ONCE = 64
_STEM = 5  # letters by which two words count as one
_FUNCTION_WORDS = frozenset(
    """
    which what when where whom whose many much long does with from that this have were been their
    into after before over under than about
""".split()
)


def hardest(groups: Iterable[Group], reader: Reader) -> Iterator[Group]:
    """Each with GROUP_SIZE passages at the most, the highest scores first."""
    waiting = iter(groups)
    while part := list(islice(waiting, _AT_ONCE)):
        pairs = [Pair(g.question, e.heading, e.passage) for g in part for e in g.examples]
        scores = iter([reading.score for reading in reader.read(pairs)])
        for group in part:
            own = 0 if group.kind == TAKEN_OUT else 1
            scored = [(next(scores), example) for example in group.examples]
            kept = [example for _, example in scored[:own]]
            rest = sorted(scored[own:], key=lambda pair: -pair[0])
            kept += [example for _, example in rest[: GROUP_SIZE - own]]
            yield Group(group.kind, tuple(kept))


def shared(question: str, text: str) -> float:
    """The share of a question's lower-case words of four letters or more that the text has too.

    Function words do not count; words are equal by their first letters.
    """
    held = {word[:_STEM] for word in re.findall(r"[a-z0-9']+", text.lower())}
    asked = [w for w in re.findall(r"\b[a-z]{4,}\b", question) if w not in _FUNCTION_WORDS]
    return sum(word[:_STEM] in held for word in asked) / len(asked) if asked else 0.0


def is_given_away(group: Group, texts: dict[str, str]) -> bool:
    """Whether it is a near miss that shares too much with its article; `texts` is by question."""
    text = texts.get(group.question)
    return (
        group.kind == ADVERSARIAL
        and text is not None
        and shared(group.question, text) > MOST_SHARED
    )


def texts_of_questions(folder: Path = QUESTIONS) -> dict[str, str]:
    """Of each question on an invented article, its text; of several, the last one's."""
    articles = {row["id"]: row["text"] for row in read_lines(folder / "articles.jsonl")}
    asked = read_lines(folder / "questions.jsonl")
    return {row["question"]: articles[row["about"]] for row in asked if row["about"] in articles}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--groups", type=Path, required=True, help="a file of mined groups")
    parser.add_argument("--out", type=Path, required=True, help="a file of gzipped JSON lines")
    parser.add_argument(
        "--count", type=int, help="of the groups, drawn at random before near misses are left out"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    mined = list(read_groups(given.groups))
    singles = [g for g in mined if g.kind == SINGLE]
    together = [g for g in mined if g.kind != SINGLE]
    random.Random(given.seed).shuffle(together)
    texts = texts_of_questions()
    fair = [g for g in together[: given.count] if not is_given_away(g, texts)]
    kept = list(hardest(fair, OnnxReader(Workers())))
    write_groups(given.out, [*kept, *singles])
    print(f"{given.out}: {len(kept)} groups, {len(singles)} singles")


if __name__ == "__main__":
    main()

"""Mines groups of passages, and single ones, from an archive of the reading data's paragraphs.

    .venv/bin/python -m training.mine_groups --data DIR --out FILE

DIR is the folder that holds `squad_joined.jsonl.gz` and its siblings. Questions and paragraphs are
of one split. The archive stays beside FILE and is used again. Two cores: about ten minutes. The
same arguments give the same file. With `--written` the questions are those of `training.written`,
each of them, and its invented articles are in the archive too.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from index.encode import OnnxEncoder
from index.onnx import Workers
from rag.reader import OnnxReader
from training.crowd import make_crowd
from training.data import Row, read_rows
from training.groups import GROUP_SIZE, Group, write_groups
from training.miner import GOLD, TAKEN_OUT, Miner
from training.singles import as_singles, make_singles
from training.written import read_invented, read_written

# Of the answerable questions that are asked, in percent; what a file lacks, squad_joined gives.
SHARES = {
    "squad_joined": 34,
    "squad2_part": 17,
    "qed_nq": 15,
    "squadshifts_wiki": 12,
    "afriqa_en": 12,
    "timeqa_human": 4,
    "squadshifts_reddit": 3,
    "squadshifts_amazon": 3,
}
FILLER = "squad_joined"
UNANSWERED = ("squad2_noanswer_silver", "squad2_part")  # files of adversarial questions
SELQA = "selqa_sentences"
TAKEN_OUT_TOO = 25  # percent of the written questions with an answer
WITHOUT_GOLD = 30  # percent of the groups: half with the gold taken out, half adversarial


def mine(
    miner: Miner,
    rows: dict[str, list[Row]],
    marked: list[Row],
    groups: int,
    singles: int,
    dice: random.Random,
) -> list[Group]:
    """All groups and singles in a seeded order; `marked` are SelQA's rows, `rows` the others'."""
    adversarial = groups * WITHOUT_GOLD // 200
    fates = [TAKEN_OUT] * adversarial + [GOLD] * (groups - 2 * adversarial)
    dice.shuffle(fates)
    questions = _by_share(rows, dice)
    mined = list(miner.answerable(questions, fates))
    unanswered = [r for name in UNANSWERED for r in rows[name] if not r["answers"]]
    dice.shuffle(unanswered)
    mined += miner.adversarial(unanswered[:adversarial])
    # Adversarial questions that no group has, as far as they go.
    unasked = unanswered[adversarial:] or unanswered
    mined += make_singles(miner.context_bound + list(questions), unasked, marked, singles, dice)
    dice.shuffle(mined)
    return mined


def mine_written(miner: Miner, written: list[Row], dice: random.Random) -> list[Group]:
    """Groups of these questions in a seeded order, and singles.

    Single is what does not find its passage, and what a paragraph does not answer: another one of
    the archive may, while of the invented articles none does. A share of the questions with an
    answer is asked once more with the gold passage taken out, so that no way of asking tells that
    there is an answer.
    """
    asked = [row for row in written if row["answers"]]
    unanswered = [row for row in written if not row["answers"]]
    again = dice.sample(asked, len(asked) * TAKEN_OUT_TOO // 100)
    mined = list(miner.answerable(asked, [GOLD] * len(asked)))
    alone = list(miner.context_bound)
    mined += miner.answerable(again, [TAKEN_OUT] * len(again))
    mined += miner.adversarial(row for row in unanswered if row["invented"])
    mined += as_singles([*alone, *(row for row in unanswered if not row["invented"])], dice)
    dice.shuffle(mined)
    return mined


def _by_share(rows: dict[str, list[Row]], dice: random.Random) -> Iterator[Row]:
    """Answerable questions, each file's in its share as long as it lasts, then the filler's."""
    pools = {name: [r for r in rows[name] if r["answers"]] for name in SHARES}
    for pool in pools.values():
        dice.shuffle(pool)
    while any(pools.values()):
        name = dice.choices(list(SHARES), list(SHARES.values()))[0]
        pool = pools[name] or pools[FILLER] or next(p for p in pools.values() if p)
        yield pool.pop()


def _summary(mined: list[Group], dropped: Counter[str]) -> dict[str, object]:
    return {
        "of each kind": dict(sorted(Counter(g.kind for g in mined).items())),
        "passages": sum(len(g.examples) for g in mined),
        "answerable": sum(g.is_answerable for g in mined),
        "dropped": dict(sorted(dropped.items())),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the reading data")
    parser.add_argument("--out", type=Path, required=True, help="a file of gzipped JSON lines")
    parser.add_argument("--split", choices=("train", "dev"), default="train")
    parser.add_argument("--groups", type=int, default=20_000)
    parser.add_argument("--singles", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=GROUP_SIZE, help="passages of a group")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--written", action="store_true", help="the questions written for training")
    parser.add_argument(
        "--lines",
        type=int,
        nargs=2,
        metavar=("FROM", "TO"),
        help="with --written: these of the questions alone, from 0, TO not among them",
    )
    given = parser.parse_args()
    if given.lines and not (given.written and 0 <= given.lines[0] < given.lines[1]):
        parser.error("--lines are FROM and a greater TO, with --written")
    if given.written and given.split != "train":
        parser.error("the written questions are on the train split; leave out --split")
    archive = given.out.parent / "archive" / ("written" if given.written else given.split)
    archive.parent.mkdir(parents=True, exist_ok=True)
    dice, workers = random.Random(given.seed), Workers()
    names = dict.fromkeys((*SHARES, *UNANSWERED))
    rows = {n: list(read_rows(given.data / f"{n}.jsonl.gz", given.split)) for n in names}
    every = chain.from_iterable(rows.values())
    invented = read_invented() if given.written else []
    crowd = make_crowd(every, archive, OnnxEncoder(workers), invented)
    print(json.dumps({"passages": len(crowd)}), flush=True)
    miner = Miner(crowd, OnnxReader(workers), workers, dice, given.size)
    if given.written:
        written = read_written(given.data)
        mined = mine_written(miner, written[slice(*given.lines)] if given.lines else written, dice)
    else:
        marked = list(read_rows(given.data / f"{SELQA}.jsonl.gz", given.split))
        mined = mine(miner, rows, marked, given.groups, given.singles, dice)
    print(json.dumps(_summary(mined, miner.dropped), indent=2), flush=True)
    write_groups(given.out, mined)
    print(f"{given.out}: {given.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

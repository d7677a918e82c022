"""Encodes groups once, with singles drawn from the data, for `training.train_packed`.

    .venv/bin/python -m training.pack --groups FILE --data DIR --drawn 110000 --out FILE

The groups are `training.mine_groups`'; DIR is the folder that holds `squad_joined.jsonl.gz` and its
siblings. With another `--seed`, other headings, details swapped and words blurred: a second file of
the same data, so that a second pass is not quite the first.
"""

import argparse
import random
from pathlib import Path

from rag.reader import MODELS, SHIPPED
from training.batches import load_tokenizer
from training.blur import blur
from training.groups import read_groups
from training.packed import pack, write_packed
from training.singles import draw_singles

MAX_TOKENS = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--groups", type=Path, required=True, help="file of training.mine_groups")
    parser.add_argument("--data", type=Path, required=True, help="folder of the reading data")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--drawn", type=int, default=0, help="singles to draw from the data")
    parser.add_argument("--blurred", type=int, default=0, help="percent of questions to blur")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    groups = [*read_groups(given.groups), *draw_singles(given.data, given.drawn, dice)]
    groups = [blur(g, dice) if dice.random() * 100 < given.blurred else g for g in groups]
    packed = pack(load_tokenizer(str(MODELS / SHIPPED)), groups, MAX_TOKENS)
    write_packed(given.out, packed)
    size = given.out.stat().st_size / 1e6
    print(
        f"{given.out}: {len(packed)} groups, {len(packed.second)} passages, "
        f"{len(packed.tokens)} tokens, {size:.1f} MB"
    )


if __name__ == "__main__":
    main()

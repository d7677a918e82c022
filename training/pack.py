"""Encodes groups once, with singles drawn from the data, for `training.train_packed`.

    .venv/bin/python -m training.pack --groups FILE ... --data DIR --drawn 110000 --out FILE

The groups are `training.mine_groups`'; DIR is the folder that holds `squad_joined.jsonl.gz` and its
siblings. With another `--seed`, other headings, details swapped and words blurred: a second file of
the same data, so that what is read twice is not quite the same.
"""

import argparse
import random
from itertools import chain
from pathlib import Path

from rag.reader import MODELS, SHIPPED
from training.batches import load_tokenizer
from training.blur import blur, in_key_words
from training.groups import Group, read_groups
from training.packed import pack, write_packed
from training.singles import draw_singles

MAX_TOKENS = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--groups", type=Path, nargs="+", required=True, help="files of training.mine_groups"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the reading data")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--drawn", type=int, default=0, help="singles to draw from the data")
    parser.add_argument("--blurred", type=int, default=0, help="percent of questions to blur")
    parser.add_argument("--key-words", type=int, default=0, help="percent cut to key words")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    mined = chain.from_iterable(map(read_groups, given.groups))
    groups = [*mined, *draw_singles(given.data, given.drawn, dice)]
    groups = [_asked_otherwise(g, given.blurred, given.key_words, dice) for g in groups]
    packed = pack(load_tokenizer(str(MODELS / SHIPPED)), groups, MAX_TOKENS)
    write_packed(given.out, packed)
    size = given.out.stat().st_size / 1e6
    print(
        f"{given.out}: {len(packed)} groups, {len(packed.second)} passages, "
        f"{len(packed.tokens)} tokens, {size:.1f} MB"
    )


def _asked_otherwise(group: Group, blurred: int, key_words: int, dice: random.Random) -> Group:
    chance = dice.random() * 100
    if chance < blurred:
        return blur(group, dice)
    return in_key_words(group, dice) if chance < blurred + key_words else group


if __name__ == "__main__":
    main()

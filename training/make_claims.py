"""Makes labelled claims, for the checker to learn from, of the reading and the entailment data.

    .venv/bin/python -m training.make_claims --groups FILE --entailment DIR --out FILE

The groups are `training.mine_groups`', of the same split; DIR is the folder that holds
`fever.jsonl.gz` and its siblings. The same arguments give the same file. 64,000 claims take one
core about three minutes, most of it the reader's, whose wrong answers are what it will check.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from index.onnx import Workers
from rag.reader import OnnxReader, Reader
from training import claims
from training.claims import DEV_ONLY, FILE_SHARES, OWN_SHARES, Labelled, write_claims
from training.details import NAME, spans_of
from training.entailment_rows import read_file
from training.groups import SINGLE, Group, read_groups
from training.miner import ADVERSARIAL, TAKEN_OUT
from training.question_claims import QuestionClaims
from training.sentence_claims import SentenceClaims

Make = Callable[[Group], Labelled | None]
RIGHT = (claims.ANSWER, claims.ALIKE)
WRONG = (
    claims.WRONG_SPAN,
    claims.OTHER_SENTENCE,
    claims.OTHER_ARTICLE,
    claims.TAKEN_OUT,
    claims.SWAPPED,
    claims.POLARITY,
)
STATED = (claims.SENTENCE, claims.CHANGED, claims.WITHOUT, claims.ELSEWHERE)
SENTENCES_OF = 3  # one group in so many gives a sentence
DEV_PER_FILE = 400


def own_claims(
    groups: Sequence[Group], reader: Reader, wanted: dict[str, int], dice: random.Random
) -> Iterator[Labelled]:
    """At most as many of each kind as `wanted`: of a question a right one, up to two wrong ones and
    what the reader answers."""
    passages = [example.passage for group in groups for example in group.examples]
    names = [text[start:end] for text in passages for start, end in spans_of(text, NAME)]
    asked, stated = QuestionClaims(reader, names, dice), SentenceClaims(names, dice)
    makers: dict[str, Make] = {
        claims.READ: asked.of_reader,
        claims.ANSWER: asked.answer,
        claims.ALIKE: asked.alike,
        claims.WRONG_SPAN: asked.wrong_span,
        claims.OTHER_SENTENCE: asked.other_sentence,
        claims.OTHER_ARTICLE: asked.other_article,
        claims.ADVERSARIAL: asked.adversarial,
        claims.TAKEN_OUT: asked.taken_out,
        claims.SWAPPED: asked.swapped,
        claims.POLARITY: asked.polarity,
        claims.SENTENCE: stated.stated,
        claims.CHANGED: stated.changed,
        claims.WITHOUT: stated.without,
        claims.ELSEWHERE: stated.elsewhere,
    }
    left = Counter(wanted)
    for number, group in enumerate(groups):
        for kinds in _turns(group, number):
            made = _make_one(group, [k for k in kinds if left[k] > 0], left, makers, dice)
            if made:
                kind, claim = made
                left[kind] -= 1
                yield claim


def _turns(group: Group, number: int) -> list[tuple[str, ...]]:
    """From which kinds one claim each is made."""
    turns: list[tuple[str, ...]] = [(claims.READ,)]
    turns += [STATED] if number % SENTENCES_OF == 0 else []
    if group.examples[0].answers:
        return [RIGHT, WRONG, WRONG, *turns]
    if group.kind == TAKEN_OUT:
        return [(claims.OTHER_ARTICLE,), *turns]
    # SelQA's singles have an answer, but no words of it are marked.
    unanswerable = group.kind in (ADVERSARIAL, SINGLE) and not group.examples[0].is_gold
    return [(claims.ADVERSARIAL,), *turns] if unanswerable else turns[1:]


def _make_one(
    group: Group,
    kinds: list[str],
    left: Counter[str],
    makers: dict[str, Make],
    dice: random.Random,
) -> tuple[str, Labelled] | None:
    """The kinds that lack most are the likeliest to be tried first."""
    while kinds:
        kind = dice.choices(kinds, [left[k] for k in kinds])[0]
        made = makers[kind](group)
        if made:
            return kind, made
        kinds = [k for k in kinds if k != kind]
    return None


def make_claims(
    groups: Path, entailment: Path, split: str, count: int, reader: Reader, seed: int
) -> list[Labelled]:
    """About `count` claims in a seeded order; of dev all files in like number."""
    dice = random.Random(seed)
    mined = list(read_groups(groups))
    dice.shuffle(mined)
    wanted = {kind: count * share // 100 for kind, share in OWN_SHARES.items()}
    made = list(own_claims(mined, reader, wanted, dice))
    for name in (*FILE_SHARES, *(DEV_ONLY if split == "dev" else ())):
        rows = list(read_file(entailment, name, split))
        dice.shuffle(rows)
        share = DEV_PER_FILE if split == "dev" else count * FILE_SHARES[name] // 100
        made += islice(rows, share)
    dice.shuffle(made)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--groups", type=Path, required=True, help="file of training.mine_groups")
    parser.add_argument("--entailment", type=Path, required=True, help="folder of such data")
    parser.add_argument("--out", type=Path, required=True, help="a file of gzipped JSON lines")
    parser.add_argument("--split", choices=("train", "dev"), default="train")
    parser.add_argument("--count", type=int, default=66_000)
    parser.add_argument("--seed", type=int, default=6)
    given = parser.parse_args()
    reader = OnnxReader(Workers())
    made = make_claims(given.groups, given.entailment, given.split, given.count, reader, given.seed)
    write_claims(given.out, made)
    kinds = Counter(f"{c.file}: {c.kind}, {'' if c.supported else 'not '}supported" for c in made)
    print(json.dumps(dict(sorted(kinds.items())), indent=2))
    right = sum(c.supported for c in made)
    print(f"{given.out}: {len(made)} claims, {right} supported; {reader.name}")


if __name__ == "__main__":
    main()

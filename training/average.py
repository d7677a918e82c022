"""Readers of one ancestry -> one whose weights are their weighted mean (Wortsman et al. 2022).

    .venv/bin/python -m training.average --out OUT FOLDER 1 FOLDER 2 ...

A run that goes on from another's end forgets some of what that one knew; between the two lies a
reader that knows more than either ("Model soups", "Robust fine-tuning": the loss along the line is
a bowl). Costs nothing when serving.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from index.errors import InvalidInput
from training.model import Reader, load_fp16, save_fp16


def average(parts: Sequence[tuple[Reader, float]]) -> Reader:
    """The first reader, changed in place to the mean. Raises InvalidInput for no weight at all."""
    total = sum(weight for _, weight in parts)
    if total <= 0 or min(weight for _, weight in parts) < 0:
        raise InvalidInput("the weights of the readers: give none below 0, and one above it")
    states = [(reader.state_dict(), weight / total) for reader, weight in parts]
    mean = {name: sum(state[name] * share for state, share in states) for name in states[0][0]}
    first = parts[0][0]
    first.load_state_dict(mean)
    return first


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("parts", nargs="+", metavar="FOLDER WEIGHT", help="a reader and its weight")
    given = parser.parse_args()
    if len(given.parts) % 2:
        raise SystemExit("give a weight after each folder")
    pairs = zip(given.parts[::2], map(float, given.parts[1::2]), strict=True)
    save_fp16(average([(load_fp16(Path(folder)), weight) for folder, weight in pairs]), given.out)


if __name__ == "__main__":
    main()

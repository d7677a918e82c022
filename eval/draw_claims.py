"""Draws claims to label by hand from runs of `dateline eval answers`, each with its first quote.

    .venv/bin/python -m eval.draw_claims --run FOLDER:190 --run FOLDER:10 > FILE

Of each run as many as stand behind its colon, half of them answers that the run counts as right and
half not, refused or given: so both labels occur. Quotes of comments and reviews are left out, whose
authors allowed no copies. The order is by chance, and nothing in a line tells what the run counts.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.run import RESULTS
from index.errors import DatelineError, InvalidInput
from rag.entailment import Claim
from rag.inputs import claim_of

LEFT_OUT = ("Amazon Reviews", "Filtered Reddit Comments")  # the titles begin with these
SHARED = "CC BY-SA"  # what is from Wikipedia; NOTICE has the versions
OWN = "the publisher's, as seeds/ is"


def draw(run: Path, count: int, dice: random.Random) -> Iterator[dict[str, Any]]:
    """Raises InvalidInput when the run cannot be read, or has too few answers of either kind."""
    try:
        results = [json.loads(line) for line in (run / RESULTS).read_text("utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{run}: no run can be read there ({error})") from error
    usable = [r for r in results if r["quotes"] and r["answer"].strip() and _may_be_copied(r)]
    for right, wanted in ((True, count - count // 2), (False, count // 2)):
        some = [r for r in usable if r["right"] is right]
        if len(some) < wanted:
            kind = "right" if right else "wrong"
            raise InvalidInput(f"{run}: has {len(some)} {kind} answers with a quote, not {wanted}")
        yield from map(_line, dice.sample(some, wanted))


def _may_be_copied(result: Mapping[str, Any]) -> bool:
    return not (result["quotes"][0]["title"] or "").startswith(LEFT_OUT)


def _line(result: Mapping[str, Any]) -> dict[str, Any]:
    quote = result["quotes"][0]
    text = claim_of(result["question"], result["answer"])
    known = quote["title"], quote["source"], quote["published_at"]
    claim = Claim.of_quote(text, quote["text"], *known)
    return {
        "id": result["id"],
        "question": result["question"],
        "answer": result["answer"],
        "claim": claim.text,
        "heading": claim.heading,
        "evidence": claim.evidence,
        "licence": SHARED if "set" in result["slices"] else OWN,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--run", action="append", required=True, metavar="FOLDER:COUNT")
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    drawn: list[dict[str, Any]] = []
    for run in given.run:
        folder, _, count = run.rpartition(":")
        if not count.isdigit():
            raise InvalidInput(f"--run {run}: give a folder, a colon and how many")
        drawn += draw(Path(folder), int(count), dice)
    dice.shuffle(drawn)
    for line in drawn:
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    try:
        main()
    except DatelineError as error:
        sys.exit(f"draw_claims: {error}")

"""What a teacher says of packed passages: written down once, and learned from in every pass.

    .venv/bin/python -m training.taught --packed FILE --teacher FOLDER --out FILE --device cuda

A teacher of five times the size takes longer to say it than a reader to learn it.
"""

import argparse
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from index.errors import InvalidInput
from training.batches import Batch
from training.distil import Soft, soft
from training.model import Logits, Reader, in_bf16, load_fp16
from training.packed import Packed, in_turn, read_packed


@dataclass(frozen=True, slots=True)
class Taught:
    """Of a Packed's T tokens and N sequences, fp16."""

    start: Tensor  # (T,) logits
    end: Tensor  # (T,)
    answerable: Tensor  # (N,)

    def of(self, batch: Batch) -> Soft:
        """As distributions over the batch's passages, which a Packed has made."""
        start, end = (told[batch["at"]].float() for told in (self.start, self.end))
        answerable = self.answerable[batch["rows"]].float()
        return soft(Logits(start, end, answerable, torch.zeros_like(start)), batch)


def teach(teacher: Reader, packed: Packed, tokens: int, device: str) -> Taught:
    """What `teacher` says of each passage, in batches of `tokens`, padding among them."""
    there = packed.to(device)
    start = torch.zeros(len(packed.tokens), dtype=torch.half, device=device)
    end = torch.zeros_like(start)
    answerable = torch.zeros(len(packed.second), dtype=torch.half, device=device)
    sizes = np.diff(packed.groups.numpy())
    for groups, width in in_turn(range(len(packed)), packed.widths(), sizes, tokens):
        batch = there.batch(groups, width)
        inputs = {k: batch[k] for k in ("input_ids", "token_type_ids", "attention_mask")}
        with torch.inference_mode(), in_bf16(teacher):
            logits = teacher(**inputs)
        known = batch["attention_mask"] > 0
        at = batch["at"][known]
        start[at], end[at] = (t[known].half() for t in (logits.start, logits.end))
        answerable[batch["rows"]] = logits.answerable.half()
    return Taught(start, end, answerable)


def write_taught(path: Path, taught: Taught) -> None:
    save_file({f.name: getattr(taught, f.name).cpu().contiguous() for f in fields(taught)}, path)


def read_taught(path: Path, packed: Packed, device: str) -> Taught:
    """Raises InvalidInput where it is not of `packed`, as far as sizes tell."""
    taught = Taught(**load_file(path, device=device))
    if (len(taught.start), len(taught.answerable)) != (len(packed.tokens), len(packed.second)):
        raise InvalidInput(
            f"{path}: is of another packed file: {len(taught.answerable)} passages and not "
            f"{len(packed.second)}; give the files of --taught in the order of --packed"
        )
    return taught


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--packed", type=Path, required=True, help="training.pack's")
    parser.add_argument("--teacher", type=Path, required=True, help="weights that training wrote")
    parser.add_argument("--out", type=Path, required=True, help="a file of safetensors")
    parser.add_argument("--tokens", type=int, default=65_536, help="at once")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    given = parser.parse_args()
    teacher = load_fp16(given.teacher, "sdpa").to(given.device).eval()
    write_taught(given.out, teach(teacher, read_packed(given.packed), given.tokens, given.device))


if __name__ == "__main__":
    main()

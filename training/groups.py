"""Groups of passages for one question, as files of gzipped JSON lines.

A group's passages are read side by side; a single is a group of one, whose question means nothing
without its paragraph, or is there to keep what was learned on single passages.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.errors import InvalidInput
from training.data import Example

GROUP_SIZE = 4
SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Group:
    """`kind` says where it is from: `gold`, `taken out`, `adversarial` or `single`."""

    kind: str
    examples: tuple[Example, ...]

    @property
    def question(self) -> str:
        return self.examples[0].question

    @property
    def is_answerable(self) -> bool:
        return any(example.is_gold for example in self.examples)

    @property
    def answers(self) -> list[str]:
        """The texts of the gold spans."""
        return [e.passage[start:end] for e in self.examples for start, end in e.answers]


def cut(group: Group) -> Group:
    """With its first GROUP_SIZE passages, the gold one before all, where more were mined."""
    return Group(group.kind, group.examples[:GROUP_SIZE])


def write_groups(path: Path, groups: Iterable[Group]) -> None:
    # A time or a name in the file's header would make two equal runs two files.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
        for group in groups:
            line = {"kind": group.kind, "question": group.question}
            passages = [asdict(example) for example in group.examples]
            for passage in passages:
                del passage["question"]
            text = json.dumps({**line, "passages": passages}, ensure_ascii=False)
            file.write(text.encode() + b"\n")


def read_groups(path: Path) -> Iterator[Group]:
    """Raises InvalidInput at a line that is no group."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield _group(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise InvalidInput(
                    f"{path}, line {number}: no group ({error}); make the file again with "
                    f"`python -m training.mine_groups`"
                ) from error


def _group(row: dict[str, Any]) -> Group:
    examples = tuple(
        Example(
            row["question"],
            passage["heading"],
            passage["passage"],
            tuple((s, e) for s, e in passage["answers"]),
            tuple((s, e) for s, e in passage["evidence"]),
        )
        for passage in row["passages"]
    )
    if not examples:
        raise ValueError("without a passage")
    return Group(row["kind"], examples)

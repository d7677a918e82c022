"""Files of JSON -> values that know where they stand, so that every error names its place.

Knows no format: what the fields mean stands in the file of the format.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from eval.adapters.files import read_text
from index.errors import InvalidInput, InvalidRecord

_BLANK = re.compile(r"[ \t\r\n]*")
_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
    type(None): "null",
}
_WANTED = {**_KINDS, int: "a whole number"}


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a JSON file: `file` (with a line, where that helps) and the path in it.

    Every method raises InvalidRecord for a value of another type than the one that it gives.
    """

    value: Any
    file: str
    path: str = ""

    @property
    def place(self) -> str:
        return f"{self.file}: {self.path}" if self.path else self.file

    def error(self, problem: str) -> InvalidRecord:
        return InvalidRecord(self.file, self.path or "top level", problem)

    def get(self, name: str) -> "Node | None":
        """A field of an object; None if it is missing or null."""
        field = self._field(name)
        return None if field.value is None else field

    def need(self, name: str, remedy: str = "give it") -> "Node":
        """A field of an object that must be there. Raises InvalidRecord, with the remedy."""
        field = self._field(name)
        if field.value is None:
            raise self.missing(name, remedy)
        return field

    def missing(self, name: str, remedy: str) -> InvalidRecord:
        return self._field(name).error(f"is missing; {remedy}")

    def has(self, name: str) -> bool:
        """Whether an object has the field, be it null."""
        return name in self._of(dict)

    def items(self) -> "list[Node]":
        values = self._of(list)
        return [Node(v, self.file, f"{self.path}[{i}]") for i, v in enumerate(values)]

    def text(self) -> str:
        """A string, verbatim; it may be blank."""
        value: str = self._of(str)
        try:
            value.encode()
        except UnicodeEncodeError as error:
            words = f"holds half of a surrogate pair at character {error.start}"
            raise self.error(f"{words}; write the whole character") from None
        return value

    def words(self) -> str:
        """A string that is not blank, verbatim."""
        value = self.text()
        if not value.strip():
            raise self.error("is blank; give a text")
        return value

    def truth(self) -> bool:
        return bool(self._of(bool))

    def whole(self) -> int:
        return int(self._of(int))

    def number(self) -> float:
        """A finite number."""
        value = self._of(int, float)
        if not abs(value) <= sys.float_info.max:
            raise self.error("is too large a number; give one that a float holds")
        return float(value)

    def _field(self, name: str) -> "Node":
        value = self._of(dict).get(name)
        return Node(value, self.file, f"{self.path}.{name}" if self.path else name)

    def _of(self, *types: type) -> Any:
        if type(self.value) not in types:  # JSON's true is no number, though Python's bool is
            raise self.error(f"is {_KINDS[type(self.value)]}; give {_WANTED[types[-1]]}")
        return self.value


def read_json(path: Path, what: str) -> Node:
    """The one value of a JSON file. Raises InvalidInput or InvalidRecord."""
    values = list(_values(path, what))
    if len(values) != 1:
        raise InvalidInput(f"{path}: holds {len(values)} JSON values; give one object")
    return Node(values[0][1], str(path))


def read_rows(path: Path, what: str) -> list[Node]:
    """The objects of a file: JSON lines, objects that take several lines each, or a list of them.

    Raises InvalidInput, also when there is none, or InvalidRecord; no row is ever skipped.
    """
    rows: list[Node] = []
    for line, value in _values(path, what):
        node = Node(value, f"{path}:{line}")
        rows += node.items() if isinstance(value, list) else [node]
    for row in rows:
        if not isinstance(row.value, dict):
            raise row.error(f"is {_KINDS[type(row.value)]}; give a JSON object")
    if not rows:
        raise InvalidInput(f"{path}: holds no row of {what}; give one JSON object a line")
    return rows


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON; give null where there is none")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _values(path: Path, what: str) -> Iterator[tuple[int, Any]]:
    """Each value with the number of the line that it begins in."""
    text = read_text(path, what)
    line, position = 1, 0
    while True:
        start = _BLANK.match(text, position).end()  # type: ignore[union-attr]  # matches anything
        line += text.count("\n", position, start)
        if start == len(text):
            return
        try:
            value, position = _DECODER.raw_decode(text, start)
        except json.JSONDecodeError as error:
            words = f"is not JSON: {error.msg} at character {error.colno}"
            if error.lineno > line:
                words += f", in the value that begins in line {line}"
            raise InvalidRecord(f"{path}:{error.lineno}", "line", f"{words}; mend it") from None
        except RecursionError:
            words = "is nested too deeply; give the rows themselves"
            raise InvalidRecord(f"{path}:{line}", "line", words) from None
        except ValueError as error:  # a constant, or a number of more than 4,300 digits
            raise InvalidRecord(f"{path}:{line}", "line", f"is not JSON: {error}") from None
        yield line, value
        line += text.count("\n", start, position)

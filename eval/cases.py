"""Questions with known answers, one JSON object a line.

    {"id", "question", "answers": [...], "answerable": true, "evidence": [...]?}

`answers` are right answers, any of which will do; `evidence` are texts of which a cited quote must
hold one. A question that the archive cannot answer has `"answerable": false` and no answers.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import InvalidInput, InvalidRecord


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool
    evidence: tuple[str, ...] = ()


def read_cases(path: Path) -> list[Case]:
    """Raises InvalidInput or InvalidRecord, naming file and line; a bad case is never skipped."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: the cases cannot be read ({error})") from error
    cases = list(_parse(path, lines))
    if not cases:
        raise InvalidInput(f"{path}: holds no case; give one JSON object a line")
    return cases


def _parse(path: Path, lines: list[str]) -> Iterator[Case]:
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InvalidRecord(place, "line", f"is not JSON ({error})") from None
        if not isinstance(row, dict):
            raise InvalidRecord(place, "line", "is not a JSON object")
        case = Case(
            id=_text(row, "id", place),
            question=_text(row, "question", place),
            answers=_texts(row, "answers", place),
            answerable=bool(row.get("answerable", row.get("answers"))),
            evidence=_texts(row, "evidence", place),
        )
        if case.id in seen:
            raise InvalidRecord(place, "id", f'"{case.id}" stands above already; give another')
        if case.answerable != bool(case.answers):
            raise InvalidRecord(place, "answers", "must be given exactly when `answerable` is true")
        seen.add(case.id)
        yield case


def _text(row: dict[str, Any], field: str, place: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise InvalidRecord(place, field, "is missing; give a string")
    return value


def _texts(row: dict[str, Any], field: str, place: str) -> tuple[str, ...]:
    values = row.get(field) or []
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise InvalidRecord(place, field, "must be a list of strings")
    return tuple(values)

"""Invented cases, and files of rows that may answer them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.cases import Case
from rag.standalone import Turn

TEXT = "The harbour closed. A storm hit Invented Bay on Monday."
CASES = [
    Case("bay", "What hit Invented  Bay?", ("storm",), True),
    Case("mayor", "Who is mayor?", ("Ann Other",), True),
    Case("why-1", "Why?", ("a storm",), True, history=(Turn("What closed?"),)),
    Case("why-2", "why?", (), False, history=(Turn("What opened?"),)),
    Case("owner", "Who owns the \u00c9toile?", (), False),
]


def file_of(folder: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path

"""An outcome -> what is kept of it: JSON for programs, Markdown for people. Nothing of time in it.

Of cases, only those that a failing check names: of the closed half nothing is to be read without
need.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.adapters.files import write_text
from eval.gate.figures import Told
from eval.gate.files import Standing
from eval.gate.run import Outcome
from index.errors import InvalidInput

JSON, MARKDOWN = "gate.json", "gate.md"


def write_report(folder: Path, outcome: Outcome) -> None:
    """Raises InvalidInput where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"{folder}: {error.strerror}; give another --out") from None
    pretty = json.dumps(as_json(outcome), ensure_ascii=False, indent=2)
    write_text(folder / JSON, pretty + "\n", "gate's report")
    write_text(folder / MARKDOWN, as_markdown(outcome), "gate's report")


def as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "passed": outcome.passed,
        "config": dict(outcome.config),
        "checks": [asdict(check) for check in outcome.checks],
        "difference": list(difference(outcome)),
    }


def difference(outcome: Outcome) -> Iterator[str]:
    """Case by case, what is not as in the baseline: `ID: right -> refused`."""
    for row in outcome.rows:
        was, now = outcome.baseline.get(row.id), Standing.of(row)
        if now != was:
            yield f"{row.id}: {_words(was)} -> {_words(now)}"
    asked = {row.id for row in outcome.rows}
    yield from (f"{id_}: {_words(was)} -> not asked" for id_, was in outcome.baseline.items()
                if id_ not in asked and outcome.rows)  # fmt: skip


def _words(standing: Standing | None) -> str:
    if standing is None:
        return "new"
    unsupported = standing.verdict == "right" and not standing.right
    return standing.verdict + (", not supported" if unsupported else "")


def as_markdown(outcome: Outcome) -> str:
    lines = [f"# Gate: {'green' if outcome.passed else 'red'}", ""]
    lines += ["| check | wanted | got | |", "|---|---|---|---|"]
    lines += [
        f"| {c.name} | {c.wanted} | {c.got} | {'' if c.passed else 'FAILS'} |"
        for c in outcome.checks
    ]
    if not outcome.rows:
        lines += ["", "The checker does not pass, so no question was asked."]
    for check in outcome.checks:
        if check.cases:
            lines += ["", f"## {check.name}: {check.got}, wanted {check.wanted}", ""]
            lines += [line for case in check.cases for line in _case(case)]
    return "\n".join(lines) + "\n"


def _case(told: Told) -> Iterator[str]:
    yield f"- `{told.id}`{' (newly wrong)' if told.newly else ''}: {told.question}"
    yield f"  - expected: {told.expected}"
    yield f"  - got: {told.got}"
    yield from (f"  - cited: {citation}" for citation in told.citations)

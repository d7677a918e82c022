"""The two files of a gate: what it asks for, and what came out of each case before.

floors.json     checker: SHA-256 of its files; claims: how far it must agree with the labels;
                sets: figures of each set of cases; net_newly_wrong: how many more may be wrong
baseline.jsonl  {"id", "verdict", "right"}, a case a line, so that a difference of two versions
                of the file is one of cases; no question and no answer stands in it
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.adapters.files import read_text, write_text
from eval.adapters.nodes import Node, read_json, read_rows
from eval.gate.figures import CLAIMS, FIGURES
from eval.grounding import Grounded

FLOORS, BASELINE = "floors.json", "baseline.jsonl"
HOME = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Floors:
    """Figures are in percent, those of `claims` fractions; of `sets` by the set's name."""

    checker: Mapping[str, str]
    claims: Mapping[str, float]
    sets: Mapping[str, Mapping[str, float]]
    net_newly_wrong: int


@dataclass(frozen=True, slots=True)
class Standing:
    """`right`: right and supported by what is cited, or rightly refused."""

    id: str
    verdict: str
    right: bool

    @staticmethod
    def of(row: Grounded) -> "Standing":
        return Standing(row.id, row.result.verdict, row.is_right)


Baseline = Mapping[str, Standing]  # by the case's id


def read_floors(home: Path = HOME) -> Floors:
    """Raises InvalidInput or InvalidRecord, also where a figure is missing or not known."""
    file = read_json(home / FLOORS, "gate's floors")
    sets, checker = file.need("sets"), file.need("checker")
    return Floors(
        checker={name: checker.need(name).words() for name in _names(checker)},
        claims=_figures(file.need("claims"), CLAIMS),
        sets={name: _figures(sets.need(name), FIGURES) for name in _names(sets)},
        net_newly_wrong=file.need("net_newly_wrong").whole(),
    )


def _figures(node: Node, known: Iterable[str]) -> dict[str, float]:
    for name in _names(node):
        if name not in known:
            words = f"is no figure of the gate; known are {', '.join(known)}"
            raise Node(None, node.file, f"{node.path}.{name}").error(words)
    return {name: node.need(name).number() for name in known}


def _names(node: Node) -> list[str]:
    node.has("")  # raises for what is no object
    return list(node.value)


def pin_checker(home: Path, sha256: Mapping[str, str]) -> None:
    """Writes the hashes into the floors; all else stays."""
    file = json.loads(read_text(home / FLOORS, "gate's floors"))
    file["checker"] = dict(sha256)
    write_text(home / FLOORS, json.dumps(file, indent=2) + "\n", "gate's floors")


def read_baseline(home: Path = HOME) -> Baseline:
    """Empty where there is none yet. Raises InvalidInput or InvalidRecord."""
    if not (home / BASELINE).exists():
        return {}
    rows = read_rows(home / BASELINE, "gate's baseline")
    kept = (
        Standing(row.need("id").words(), row.need("verdict").words(), row.need("right").truth())
        for row in rows
    )
    return {standing.id: standing for standing in kept}


def write_baseline(home: Path, rows: Iterable[Grounded]) -> None:
    lines = (json.dumps(asdict(Standing.of(row))) + "\n" for row in rows)
    write_text(home / BASELINE, "".join(lines), "gate's baseline")

"""What the gate looks at: two sets of cases, each over its own archive, and who judges.

Settings are the environment's, as in every command: a threshold or a reader that is set there is
what is measured.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from eval.build import ROOT
from eval.cases import Case, read_cases
from eval.corpus import open_corpus, read_corpus
from eval.grounding import Grounded
from eval.judging import ground
from index.errors import InvalidInput
from rag.engine import Engine
from rag.entailment import Checker
from rag.settings import Settings

SEEDS = ROOT / "seeds"
# By the name of a set: its cases and its articles, below the project's folder.
SETS = {
    "seed": ("eval/data/seed.jsonl", "seeds"),
    "newsroom": ("eval/newsroom/closed.jsonl", "eval/newsroom/articles.jsonl"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A set of cases, and the engine over the articles that they ask."""

    name: str
    cases: Sequence[Case]
    engine: Engine

    def answer(
        self, checker: Checker, tell: Callable[[int], None], before: int = 0
    ) -> list[Grounded]:
        """A result for each case; `tell` is given how many there are, with those `before`."""
        rows = []
        for case in self.cases:
            rows.append(ground(self.engine, case, checker, with_baseline=False))
            tell(before + len(rows))
        return rows


@dataclass(frozen=True, slots=True)
class Judge:
    """A checker, and the folder that it was loaded from."""

    checker: Checker
    folder: Path

    def sha256(self) -> Mapping[str, str]:
        """Of what makes its judgements: weights, tokenizer, and the manifest with its threshold."""
        files = sorted(p for p in self.folder.iterdir() if p.name in _JUDGING)
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


_JUDGING = ("manifest.json", "model.onnx", "tokenizer.json")


def open_parts(settings: Settings, home: Path | None = None) -> list[Part]:
    """`home` holds the archives, by default in the user's cache, apart from those of `open_corpus`:
    whoever makes one there keeps all others waiting.

    Raises what `open_corpus` raises, or InvalidInput where no seeds are.
    """
    home = home or user_cache_path("dateline") / "gate"
    if not SEEDS.exists():
        raise InvalidInput(f"{SEEDS}: is not there; run the gate in the project's own folder")
    parts = []
    for name, (cases, articles) in SETS.items():
        engine = open_corpus(read_corpus(ROOT / articles), settings, home=home)
        parts.append(Part(name, read_cases(ROOT / cases), engine))
    return parts

"""What a figure is of: the program to the byte, its models, its libraries, the files it read."""

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rag.engine import Engine
from rag.entailment import SHIPPED as CHECKER
from rag.entailment import WORDS, Checker
from rag.reader import SHIPPED, Reader

ROOT = Path(__file__).parents[1]
LIBRARIES = ("onnxruntime", "tokenizers", "faiss-cpu", "tantivy", "sentencex", "numpy")


def hash_files(*paths: Path) -> str:
    """SHA-256 (hex) over the files' names and bytes, in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


@cache
def hash_code(*folders: str) -> str:
    """Of all that is in these packages and may change an answer: code, weights, calibrators."""
    return hash_folders(ROOT, *folders)


def hash_folders(root: Path, *folders: str) -> str:
    """16 hex digits over the files below these folders of `root` that make a difference."""
    paths = (p for f in folders for p in (root / f).rglob("*") if p.suffix in _COUNTED)
    return hash_files(*sorted(paths))[:16]


_COUNTED = (".py", ".onnx", ".json")


def versions(*models: str) -> dict[str, str]:
    """Of the libraries that an answer depends on; those of models by a name not ours too."""
    ours = all(model.startswith((SHIPPED, CHECKER)) or model == WORDS for model in models)
    used = LIBRARIES if ours else (*LIBRARIES, "torch", "transformers")
    return {"python": platform.python_version()} | {name: version(name) for name in used}


def describe_model(model: Reader | Checker) -> str:
    """A reader's or a checker's name with a hash of its weights."""
    fingerprint = getattr(model, "fingerprint", "")  # the shipped one's name has it
    return f"{model.name}-{fingerprint}" if fingerprint else model.name


def describe_archive(engine: Engine) -> dict[str, Any]:
    """What was searched, and with what."""
    encoder = engine.archive.encoder
    return {
        "snapshot": engine.archive.snapshot().name,
        "encoder": f"{encoder.name}-{encoder.fingerprint}",
    }


def describe(engine: Engine) -> dict[str, Any]:
    """The part of a run's config that says what answered."""
    return {
        **describe_archive(engine),
        "reader": describe_model(engine.reader.get()),
        "threshold": engine.threshold,
        "build": hash_code("index", "rag", "eval"),
        "versions": versions(engine.settings.reader),
    }


def describe_file(path: Path) -> dict[str, str]:
    """A file's name, without the folder, and its hash."""
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}

"""Shipped models: folders of `model.onnx`, `tokenizer.json`, `manifest.json`, verified on load.

Knows nothing of what a model computes. A session runs on one thread: callers that have several
texts use several threads, each with one unpadded text, because int8 scales activations over all
that is in a call and a text's numbers must not depend on its neighbours.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from index.errors import ModelUnusable

# On a CPU, ONNX Runtime's one kernel for addition and layer normalisation takes three times as long
# as its two (docs/experiments.md).
_SLOWER_FUSIONS = ["SkipLayerNormFusion"]

A = TypeVar("A")
B = TypeVar("B")


class OnnxModel:
    """One model folder. `manifest` holds the facts beside the weights; `fingerprint` names them."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelUnusable when a file is missing or differs from the manifest's checksum."""
        self.manifest = _read_manifest(folder)
        sums: dict[str, str] = self.manifest["sha256"]
        files = {name: _read_checked(folder / name, sha256) for name, sha256 in sums.items()}
        self.fingerprint = sums["model.onnx"][:12]
        self.tokenizer = Tokenizer.from_str(files["tokenizer.json"].decode())
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        # "[SEP]" in an article or a question is letters and brackets, not the end of a part.
        self.tokenizer.encode_special_tokens = True
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            files["model.onnx"],
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=_SLOWER_FUSIONS,
        )

    def run(self, ids: list[int], types: list[int]) -> list[np.ndarray]:
        """Outputs for one sequence of T tokens: each (1, ...), in the model's order."""
        feeds = {
            "input_ids": np.array([ids], dtype=np.int64),  # (1, T)
            "token_type_ids": np.array([types], dtype=np.int64),  # (1, T)
        }
        outputs: list[np.ndarray] = self._session.run(None, feeds)
        return outputs


class Workers:
    """One-thread workers, as many as this process has cores, shared by all requests."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count or own_cores()
        self._pool = ThreadPoolExecutor(self.count, thread_name_prefix="model")

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        return self._pool.map(function, items)


def own_cores() -> int:
    """How many cores this process may use."""
    # A container may lend fewer cores than the machine has; macOS cannot say.
    own: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return len(own(0)) if own else os.cpu_count() or 1


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnusable(
            f"{folder}: no readable manifest.json ({error}); reinstall dateline, or make the "
            f"model again as its README.md says"
        ) from error
    return manifest


def _read_checked(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelUnusable(f"{path}: {error.strerror}; reinstall dateline") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ModelUnusable(
            f"{path}: its SHA-256 is {found[:12]}..., the manifest says {sha256[:12]}...: the file "
            f"was altered or cut short; reinstall dateline"
        )
    return content

"""Texts -> unit vectors. Knows nothing of passages or of where vectors are kept.

Two encoders stand behind one protocol: the shipped int8 ONNX model, which needs no torch, and any
sentence-transformers model by name.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from index.errors import ModelUnusable
from index.onnx import OnnxModel, Workers

SHIPPED = "dateline-encoder"
MODELS = Path(__file__).parent / "models"


class Encoder(Protocol):
    """`fingerprint` names the weights: vectors of two fingerprints must never be compared."""

    name: str
    fingerprint: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32, each row of length 1.

        A text's vector does not depend on the texts beside it.
        """
        ...


class OnnxEncoder:
    """The shipped encoder, in int8; reads the first 256 tokens of a text."""

    def __init__(self, workers: Workers, folder: Path = MODELS / SHIPPED) -> None:
        self._model = OnnxModel(folder)
        self._workers = workers
        self._max_tokens: int = self._model.manifest["max_tokens"]
        self.name: str = self._model.manifest["name"]
        self.dimension: int = self._model.manifest["dimension"]
        self.fingerprint = self._model.fingerprint

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        # One text needs no other thread; handing it over would only cost the waiting.
        mapping = map if len(texts) == 1 else self._workers.map
        for row, vector in enumerate(mapping(self._encode_one, texts)):
            vectors[row] = vector
        return vectors

    def _encode_one(self, text: str) -> np.ndarray:
        ids = self._model.tokenizer.encode(text).ids
        if len(ids) > self._max_tokens:
            ids = [*ids[: self._max_tokens - 1], ids[-1]]
        vector: np.ndarray = self._model.run(ids, [0] * len(ids))[0][0]  # (dimension,)
        return vector


class SentenceTransformerEncoder:
    """Any sentence-transformers model, by the name of a hub, a cache or a folder."""

    def __init__(self, name: str) -> None:
        """Raises ModelUnusable when the model cannot be loaded."""
        from sentence_transformers import SentenceTransformer  # 7 s and torch: only when asked for

        try:
            # From a folder or the local cache: nothing is fetched at run time.
            self._model = SentenceTransformer(name, device="cpu", local_files_only=True)
        except Exception as error:  # the library raises many kinds, from many layers
            raise ModelUnusable(
                f"encoder {name!r} cannot be loaded: {error}; give a folder, or put it into the "
                f"local cache first with `hf download {name}`"
            ) from error
        # "[SEP]" in an article is letters and brackets, as in the shipped encoder.
        self._model.tokenizer.split_special_tokens = True
        self.name = name
        self.dimension: int = self._model.get_embedding_dimension() or 0
        digest = hashlib.sha256()
        for key, tensor in sorted(self._model.state_dict().items()):
            digest.update(key.encode())
            digest.update(tensor.cpu().numpy().tobytes())
        self.fingerprint = digest.hexdigest()[:12]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        # One text a call: padding beside a longer one changes the last bits.
        rows = [self._model.encode(text, normalize_embeddings=True) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dimension)


def load_encoder(name: str, workers: Workers) -> Encoder:
    """The shipped encoder for its own name, else a sentence-transformers model."""
    return OnnxEncoder(workers) if name == SHIPPED else SentenceTransformerEncoder(name)

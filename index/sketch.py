"""A rough picture of many vectors, soon read through, that says which are worth a look.

Each pair of dimensions is one of 16 typical values: 96 bytes for 384 dimensions, of which FAISS
compares 32 at a time in the processor's registers (product quantisation; Andre, Kermarrec and Le
Scouarnec, "Quicker ADC", 2019). The exact inner product then decides among the best, so only a
vector whose picture is not among them can be missed: docs/performance.md says how often.
"""

from typing import Any

import faiss
import numpy as np

WORTHWHILE = 100_000  # vectors; with fewer the exact search takes but a few milliseconds
_DIMENSIONS_A_CODE = 2
_BITS = 4
_TRAINED_ON = 10_000  # vectors, evenly spread; with more the pictures are no better


def make_sketch(vectors: np.ndarray, worthwhile: int = WORTHWHILE) -> Any:
    """The sketch of (N, dimension) vectors; None if they are too few, or cannot be paired."""
    count, dimension = vectors.shape
    if count < worthwhile or dimension % _DIMENSIONS_A_CODE:
        return None
    sketch: Any = faiss.IndexPQFastScan(
        dimension, dimension // _DIMENSIONS_A_CODE, _BITS, faiss.METRIC_INNER_PRODUCT
    )
    faiss.omp_set_num_threads(1)
    sketch.train(vectors[:: max(1, count // _TRAINED_ON)].astype(np.float32))
    for at in range(0, count, _TRAINED_ON):  # float32 of a part at a time
        sketch.add(vectors[at : at + _TRAINED_ON].astype(np.float32))
    return sketch


def candidates(sketch: Any, vector: np.ndarray, k: int) -> np.ndarray:
    """(at most 10 k or 1,000,) int64: positions that hold the best k, in no order."""
    query = np.ascontiguousarray(vector[None, :], dtype=np.float32)
    _, at = sketch.search(query, min(sketch.ntotal, max(1_000, 10 * k)))
    positions: np.ndarray = at[0][at[0] >= 0]
    return positions

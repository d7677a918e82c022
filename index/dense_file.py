"""The file of the dense index: whole and of this archive, or not used.

A magic line, the SHA-256 of all that follows, a line of JSON, and then the FAISS index, its sketch
if it has one, the ids and the article versions.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from index.changes import Head
from index.dense import DenseIndex
from index.files import replace_file
from index.segment import Segment, empty_segment
from index.store import Store

_MAGIC = b"dateline dense 2\n"


def save_dense(index: DenseIndex, path: Path) -> DenseIndex:
    """Writes the index; returns it merged and sketched, as it is in the file."""
    index = replace(index.merged().sketched(), unsaved=0)
    base = index.base
    vectors = faiss.serialize_index(base.index)
    sketch = np.empty(0, np.uint8) if base.sketch is None else faiss.serialize_index(base.sketch)
    header = {
        "seq": index.head.seq,
        "digest": index.head.digest,
        "encoder": index.encoder,
        "passages": len(base),
        "vectors_bytes": vectors.nbytes,
        "sketch_bytes": sketch.nbytes,
    }
    line = json.dumps(header).encode() + b"\n"
    arrays = (vectors, sketch, base.ids, base.rows)
    content: list[bytes | memoryview] = [line, *(array.data for array in arrays)]
    checksum = hashlib.sha256()
    for part in content:
        checksum.update(part)
    replace_file(path, [_MAGIC, checksum.digest(), *content])
    return index


def load_dense(path: Path, store: Store, encoder: str) -> DenseIndex | str:
    """What `save_dense` wrote; or, if it cannot be used, why not."""
    try:
        whole = path.read_bytes()
    except OSError as error:
        return f"{path.name} cannot be read ({error.strerror})"
    content_at = len(_MAGIC) + hashlib.sha256().digest_size
    content = memoryview(whole)[content_at:]
    checksum = whole[len(_MAGIC) : content_at]
    if not whole.startswith(_MAGIC) or hashlib.sha256(content).digest() != checksum:
        return f"{path.name} is damaged, or of another version"
    header_end = whole.index(b"\n", content_at) + 1
    header = json.loads(whole[content_at:header_end])
    head, count = Head(header["seq"], header["digest"]), header["passages"]
    if header["encoder"] != encoder or not store.holds(head):
        return f"{path.name} was made from another archive or encoder"
    sketch_at = header_end + header["vectors_bytes"]
    ids_at = sketch_at + header["sketch_bytes"]
    index: Any = _index(whole, header_end, header["vectors_bytes"])
    sketch: Any = _index(whole, sketch_at, header["sketch_bytes"]) if ids_at > sketch_at else None
    ids = np.frombuffer(whole, np.int64, count, ids_at).copy()
    rows = np.frombuffer(whole, np.int64, count, ids_at + ids.nbytes).copy()
    base = Segment(index, ids, rows, np.ones(count, dtype=bool), sketch)
    return DenseIndex(head, encoder, base, empty_segment(index.d), 0)


def _index(whole: bytes, at: int, size: int) -> faiss.Index:
    return faiss.deserialize_index(np.frombuffer(whole, np.uint8, size, at))

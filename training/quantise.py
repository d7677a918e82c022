"""PyTorch module -> int8 ONNX folder that `index.onnx.OnnxModel` loads. Shared by all models."""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

from training.balance import balance
from training.fusions import fuse_attention, use_tanh
from training.products import Rounding, products, round_each
from training.quantise_calls import quantise_calls
from training.quantise_rows import quantise_rows
from training.rounding import round_together, squares_of_inputs
from training.watched import TokenIds

FIRST_MATRIX = "intermediate/dense/MatMul"  # how the names of a BERT's first matrices end


def second_matrices(layers: int) -> tuple[str, ...]:
    """The ends of the names of the second feed-forward matrices of a BERT of so many layers."""
    return tuple(f"layer.{layer}/output/dense/MatMul" for layer in range(layers))


def feed_forward(layers: int) -> tuple[str, ...]:
    """The ends of the names of both feed-forward matrices of a BERT of so many layers."""
    return (FIRST_MATRIX, *second_matrices(layers))


def export_int8(
    module: torch.nn.Module,
    outputs: dict[str, dict[int, str]],
    keep_fp32: Sequence[str],
    tokenizer: Path,
    manifest: dict[str, Any],
    folder: Path,
    by_rows: Sequence[str] = (),
    balanced: bool = False,
    sequences: Sequence[TokenIds] = (),
    tanh_gelu: bool = False,
) -> None:
    """Writes `model.onnx`, `tokenizer.json` and `manifest.json` into `folder`.

    `module` takes (input_ids, token_type_ids), each (1, T). `outputs` maps each output's name to
    its dynamic axes. Nodes whose name begins with one of `keep_fp32` are not quantised.

    What goes into the matrices whose name ends with one of `by_rows` is quantised token by token;
    with `balanced`, what goes into a BERT's attentions and first feed-forward matrices is balanced
    channel by channel, by what flows there in `sequences` of real text. With `sequences`, all these
    feed-forward matrices are rounded by it too. `tanh_gelu` approximates their GELU.

    Raises ValueError for arguments that do not go together, and when a node of `keep_fp32` is not
    there or was quantised all the same.
    """
    if balanced and not sequences:
        raise ValueError("nothing to balance by; give sequences of real text")
    if sequences and not (balanced or by_rows):
        raise ValueError("sequences for no matrix; name some in by_rows, or set balanced")
    if balanced and FIRST_MATRIX in by_rows:
        raise ValueError(f"{FIRST_MATRIX} is balanced or quantised by rows, not both; choose one")
    folder.mkdir(parents=True, exist_ok=True)
    ids = torch.randint(1000, 20_000, (1, 24))
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "full.onnx"
        torch.onnx.export(
            module.eval(),
            (ids, torch.zeros_like(ids)),
            str(full),
            input_names=["input_ids", "token_type_ids"],
            output_names=list(outputs),
            dynamic_axes={"input_ids": {1: "T"}, "token_type_ids": {1: "T"}} | outputs,
            opset_version=17,
            dynamo=False,
        )
        fused = Path(scratch) / "fused.onnx"
        config = next(part.config for part in module.modules() if hasattr(part, "config"))
        fuse_attention(full, fused, config.num_attention_heads, config.hidden_size)
        model = onnx.load(fused)
        if tanh_gelu:
            use_tanh(model)
        by_call = (FIRST_MATRIX,) if balanced else ()
        if balanced:
            attentions = [node for node in model.graph.node if node.op_type == "Attention"]
            balance(model, [*attentions, *products(model.graph, by_call)], sequences)
        rounding: Rounding = round_each
        if sequences:
            rounding = round_together(squares_of_inputs(model, (*by_rows, *by_call), sequences))
        quantise_rows(model, by_rows, rounding)
        quantise_calls(model, by_call, rounding)
        kept = _named(model, keep_fp32)
        quantize_dynamic(
            model,
            folder / "model.onnx",
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            # Whose outputs' type ONNX cannot infer behind an operator of ONNX Runtime's own.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
            # It makes a MatMul of a Gemm, by a name of its own, before it looks at the names here.
            nodes_to_exclude=[*kept, *(f"{name}_MatMul" for name in kept)],
        )
        _check_kept(onnx.load(folder / "model.onnx"), keep_fp32)
    bare = Tokenizer.from_file(str(tokenizer))
    bare.no_truncation()
    bare.no_padding()
    bare.save(str(folder / "tokenizer.json"))
    sums = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("model.onnx", "tokenizer.json")
    }
    text = json.dumps({**manifest, "sha256": sums}, indent=2) + "\n"
    (folder / "manifest.json").write_text(text, "utf-8")


def _named(model: onnx.ModelProto, beginnings: Sequence[str]) -> list[str]:
    """The names of nodes that begin so."""
    names = [node.name for node in model.graph.node]
    lost = [one for one in beginnings if not any(name.startswith(one) for name in names)]
    if lost:
        raise ValueError(f"no node is named {', '.join(lost)}; see what the export calls them")
    return [name for name in names if name.startswith(tuple(beginnings))]


def _check_kept(quantised: onnx.ModelProto, kept: Sequence[str]) -> None:
    whole = [
        node.name
        for node in quantised.graph.node
        if node.name.startswith(tuple(kept)) and "MatMulInteger" in node.op_type
    ]
    if kept and whole:
        raise ValueError(f"{', '.join(whole)} were quantised; see what the quantiser calls them")

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
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model
from tokenizers import Tokenizer

from training.quantise_rows import Rounding, quantise_rows, round_each
from training.rounding import round_together, squares_of_inputs


def feed_forward(layers: int) -> tuple[str, ...]:
    """The ends of the names of both feed-forward matrices of a BERT of so many layers."""
    second = (f"layer.{layer}/output/dense/MatMul" for layer in range(layers))
    return ("intermediate/dense/MatMul", *second)


def export_int8(
    module: torch.nn.Module,
    outputs: dict[str, dict[int, str]],
    keep_fp32: Sequence[str],
    tokenizer: Path,
    manifest: dict[str, Any],
    folder: Path,
    by_rows: Sequence[str] = (),
    sequences: Sequence[tuple[list[int], list[int]]] = (),
) -> None:
    """Writes `model.onnx`, `tokenizer.json` and `manifest.json` into `folder`.

    `module` takes (input_ids, token_type_ids), each (1, T). `outputs` maps each output's name to
    its dynamic axes. Nodes whose name begins with one of `keep_fp32` are not quantised; what goes
    into the matrices whose name ends with one of `by_rows` is quantised token by token. With
    `sequences`, token ids and types of real text, these matrices are rounded by what they see of
    it.
    """
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
        _fuse_attention(full, fused, config.num_attention_heads, config.hidden_size)
        model = onnx.load(fused)
        rounding: Rounding = round_each
        if sequences:
            rounding = round_together(squares_of_inputs(model, by_rows, sequences))
        quantise_rows(model, by_rows, rounding)
        nodes = [node.name for node in model.graph.node]
        quantize_dynamic(
            model,
            folder / "model.onnx",
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            # Whose outputs' type ONNX cannot infer behind an operator of ONNX Runtime's own.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
            nodes_to_exclude=[n for n in nodes if n.startswith(tuple(keep_fp32))]
            if keep_fp32
            else None,
        )
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


def _fuse_attention(full: Path, fused: Path, heads: int, width: int) -> None:
    """Makes one operator of each attention layer: the same numbers in a tenth less time.

    Layer normalisations stay apart, as in `index.onnx`. Raises ValueError if a layer is not fused.
    """
    options = FusionOptions("bert")
    options.enable_skip_layer_norm = False
    options.enable_bias_skip_layer_norm = False
    options.enable_embed_layer_norm = False
    options.enable_bias_gelu = False
    model = optimize_model(
        str(full), "bert", heads, width, opt_level=0, optimization_options=options
    )
    layers = sum(node.op_type == "Softmax" for node in onnx.load(full).graph.node)
    found = model.get_fused_operator_statistics()["Attention"]
    if found != layers:
        raise ValueError(f"{found} of {layers} attention layers were fused; see what has changed")
    model.save_model_to_file(str(fused))

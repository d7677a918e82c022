"""Fits what the checker's logit means on the reader's own answers, in int8.

    .venv/bin/python -m training.calibrate_checker --dev FILE

FILE is `training.make_claims --split dev`'s. Scale and bias are fitted on what the
reader answered to the questions of one half, since that is what the checker will judge: claims that
were made wrong on purpose are easier. The figures that are printed, and kept in `report.json`
beside the weights, are of the other half.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from index.errors import ModelUnusable
from index.onnx import OnnxModel, Workers
from rag.entailment import MODELS, SHIPPED, logit_of
from training.claims import HALVES, READ_RIGHT, READ_WRONG, Labelled, read_claims
from training.evaluate_checker import figures

FIT, REPORT = HALVES
# More likely supported than not. The best threshold of some hundred answers is a matter of chance:
# from 0.35 to 0.65 they differ by less than they would in another sample (docs/experiments.md).
THRESHOLD = 0.5


def calibrate(claims: Sequence[Labelled], out: Path) -> dict[str, Any]:
    """Writes `calibration` into the manifest, and `report.json`; the figures of the other half.

    Raises ModelUnusable when the logit does not tell what is supported of the reader's answers.
    """
    model = OnnxModel(out)
    logits = np.array(list(Workers().map(lambda one: logit_of(model, one.claim), claims)))
    truth = np.array([one.supported for one in claims])
    fitting = np.array([one.kind in (READ_RIGHT, READ_WRONG) and one.half == FIT for one in claims])
    scale, bias = fit_logistic(logits[fitting], truth[fitting])
    if not scale:
        raise ModelUnusable(
            f"{out}: a higher logit is no sign of support, on {fitting.sum()} held-out answers; "
            f"export a checkpoint that was trained for longer"
        )
    calibration = {"scale": scale, "bias": bias, "threshold": THRESHOLD}
    manifest = {**model.manifest, "calibration": {k: round(v, 4) for k, v in calibration.items()}}
    text = json.dumps(manifest, indent=2) + "\n"
    (out / "manifest.json").write_text(text, "utf-8")
    reported = [i for i, one in enumerate(claims) if one.half == REPORT]
    scores = expit(scale * logits[reported] + bias)
    some = [claims[i] for i in reported]
    report = {
        "fitted_on": int(fitting.sum()),
        "at_the_threshold": figures(some, scores, THRESHOLD),
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
    parser.add_argument("--dev", type=Path, required=True, help="claims of the dev split")
    parser.add_argument("--model", type=Path, default=MODELS / SHIPPED)
    given = parser.parse_args()
    print(json.dumps(calibrate(list(read_claims(given.dev)), given.model), indent=2))


if __name__ == "__main__":
    main()

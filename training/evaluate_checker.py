"""What a checker is worth on held-out claims: over all, of each file, and of each kind.

A kind of ours has one label, so of it there is only the share that is judged rightly.
"""

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer

from eval.agreement import balanced_accuracy, best_threshold
from rag.inputs import ReaderInput, encode_claim
from training.batches import pad
from training.checker import Checker
from training.claims import READING, Labelled
from training.model import device_of, in_bf16

_ROWS = {"cpu": 16, "cuda": 128}  # sequences at once


def encode(tokenizer: Tokenizer, one: Labelled, max_tokens: int) -> ReaderInput:
    return encode_claim(
        tokenizer, one.claim.text, one.claim.heading, one.claim.evidence, max_tokens
    )


def logits_of(
    checker: Checker, tokenizer: Tokenizer, claims: Sequence[Labelled], max_tokens: int
) -> np.ndarray:
    """(N,) logits, in bf16 as in training."""
    checker.eval()
    inputs = [encode(tokenizer, one, max_tokens) for one in claims]
    order = sorted(range(len(inputs)), key=lambda i: len(inputs[i].ids))
    logits = np.zeros(len(inputs))
    device = device_of(checker)
    rows = _ROWS[device.type]
    for at in range(0, len(order), rows):
        part = order[at : at + rows]
        batch = pad([inputs[i] for i in part])
        del batch["passage"]
        with torch.inference_mode(), in_bf16(checker):
            told = checker(**{name: tensor.to(device) for name, tensor in batch.items()})
        logits[part] = told.float().cpu().numpy()
    return logits


def figures(
    claims: Sequence[Labelled], scores: np.ndarray, threshold: float = 0.0
) -> dict[str, float]:
    """In percent: `bacc`, balanced accuracy at the threshold, and `auroc`, over all and by file;

    `best_bacc` and its `best_threshold` over ours; `right` of each kind of ours. `scores` are (N,).
    """
    truth = np.array([one.supported for one in claims])
    files = np.array([one.file for one in claims])
    kinds = np.array([one.kind for one in claims])
    said = scores >= threshold
    found = {"bacc": _percent(balanced_accuracy(truth, said))}
    for file in sorted(set(files)):
        here = files == file
        found[f"bacc {file}"] = _percent(balanced_accuracy(truth[here], said[here]))
        found[f"auroc {file}"] = _percent(float(roc_auc_score(truth[here], scores[here])))
    own = files == READING
    best, accuracy = best_threshold(truth[own], scores[own])
    found |= {"best_threshold": round(best, 4), "best_bacc": _percent(accuracy)}
    for kind in sorted(set(kinds[own])):
        here = own & (kinds == kind)
        found[f"right {kind}"] = _percent(float((said == truth)[here].mean()))
    return found | {"claims": len(claims)}


def _percent(share: float) -> float:
    return round(100 * share, 2)

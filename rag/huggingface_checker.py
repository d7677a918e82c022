"""Any Hugging Face model of entailment (NLI) as the checker, by name. Needs torch.

Its labels, in the model's own `id2label`, say which of its logits means support.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

import torch
from transformers import AutoModelForSequenceClassification

from index.errors import ModelUnusable
from rag.deadline import NEVER, Deadline
from rag.entailment import Claim
from rag.huggingface import fingerprint_of, load_local
from rag.inputs import MAX_TOKENS

# Letters of a label, in lower case. Whole labels: "not_entailment" is not one.
SUPPORTS = frozenset(
    """
    entailment entailed entails entail supported supports support consistent attributable faithful
    """.split()
)


class HuggingFaceChecker:
    """The premise is the heading and the evidence, the hypothesis the claim.

    One logit, or labels that do not exclude each other (`multi_label_classification`), go through
    the logistic function; else the probability is the softmax over all labels.
    """

    threshold = 0.5

    def __init__(self, name: str) -> None:
        """Raises ModelUnusable when it cannot be loaded, or no label of it means support."""
        self._tokenizer, self._model = load_local(
            "checker", name, AutoModelForSequenceClassification
        )
        config = self._model.config
        self._label = supporting_label(name, config.id2label)
        self._excluding = (
            len(config.id2label) > 1 and config.problem_type != "multi_label_classification"
        )
        self.name = name

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint_of(self._model)

    def check(self, claims: Sequence[Claim], deadline: Deadline = NEVER) -> list[float]:
        found = []
        for claim in claims:
            deadline.check()
            found.append(self._check_one(claim))
        return found

    def _check_one(self, claim: Claim) -> float:
        before = f"{claim.heading} | " if claim.heading else ""
        encoded = self._tokenizer(
            before + claim.evidence,
            claim.text,
            truncation="longest_first",  # evidence, unless the claim is longer
            split_special_tokens=True,  # "[SEP]" in a passage is letters and brackets
            max_length=min(MAX_TOKENS, self._tokenizer.model_max_length),
            return_tensors="pt",
        )
        with torch.inference_mode():
            logits = self._model(**encoded).logits[0].float()  # (labels,)
        probabilities = logits.softmax(0) if self._excluding else logits.sigmoid()
        return float(probabilities[self._label])


def supporting_label(name: str, id2label: Mapping[int, str]) -> int:
    """The one label that means support, by its name. Raises ModelUnusable for none or several."""
    found = [
        number
        for number, label in id2label.items()
        if re.sub(r"[^a-z]", "", str(label).lower()) in SUPPORTS
    ]
    if len(found) != 1:
        raise ModelUnusable(
            f"checker {name!r}: its labels are {', '.join(map(str, id2label.values()))}, and "
            f"{len(found)} of them mean support (such as entailment or SUPPORTS); set id2label in "
            f"its config.json, or choose another"
        )
    return found[0]

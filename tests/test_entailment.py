"""The checker: what it reads, any NLI model by name, and the calibration of the shipped form."""

import math
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertForSequenceClassification, BertTokenizerFast

from index.errors import ModelUnusable
from index.onnx import OnnxModel
from rag.deadline import Deadline
from rag.entailment import Calibration, Claim, load_checker
from rag.errors import TimedOut
from rag.huggingface_checker import HuggingFaceChecker, supporting_label
from rag.inputs import MAX_CLAIM_TOKENS, MAX_TOKENS, claim_of, encode_claim
from rag.reader import MODELS, SHIPPED
from tests.tiny_bert import tiny_config

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] who won ? the race ada quill wire | 3 may . - >".split()
CLAIMS = [
    Claim("who won? -> Ada Quill", "Ada Quill won the race.", "wire | 3 may"),
    Claim("Ada won.", "Ada Quill won the race."),
    Claim("who won? -> 3", "the race. the race."),
]


def make(folder: Path, labels: list[str], problem: str | None = None) -> str:
    """A tiny model of random weights with these labels."""
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    torch.manual_seed(3)
    config = tiny_config(
        len(WORDS),
        max_position_embeddings=64,
        initializer_range=0.5,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
        problem_type=problem,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


def logits_by_hand(folder: str, claim: Claim) -> list[float]:
    tokenizer = BertTokenizerFast.from_pretrained(folder)
    model = BertForSequenceClassification.from_pretrained(folder).eval()
    premise = f"{claim.heading} | {claim.evidence}" if claim.heading else claim.evidence
    with torch.inference_mode():
        found = model(**tokenizer(premise, claim.text, return_tensors="pt")).logits[0]
    return [float(x) for x in found]


def test_the_softmax_of_the_label_that_means_support(tmp_path: Path) -> None:
    folder = make(tmp_path / "nli", ["contradiction", "neutral", "ENTAILMENT"])
    checker = load_checker(folder)
    found = checker.check(CLAIMS)
    for probability, claim in zip(found, CLAIMS, strict=True):
        powers = [math.exp(x) for x in logits_by_hand(folder, claim)]
        assert probability == pytest.approx(powers[2] / sum(powers), abs=1e-6)
    assert len(set(found)) == len(CLAIMS)
    assert checker.threshold == 0.5


@pytest.mark.parametrize(
    ("labels", "problem"),
    [(["SUPPORTED"], None), (["REFUTES", "SUPPORTS"], "multi_label_classification")],
)
def test_labels_that_do_not_exclude_each_other(
    tmp_path: Path, labels: list[str], problem: str | None
) -> None:
    folder = make(tmp_path / "sigmoid", labels, problem)
    for claim, found in zip(CLAIMS, HuggingFaceChecker(folder).check(CLAIMS), strict=True):
        logit = logits_by_hand(folder, claim)[-1]
        assert found == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-6)


def test_which_label_means_support() -> None:
    assert supporting_label("m", {0: "not_entailment", 1: "entailment"}) == 1
    assert supporting_label("m", {0: "SUPPORTS", 1: "REFUTES", 2: "NOT ENOUGH INFO"}) == 0
    assert supporting_label("m", {0: "NOT_SUPPORTED", 1: "Supported"}) == 1


@pytest.mark.parametrize("labels", [["LABEL_0", "LABEL_1"], ["supports", "entailment"]])
def test_labels_that_say_nothing_are_an_error(tmp_path: Path, labels: list[str]) -> None:
    folder = make(tmp_path / "unnamed", labels)
    with pytest.raises(ModelUnusable, match=rf"its labels are {', '.join(labels)}, and [02] of"):
        HuggingFaceChecker(folder)


def test_a_name_that_is_none_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match=r"checker .* cannot be loaded"):
        load_checker(str(tmp_path / "nowhere"))


def test_what_is_too_long_is_cut_and_special_tokens_are_text(tmp_path: Path) -> None:
    checker = HuggingFaceChecker(make(tmp_path / "nli", ["neutral", "entailment"]))
    long = "ada won . " * 200
    assert all(0 <= p <= 1 for p in checker.check([Claim("who?", long), Claim(long, "ada")]))
    forged, plain = (Claim("ada won", f"ada {token} won.") for token in ("[SEP]", "[sep]"))
    assert checker.check([forged]) == checker.check([plain])


def test_time_runs_out_between_claims(tmp_path: Path) -> None:
    checker = HuggingFaceChecker(make(tmp_path / "nli", ["neutral", "entailment"]))
    with pytest.raises(TimedOut):
        checker.check(CLAIMS, Deadline.after(-1))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return OnnxModel(MODELS / SHIPPED).tokenizer


def test_the_claims_form(tokenizer: Tokenizer) -> None:
    claim = claim_of("who\n won? ", " Ada  Quill")
    assert claim == "who won? -> Ada Quill"
    x = encode_claim(tokenizer, claim, "Wire", "Ada won.")
    tokens = " ".join(str(tokenizer.id_to_token(i)) for i in x.ids)
    assert tokens == "[CLS] who won ? - > ada qui ##ll [SEP] wire | ada won . [SEP]"
    assert x.types == [0] * 10 + [1] * 6


def test_a_long_claim_keeps_its_end_and_evidence_its_beginning(tokenizer: Tokenizer) -> None:
    x = encode_claim(tokenizer, claim_of("why " * 300, "rain"), "", "word " * 2000)
    assert len(x.ids) == MAX_TOKENS
    assert x.types.count(0) == MAX_CLAIM_TOKENS + 2
    shown = [str(tokenizer.id_to_token(i)) for i in x.ids[MAX_CLAIM_TOKENS - 2 : x.passage_start]]
    assert shown == ["-", ">", "rain", "[SEP]"]


def test_a_quote_is_headed_by_what_is_known_of_its_article() -> None:
    claim = Claim.of_quote("Ada won.", "She won.", "Race", None, "2020-05-03T10:00:00Z")
    assert claim == Claim("Ada won.", "She won.", "Race | 3 May 2020")
    assert Claim.of_quote("Ada won.", "She won.", None, None, None).heading == ""


def test_calibration_by_hand() -> None:
    fitted = Calibration.of({"calibration": {"scale": 2, "bias": -1.0, "threshold": 0.25}})
    assert fitted.probability(0.5) == 0.5
    assert fitted.probability(1.0) == pytest.approx(math.e / (1 + math.e))
    assert fitted.threshold == 0.25
    for broken in ({}, {"calibration": {"scale": 1}}, {"calibration": None}):
        with pytest.raises(ModelUnusable, match="has no calibration"):
            Calibration.of({"name": "x", **broken})

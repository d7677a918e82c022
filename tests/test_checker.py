"""Training and export of the checker: its batches, its figures, and the folder that ships."""

import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from transformers import BertConfig

from index.errors import InvalidInput, ModelUnusable
from index.onnx import OnnxModel, Workers
from rag.deadline import Deadline
from rag.entailment import Claim, OnnxChecker, logit_of
from rag.errors import TimedOut
from rag.logistic import sigmoid
from rag.reader import MODELS, SHIPPED
from tests.tiny_bert import tiny_config
from training.calibrate_checker import calibrate, fit_logistic
from training.checker import Checker, load_checker_fp16, warm_checker
from training.claims import ANSWER, READ_RIGHT, READ_WRONG, READING, Labelled
from training.evaluate_checker import figures, logits_of
from training.export_checker import export
from training.model import Reader, save_fp16
from training.train_checker import Plan, collate, losses_of, order_claims

TOKENIZER = OnnxModel(MODELS / SHIPPED).tokenizer


def config() -> BertConfig:
    return tiny_config(30522, initializer_range=0.5)


def tiny() -> Checker:
    torch.manual_seed(1)
    checker = Checker(config())
    checker.eval()
    return checker


def labelled(number: int, supported: bool, words: int = 3) -> Labelled:
    claim = Claim(f"who ran {number}? -> ada", "ada ran " * words, "wire")
    kind = READ_RIGHT if supported else READ_WRONG
    return Labelled(claim, supported, kind, READING, f"{number:08x}")


CLAIMS = [labelled(i, i % 3 == 0, words=1 + i % 7) for i in range(60)]


def test_no_claim_is_read_twice_and_like_lengths_stand_together() -> None:
    plan = Plan(steps=7, batch=8)
    steps = order_claims(CLAIMS, plan)
    assert [len(step) for step in steps] == [8] * 7
    assert len({id(one) for step in steps for one in step}) == 56
    spread = [len({len(one.claim.evidence) for one in step}) for step in steps]
    assert max(spread) <= 3
    with pytest.raises(InvalidInput, match="take 64 claims, and there are 60"):
        order_claims(CLAIMS, Plan(steps=8, batch=8))


def test_passes_read_every_claim_once_each() -> None:
    steps = order_claims(CLAIMS, Plan(steps=14, batch=8, passes=2))
    counts = Counter(id(one) for step in steps for one in step)
    assert set(counts.values()) == {2}
    assert len(counts) == 56
    first, second = steps[:7], steps[7:]
    assert first != second


def test_as_many_of_the_reader_as_wanted() -> None:
    others = [replace(one, kind=ANSWER) for one in CLAIMS]
    claims = [one for pair in zip(others, CLAIMS, strict=True) for one in pair]
    steps = order_claims(claims, Plan(steps=5, batch=8, read=75))
    kinds = Counter(one.kind == ANSWER for step in steps for one in step)
    assert kinds == {False: 30, True: 10}
    with pytest.raises(InvalidInput, match="take 160 claims, and there are 100"):
        order_claims(claims, Plan(steps=20, batch=8, read=75))


def test_a_batch_and_its_loss_by_hand() -> None:
    checker = tiny()
    batch = collate(TOKENIZER, [CLAIMS[0], CLAIMS[1]], 256)
    assert batch["supported"].tolist() == [1.0, 0.0]
    assert set(batch) == {"input_ids", "token_type_ids", "attention_mask", "supported"}
    one, other = logits_of(checker, TOKENIZER, CLAIMS[:2], 256).tolist()
    losses = losses_of(checker, batch)
    expected = -(np.log(sigmoid(one)) + np.log(1 - sigmoid(other))) / 2
    assert losses["loss"].item() == pytest.approx(expected, abs=0.02)  # bf16
    assert losses["right"].item() == ((one > 0) + (other <= 0)) / 2


def test_figures_by_hand() -> None:
    claims = [labelled(1, True), labelled(2, True), labelled(3, False), labelled(4, False)]
    found = figures(claims, np.array([0.9, 0.1, 0.3, -1.0]), threshold=0.2)
    assert found["bacc"] == 50  # one of two found, one of two refused
    assert found[f"right {READ_RIGHT}"] == 50
    assert found[f"right {READ_WRONG}"] == 50
    assert found["auroc reading"] == 75
    assert found["best_bacc"] == 75
    assert found["best_threshold"] == -0.45
    assert found["claims"] == 4


def test_it_starts_from_a_readers_encoder(tmp_path: Path) -> None:
    torch.manual_seed(2)
    reader = Reader(config())
    save_fp16(reader, tmp_path)
    checker = warm_checker(tmp_path, of_reader=True)
    ours, theirs = checker.encoder.state_dict(), reader.encoder.state_dict()
    assert all(torch.allclose(ours[name], theirs[name], atol=1e-3) for name in theirs)
    with pytest.raises(ModelUnusable, match="weights missing"):
        load_checker_fp16(tmp_path)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checker, Path]:
    """A tiny checker, and the folder that is exported of it."""
    checker, folder = tiny(), tmp_path_factory.mktemp("checker")
    save_fp16(checker, folder / "checkpoint")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of itself and of what it traces
        export(folder / "checkpoint", folder / "out")
    return checker, folder / "out"


def test_int8_agrees_with_the_plain_pytorch_pass(shipped: tuple[Checker, Path]) -> None:
    checker, folder = shipped
    model = OnnxModel(folder)
    ours = [logit_of(model, one.claim) for one in CLAIMS]
    theirs = logits_of(checker, TOKENIZER, CLAIMS, 384)
    assert np.corrcoef(ours, theirs)[0, 1] > 0.95
    assert np.mean(np.abs(ours - theirs)) < 0.2 * np.std(theirs) + 0.05


def by_logit(folder: Path, sense: int) -> list[Labelled]:
    """The claims, supported where the logit says so, with the sign of `sense`; a tenth turned."""
    model = OnnxModel(folder)
    logits = sense * np.array([logit_of(model, one.claim) for one in CLAIMS])
    above = (logits > np.median(logits)) != (np.arange(len(CLAIMS)) % 10 == 0)
    return [replace(one, supported=bool(a)) for one, a in zip(CLAIMS, above, strict=True)]


def test_what_is_exported_is_calibrated_and_served(shipped: tuple[Checker, Path]) -> None:
    _, folder = shipped
    with pytest.raises(ModelUnusable, match="has no calibration"):
        OnnxChecker(Workers(1), folder)
    fitted = calibrate(by_logit(folder, 1), folder)
    assert fitted["fitted_on"] == 30
    assert (folder / "report.json").exists()
    checker = OnnxChecker(Workers(2), folder)
    assert checker.threshold == fitted["threshold"]
    claims = [one.claim for one in CLAIMS[:8]]
    found = checker.check(claims)
    assert found == [checker.check([claim])[0] for claim in claims]
    logit = logit_of(OnnxModel(folder), claims[0])
    assert found[0] == pytest.approx(sigmoid(fitted["scale"] * logit + fitted["bias"]))
    with pytest.raises(TimedOut):
        checker.check(claims, Deadline.after(-1))


def test_a_checker_that_learned_nothing_is_refused(shipped: tuple[Checker, Path]) -> None:
    _, folder = shipped
    with pytest.raises(ModelUnusable, match="no sign of support, on 30 held-out answers"):
        calibrate(by_logit(folder, -1), folder)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=6, max_size=40))
def test_the_fit_agrees_with_scikit_learn(pairs: list[tuple[float, bool]]) -> None:
    # Neither apart nor turned round: both kinds at either end.
    pairs += [(-6.0, False), (-5.5, False), (-6.0, True), (6.0, True), (5.5, True), (6.0, False)]
    logits, truth = (np.array(side) for side in zip(*pairs, strict=True))
    scale, bias = fit_logistic(logits, truth)
    # Newton's steps end where the gradient does; L-BFGS may give up just before, with a warning.
    plain = LogisticRegression(C=1e9, tol=1e-9, solver="newton-cholesky")
    plain.fit(logits[:, None], truth)
    if plain.coef_[0, 0] > 0:
        assert scale == pytest.approx(plain.coef_[0, 0], abs=5e-3)
        assert bias == pytest.approx(plain.intercept_[0], abs=1e-2)
    else:
        assert scale == pytest.approx(0, abs=5e-3)

"""Losses of stage B: by hand, against an independent plain computation, and what must not count."""

import math
import random
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.batches import Batch
from training.losses import (
    Weights,
    evidence_loss,
    group_loss,
    listwise,
    marginal,
    own_null,
    sentence_scores,
)
from training.model import Logits

ANY = torch.zeros(2, 3, dtype=torch.bool)
SIZES = st.sampled_from([1, 2, 4])


def bools(*rows: list[int]) -> torch.Tensor:
    return torch.tensor(rows).bool()


def test_a_span_is_a_share_of_the_softmax_over_the_whole_group() -> None:
    # exp of these is 1, 2, 4 and 3, 6, 8: of the allowed, 2 + 4 + 6 = 12, and gold is 4.
    logits = torch.tensor([[1.0, 2, 4], [3, 6, 8]]).log()
    allowed, gold = bools([0, 1, 1], [0, 1, 0]), bools([0, 0, 1], [0, 0, 0])
    losses, has_gold = marginal(logits, allowed, gold, torch.tensor([0, 0]), 1)
    assert losses.tolist() == pytest.approx([math.log(12 / 4)])
    assert has_gold.tolist() == [True]
    # In two groups each has its own softmax, and the one without gold has no loss.
    losses, has_gold = marginal(logits, allowed, gold, torch.tensor([0, 1]), 2)
    assert losses.tolist() == pytest.approx([math.log(6 / 4), 0])
    assert has_gold.tolist() == [True, False]


def test_gold_places_are_summed() -> None:
    logits = torch.tensor([[1.0, 2, 4], [3, 6, 8]]).log()
    gold = bools([0, 1, 0], [0, 1, 0])
    losses, _ = marginal(logits, ~ANY, gold, torch.tensor([0, 0]), 1)
    assert losses.tolist() == pytest.approx([math.log(24 / 8)])


def test_none_of_the_passages_is_one_of_the_choices() -> None:
    logits = torch.tensor([1.0, 2, 4, 8]).log()
    group, gold = torch.tensor([0, 0, 1, 1]), torch.tensor([False, True, False, False])
    losses = listwise(logits, gold, group, 2)
    assert losses.tolist() == pytest.approx([math.log((1 + 2 + 1) / 2), math.log(4 + 8 + 1)])


def test_a_sentence_is_the_mean_of_its_tokens() -> None:
    evidence = torch.tensor([[9.0, 1, 3, 5], [9, 2, 2, 9]])
    sentence = torch.tensor([[-1, 0, 0, 1], [-1, 0, 0, -1]])
    scores = sentence_scores(evidence, sentence)
    assert scores.tolist() == [[2, 5, -1e4, -1e4], [2, -1e4, -1e4, -1e4]]


def test_evidence_is_shared_by_the_gold_sentences() -> None:
    evidence = torch.tensor([[9.0, 1, 2], [9, 3, 3]]).log()
    batch: Batch = {
        "group": torch.tensor([0, 0]),
        "sentence": torch.tensor([[-1, 0, 1], [-1, 0, 0]]),
        "gold_sentences": bools([0, 1, 1], [0, 0, 0]),
    }
    losses, has_gold = evidence_loss(batch, evidence, 1)
    assert losses.tolist() == pytest.approx([(math.log(6 / 1) + math.log(6 / 2)) / 2])
    assert has_gold.tolist() == [True]
    batch["gold_sentences"] = torch.zeros(2, 3, dtype=torch.bool)
    assert [t.tolist() for t in evidence_loss(batch, evidence, 1)] == [[0], [False]]


def test_a_passage_alone_points_at_its_span_or_at_its_own_cls() -> None:
    logits = torch.tensor([[1.0, 2, 4], [3, 6, 8]]).log()
    batch: Batch = {
        "passage": bools([0, 1, 1], [0, 1, 0]),
        "starts": bools([0, 0, 1], [0, 0, 0]),
        "ends": bools([0, 0, 1], [0, 0, 0]),
        "is_gold": torch.tensor([True, False]),
        "marked": torch.tensor([False, False]),
    }
    expected = (math.log(7 / 4) + math.log(9 / 3)) / 2
    assert own_null(logits, logits, batch).item() == pytest.approx(expected)
    # Of a passage whose sentences are marked, no span is known, and [CLS] would be wrong.
    batch["starts"] = batch["ends"] = torch.zeros(2, 3, dtype=torch.bool)
    batch["marked"] = torch.tensor([True, False])
    assert own_null(logits, logits, batch).item() == pytest.approx(math.log(9 / 3))


def draw(seed: int, sizes: list[int], length: int = 9) -> tuple[Logits, Batch]:
    """Random logits of groups of these sizes, half with gold, some with marked sentences."""
    dice, noise = random.Random(seed), torch.Generator().manual_seed(seed)
    count = sum(sizes)
    shapes = (count, length), (count, length), (count,), (count, length)
    logits = Logits(*(torch.randn(shape, generator=noise) for shape in shapes))
    batch: Batch = {
        "passage": torch.zeros(count, length, dtype=torch.bool),
        "starts": torch.zeros(count, length, dtype=torch.bool),
        "ends": torch.zeros(count, length, dtype=torch.bool),
        "sentence": torch.full((count, length), -1),
        "gold_sentences": torch.zeros(count, length, dtype=torch.bool),
        "is_gold": torch.zeros(count, dtype=torch.bool),
        "marked": torch.zeros(count, dtype=torch.bool),
        "group": torch.tensor([g for g, size in enumerate(sizes) for _ in range(size)]),
    }
    row = 0
    for size in sizes:
        gold = dice.choice([None, row])
        for at in range(row, row + size):
            begin, end = dice.randrange(1, 4), dice.randrange(6, length + 1)
            batch["passage"][at, begin:end] = True
            middle = dice.randrange(begin + 1, end)
            batch["sentence"][at, begin:middle] = 0
            batch["sentence"][at, middle:end] = 1
            if at != gold:
                continue
            batch["is_gold"][at] = True
            batch["gold_sentences"][at, middle:end] = True
            if dice.random() < 0.3:
                batch["marked"][at] = True
                continue
            for _ in range(dice.choice([1, 1, 2])):
                first = dice.randrange(begin, end)
                batch["starts"][at, first] = True
                batch["ends"][at, dice.randrange(first, end)] = True
        row += size
    return logits, batch


def plain_loss(logits: Logits, batch: Batch, weights: Weights) -> float:
    """The same by loops over Python floats, one question at a time, with no masks."""
    start, end, answerable, evidence = (t.tolist() for t in logits)
    b = {name: t.tolist() for name, t in batch.items()}
    groups: dict[int, list[int]] = {}
    for row, g in enumerate(b["group"]):
        groups.setdefault(g, []).append(row)
    tokens = [[t for t, yes in enumerate(p) if yes] for p in b["passage"]]

    def log_sum(values: list[float]) -> float:
        return math.log(sum(math.exp(v) for v in values))

    def mean(pairs: list[tuple[float, int]]) -> float:
        return sum(v * w for v, w in pairs) / max(1, sum(w for _, w in pairs))

    def find(field: str, row: int) -> list[int]:
        return [t for t, yes in enumerate(b[field][row]) if yes]

    total = 0.0
    for scores, field in ((start, "starts"), (end, "ends")):
        pairs, alone = [], []
        for rows in groups.values():
            gold = [scores[r][t] for r in rows for t in find(field, r)]
            every = [scores[r][t] for r in rows for t in tokens[r]]
            if weights.null == "shared":
                every += [scores[r][0] for r in rows]
                if not any(b["is_gold"][r] for r in rows):
                    gold = [scores[r][0] for r in rows]
            if gold:
                pairs.append((log_sum(every) - log_sum(gold), len(rows)))
            for r in rows:
                if not b["marked"][r]:
                    mine = [scores[r][t] for t in find(field, r)] or [scores[r][0]]
                    both = [scores[r][t] for t in [0, *tokens[r]]]
                    alone.append((log_sum(both) - log_sum(mine), 1))
        total += mean(pairs) / 2
        total += weights.own_null * mean(alone) / 2 if weights.null == "own" else 0
    pairs = []
    for rows in groups.values():
        if len(rows) > 1:
            right = [answerable[r] for r in rows if b["is_gold"][r]] or [0.0]
            pairs.append((log_sum([0.0, *(answerable[r] for r in rows)]) - right[0], len(rows)))
    total += weights.listwise * mean(pairs)
    chances = [1 / (1 + math.exp(-a)) for a in answerable]
    total += weights.binary * mean(
        [(-math.log(p if g else 1 - p), 1) for p, g in zip(chances, b["is_gold"], strict=True)]
    )
    pairs = []
    for rows in groups.values():
        sentences = []
        for r in rows:
            for number in {s for s in b["sentence"][r] if s >= 0}:
                of = [t for t, s in enumerate(b["sentence"][r]) if s == number]
                value = sum(evidence[r][t] for t in of) / len(of)
                sentences.append((value, b["gold_sentences"][r][of[0]]))
        right = [v for v, gold in sentences if gold]
        if right:
            norm = log_sum([v for v, _ in sentences])
            pairs.append((sum(norm - v for v in right) / len(right), len(rows)))
    return total + weights.evidence * mean(pairs)


@pytest.mark.parametrize("null", ["own", "shared"])
@given(
    seed=st.integers(0, 10**6), sizes=st.lists(st.sampled_from([1, 2, 4]), min_size=1, max_size=5)
)
@settings(max_examples=60, deadline=None)
def test_the_loss_is_that_of_a_plain_computation(null: str, seed: int, sizes: list[int]) -> None:
    logits, batch = draw(seed, sizes)
    weights = Weights(null=null, own_null=0.7, listwise=0.3, binary=0.6, evidence=0.4)
    ours = group_loss(logits, batch, weights)["loss"].item()
    assert ours == pytest.approx(plain_loss(logits, batch, weights), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("null", ["own", "shared"])
@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_neither_padding_nor_what_is_no_passage_counts(null: str, seed: int) -> None:
    logits, batch = draw(seed, [4, 1, 4])
    weights = Weights(null=null)
    before = group_loss(logits, batch, weights)["loss"].item()
    noise = torch.Generator().manual_seed(seed)
    outside = ~batch["passage"]
    outside[:, 0] = False  # [CLS] does count
    garbage = 50 * torch.randn(outside.shape, generator=noise)
    pad = torch.nn.functional.pad
    disturbed = [torch.where(outside, garbage, t) if t.dim() == 2 else t for t in logits]
    wider = Logits(*(pad(t, (0, 3), value=77.0) if t.dim() == 2 else t for t in disturbed))
    filler = {"sentence": -1}
    padded = {
        n: pad(t, (0, 3), value=filler.get(n, 0)) if t.dim() == 2 else t for n, t in batch.items()
    }
    assert group_loss(wider, padded, weights)["loss"].item() == pytest.approx(before, rel=1e-5)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_the_order_of_passages_does_not_count(seed: int) -> None:
    logits, batch = draw(seed, [4, 1, 2])
    before = group_loss(logits, batch, Weights())["loss"].item()
    order = torch.randperm(7, generator=torch.Generator().manual_seed(seed))
    shuffled = {name: t[order] for name, t in batch.items()}
    after = group_loss(Logits(*(t[order] for t in logits)), shuffled, Weights())["loss"].item()
    assert after == pytest.approx(before, rel=1e-5)


def test_the_own_null_is_what_moves_cls() -> None:
    """Without it, and [CLS] out of the shared softmax, nothing would train the margin."""
    logits, batch = draw(3, [4, 4])
    for own, moved in ((0.0, False), (0.5, True)):
        leaves = Logits(*(t.clone().requires_grad_() for t in logits))
        group_loss(leaves, batch, replace(Weights(), own_null=own))["loss"].backward()
        assert bool(leaves.start.grad[:, 0].any()) is moved
        assert bool(torch.isfinite(leaves.start.grad).all())

"""Fewer feed-forward neurons: what nothing needs leaves, and the rest make good for it."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.tiny_bert import tiny_config
from training.model import Logits, Reader, load_fp16, save_fp16
from training.narrow import narrow

WIDTH = 32  # neurons of a layer
SEQUENCES = [
    (ids.tolist(), [0] * 4 + [1] * 20)
    for ids in np.random.default_rng(2).integers(0, 60, size=(30, 24))
]


def make_reader() -> Reader:
    """Of two layers whose feed-forward part counts: its weights are twenty times as large."""
    torch.manual_seed(3)
    reader = Reader(tiny_config(60, num_hidden_layers=2))
    with torch.no_grad():
        for layer in reader.encoder.encoder.layer:
            layer.intermediate.dense.weight *= 20
            layer.output.dense.weight *= 20
    reader.eval()
    return reader


def feed_forward(reader: Reader, at: int) -> tuple[torch.nn.Linear, torch.nn.Linear]:
    layer = reader.encoder.encoder.layer[at]
    return layer.intermediate.dense, layer.output.dense


def read(reader: Reader) -> Logits:
    ids, types = (torch.tensor(part) for part in zip(*SEQUENCES, strict=True))
    with torch.no_grad():
        logits: Logits = reader(ids, types, torch.ones_like(ids))
    return logits


def apart(one: Logits, other: Logits) -> float:
    return max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))


def worth(reader: Reader) -> float:
    """What the logits change by without any feed-forward part."""
    bare = copy.deepcopy(reader)
    with torch.no_grad():
        for at in (0, 1):
            feed_forward(bare, at)[1].weight.zero_()
    return apart(read(bare), read(reader))


def test_twins_and_silent_neurons_cost_nothing() -> None:
    reader = make_reader()
    for at in (0, 1):
        first, _ = feed_forward(reader, at)
        with torch.no_grad():
            first.weight[8:16] = first.weight[:8]
            first.bias[8:16] = first.bias[:8]
            first.weight[16:24] = 0  # as constant as a bias, but not nothing
            first.bias[16:24] = 1
    before, firsts = read(reader), [feed_forward(reader, at)[0].weight for at in (0, 1)]
    narrow(reader, 16, SEQUENCES)
    assert reader.encoder.config.intermediate_size == 16
    for at, weights in enumerate(firsts):
        kept = feed_forward(reader, at)[0].weight
        assert all((kept == row).all(dim=1).sum() == 1 for row in [*weights[:8], *weights[24:]])
    assert apart(read(reader), before) < worth(reader) / 50


def test_one_neuron_fewer_is_the_best_of_all() -> None:
    reader = make_reader()
    seen = []
    hook = feed_forward(reader, 0)[0].register_forward_hook(
        lambda _, __, out: seen.append(torch.nn.functional.gelu(out).flatten(0, -2))
    )
    for ids, types in SEQUENCES:
        given = torch.tensor([ids])
        reader(given, torch.tensor([types]), torch.ones_like(given))
    hook.remove()
    rows = torch.cat(seen).detach().double().numpy()  # (tokens, WIDTH)
    first, second = feed_forward(reader, 0)
    products = rows @ second.weight.detach().double().numpy().T + second.bias.detach().numpy()

    def lost_without(neuron: int) -> float:
        others = np.c_[np.delete(rows, neuron, axis=1), np.ones(len(rows))]
        fitted = np.linalg.lstsq(others, products, rcond=None)[0]
        return float(np.square(others @ fitted - products).sum())

    before = first.weight.detach().clone()
    narrow(reader, WIDTH - 1, SEQUENCES)
    kept = feed_forward(reader, 0)[0].weight
    (left,) = [n for n, row in enumerate(before) if not (kept == row).all(dim=1).any()]
    assert left == min(range(WIDTH), key=lost_without)


def test_the_rest_make_good_for_what_left() -> None:
    reader = make_reader()
    adapted, bare = copy.deepcopy(reader), copy.deepcopy(reader)
    narrow(adapted, 24, SEQUENCES)
    for at in (0, 1):
        first, second = feed_forward(bare, at)
        kept = feed_forward(adapted, at)[0].weight
        gone = [n for n, row in enumerate(first.weight) if not (kept == row).all(dim=1).any()]
        with torch.no_grad():
            second.weight[:, gone] = 0
    assert apart(read(adapted), read(reader)) < apart(read(bare), read(reader)) / 2


def test_all_neurons_kept_change_nothing() -> None:
    reader = make_reader()
    before = read(reader)
    narrow(reader, WIDTH, SEQUENCES)
    assert apart(read(reader), before) < worth(reader) / 1000


@pytest.mark.parametrize("neurons", [WIDTH + 1, 0])
def test_too_many_or_no_neurons_are_an_error(neurons: int) -> None:
    with pytest.raises(ValueError, match="a layer has 32 neurons; keep from 1 to 32"):
        narrow(make_reader(), neurons, SEQUENCES)


def test_what_was_narrowed_is_read_again(tmp_path: Path) -> None:
    reader = make_reader()
    narrow(reader, 20, SEQUENCES)
    save_fp16(reader, tmp_path)
    again = load_fp16(tmp_path)
    again.eval()
    assert apart(read(again), read(reader)) < worth(reader) / 50

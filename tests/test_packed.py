"""Packed groups: the batches are those that are encoded step by step; a teacher's word on them."""

import random
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from index.errors import InvalidInput
from index.onnx import OnnxModel
from rag.reader import MODELS, SHIPPED
from tests.tiny_bert import tiny_config
from training.data import Example
from training.distil import soft, soft_loss
from training.encoded import collate_groups
from training.groups import SINGLE, Group
from training.miner import GOLD
from training.model import Logits, Reader
from training.packed import Packed, batches_of, pack, read_packed, write_packed
from training.taught import read_taught, teach, write_taught
from training.train_packed import Plan, all_batches

TOKENIZER = OnnxModel(MODELS / SHIPPED).tokenizer
PASSAGE = "Nobody ran. Mayor Ada Quill won. Rain fell."
GOLD_ONE = Example("who won?", "Race", PASSAGE, ((18, 27),), ((12, 32),))
OTHER = Example("who won?", "", "It rained.", ())
MARKED = Example("why?", "", PASSAGE, (), ((33, 43),))
GROUPS = [Group(GOLD, (GOLD_ONE, OTHER)), Group(SINGLE, (MARKED,)), Group(SINGLE, (OTHER,))]


def tiny(seed: int) -> Reader:
    torch.manual_seed(seed)
    reader = Reader(tiny_config(31_000, max_position_embeddings=64))
    reader.eval()
    return reader


@pytest.fixture
def packed() -> Packed:
    return pack(TOKENIZER, GROUPS, 256)


@pytest.mark.parametrize("chosen", [[0], [1, 0], [2, 0, 1]])
def test_a_batch_is_what_encoding_it_then_would_give(packed: Packed, chosen: list[int]) -> None:
    expected = collate_groups(TOKENIZER, [GROUPS[i] for i in chosen], 256)
    width = expected["input_ids"].shape[1]
    found = packed.batch(chosen, width)
    assert found.keys() == expected.keys() | {"rows", "at"}
    for name, tensor in expected.items():
        assert torch.equal(found[name], tensor), name


def test_a_wider_batch_is_padded(packed: Packed) -> None:
    width = int(packed.widths()[0])
    wide, narrow = packed.batch([0], width + 5), packed.batch([0], width)
    assert not wide["attention_mask"][:, width:].any()
    assert torch.equal(wide["starts"][:, :width], narrow["starts"])
    assert (wide["sentence"][:, width:] == -1).all()


def test_packed_groups_come_back_from_a_file(packed: Packed, tmp_path: Path) -> None:
    write_packed(tmp_path / "packed", packed)
    again = read_packed(tmp_path / "packed")
    assert torch.equal(again.batch([2, 0], 64)["input_ids"], packed.batch([2, 0], 64)["input_ids"])
    assert torch.equal(again.marks, packed.marks)


@given(st.lists(st.tuples(st.integers(3, 256), st.integers(1, 6)), min_size=1), st.integers(0, 9))
def test_every_group_is_read_once_and_no_batch_is_too_large(
    shapes: list[tuple[int, int]], seed: int
) -> None:
    widths, sizes = (np.array(each) for each in zip(*shapes, strict=True))
    batches = list(batches_of(widths, sizes, 1024, 8, random.Random(seed)))
    assert sorted(i for batch, _ in batches for i in batch) == list(range(len(shapes)))
    for batch, width in batches:
        assert width % 8 == 0
        assert all(widths[i] <= width for i in batch)
        assert len(batch) == 1 or width * sum(sizes[i] for i in batch) <= 1024


def test_what_is_taught_is_a_distribution(packed: Packed) -> None:
    batch = packed.batch([0, 1, 2], 64)
    taught = teach(tiny(1), packed, 4096, "cpu").of(batch)
    assert taught.own.exp().sum(2) == pytest.approx(np.ones((2, 4)), abs=1e-4)
    shares = taught.shared.exp().sum(2)  # (2, 4): the first two passages are one question's
    assert shares[:, 0] + shares[:, 1] == pytest.approx(np.ones(2), abs=1e-4)
    chosen = taught.chosen.exp()
    assert (chosen[0] + chosen[1] + taught.none[0].exp()).item() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("at_once", [1, 4096])
@pytest.mark.parametrize("chosen", [[1], [2, 0], [0, 1, 2]])
def test_what_was_written_down_is_what_the_teacher_says_of_a_batch(
    packed: Packed, chosen: list[int], at_once: int, tmp_path: Path
) -> None:
    write_taught(tmp_path / "told", teach(tiny(1), packed, at_once, "cpu"))
    batch = packed.batch(chosen, 64)
    inputs = {k: batch[k] for k in ("input_ids", "token_type_ids", "attention_mask")}
    with torch.inference_mode():
        asked = soft(tiny(1)(**inputs), batch)
    told = read_taught(tmp_path / "told", packed, "cpu").of(batch)
    for name, one, other in zip(asked._fields, asked, told, strict=True):
        likely = one > -50  # of the others, as of what is blocked, both say never
        assert one[likely].tolist() == pytest.approx(other[likely].tolist(), abs=0.01), name


def test_a_word_on_another_file_is_an_error_that_names_it(packed: Packed, tmp_path: Path) -> None:
    write_taught(tmp_path / "told", teach(tiny(1), packed, 4096, "cpu"))
    with pytest.raises(InvalidInput, match="told: is of another packed file: 4 passages and not 1"):
        read_taught(tmp_path / "told", pack(TOKENIZER, GROUPS[1:2], 256), "cpu")


def test_a_pass_has_each_group_of_each_file_once_with_its_own_teachers_word(
    packed: Packed,
) -> None:
    files = [packed, pack(TOKENIZER, GROUPS[:1], 256)]
    taught = [teach(tiny(seed), file, 4096, "cpu") for seed, file in enumerate(files)]
    plan = Plan(tokens=1, pool=2, seed=4)  # a group a batch
    read = list(islice(all_batches(files, taught, plan, "cpu", 0), 8))
    for turn in (read[:4], read[4:]):
        shapes = sorted(tuple(batch["rows"].tolist()) for batch, _ in turn)
        assert shapes == [(0, 1), (0, 1), (2,), (3,)]
    words = {}
    for number, file in enumerate(files):
        batch = file.batch([0], 24)
        words[number] = taught[number].of(batch).answers.tolist()
    pairs = [told for batch, told in read[:4] if len(batch["rows"]) == 2]
    said = sorted(told.answers.tolist() for told in pairs if told)
    assert said == sorted(words.values())
    again = list(islice(all_batches(files, taught, plan, "cpu", 5), 3))
    for (one, _), (other, _) in zip(again, read[5:], strict=True):
        assert torch.equal(one["input_ids"], other["input_ids"])


def test_files_without_a_group_are_an_error_and_not_an_endless_search() -> None:
    with pytest.raises(InvalidInput, match="no group in any of the files"):
        next(all_batches([pack(TOKENIZER, [], 256)], [], Plan(), "cpu", 0))


def test_nobody_says_better_what_was_taught_than_the_teacher(packed: Packed) -> None:
    """Cross-entropy is least at the same distribution, and there its slope is nothing."""
    batch = packed.batch([0, 1, 2], 64)
    rows, width = batch["input_ids"].shape
    draw = torch.Generator().manual_seed(3)
    start, end = torch.randn(2, rows, width, generator=draw)
    told = Logits(start, end, torch.randn(rows, generator=draw), torch.zeros(rows, width))
    taught = soft(told, batch)
    leaves = Logits(*(v.clone().requires_grad_() for v in told))
    least = soft_loss(leaves, batch, taught)["soft"]
    least.backward()
    for leaf in leaves[:3]:
        assert leaf.grad is not None
        assert leaf.grad.abs().max().item() < 1e-6
    other = Logits(*(v + torch.randn(v.shape, generator=draw) for v in told))
    assert soft_loss(other, batch, taught)["soft"] > least

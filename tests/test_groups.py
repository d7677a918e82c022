"""Groups of passages: their file, their tensors, and how a step is made of them."""

import gzip
import random
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from index.errors import InvalidInput
from index.onnx import OnnxModel
from rag.inputs import encode_pair
from rag.reader import MODELS, SHIPPED
from tests.tiny_bert import tiny_config
from training.batches import like_lengths, pad, read_in_parts
from training.data import Example
from training.encoded import collate_groups, encode_example
from training.groups import GROUP_SIZE, SINGLE, Group, cut, read_groups, write_groups
from training.miner import GOLD
from training.model import Reader
from training.train_groups import Plan, make_slots, with_rivals

TOKENIZER = OnnxModel(MODELS / SHIPPED).tokenizer
OTHER = Example("Who won?", "", "Nobody\u2019s race.", ())


def test_groups_come_back_from_a_file_that_is_always_the_same(tmp_path: Path) -> None:
    gold = Example("Who won?", "Race | 5 March 2020", "Ada Quill won.", ((0, 9),), ((0, 14),))
    groups = [Group(GOLD, (gold, OTHER)), Group(SINGLE, (OTHER,))]
    for name in ("one", "other"):
        write_groups(tmp_path / name, groups)
    assert list(read_groups(tmp_path / "one")) == groups
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    write_groups(tmp_path / "bad", groups)
    lines = gzip.decompress((tmp_path / "bad").read_bytes()).replace(b'"answers"', b'"answer"')
    (tmp_path / "bad").write_bytes(gzip.compress(lines))
    with pytest.raises(InvalidInput, match="bad, line 1: no group"):
        list(read_groups(tmp_path / "bad"))


def test_a_larger_group_keeps_its_gold_passage_and_those_behind_it() -> None:
    gold = Example("Who won?", "", "Ada Quill won.", ((0, 9),))
    passages = [Example("Who won?", "", f"Rain fell on day {day}.", ()) for day in range(5)]
    assert cut(Group(GOLD, (gold, *passages))) == Group(GOLD, (gold, *passages[:3]))
    assert GROUP_SIZE == 4
    assert cut(Group(SINGLE, (OTHER,))) == Group(SINGLE, (OTHER,))


def test_a_batch_points_at_gold_tokens_and_sentences() -> None:
    passage = "Nobody ran. Mayor Ada Quill won. Rain fell."
    gold = Example("who won?", "Race", passage, ((18, 27),), ((12, 32),))
    other = Example("who won?", "", "It rained.", ())
    marked = Example("why?", "", passage, (), ((33, 43),))
    groups = [Group(GOLD, (gold, other)), Group(SINGLE, (marked,))]
    batch = collate_groups(TOKENIZER, groups, 256)
    assert batch["group"].tolist() == [0, 0, 1]
    assert batch["is_gold"].tolist() == [True, False, True]
    assert batch["marked"].tolist() == [False, False, True]

    def text(row: int, field: str) -> str:
        ids = batch["input_ids"][row][batch[field][row]].tolist()
        return str(TOKENIZER.decode(ids))

    assert (text(0, "starts"), text(0, "ends")) == (
        "ada",
        TOKENIZER.decode([batch["input_ids"][0][int(batch["ends"][0].nonzero()[0])].item()]),
    )
    assert text(0, "passage") == "nobody ran. mayor ada quill won. rain fell."
    assert text(0, "gold_sentences") == "mayor ada quill won."
    assert text(2, "gold_sentences") == "rain fell."
    assert not batch["starts"][1:].any()
    assert not batch["gold_sentences"][1].any()
    inside = batch["sentence"][0][batch["passage"][0]].tolist()
    assert inside == sorted(inside)
    assert set(inside) == {0, 1, 2}
    assert set(batch["sentence"][0][~batch["passage"][0]].tolist()) == {-1}


def test_a_gold_passage_whose_answer_was_cut_off_has_none() -> None:
    passage = "Nobody ran. " * 20 + "Ada Quill won."
    example = Example("who won?", "", passage, ((240, 249),), ((240, 254),))
    assert encode_example(TOKENIZER, example, 256).is_gold
    assert not encode_example(TOKENIZER, example, 60).is_gold
    begun = encode_example(TOKENIZER, example, 67)
    assert TOKENIZER.decode(begun.x.ids[-2:-1]) == "ada"
    assert not begun.is_gold


def test_sentences_that_touch_are_told_apart() -> None:
    passage = "\u65e5" * 200  # one sentence, cut where it is too long for a passage
    encoded = encode_example(TOKENIZER, Example("who?", "", passage, ()), 256)
    assert encoded.sentences == [0] * 190 + [1] * 10


@given(st.lists(st.integers(1, 300), max_size=80), st.integers(1, 9), st.integers(1, 4))
def test_batches_hold_everything_once(lengths: list[int], size: int, pool: int) -> None:
    batches = like_lengths(lengths, size, pool, random.Random(0))
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert sorted(map(len, batches))[1:] == [size] * (len(batches) - 1)
    assert like_lengths(lengths, size, pool, random.Random(0)) == batches


@pytest.mark.parametrize("rows", [1, 3, 8])
def test_reading_in_parts_is_reading_at_once(rows: int) -> None:
    torch.manual_seed(1)
    reader = Reader(tiny_config(TOKENIZER.get_vocab_size(), num_hidden_layers=2)).eval()
    torch.nn.init.normal_(reader.evidence.weight)
    passages = ["Ada won. " * n for n in (9, 1, 5, 3, 5)]
    batch = pad([encode_pair(TOKENIZER, "who won?", "", p) for p in passages])
    with torch.inference_mode():
        names = ("input_ids", "token_type_ids", "attention_mask")
        at_once = reader(**{name: batch[name] for name in names})
        in_parts = read_in_parts(reader, batch, rows)
    seen = batch["attention_mask"].bool()
    for ours, theirs in zip(in_parts, at_once, strict=True):
        where = seen if ours.dim() == 2 else slice(None)
        assert torch.allclose(ours[where], theirs[where], atol=1e-5)


def some(kind: str, passages: int, count: int) -> list[Group]:
    return [Group(kind, (OTHER,) * passages) for _ in range(count)]


def test_a_step_reads_as_many_passages_whatever_they_are() -> None:
    groups = some(GOLD, 4, 50) + some(SINGLE, 1, 50)
    steps = make_slots(groups, Plan(steps=5, slots=8, singles=25))
    assert [len(step) for step in steps] == [8] * 5
    passages = [[e for slot in step for g in slot for e in g.examples] for step in steps]
    assert [len(p) for p in passages] == [32] * 5
    kinds = Counter(g.kind for step in steps for slot in step for g in slot)
    assert kinds == {GOLD: 30, SINGLE: 40}
    with pytest.raises(InvalidInput, match="there are 50 groups and 50 singles; mine more"):
        make_slots(groups, Plan(steps=9, slots=8, singles=25))


def test_groups_at_the_head_of_the_file_can_be_passed_over() -> None:
    groups = some(GOLD, 4, 3) + some("taken out", 4, 4) + some(SINGLE, 1, 50)
    steps = make_slots(groups, Plan(steps=1, slots=4, singles=0, passed_over=3))
    assert Counter(g.kind for slot in steps[0] for g in slot) == {"taken out": 4}
    with pytest.raises(InvalidInput, match="there are 3 groups"):
        make_slots(groups, Plan(steps=1, slots=4, singles=0, passed_over=4))


def test_a_share_of_answered_questions_become_rivals() -> None:
    gold = Example("Who ran in 2019?", "", "Ada ran in 2019, Tom in 2021.", ((0, 3),))
    groups = [Group(SINGLE, (gold,))] * 200 + some("taken out", 4, 9)
    made = with_rivals(groups, Plan(rivals=25))
    assert made[200:] == groups[200:]
    rivals = [g for g in made[:200] if g != groups[0]]
    assert {(g.question, g.is_answerable) for g in rivals} == {("Who ran in 2021?", False)}
    assert 30 <= len(rivals) <= 70
    assert with_rivals(groups, Plan()) == groups
    assert with_rivals(groups, Plan(rivals=25)) == made

"""Training examples: what the reader learns from must be what it will meet, and be right."""

import random
from pathlib import Path

import pytest
import torch

from index.onnx import OnnxModel
from rag.inputs import encode_pair
from rag.reader import MODELS, SHIPPED
from tests.tiny_bert import tiny_config
from training.batches import token_span
from training.data import Example, make_example, swap_detail
from training.model import Reader, load_fp16, save_fp16
from training.train_reader import collate

# Invented for these tests.
CONTEXT = "Ada Quill won the race in 1998. " + "Nobody else in Elmsey ran that year. " * 40


def row(answer: str) -> dict[str, object]:
    answers = [{"text": answer, "start": CONTEXT.index(answer)}] if answer else []
    return {"context": CONTEXT, "title": "Race", "question": "Who won?", "answers": answers}


@pytest.mark.parametrize("seed", range(20))
def test_an_example_holds_its_answer_at_its_offsets(seed: int) -> None:
    example = make_example(row("Ada Quill"), random.Random(seed))
    assert example is not None
    assert [example.passage[s:e] for s, e in example.answers] == ["Ada Quill"]
    assert len(example.passage) < len(CONTEXT)


def test_half_of_the_examples_have_a_heading() -> None:
    dice = random.Random(1)
    made = [make_example(row(""), dice) for _ in range(200)]
    assert 70 <= sum(bool(e and e.heading) for e in made) <= 130
    assert all(e is not None and e.answers == () for e in made)


def test_a_swapped_detail_is_not_in_the_passage() -> None:
    example = Example("Who won the race in 1998?", "Race | 1999", CONTEXT, ((0, 9),))
    for seed in range(50):
        swapped = swap_detail(example, ["Tom Reed", "Elmsey"], random.Random(seed))
        assert swapped is not None
        year = swapped.question.removeprefix("Who won the race in ").removesuffix("?")
        assert year.isdigit()
        assert year not in CONTEXT + example.heading
        assert swapped.answers == ()
    named = Example("why did Ada Quill run?", "", CONTEXT, ((0, 9),))
    swapped = swap_detail(named, ["Elmsey", "Tom Reed"], random.Random(0))
    assert swapped is not None
    assert swapped.question == "why did Tom Reed run?"
    assert swap_detail(Example("why?", "", CONTEXT, ()), ["Tom"], random.Random(0)) is None


def test_targets_point_at_the_answers_tokens() -> None:
    tokenizer = OnnxModel(MODELS / SHIPPED).tokenizer
    passage = "Mayor Ada Quill won."
    x = encode_pair(tokenizer, "who won?", "", passage)
    span = token_span(x, (6, 15))
    assert span is not None
    assert tokenizer.decode(x.ids[span[0] : span[1] + 1]) == "ada quill"
    with_answer = Example("who won?", "", passage, ((6, 15),))
    without = Example("who won?", "", "Nobody.", ())
    y = encode_pair(tokenizer, "who won?", "", "Nobody.")
    batch = collate([(x, with_answer), (y, without)], random.Random(0))
    assert (batch["starts"].tolist(), batch["ends"].tolist()) == ([span[0], 0], [span[1], 0])
    assert batch["answerable"].tolist() == [1.0, 0.0]
    allowed = batch["allowed"][1].nonzero().flatten().tolist()
    assert allowed == [0, *range(y.passage_start, len(y.ids) - 1)]
    assert batch["attention_mask"].sum(1).tolist() == [len(x.ids), len(y.ids)]


def test_a_checkpoint_comes_back_in_half_precision(tmp_path: Path) -> None:
    config = tiny_config(50, max_position_embeddings=32)
    torch.manual_seed(1)
    reader = Reader(config).eval()
    save_fp16(reader, tmp_path)
    again = load_fp16(tmp_path).eval()
    ids = torch.arange(8)[None]
    zeros, ones = torch.zeros_like(ids), torch.ones_like(ids)
    with torch.inference_mode():
        for ours, theirs in zip(reader(ids, zeros, ones), again(ids, zeros, ones), strict=True):
            assert torch.allclose(ours, theirs, atol=2e-3)

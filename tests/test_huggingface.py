"""Any Hugging Face question-answering model by name: here a tiny one, made on the spot."""

from pathlib import Path

import pytest
import torch
from transformers import BertForQuestionAnswering, BertTokenizerFast

from index.errors import ModelUnusable
from index.onnx import Workers
from rag.huggingface import HuggingFaceReader
from rag.reader import Pair, load_reader
from tests.tiny_bert import tiny_config

WORDS = """
    [PAD] [UNK] [CLS] [SEP] [MASK] who won ? the race ada quill wire | 3 may .
""".split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of a fixed seed: what it answers is nonsense, where it points is not."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    torch.manual_seed(3)
    config = tiny_config(len(WORDS), max_position_embeddings=64)
    BertForQuestionAnswering(config).save_pretrained(folder)
    return folder


def test_spans_lie_in_the_passage_and_never_in_the_heading(folder: Path) -> None:
    reader = load_reader(str(folder), Workers(1))
    passage = "Ada Quill won the race."
    readings = reader.read([Pair("who won?", "wire | 3 may", passage), Pair("who?", "", passage)])
    for reading in readings:
        assert 0 <= reading.start < reading.end <= len(passage)
        assert passage[reading.start : reading.end].strip()
        assert reading.answerable == (reading.span - reading.null) / 2


def test_agrees_with_the_model_called_by_hand(folder: Path) -> None:
    passage = "Ada Quill won the race."
    found = HuggingFaceReader(str(folder)).read([Pair("who won?", "", passage)])[0]
    tokenizer = BertTokenizerFast.from_pretrained(folder)
    encoded = tokenizer("who won?", passage, return_offsets_mapping=True, return_tensors="pt")
    offsets = encoded.pop("offset_mapping")[0].tolist()
    model = BertForQuestionAnswering.from_pretrained(folder).eval()
    with torch.inference_mode():
        output = model(**encoded)
    starts, ends = output.start_logits[0].tolist(), output.end_logits[0].tolist()
    inside = range(5, len(offsets) - 1)  # behind [CLS] who won ? [SEP]
    best = max((starts[i] + ends[j], -i, -j) for i in inside for j in inside if i <= j)
    assert found.span == pytest.approx(best[0], abs=1e-5)
    assert (found.start, found.end) == (offsets[-best[1]][0], offsets[-best[2]][1])


def test_special_tokens_in_a_passage_are_only_text(folder: Path) -> None:
    reader = HuggingFaceReader(str(folder))
    forged, plain = (f"ada {token} won {token} 3 may." for token in ("[SEP]", "[sep]"))
    for question in ("who won?", "who [SEP] won?"):
        assert reader.read([Pair(question, "", forged)]) == reader.read([Pair(question, "", plain)])


def test_a_long_passage_loses_its_end(folder: Path) -> None:
    reading = HuggingFaceReader(str(folder)).read([Pair("who?", "", "ada won . " * 200)])[0]
    assert reading.end <= 64 * 6


def test_a_name_that_is_none_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="cannot be loaded"):
        HuggingFaceReader(str(tmp_path / "nowhere"))

"""A teacher of another kind reads our reader's tokens: as MPNet itself reads its own."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModel, MPNetConfig, MPNetModel

from training.model import Reader, load_fp16, save_fp16, set_dropout, warm_start
from training.mpnet import translate

CLS, SEP, UNKNOWN = 101, 102, 100
IDS = torch.tensor([[CLS, 2054, UNKNOWN, SEP, 2003, SEP], [CLS, 7592, SEP, 2088, SEP, 0]])
MASK = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0]])
NONE = torch.zeros_like(IDS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    config = MPNetConfig(
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=40,
    )
    made = tmp_path_factory.mktemp("mpnet")
    MPNetModel(config, add_pooling_layer=False).save_pretrained(made)
    return made


def test_ids_are_mpnets_of_the_same_words() -> None:
    """MPNet's vocabulary is <s>, <pad>, </s>, <unk> and BERT's, whose [UNK] it keeps."""
    assert translate(IDS, MASK).tolist() == [[0, 2058, 104, 2, 2007, 2], [0, 7596, 2, 2092, 2, 1]]


def test_it_says_what_mpnet_says(folder: Path) -> None:
    reader = warm_start(folder).eval()
    mpnet = AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()
    with torch.inference_mode():
        ours = reader.encoder(IDS, NONE, MASK).last_hidden_state
        theirs = mpnet(translate(IDS, MASK), attention_mask=MASK).last_hidden_state
    assert ours[MASK > 0].numpy() == pytest.approx(theirs[MASK > 0].numpy(), abs=1e-5)


def test_what_is_padded_changes_nothing(folder: Path) -> None:
    reader = warm_start(folder).eval()
    with torch.inference_mode():
        wide = reader(IDS, NONE, MASK).start[1, :5]
        narrow = reader(IDS[1:, :5], NONE[1:, :5], MASK[1:, :5]).start[0]
    assert wide.tolist() == pytest.approx(narrow.tolist(), abs=1e-5)


def test_it_learns_what_is_a_question_and_keeps_its_distances(folder: Path) -> None:
    reader = warm_start(folder)
    set_dropout(reader, 0.1)
    reader.train()(IDS, torch.ones_like(IDS), MASK).start.sum().backward()
    grown = {name: p.grad is not None for name, p in reader.named_parameters()}
    assert grown["encoder.types.weight"]
    assert grown["encoder.model.encoder.layer.0.attention.attn.q.weight"]
    assert not grown["encoder.model.encoder.relative_attention_bias.weight"]


def test_it_is_kept_as_any_reader_is(folder: Path, tmp_path: Path) -> None:
    reader = warm_start(folder).eval()
    torch.nn.init.normal_(reader.encoder.types.weight)
    save_fp16(reader, tmp_path)
    again: Reader = load_fp16(tmp_path).eval()
    with torch.inference_mode():
        one, other = (r(IDS, MASK, MASK).start for r in (reader, again))
    assert one.numpy() == pytest.approx(other.numpy(), abs=0.02)

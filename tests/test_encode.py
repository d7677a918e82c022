"""The encoders: the shipped one against sentence-transformers, any other by its folder's name."""

import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.archive import Archive
from index.encode import (
    MODELS,
    SHIPPED,
    OnnxEncoder,
    SentenceTransformerEncoder,
    load_encoder,
)
from index.errors import ModelUnusable
from index.onnx import Workers
from tests.invented import invented
from tests.tiny_bert import tiny_config
from training.make_encoder import CHECKPOINT

WORKERS = Workers()


@pytest.fixture(scope="module")
def shipped() -> OnnxEncoder:
    return OnnxEncoder(WORKERS)


@pytest.fixture(scope="module")
def original() -> SentenceTransformerEncoder:
    """The weights that the shipped encoder was made from, in fp32."""
    return SentenceTransformerEncoder(str(CHECKPOINT))


def invented_sentences(count: int) -> list[str]:
    """Sentences of news that never happened."""
    generator = random.Random(8)
    who = ("the harbour master", "a grain trader", "the health ministry", "a rail union", "a court")
    did = ("postponed", "approved", "denied", "investigated", "paid for", "warned about")
    what = ("the tunnel", "a strike", "the flood wall", "new vaccines", "a merger", "the budget")
    where = ("in Invented Bay", "near Lake Nowhere", "in Examplestadt", "on Sample Island")
    when = ("on Monday", "in March 2021", "after two years of talks", "despite protests")
    return [
        " ".join(generator.choice(part) for part in (who, did, what, where, when)).capitalize()
        + f", {generator.randrange(2, 900)} days ahead of plan."
        for _ in range(count)
    ]


def test_the_shipped_encoder_agrees_with_sentence_transformers(
    shipped: OnnxEncoder, original: SentenceTransformerEncoder
) -> None:
    corpus, questions = invented_sentences(100), invented_sentences(120)[100:]
    texts = [*corpus, *questions, "Ferry", "", "北京 \U0001f600", "word " * 300]
    mine, its = shipped.encode(texts), original.encode(texts)
    cosines = (mine * its).sum(axis=1)
    assert cosines.min() >= 0.98
    assert cosines.mean() >= 0.99
    shared = []
    for question in range(100, 120):
        best = [set(np.argsort(-(v[:100] @ v[question]))[:10].tolist()) for v in (mine, its)]
        shared.append(len(best[0] & best[1]) / 10)
    assert np.mean(shared) >= 0.8


def test_special_tokens_in_a_text_are_only_text(
    shipped: OnnxEncoder, original: SentenceTransformerEncoder
) -> None:
    texts = ["Ferry [SEP] late [CLS]", "Ferry [sep] late [cls]"]  # it reads no capitals
    for encoder in (shipped, original):
        vectors = encoder.encode(texts)
        assert vectors[0] == pytest.approx(vectors[1], abs=1e-6)


def test_vectors_are_of_length_one(shipped: OnnxEncoder) -> None:
    vectors = shipped.encode(["A ferry sails.", "", "word " * 1_000])
    assert vectors.shape == (3, shipped.dimension) == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert shipped.encode([]).shape == (0, 384)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=80), min_size=2, max_size=4))
def test_a_vector_does_not_depend_on_its_neighbours(shipped: OnnxEncoder, texts: list[str]) -> None:
    together = shipped.encode(texts)
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(shipped.encode([text])[0], vector)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_an_altered_file_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(MODELS / SHIPPED, tmp_path / "model"))
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelUnusable, match=f"{name}: its SHA-256 is .*; reinstall"):
        OnnxEncoder(WORKERS, folder)
    (folder / name).unlink()
    with pytest.raises(ModelUnusable, match=name):
        OnnxEncoder(WORKERS, folder)


@pytest.mark.parametrize("content", [None, "", "{"])
def test_a_folder_without_a_manifest_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ModelUnusable, match=r"no readable manifest\.json"):
        OnnxEncoder(WORKERS, tmp_path)


def make_tiny_model(folder: Path) -> Path:
    """A sentence-transformers model of two layers, with random weights."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertModel, BertTokenizer

    words = sorted({word.strip(".,").lower() for s in invented_sentences(50) for word in s.split()})
    bert = folder / "bert"
    bert.mkdir(parents=True)
    vocabulary = bert / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
    BertTokenizer(vocab_file=str(vocabulary)).save_pretrained(bert)
    torch.manual_seed(8)
    config = tiny_config(len(words) + 5, hidden_size=32, num_hidden_layers=2, intermediate_size=64)
    BertModel(config).save_pretrained(bert)
    transformer = Transformer(str(bert))
    model = SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu")
    model.save(str(folder / "model"))
    return folder / "model"


def test_any_sentence_transformers_model_is_an_encoder(tmp_path: Path) -> None:
    name = str(make_tiny_model(tmp_path / "tiny"))
    encoder = load_encoder(name, WORKERS)
    assert isinstance(encoder, SentenceTransformerEncoder)
    assert (encoder.name, encoder.dimension) == (name, 32)
    assert encoder.fingerprint == load_encoder(name, WORKERS).fingerprint
    sentences = invented_sentences(30)
    alone = np.concatenate([encoder.encode([sentence]) for sentence in sentences])
    assert np.array_equal(alone, encoder.encode(sentences))
    archive = Archive(tmp_path / "data", encoder)
    articles = [invented(str(i), sentence) for i, sentence in enumerate(sentences)]
    assert [o.status for o in archive.ingest(articles)] == ["added"] * 30
    ids, scores = archive.snapshot().search_dense(encoder.encode([sentences[3]])[0], 5)
    assert len(ids) == 5
    assert scores[0] <= 1.001


def test_a_model_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelUnusable, match=r"encoder '.*empty' cannot be loaded"):
        load_encoder(str(tmp_path / "empty"), WORKERS)


def test_the_shipped_encoder_has_a_name(shipped: OnnxEncoder) -> None:
    assert isinstance(load_encoder(SHIPPED, WORKERS), OnnxEncoder)
    assert shipped.name == SHIPPED

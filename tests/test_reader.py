"""The shipped reader: choice of the span, independence of neighbours, agreement with PyTorch."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.measures import f1
from index.errors import ModelUnusable
from index.onnx import Workers
from index.split import split_passages
from rag.inputs import ReaderInput
from rag.reader import MAX_ANSWER_TOKENS, MODELS, SHIPPED, OnnxReader, Pair, best_reading
from training.plain_reader import PlainReader

ROOT = Path(__file__).parents[1]
SEED = next((ROOT / "seeds").glob("*.txt")).read_text("utf-8")
PASSAGES = [SEED[start:end] for start, end in split_passages(SEED, 46)]
QUESTIONS = [
    "what was the 2018 agreement?",
    "When did North Korea launch a satellite?",
    "Who has had significant meetings with Vladimir Putin?",
    "What does the West accuse Russia of deploying?",
    "When are the U.S. presidential elections?",
    "What could the partnership provide Pyongyang with?",
]


@pytest.fixture(scope="module")
def reader() -> OnnxReader:
    return OnnxReader(Workers(2))


def given_input(tokens: int) -> ReaderInput:
    """A passage of one-letter tokens at 0-1, 2-3, ..., behind a prefix of two tokens."""
    return ReaderInput([], [], 2, [(2 * i, 2 * i + 1) for i in range(tokens)])


def test_best_span_by_hand() -> None:
    #            CLS   q     a    b    c    SEP
    start = np.array([1.0, 9.0, 0.0, 3.0, 2.0, 9.0])
    end = np.array([0.5, 9.0, 4.0, 0.0, 2.5, 9.0])
    reading = best_reading(given_input(3), start, end, 0.25)
    # b..c scores 3 + 2.5; a alone 4; b before a is no span, the question and [SEP] no passage
    assert (reading.start, reading.end) == (2, 5)
    assert reading.span == 5.5
    assert reading.null == 1.5
    assert reading.score == (5.5 - 1.5) / 2 + 0.25


def test_a_span_has_at_most_so_many_tokens() -> None:
    count = MAX_ANSWER_TOKENS + 1
    start, end = np.zeros(count + 3), np.zeros(count + 3)
    start[2], end[count + 1] = 5.0, 5.0  # one token too far apart
    end[count] = 4.0
    reading = best_reading(given_input(count), start, end, 0.0)
    assert (reading.start, reading.end) == (0, 2 * MAX_ANSWER_TOKENS - 1)


def test_an_empty_passage_has_the_empty_span() -> None:
    reading = best_reading(given_input(0), np.ones(3), np.ones(3), -1.0)
    assert (reading.start, reading.end) == (0, 0)


pairs = st.builds(
    Pair,
    st.sampled_from(QUESTIONS),
    st.sampled_from(["", "The Rio Times | 15 January 2024"]),
    st.sampled_from([*PASSAGES, "", "Ü" * 50, "🙂 no words"]),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(pairs, min_size=1, max_size=3))
def test_a_reading_does_not_depend_on_its_neighbours(reader: OnnxReader, many: list[Pair]) -> None:
    assert reader.read(many) == [reader.read([pair])[0] for pair in many]


def test_int8_agrees_with_the_plain_pytorch_pass(reader: OnnxReader) -> None:
    """Same weights, fp32, eager: another implementation of the pass chooses the same spans."""
    plain = PlainReader(reader._model.tokenizer, attention="eager")
    overlaps, gaps = [], []
    for question in QUESTIONS:
        for passage in PASSAGES:
            pair = [Pair(question, "", passage)]
            expected, found = plain.read(pair)[0], reader.read(pair)[0]
            gaps.append(abs(found.score - expected.score))
            if expected.score > 0:
                said = passage[expected.start : expected.end]
                overlaps.append(f1(passage[found.start : found.end], said))
    assert len(overlaps) >= 4
    assert np.mean(overlaps) >= 0.85
    assert np.mean(gaps) < 1.0


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    for file in (MODELS / SHIPPED).iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = bytearray((tmp_path / "model.onnx").read_bytes())
    weights[len(weights) // 2] ^= 1
    (tmp_path / "model.onnx").write_bytes(weights)
    with pytest.raises(ModelUnusable, match=r"model\.onnx: its SHA-256 is"):
        OnnxReader(Workers(1), tmp_path)

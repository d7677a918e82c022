"""What the reader tells of sentences: by hand, as training counts it, from the shipped model."""

import math
import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from index.onnx import Workers
from index.records import Article, Passage
from index.split import split_sentences
from rag.candidate import Candidate
from rag.evidence import Evidence, shares
from rag.inputs import encode_pair
from rag.reader import OnnxReader, Pair, Reading
from rag.retrieve import Found
from training.data import Example
from training.encoded import encode_example
from training.losses import sentence_scores

# Invented for these tests.
TEXT = "Elmsey slept. The harbour was closed because a storm had sunk two ferries. Nobody was hurt."
QUESTION = "Why was the harbour closed?"


@pytest.fixture(scope="module")
def reader() -> OnnxReader:
    return OnnxReader(Workers(1))


def test_a_sentences_evidence_is_the_mean_of_its_tokens() -> None:
    told = Evidence(((0, 2), (3, 5), (5, 6), (8, 9)), (1.0, 2.0, 6.0, -4.0))
    assert told.of_sentences([(0, 6), (7, 10)]) == [3.0, -4.0]
    # A token over a border is of the sentence that it begins in, one between two of neither.
    assert told.of_sentences([(0, 4), (6, 7), (8, 10)]) == [1.5, None, -4.0]
    assert told.of_sentences([(0, 5), (5, 10)]) == [1.5, 1.0]  # no blank between them
    assert told.of_sentences([(0, 6), (7, 10), (11, 20)]) == [3.0, -4.0, None]
    assert Evidence((), ()).of_sentences([(0, 3)]) == [None]


def test_shares_by_hand() -> None:
    assert shares([math.log(3), None, math.log(1)]) == pytest.approx([0.75, 0.0, 0.25])
    assert shares([None, None]) == [0.0, 0.0]
    assert shares([]) == []
    assert shares([1000.0, -1000.0]) == [1.0, 0.0]


logits = st.one_of(st.none(), st.floats(-50, 50))


@given(st.lists(logits, min_size=1), st.floats(-20, 20))
def test_shares_add_up_and_do_not_see_a_common_shift(some: list[float | None], by: float) -> None:
    found = shares(some)
    if any(one is not None for one in some):
        assert sum(found) == pytest.approx(1)
    shifted = shares([None if one is None else one + by for one in some])
    assert shifted == pytest.approx(found, abs=1e-9)


def test_sentences_are_scored_as_in_training(reader: OnnxReader) -> None:
    """`training.losses.sentence_scores` on tensors agrees with `of_sentences` on spans."""
    tokenizer = reader._model.tokenizer
    sentences = list(split_sentences(TEXT))
    e = encode_example(tokenizer, Example(QUESTION, "", TEXT, (), (sentences[1],)), 27)
    assert e.x.offsets[-1][1] < len(TEXT)  # the end is cut off
    dice = random.Random(3)
    values = [dice.uniform(-4, 4) for _ in e.x.offsets]
    scores = sentence_scores(torch.tensor([values]), torch.tensor([e.sentences]))[0]
    expected = scores[: max(e.sentences) + 1].tolist()
    found = Evidence(tuple(e.x.offsets), tuple(values)).of_sentences(sentences)
    assert [one for one in found if one is not None] == pytest.approx(expected, abs=1e-5)


def test_the_shipped_reader_tells_evidence_of_the_passages_tokens(reader: OnnxReader) -> None:
    heading = "The Invented Wire | 3 May 2020"
    reading = reader.read([Pair(QUESTION, heading, TEXT)])[0]
    x = encode_pair(reader._model.tokenizer, QUESTION, heading, TEXT)
    raw = reader._model.run(x.ids, x.types)[3][0]  # (T,)
    assert reading.evidence is not None
    assert list(reading.evidence.offsets) == x.offsets
    assert list(reading.evidence.logits) == raw[x.passage_start : -1].tolist()
    found = shares(reading.evidence.of_sentences(list(split_sentences(TEXT))))
    assert found.index(max(found)) == 1  # the storm, not the sleep


def candidate(reading: Reading, before: str = "Yesterday's weather. ") -> Candidate:
    text = before + TEXT
    article = Article(id="a", text=text)
    found = Found(Passage(1, "a", 0, len(before), len(text)), article, 1.0, 0.5, 2.0)
    return Candidate(found, reading, 0.0, depth=0)


def test_a_candidates_sentences_are_the_articles_and_have_their_shares() -> None:
    at = TEXT.index("storm")
    inside = Evidence(((0, 6), (at, at + 5)), (0.0, math.log(4)))
    one = candidate(Reading(at, at + 5, 4.0, 1.0, 1.0, inside))
    text = one.found.article.text
    assert [text[s:e] for s, e in one.sentences] == [TEXT[:13], TEXT[14:74], TEXT[75:]]
    assert one.evidence == pytest.approx([0.2, 0.8, 0.0])


def test_without_evidence_it_is_the_sentence_of_the_answer() -> None:
    at = TEXT.index("storm")
    assert candidate(Reading(at, at + 5, 4.0, 1.0, 1.0)).evidence == [0.0, 1.0, 0.0]
    across = Reading(TEXT.index("ferries"), TEXT.index("was hurt"), 4.0, 1.0, 1.0)
    assert candidate(across).evidence == [0.0, 0.5, 0.5]

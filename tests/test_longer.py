"""Longer answers: which questions, which sentences, and how they are said, quoted and verified."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.answers import RIGHT, score
from eval.asking import given as as_given
from eval.cases import Case
from index.errors import ModelUnusable
from index.records import Article, Passage
from index.sources.fields import article_from_fields
from rag.answer import Citation, Sentence
from rag.candidate import Candidate
from rag.compose import compose
from rag.engine import Engine
from rag.evidence import Evidence
from rag.lazy import Lazy
from rag.logistic import Logistic
from rag.longer import FEATURES, OFF, Longer, evidence_sentences, features, wants_more
from rag.reader import MODELS, SHIPPED, Reading
from rag.retrieve import Found
from rag.verify import verify

# Invented for these tests.
BEFORE = "Yesterday's weather. "
PARTS = (
    "Elmsey slept.",
    "The harbour was closed because a storm had sunk two ferries.",
    "They blocked its entrance.",
    "Nobody was hurt.",
    "Tom Reed saw it.",
)
TEXT = " ".join(PARTS)
WHY = "Why was the harbour closed?"


def spans(*numbers: int) -> list[tuple[int, int]]:
    """Of those of PARTS, in the article."""
    starts = [len(BEFORE) + TEXT.index(part) for part in PARTS]
    return [(starts[i], starts[i] + len(PARTS[i])) for i in numbers]


def candidate(
    shares: tuple[float, ...] | None = (0.05, 0.6, 0.3, 0.03, 0.02),
    answer: str = "a storm had sunk two ferries",
) -> Candidate:
    """One token in each sentence, and so many parts of the evidence."""
    text = BEFORE + TEXT
    found = Found(Passage(1, "a", 0, len(BEFORE), len(text)), Article("a", text), 1.0, 0.5, 2.0)
    told = None
    if shares is not None:
        at = [(start - len(BEFORE), start - len(BEFORE) + 2) for start, _ in spans(0, 1, 2, 3, 4)]
        told = Evidence(tuple(at), tuple(math.log(share) for share in shares))
    start = TEXT.index(answer)
    return Candidate(found, Reading(start, start + len(answer), 4.0, 1.0, 0.75, told), 2.25, 0)


ALWAYS = Longer(Logistic.undecided(len(FEATURES)), 0.5)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Why did it sink?", "why"),
        ("For what reason did it sink?", "why"),
        ("How did it sink?", "how"),
        ("In what way did it sink?", "how"),
        ("What is a ferry?", "what_is"),
        ("what's a ferry?", "what_is"),
        ("What happened in Tarn?", "what_did"),
        ("What did the mayor say?", "what_did"),
        ("Explain the flood", "explain"),
        ("Please describe the flood.", "explain"),
        ("What ferry sank?", "what"),
        ("From what did it suffer?", "what"),
        ("How many sank?", ""),
        ("how old is it?", ""),
        ("What year did it sink?", ""),
        ("In what year did it sink?", ""),
        ("What percentage sank?", ""),
        ("When did it sink?", ""),
        ("Who sank it?", ""),
        ("Where did it sink?", ""),
        ("Which ferry sank?", ""),
        ("Whatever sank?", ""),
        ("Did it sink?", ""),
        ("?", ""),
    ],
)
def test_which_questions_may_want_more(question: str, kind: str) -> None:
    assert wants_more(question) == kind


def test_features_by_hand() -> None:
    found = dict(zip(FEATURES, features(WHY, candidate()), strict=True))
    assert found == pytest.approx(
        {
            "why": 1, "how": 0, "what_is": 0, "what_did": 0, "explain": 0,
            "words": 6, "part": 6 / 11, "margin": 1.5, "answerable": 0.75,
            "evidence": 0.6, "gap": 0.3, "sentence_words": 11,
        }
    )  # fmt: skip
    across = dict(
        zip(FEATURES, features("What sank?", candidate(answer="ferries. They")), strict=True)
    )
    assert (across["why"], across["words"], across["part"]) == (0, 2, 2 / 15)
    assert across["evidence"] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("shares", "answer", "said"),
    [
        ((0.05, 0.6, 0.3, 0.03, 0.02), "a storm", (1, 2)),  # half of the strongest is enough
        ((0.05, 0.7, 0.2, 0.03, 0.02), "a storm", (1,)),
        ((0.05, 0.1, 0.8, 0.03, 0.02), "a storm", (1, 2)),  # the span's own is never left out
        ((0.3, 0.1, 0.2, 0.19, 0.21), "a storm", (0, 1, 4)),  # three: the strongest two beside it
        ((0.3, 0.1, 0.2, 0.19, 0.21), "ferries. They", (0, 1, 2)),
        ((0.3, 0.1, 0.2, 0.19, 0.21), "ferries. They blocked its entrance. Nobody", (1, 2, 3)),
        ((0.3, 0.1, 0.2, 0.19, 0.21), "slept. " + TEXT[14:-14], ()),  # four: the span is enough
    ],
)
def test_which_sentences(shares: tuple[float, ...], answer: str, said: tuple[int, ...]) -> None:
    assert evidence_sentences(candidate(shares, answer)) == spans(*said)


some_shares = st.tuples(*[st.floats(0.001, 1)] * 5)


@settings(deadline=None)
@given(some_shares, st.integers(0, len(TEXT) - 1), st.integers(1, 60))
def test_one_to_three_sentences_in_order_with_the_span_in_them(
    shares: tuple[float, ...], start: int, length: int
) -> None:
    one = candidate(shares)
    end = min(len(TEXT), start + length)
    one = replace(one, reading=replace(one.reading, start=start, end=end))
    said = evidence_sentences(one)
    assert len(said) <= 3
    assert said == sorted(said)
    assert set(said) <= set(one.sentences)
    first, last = one.answer_span
    touched = [s for s in one.sentences if s[0] < last and s[1] > first]
    assert set(touched) <= set(said) or len(touched) > 3 or not said


def test_when_it_is_chosen() -> None:
    one = candidate()
    assert ALWAYS.choose(WHY, one) == spans(1, 2)
    assert ALWAYS.choose("When was the harbour closed?", one) == []
    assert ALWAYS.choose(WHY, candidate(None)) == []  # no evidence was told
    assert OFF.choose(WHY, one) == []
    assert replace(ALWAYS, threshold=None).choose(WHY, one) == []
    model = ALWAYS.model
    assert replace(ALWAYS, model=replace(model, bias=-0.01)).choose(WHY, one) == []
    # why: 0.3 - 0.4; how: 0.3
    model = replace(model, weights=(-0.4, *model.weights[1:]), bias=0.3)
    kinds = replace(ALWAYS, model=model)
    assert kinds.choose(WHY, one) == []
    assert kinds.choose("How was it closed?", one) == spans(1, 2)


def test_it_is_said_sentence_by_sentence_each_its_own_quote() -> None:
    said = compose([candidate()], None, spans(1, 2))
    assert said.text == f"{PARTS[1]} {PARTS[2]}"
    first, second = len(PARTS[1]), len(said.text)
    assert said.sentences == (
        Sentence(PARTS[1], 0, first, (0,)),
        Sentence(PARTS[2], first + 1, second, (1,)),
    )
    article = candidate().found.article
    assert said.citations == tuple(Citation.of(article, *span) for span in spans(1, 2))
    assert not said.conflicting


def test_answers_that_disagree_stay_spans() -> None:
    one, other = candidate(), candidate(answer="Nobody")
    assert compose([one, other], other, spans(1, 2)).text == "a storm had sunk two ferries Nobody"


def test_the_shipped_numbers_fit_this_version(tmp_path: Path) -> None:
    path = MODELS / SHIPPED / "longer.json"
    shipped = Longer.load(path)
    assert len(shipped.model.weights) == len(FEATURES)
    fitted = json.loads(path.read_text("utf-8"))
    changed = tmp_path / "longer.json"
    unfit: list[Any] = [
        {**fitted, "features": {"surprise": {"weight": 1, "mean": 0, "scale": 1}}},
        {**fitted, "bias": "high"},
        {k: v for k, v in fitted.items() if k != "threshold"},
        [],
    ]
    for bad in unfit:
        changed.write_text(json.dumps(bad))
        with pytest.raises(ModelUnusable, match=r"longer answers cannot be used.*training\.fit_l"):
            Longer.load(changed)
    with pytest.raises(ModelUnusable, match="reinstall"):
        Longer.load(tmp_path / "none.json")


@pytest.fixture
def elmsey(own: Engine) -> Engine:
    fields = {"id": "elmsey", "source": "Invented Wire", "text": BEFORE + TEXT}
    own.ingest(article_from_fields(fields, "test"))
    return Engine(own.archive, own.reader, own.calibrator, own.settings, Lazy(lambda: ALWAYS))


def test_a_why_question_through_the_engine(elmsey: Engine) -> None:
    trace = elmsey.trace(WHY)
    answer = trace.answer
    assert PARTS[1] in [s.text for s in answer.sentences]
    assert answer.text == " ".join(s.text for s in answer.sentences)
    assert trace.candidates[0].answer in answer.text
    text = elmsey.article("elmsey").text
    for sentence in answer.sentences:
        cited = answer.citations[sentence.citations[0]]
        assert text[cited.start : cited.end] == cited.cited_text == sentence.text
        assert cited.answer_start is cited.answer_end is None
        assert answer.text[sentence.start : sentence.end] == sentence.text
    assert (answer.conflicting, answer.dropped_citations) == (False, 0)
    # The same question in spans, and a question for a name: as sure, and short.
    plain = Engine(elmsey.archive, elmsey.reader, elmsey.calibrator, elmsey.settings)
    short = plain.ask(WHY)
    assert len(short.text) < len(PARTS[1])
    assert short.confidence == answer.confidence
    assert elmsey.ask("Who saw it?").text == plain.ask("Who saw it?").text == "Tom Reed"


def test_a_sentence_that_is_not_in_the_store_is_not_said(elmsey: Engine) -> None:
    one = elmsey.trace(WHY).candidates[0]
    said = compose([one], None, one.sentences[:3])
    forged = replace(said.citations[1], cited_text=said.citations[1].cited_text.swapcase())
    answer = replace(
        elmsey.ask(WHY),
        text=said.text,
        sentences=said.sentences,
        citations=(said.citations[0], forged, said.citations[2]),
    )
    checked = verify(answer, elmsey.archive.snapshot())
    kept = [said.sentences[0].text, said.sentences[2].text]
    assert checked.text == " ".join(kept)
    assert [checked.text[s.start : s.end] for s in checked.sentences] == kept
    assert [s.citations for s in checked.sentences] == [(0,), (1,)]
    assert checked.dropped_citations == 1


def test_the_harness_scores_all_that_is_said(elmsey: Engine) -> None:
    """A longer answer holds the right one more easily, and pays for its words in F1."""
    case = Case("why", WHY, ("a storm had sunk two ferries",), True, evidence=(PARTS[1],))
    result = score(case, as_given(elmsey.trace(WHY)))
    assert result.answer == elmsey.ask(WHY).text
    assert result.verdict == RIGHT
    assert result.evidence_cited
    assert not result.em
    assert result.f1 < 0.8
    assert all(quote.verified for quote in result.quotes)

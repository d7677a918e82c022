"""The splitter: laws that hold for any text, then sentences of news prose cut by hand."""

import re
import time

import pytest
import sentencex
from hypothesis import given, settings
from hypothesis import strategies as st

from index.split import (
    MAX_UNITS,
    PIECE_CHARACTERS,
    TARGET_UNITS,
    Span,
    split_passages,
    split_sentences,
)

# Pieces at which a splitter of news stumbles, so that the laws are tried where they may break.
_PROSE = ("the U.S.", "Gen. Smith said", "3.5 percent", "at 5 p.m.", "Sunday", '"Yes,"', "'No.'")
_MARKS = ("...", "?!", ")", "\u201c", "\u201d", "e\u0301", "\U0001f600", "\ufeff", "\u200b", "\0")
_BLANKS = ("\r\n", "\n\n\n", " ", "\t", "\u2028", "\u00a0", "\x1c", "\x85")
_WORDS = ("北京。", "ประเทศไทย", "평양.", "x" * 30, "w " * 250)
_PIECES = st.sampled_from(_PROSE + _MARKS + _BLANKS + _WORDS)
_TEXTS = st.one_of(
    st.text(), st.lists(_PIECES, max_size=40).map("".join), st.lists(_PIECES).map(" ".join)
)
_LANGUAGES = st.sampled_from([None, "en", "de", "ja", "zh", "th", "am", "xx", ""])


def _count_units(text: str) -> int:
    """The unit of `index.split`, counted one character at a time."""
    count = run = 0
    for character in text:
        in_word = re.match(r"\w", character) is not None
        if re.match(
            "[\u0e00-\u0e7f\u2e80-\u2fff\u3001-\u9fff\uac00-\ud7af\uf900-\ufaff]", character
        ):
            count, run = count + 1, 0
        elif in_word:
            count, run = count + (run % 12 == 0), run + 1
        else:
            count, run = count + (not character.isspace()), 0
    return count


def _assert_spans_hold(text: str, start: int, spans: list[Span]) -> None:
    previous_end = start
    for low, high in spans:
        assert previous_end <= low < high <= len(text)
        assert text[low:high] == text[low:high].strip()
        assert _count_units(text[low:high]) <= MAX_UNITS
        assert not text[previous_end:low].strip()
        previous_end = high
    assert not text[previous_end:].strip()


@settings(max_examples=300, deadline=None)
@given(_TEXTS, _LANGUAGES, st.data())
def test_each_visible_character_lies_in_exactly_one_passage(
    text: str, language: str | None, data: st.DataObject
) -> None:
    start = data.draw(st.integers(min_value=0, max_value=len(text)))
    _assert_spans_hold(text, start, split_passages(text, start, language))


@settings(max_examples=300, deadline=None)
@given(_TEXTS, _LANGUAGES, st.data())
def test_each_visible_character_lies_in_exactly_one_sentence(
    text: str, language: str | None, data: st.DataObject
) -> None:
    start = data.draw(st.integers(min_value=0, max_value=len(text)))
    end = data.draw(st.integers(min_value=start, max_value=len(text)))
    spans = list(split_sentences(text, start, end, language))
    _assert_spans_hold(text[:end], start, spans)


@settings(max_examples=100, deadline=None)
@given(_TEXTS)
def test_a_passage_is_made_of_whole_sentences(text: str) -> None:
    starts, ends = _columns(list(split_sentences(text)))
    passage_starts, passage_ends = _columns(split_passages(text))
    assert passage_starts <= starts
    assert passage_ends <= ends


def _columns(spans: list[Span]) -> tuple[set[int], set[int]]:
    return {low for low, _ in spans}, {high for _, high in spans}


def _sentences(text: str) -> list[str]:
    return [text[low:high] for low, high in split_sentences(text)]


# Invented sentences.
@pytest.mark.parametrize(
    "sentences",
    [
        ["Leaders of the U.S. met in Geneva on Monday.", "They left without a deal."],
        ["Talks between the U.S. and Japan resumed.", "Prices fell."],
        ["Gen. Smith said the base would close.", "Sen. Jones and Dr. Lee disagreed."],
        ["Inflation rose 3.5 percent in March.", "The bank had forecast 2.9 percent."],
        ["The polls close at 5 p.m. Sunday.", "Results are due by 9 a.m. EST on Monday."],
        ["The vote was set for 5 p.m.", "Nobody came."],
        ['"We will not leave," she said.', '"This is our home."'],
        ["Was it worth it?", "Yes!"],
        ["The ferry sank in May.", "Mr Okello was aboard.", "Mrs May. 5 was the number."],
    ],
)
@pytest.mark.parametrize("gap", [" ", "\n\n", "\r\n\r\n"])
def test_sentences_of_news_prose(sentences: list[str], gap: str) -> None:
    assert _sentences(gap.join(sentences)) == sentences


# Paragraphs that no piece can hold two halves of, and then one paragraph of single lines.
@pytest.mark.parametrize("gap", ["\n\n", "\n", " "])
def test_a_long_article_is_cut_as_if_it_were_read_at_once(gap: str) -> None:
    sentences = [
        f'Ship {number} of Gen. Smith lay off Invented Bay for 3.5 days. "It is late," said No. 9.'
        for number in range(400)
    ]
    paragraphs = [" ".join(sentences[at : at + 7]) for at in range(0, 400, 7)]
    text = gap.join(paragraphs)
    assert len(text) > 4 * PIECE_CHARACTERS
    at_once, at = [], 0
    for sentence in sentencex.segment("en", text):
        at = text.index(sentence, at)  # it leaves some blank lines out
        if sentence.strip():  # and gives some as sentences
            at_once.append((at, at + len(sentence.strip())))
        at += len(sentence)
    assert list(split_sentences(text)) == at_once


@pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", "\n\n\n"])
@pytest.mark.parametrize("sentence", ["The port closed.", "\u6e2f\u306f\u9589\u3058\u305f\u3002"])
def test_sentences_of_a_long_article_stand_where_they_are_said_to(sentence: str, gap: str) -> None:
    """sentencex alone loses a line end for every 10 KB, and all that follows would be off by it."""
    text = gap.join([sentence] * 3_000)
    assert {text[low:high] for low, high in split_sentences(text)} == {sentence}
    _assert_spans_hold(text, 0, split_passages(text))


@pytest.mark.parametrize("unit", ["\u201c", "\u00ab ", "'", "\u201ca. ", "\u201c\n"])
def test_open_quotes_take_time_that_grows_as_their_number(unit: str) -> None:
    """Time of the process, the least of three: the ratio was 16 with all of it read at once."""

    def seconds(characters: int) -> float:
        text = (unit * characters)[:characters]
        before = time.process_time()
        _assert_spans_hold(text, 0, split_passages(text))
        return time.process_time() - before

    seconds(20_000)
    few, many = (min(seconds(n) for _ in range(3)) for n in (40_000, 160_000))
    assert many < 8 * max(0.1, few)


@pytest.mark.parametrize("blank", ["\u00a0", "\u2009", "\u3000", "\u2028", "\x85"])
def test_white_space_of_several_bytes_before_a_full_stop(blank: str) -> None:
    """sentencex alone panics at it, which no `except Exception` holds."""
    text = f"No{blank}. Plan{blank}B{blank}. Ships{blank}waited."
    spans = split_passages(text)
    _assert_spans_hold(text, 0, spans)
    assert spans == [(0, len(text))]


@pytest.mark.parametrize("blank", ["", " ", "\r\n\r\n", "\t\u00a0\u2028\u3000", "\x1c\x85"])
def test_white_space_alone_holds_nothing(blank: str) -> None:
    assert split_passages(blank) == []
    assert list(split_sentences(blank)) == []


def test_the_header_is_left_out() -> None:
    text = "date 2024-01-15 (Invented Wire) The harbour closed. Ships waited."
    start = text.index("The harbour")
    assert split_passages(text, start) == [(start, len(text))]
    assert split_passages(text, len(text)) == []


def test_a_sentence_of_500_words_is_cut_between_words() -> None:
    text = " ".join(f"word{number}" for number in range(500)) + "."
    cuts = [text[low:high] for low, high in split_passages(text)]
    assert [len(cut.split()) for cut in cuts] == [190, 190, 120]  # MAX_UNITS, and what is left
    assert " ".join(cuts) == text


def test_a_long_word_and_a_script_without_spaces_are_cut_too() -> None:
    # 3,000 letters are 250 units of twelve; 400 characters of Chinese are 400 units.
    word = split_passages("a" * 3_000)
    assert word == [(0, MAX_UNITS * 12), (MAX_UNITS * 12, 3_000)]
    assert [high - low for low, high in split_passages("北" * 400)] == [190, 190, 20]


def test_a_long_sentence_is_not_cut_before_an_ideographic_space() -> None:
    assert split_passages("+" * MAX_UNITS + "\u3000.") == [
        (0, MAX_UNITS),
        (MAX_UNITS + 1, MAX_UNITS + 2),
    ]


def test_passages_of_one_article_are_of_about_equal_size() -> None:
    # 40 sentences of 10 units are 400 units: three passages, where filling up would leave a stub.
    sentence = "Nine invented words stand in this short plain sentence."
    assert _count_units(sentence) == 10
    text = " ".join([sentence] * 40)
    sizes = [_count_units(text[low:high]) for low, high in split_passages(text)]
    assert len(sizes) == 3
    assert max(sizes) - min(sizes) <= 10
    assert max(sizes) <= TARGET_UNITS

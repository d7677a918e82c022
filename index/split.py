"""Cuts an article's body into passages of whole sentences, with exact offsets. Pure.

Sentences come from sentencex, which knows abbreviations of news prose. It does not know what a
passage is for; this file does: about 100 to 150 words that a model reads in one pass.
"""

import math
import re
from collections.abc import Iterator

import sentencex

Span = tuple[int, int]  # half-open, code points of the text that was given

# A unit stands for about one model token: a character of a script written without spaces, up to
# twelve characters of a word, or one mark of punctuation. English prose has 1.1 units a word.
_UNSPACED = "\u0e00-\u0e7f\u2e80-\u2fff\u3001-\u9fff\uac00-\ud7af\uf900-\ufaff"
_UNIT = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])\w){{1,12}}|[^\w\s]")
TARGET_UNITS = 150
MAX_UNITS = 190

# sentencex takes time that grows with the square of a paragraph of open quotes, so it is given this
# many characters at a time: more than a paragraph of news has.
PIECE_CHARACTERS = 8_000

# It takes the month for an abbreviation before some words, "Mr" for one.
_AFTER_MAY = re.compile(r"(?<=\bMay\. )(?=[\"'\u201c\u2018]?[A-Z])")

# It panics at a letter, one of these and a full stop: it takes them for a byte long.
_WIDE_BLANK = re.compile(r"[^\S\x00-\x7f]")

# The splitter ends a sentence after "5 p.m."; what follows a time of day is rarely a new one.
_MID_SENTENCE = re.compile(r"\b[ap]\.m\.[ \t]+$")
_DAY_OR_ZONE = re.compile(
    r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(E[SD]T|GMT|UTC|PST|PDT|CET|BST)\b"
)


def split_passages(text: str, start: int = 0, language: str | None = None) -> list[Span]:
    """Spans of the passages of `text[start:]`, in order, none empty, none overlapping.

    Every character that is not white space lies in exactly one passage. A passage holds at most
    MAX_UNITS units; passages of one article are of about equal size, so that none is a stub.
    """
    sentences = list(split_sentences(text, start, language=language))
    sizes = [count_units(text, span) for span in sentences]
    if not sentences:
        return []
    shares = math.ceil(sum(sizes) / TARGET_UNITS)
    fair_size = sum(sizes) / shares
    passages: list[Span] = []
    first, held, before, share = 0, 0, 0, 0
    for i, size in enumerate(sizes):
        # A sentence belongs to the equal share of the article in which its middle lies.
        own_share = int((before + size / 2) / fair_size)
        if held and (own_share != share or held + size > MAX_UNITS):
            passages.append((sentences[first][0], sentences[i - 1][1]))
            first, held = i, 0
        share = own_share
        held += size
        before += size
    passages.append((sentences[first][0], sentences[-1][1]))
    return passages


def split_sentences(
    text: str, start: int = 0, end: int | None = None, language: str | None = None
) -> Iterator[Span]:
    """Spans of the sentences of `text[start:end]`, trimmed of white space, none empty.

    A sentence of more than MAX_UNITS units is cut between two of them.
    """
    body = text[start:end]
    held: Span | None = None
    previous = ""
    for at, sentence in _segment(body, language or "en"):
        stop = start + at + len(sentence)
        if held and _continues(previous, sentence):
            held = (held[0], stop)
        else:
            if held:
                yield from _trim_and_cut(text, held)
            held = (start + at, stop)
        previous = sentence
    if held:
        yield from _trim_and_cut(text, held)


def _segment(body: str, language: str) -> Iterator[tuple[int, str]]:
    """sentencex's sentences, each with its offset in `body`, in time linear in its length.

    Their white space is plain. They are those of the whole body where each half of a piece holds
    the end of a paragraph, or else of a sentence outside quotes.
    """
    body = _WIDE_BLANK.sub(" ", body)
    start = 0
    while start < len(body):
        stop = _end_of_piece(body, start, language)
        for sentence in sentencex.segment(language, body[start:stop]):
            # It leaves out a blank line where it cuts a text of more than 10 KB for itself.
            start = body.index(sentence, start)
            for part in _AFTER_MAY.split(sentence):
                yield start, part
                start += len(part)
        start = stop


def _end_of_piece(body: str, start: int, language: str) -> int:
    piece = body[start : start + PIECE_CHARACTERS]
    if start + len(piece) == len(body):
        return len(body)
    half = PIECE_CHARACTERS // 2
    paragraphs = piece.rfind("\n\n", half)
    if paragraphs >= 0:
        return start + paragraphs + 2
    *_, last = sentencex.segment(language, piece)  # it may go on in the next piece
    begin = piece.rindex(last)
    return start + begin if begin >= half else start + _last_blank(piece, half)


def _last_blank(text: str, after: int) -> int:
    """The offset behind the last white space from `after` on; the text's end if there is none."""
    at = len(text)
    while at > after and not text[at - 1].isspace():
        at -= 1
    return at if at > after else len(text)


def _continues(before: str, sentence: str) -> bool:
    return bool(_MID_SENTENCE.search(before) and _DAY_OR_ZONE.match(sentence))


def _trim_and_cut(text: str, span: Span) -> Iterator[Span]:
    start, end = span
    sentence = text[start:end]
    start += len(sentence) - len(sentence.lstrip())
    end -= len(sentence) - len(sentence.rstrip())
    if start >= end:
        return
    units = list(_UNIT.finditer(text, start, end))
    for i in range(MAX_UNITS, len(units), MAX_UNITS):
        cut = units[i].start()
        yield start, start + len(text[start:cut].rstrip())
        start = cut
    yield start, end


def count_units(text: str, span: Span) -> int:
    """The size of `text[slice(*span)]` in units, at least 1."""
    # A sentence of nothing but invisible characters has no unit and still takes room.
    return sum(1 for _ in _UNIT.finditer(text, *span)) or 1

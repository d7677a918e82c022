"""Whether two answers of two articles are the same answer. Pure; `compose` and `verify` share it.

Strict on purpose: an article that is cited for an answer must give that very answer. A number is
the same only with its sign and unit, and a part of a name only where its article has it whole.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.candidate import normalise_answer

# So many words in a row are no coincidence: a sentence that holds another of this length is a copy.
COPY_WORDS = 8

_WORD = re.compile(r"[^\W_]+(?:['\u2019.-][^\W_]+)*")
_NAME = re.compile(r"[^\W\d_]+(?:['\u2019.-][^\W\d_]+)*\.?")
_TITLES = frozenset(
    """
    mr mrs ms miss dr prof professor sir dame lord lady president vice prime premier minister
    chancellor mayor governor senator representative congressman congresswoman judge justice general
    admiral colonel major captain lieutenant sergeant king queen prince princess pope cardinal
    bishop archbishop coach detective inspector secretary ambassador
    """.split()
)
# In front of a name they make another name of it: North Korea is not Korea, nor New York York.
_OTHER_PLACE = frozenset(
    """
    north south east west northern southern eastern western central upper lower new old great
    greater little port fort mount lake san santa saint st papua equatorial inner outer
    """.split()
)
_PARTICLES = frozenset("al bin da de del der di du ibn la le van von".split())
# May stand before a surname at the head of a sentence without being a forename.
_NO_FORENAMES = frozenset(
    """
    a after although and as at because before but by for from had has he her his how however if in
    is it later of on or she since so that the then there they though to today under until was when
    where while who why with yesterday yet
    """.split()
)


class Said(NamedTuple):
    """An answer, and the whole text of the article that it is from."""

    answer: str
    article: str


def same_answer(one: Said, other: Said) -> bool:
    """Whether both say the same: but for case, punctuation, an article or preposition in front, or
    a title before a full name; or one is the surname of the person whom the other names in full.
    """
    keys = _key(one.answer), _key(other.answer)
    if keys[0] == keys[1]:
        return keys[0] != ""
    return _is_short_for(one, other.answer) or _is_short_for(other, one.answer)


def is_copy(one: str, other: str) -> bool:
    """Whether two quotes are one text, as two outlets print it that have it from one agency."""
    short, long = sorted((_words(one), _words(other)), key=len)
    return short == long or (len(short) >= COPY_WORDS and _holds(long, short))


def overlaps(one: str, other: str) -> bool:
    """Whether the words of one answer stand, whole and in order, in the other; or one has none."""
    ours, theirs = _words(_key(one)), _words(_key(other))
    return _holds(ours, theirs) or _holds(theirs, ours)


def _key(answer: str) -> str:
    bare = re.sub(r"^(?:in|on|at)\s+(?=\S)", "", normalise_answer(answer))
    bare = normalise_answer(bare)
    words = bare.split()
    at = 0
    while len(words) - at > 2 and _plain(words[at]) in _TITLES:
        at += 1
    return " ".join(words[at:])


def _is_short_for(short: Said, long: str) -> bool:
    """Whether `short` is how its article calls, further on, the person it also names as `long`."""
    surname, full = short.answer.split(), long.split()
    before = full[: -len(surname)]
    if not surname or not before or full[-len(surname) :] != surname or not _is_name(long):
        return False
    if not all(_plain(word) not in _OTHER_PLACE for word in before):
        return False
    if not re.search(rf"(?<!\w){_spaced(full)}(?!\w)", short.article):
        return False
    # Nobody else of that surname may be there: of two Quills, "Quill" is neither.
    known = _TITLES | _NO_FORENAMES | {_plain(before[-1])}
    found = re.finditer(rf"(?<=\s){_spaced(surname)}(?!\w)", short.article)
    words = (short.article[max(0, m.start() - 50) : m.start()].split()[-1:] for m in found)
    return all(not w or not w[0][0].isupper() or _plain(w[0]) in known for w in words)


def _is_name(text: str) -> bool:
    words = text.split()
    capitals = [_NAME.fullmatch(word) is not None and word[0].isupper() for word in words]
    particles = [word in _PARTICLES for word in words]
    return bool(words) and capitals[-1] and all(map(any, zip(capitals, particles, strict=True)))


def _plain(word: str) -> str:
    return word.casefold().rstrip(".")


def _spaced(words: Sequence[str]) -> str:
    return r"\s+".join(map(re.escape, words))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _holds(long: Sequence[str], short: Sequence[str]) -> bool:
    size = len(short)
    return any(list(long[i : i + size]) == list(short) for i in range(len(long) - size + 1))

"""One detail of a text made another: a date, a number, a name, or what is said turned round. Pure.

Everything is drawn from the `dice` given.
"""

import random
import re
from collections.abc import Sequence

from index.split import Span
from training.details import DATE, DAYS, MONTHS, NAME, NUMBER, NUMBER_WORDS, spans_of

_OPPOSITES = """
    increase/decrease increased/decreased increases/decreases more/less most/least higher/lower
    highest/lowest larger/smaller largest/smallest greater/fewer first/last
    before/after earlier/later early/late rose/fell rise/fall won/lost wins/loses win/lose
    accepted/rejected accept/reject allowed/forbidden allow/forbid supported/opposed support/oppose
    north/south northern/southern east/west eastern/western oldest/youngest older/younger
    best/worst better/worse started/ended began/ended opened/closed major/minor maximum/minimum
    above/below inside/outside with/without always/never success/failure successful/unsuccessful
    positive/negative male/female men/women public/private strong/weak rich/poor long/short
    married/divorced bought/sold gained/lost joined/left approved/refused agreed/refused
    legal/illegal possible/impossible common/rare fast/slow hot/cold old/new buy/sell
""".split()
OPPOSITE = {a: b for pair in _OPPOSITES for a, b in (pair.split("/"), pair.split("/")[::-1])}
_POLAR = re.compile(rf"\b(?:{'|'.join(sorted(OPPOSITE))})\b", re.IGNORECASE)
REACH = 60  # characters between an answer and the word that is turned round
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|will|would|should|must|may|might)\b(?! not\b)"
)
_NOT = re.compile(r"\b(is|are|was|were|has|have|had|can|could|will|would|should|must) not\b")


def other_value(old: str, kind: str, pool: Sequence[str], dice: random.Random) -> str | None:
    """Another date, number or name of the same form; names of as many words are drawn from `pool`.

    None where nothing is found in twenty draws.
    """
    for _ in range(20):
        new = {DATE: _other_date, NUMBER: _other_number}.get(kind, _nothing)(old, dice)
        if kind == NAME and pool:
            new = dice.choice(pool)
            if len(new.split()) != len(old.split()):
                continue
        if new and new.lower() != old.lower():
            return new
    return None


def _nothing(_old: str, _dice: random.Random) -> str:
    return ""


def _other_date(old: str, dice: random.Random) -> str:
    """Its year, its month or its day of the week changed; what it has is drawn among."""
    parts = list(re.finditer(rf"\b(?:{'|'.join(MONTHS)}|{'|'.join(DAYS)})\b|\d{{4}}", old))
    if not parts:
        return ""
    part = dice.choice(parts)
    word = part.group()
    if word.isdigit():
        new = str(int(word) + dice.choice((-1, 1)) * dice.choice((1, 1, 2, 3, 4, 5, 8, 10, 20, 50)))
    else:
        new = dice.choice(MONTHS if word in MONTHS else DAYS)
    return old[: part.start()] + new + old[part.end() :]


def _other_number(old: str, dice: random.Random) -> str:
    """A digit, or a word for a number, made another."""
    words = [m for m in re.finditer(r"[A-Za-z]+", old) if m.group().lower() in NUMBER_WORDS[:27]]
    digits = list(re.finditer(r"\d", old))
    if words and not digits:
        word = dice.choice(words)
        return old[: word.start()] + dice.choice(NUMBER_WORDS[:27]) + old[word.end() :]
    if not digits:
        return ""
    digit = digits[0] if dice.random() < 0.5 else dice.choice(digits)
    return old[: digit.start()] + dice.choice("123456789") + old[digit.end() :]


def swap_shared(
    text: str, other: str, pool: Sequence[str], dice: random.Random
) -> tuple[str, str, str] | None:
    """(kind, old, new) of a detail of `text` that stands in `other` too, and what to put for it.

    The new one stands in neither. A date or a number goes before a name, which there are more of.
    None where there is none.
    """
    found = [
        (kind, text[start:end])
        for kind in (DATE, NUMBER, NAME)
        for start, end in spans_of(text, kind)
        if has_words(other, text[start:end])
    ]
    dice.shuffle(found)
    for kind, old in sorted(found, key=lambda one: one[0] == NAME):
        new = other_value(old, kind, pool, dice)
        if new and not has_words(text, new) and not has_words(other, new):
            return kind, old, new
    return None


def has_words(text: str, words: str) -> bool:
    """Whether the words stand in the text, whole, in any case."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE) is not None


def put(text: str, old: str, new: str) -> str:
    """Every place of `old` in whole words made `new`."""
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, text, flags=re.IGNORECASE)


def turn_round(text: str, near: int | None = None, may_deny: bool = True) -> str | None:
    """The text with an opposite word, a "not" more or a "not" less.

    Nearest to the place `near` and in its clause, within REACH characters; the first without it. A
    "not" more only where there is nothing else, and with `may_deny`. None where nothing can be
    turned.
    """
    edits = [(m, OPPOSITE[m.group().lower()]) for m in _POLAR.finditer(text)]
    edits += [(m, m.group(1)) for m in _NOT.finditer(text)]
    denied = [(m, f"{m.group()} not") for m in _AUXILIARY.finditer(text)] if may_deny else []
    for some in (edits, denied):
        reached = [(m, new) for m, new in some if near is None or _is_near(text, m.span(), near)]
        if reached:
            match, new = min(reached, key=lambda edit: abs(edit[0].start() - (near or 0)))
            if match.group()[0].isupper():
                new = new[0].upper() + new[1:]
            return text[: match.start()] + new + text[match.end() :]
    return None


def _is_near(text: str, span: Span, place: int) -> bool:
    between = text[min(span[1], place) : max(span[0], place)]
    return len(between) <= REACH and not re.search(r"[,;:.!?\"()\u201c\u201d]", between)

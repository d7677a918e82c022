"""Names and numbers of a text, and others of the same kind. Pure; everything is drawn from dice."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eval.perturb.tables import INVENTED_NAMES, INVENTED_PHRASES, TABLES, TIMES
from eval.perturb.words import is_question_word, is_stop_word

NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_CAPITALS = re.compile(r"\b[A-Z][\w'\u2019-]+(?: [A-Z][\w'\u2019-]+)*")
_BEFORE = re.compile(r"[^\W_],? [\"'\u201c\u2018(]?\Z")
_YEAR = re.compile(r"1[5-9]\d\d|20[0-3]\d")
_TRIES = 30
_ENOUGH = 20  # names of as many words, below which invented ones are added
_TABLED = re.compile(
    r"\b(?:" + "|".join(sorted((w for t in TABLES for w in t), key=len, reverse=True)) + r")\b"
)

Clashes = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Pool:
    """What others are drawn from: names by their number of words, and phrases without a name."""

    names: Mapping[int, Sequence[str]]
    phrases: Sequence[str]

    def draw_name(self, words: int, dice: random.Random) -> str:
        """A name of as many words, or of three where that is more."""
        words = min(words, 3)
        known = self.names.get(words, ())
        return dice.choice(known if len(known) >= _ENOUGH else [*known, *INVENTED_NAMES[words]])


def details_of(question: str) -> list[str]:
    """Its numbers, else the names that stand inside it: what it insists on.

    A capital at a question's head says nothing, so a name there is not seen.
    """
    return NUMBER.findall(question) or names_in(question)


def names_in(text: str) -> list[str]:
    """Words with capitals side by side, but for those at the head of a sentence.

    An article or a question word with a capital is no part of a name, nor is a genitive's ending.
    """
    found = []
    for words in _CAPITALS.finditer(text):
        name = words.group().split(" ")
        inside = _BEFORE.search(text, max(0, words.start() - 4), words.start()) is not None
        while name and (is_stop_word(name[0]) or is_question_word(name[0])):
            name, inside = name[1:], True
        if name and inside:
            found.append(re.sub(r"['\u2019-]s?$", "", " ".join(name)))
    return found


def another(old: str, pool: Pool, clashes: Clashes, dice: random.Random) -> str | None:
    """Something of the same kind, wholly different: a name, all numbers, or a phrase.

    A month, weekday, country, nationality or number in words becomes another. None if all clash.
    """
    for _ in range(_TRIES):
        if _has_name(old):
            new = pool.draw_name(len(old.split()), dice)
        elif NUMBER.search(old) or _TABLED.search(old):
            new = _other_values(old, dice)
        else:
            new = dice.choice([*pool.phrases, *INVENTED_PHRASES])
        if new != old and not clashes(new):
            return new
    return None


def _has_name(text: str) -> bool:
    """Whether a word has a capital that is no month, weekday, country or nationality."""
    return any(word[0].isupper() for word in re.findall(r"[^\W\d_]+", _TABLED.sub("", text)))


def _other_values(old: str, dice: random.Random) -> str:
    """Every number and every word of a table changed; the same if there is none."""
    return _TABLED.sub(
        lambda found: _other_word(found.group(), dice),
        NUMBER.sub(lambda found: _other_amount(found.group(), dice), old),
    )


def _other_word(old: str, dice: random.Random) -> str:
    table = next(table for table in TABLES if old in table)
    return dice.choice([word for word in table if word != old])


def _other_amount(old: str, dice: random.Random) -> str:
    """What may be a day of a month becomes another that may be."""
    if old.isdigit() and 1 <= int(old) <= 31:
        return str(dice.choice([n for n in range(1, 29) if n != int(old)]))
    return other_number(old, dice)


def other_number(old: str, dice: random.Random) -> str:
    """Of a year another not far from it; else one digit is another. It may be the same."""
    if _YEAR.fullmatch(old):
        return str(int(old) + dice.choice((-1, 1)) * dice.choice((1, 1, 2, 3, 4, 5, 8, 12, 20, 50)))
    digits = [i for i, c in enumerate(old) if c.isdigit()]
    at = dice.choice(digits)
    return old[:at] + dice.choice("123456789") + old[at + 1 :]


def is_time(name: str) -> bool:
    """Whether it is a month or a weekday, which are written like names."""
    return name in TIMES

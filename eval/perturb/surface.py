"""The same question written otherwise: misspelt, in one case, without its mark, in key words.

Each gives None where it would change nothing.
"""

import random
import re
from collections.abc import Callable

from eval.perturb.words import is_question_word, is_stop_word, words_of

_TRIES = 20
_LONG = 6  # words of a question from which on it may have two typos
_WORD = re.compile(r"(?<![\w'\u2019-])[^\W\d_]{4,}(?![\w'\u2019-])")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def misspell(question: str, is_word: Callable[[str], bool], dice: random.Random) -> str | None:
    """One typo, or in a question of six words or more at times two, in words of four letters or
    more.

    `is_word` says of a casefolded word whether it is one; no typo makes another word. A name is
    misspelt only if there is nothing else, a number never.
    """
    words = list(_WORD.finditer(question))
    lower = [w for w in words if w.group().islower()]
    telling = [w for w in lower if not is_stop_word(w.group()) and not is_question_word(w.group())]
    eligible = telling or lower or words
    if not eligible:
        return None
    most = 2 if len(question.split()) >= _LONG else 1
    chosen = dice.sample(eligible, min(len(eligible), dice.randint(1, most)))
    changed = question
    for word in sorted(chosen, key=lambda w: -w.start()):
        new = _misspelt(word.group(), is_word, dice)
        changed = changed[: word.start()] + new + changed[word.end() :]
    return changed if changed != question else None


def _misspelt(word: str, is_word: Callable[[str], bool], dice: random.Random) -> str:
    """The word itself where twenty tries give only other words."""
    for _ in range(_TRIES):
        new = dice.choice((_neighbour, _dropped, _doubled, _transposed))(word, dice)
        if new != word and not is_word(new.casefold()):
            return new
    return word


def _neighbour(word: str, dice: random.Random) -> str:
    """A letter taken for the one beside it on the keyboard; the first letter stays."""
    at = dice.randrange(1, len(word))
    letter = word[at]
    row = next((r for r in _ROWS if letter.casefold() in r), "")
    beside = [r for r in row if abs(row.index(r) - row.index(letter.casefold())) == 1]
    if not beside:
        return word
    new = dice.choice(beside)
    return word[:at] + (new.upper() if letter.isupper() else new) + word[at + 1 :]


def _dropped(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def _doubled(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word))
    return word[:at] + word[at] + word[at:]


def _transposed(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def lower(question: str) -> str | None:
    return _other(question, question.lower())


def upper(question: str) -> str | None:
    return _other(question, question.upper())


def without_mark(question: str) -> str | None:
    return _other(question, question.rstrip(" ?"))


def key_words(question: str) -> str | None:
    """Without stop words and marks; the question word stays, since it says what is asked."""
    kept = [word for word in words_of(question) if not is_stop_word(word)]
    telling = [word for word in kept if not is_question_word(word)]
    return _other(question, " ".join(kept)) if len(telling) > 1 else None


def _other(question: str, changed: str) -> str | None:
    return changed if changed.strip() and changed != question else None

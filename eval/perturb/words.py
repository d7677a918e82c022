"""Which words of an English question carry it, and which hold it together. Pure."""

import re

STOP_WORDS = frozenset(
    """
    a about after am an and are as at be been being before by can could did do does during for from
    had has have in into is it its may might must of on or shall should than that the their them
    there these they this those to was were will with would
    """.split()
)
QUESTION_WORDS = frozenset("who whom whose what which when where why how".split())
_EDGES = ".,;:!?\"'()[]\u2018\u2019\u201c\u201d"


def words_of(text: str) -> list[str]:
    """What stands between white space, without the marks at its ends; "U.S." keeps its dot."""
    return [bare for word in text.split() if (bare := _bare(word))]


def _bare(word: str) -> str:
    bare = word.strip(_EDGES)
    return f"{bare}." if "." in bare and f"{bare}." in word else bare


def is_stop_word(word: str) -> bool:
    return word.casefold() in STOP_WORDS


def is_question_word(word: str) -> bool:
    return word.casefold() in QUESTION_WORDS


def content_words(text: str) -> set[str]:
    """Casefolded words and numbers that say what a text is about."""
    found = {word.casefold() for word in re.findall(r"\w+", text)}
    return {w for w in found if len(w) > 1 or w.isdigit()} - STOP_WORDS - QUESTION_WORDS


def has_words(text: str, words: str) -> bool:
    """Whether `words` stand in `text` as they are, and whole."""
    return whole(words).search(text) is not None


def whole(words: str, flags: int = 0) -> re.Pattern[str]:
    """Finds the words where no letter or digit touches them."""
    return re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", flags)

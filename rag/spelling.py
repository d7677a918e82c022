"""A slip of the hand in a question -> the word that was meant, where archive or English has it.

Only lower-case words that neither the archive nor pyspellchecker's 160,000 of English know are
looked at: a name that the archive does not hold is no slip, and putting a like one in its place
would answer about somebody else. A word is changed for one that a single slip leads to, its first
letter kept. After Norvig, "How to Write a Spelling Corrector" (2007), but the archive's words come
first, and likelier slips weigh more.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from itertools import pairwise

from index.lexical import LexicalSnapshot
from rag.details import content_words

_WORD = re.compile(r"(?<![\w'\u2019.@/-])[a-z]{4,24}(?![\w'\u2019@/-])")
MOST = 12  # words of a question that are put right: each is a few hundred looks into the archive
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = frozenset(pair for row in (*_ROWS, *(r[::-1] for r in _ROWS)) for pair in pairwise(row))

_BRITISH = tuple(
    (re.compile(british), american)
    for british, american in (
        ("our", "or"),
        (r"is(?=(?:e[drs]?|ers|es|ing|ations?)$)", "iz"),
        (r"ys(?=(?:e[drs]?|ers|es|ing)$)", "yz"),
        (r"ll(?=(?:ed|ing|ers?)$)", "l"),
        (r"re(?=s?$)", "er"),
        (r"ence(?=s?$)", "ense"),
        (r"ae|oe", "e"),
        (r"ogue(?=s?$)", "og"),
    )
)

# How much likelier than any other letter in a letter's place; not fitted.
LIKELY = 10.0
# What a common word that the archive does not hold weighs, as if so many passages held it.
UNHEARD = 0.2
_RARE = 1_000  # how often one stands in the language's texts that weighs half of it


def respell(
    question: str, lexical: LexicalSnapshot, vocabulary: Callable[[], Mapping[str, int]]
) -> str:
    """The question with each misspelt word replaced; the same if there is none.

    The vocabulary, words of the language and how often they are used, is asked for only when the
    archive does not hold a word. Of more than MOST misspelt words the others stay.
    """
    # A small archive may lack "what": that is no reason to load a dictionary.
    telling = set(content_words(question)).intersection(_WORD.findall(question))
    unheard = [w for w in sorted(telling, key=question.find) if not _passages(w, lexical)]
    unknown = [word for word in unheard if word not in vocabulary()][:MOST]
    meant = {word: _meant(word, lexical, vocabulary()) for word in unknown}
    return _WORD.sub(lambda match: meant.get(match.group(), match.group()), question)


def speller(lexical: LexicalSnapshot) -> Callable[[str], str]:
    """`respell` with the archive's words and English."""
    return partial(respell, lexical=lexical, vocabulary=vocabulary)


def _meant(word: str, lexical: LexicalSnapshot, known: Mapping[str, int]) -> str:
    american = next((w for w in _american(word) if w in known), None)
    if american:  # so it is British: right as it is, unless the archive writes it otherwise
        return american if _passages(american, lexical) else word
    best, most = word, 0.0
    for other, likely in _slips(word):
        unheard = UNHEARD / (1 + _RARE / known[other]) if other in known else 0.0
        weight = likely * max(_passages(other, lexical), unheard)
        if weight > most:
            best, most = other, weight
    return best


def _passages(word: str, lexical: LexicalSnapshot) -> int:
    """How many hold the word, or another of its stem."""
    return min((lexical.count(term) for term in lexical.terms(word)), default=0)


def _slips(word: str) -> Iterator[tuple[str, float]]:
    """What may have been meant: (word, how likely the slip from it)."""
    for at in range(1, len(word)):
        before, here, after = word[:at], word[at], word[at + 1 :]
        doubled = here in (word[at - 1], after[:1])
        yield before + after, LIKELY if doubled else 1.0
        if after and after[0] != here:
            yield before + after[0] + here + after[1:], LIKELY
        for letter in _LETTERS:
            if letter != here:
                yield before + letter + after, LIKELY if (here, letter) in _BESIDE else 1.0
            yield before + letter + here + after, LIKELY
    yield from ((word + letter, LIKELY) for letter in _LETTERS)


def _american(word: str) -> Iterator[str]:
    """What a British word may be in American spelling, in which the vocabulary is."""
    changed = (pattern.sub(other, word, count=1) for pattern, other in _BRITISH)
    yield from (other for other in changed if other != word)


@lru_cache(maxsize=1)
def vocabulary() -> Mapping[str, int]:
    """English words, and how often they stand in pyspellchecker's texts."""
    from spellchecker import SpellChecker  # a sixth of a second, which few questions need

    found: Mapping[str, int] = SpellChecker(language="en").word_frequency.dictionary
    return found

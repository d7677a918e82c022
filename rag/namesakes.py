"""Whether a quote speaks of a namesake of what was asked about: South Korea's, of North Korea.

Both names may well stand in the passage, and every other word may fit, so that nothing else that is
looked at tells the two apart.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher

from rag.details import NO_NAMES, stem

# Words inside names that are not told apart by them.
_SMALL = frozenset("a an the of in on at by for from to and or with de la van von der".split())
# "President Vell" and "Amara Vell" may be the same.
_TITLES = frozenset(
    """
    president minister prime premier chancellor king queen prince princess emperor sir lord lady
    dame mr mrs ms miss dr doctor prof professor pope bishop ayatollah father rev general gen
    admiral colonel captain lieutenant lt major sergeant sgt senator sen congressman congresswoman
    representative rep governor gov mayor judge justice secretary speaker chairman chairwoman chair
    ceo chief coach saint st former new
    """.split()
)
# With a capital at the head of a sentence or a question, or as a day or a month, before a name.
_NO_FORENAME = frozenset(
    """
    all also although another before both but despite even every few given he her here his however
    instead it just last later like many meanwhile more most my next nor not now once one only other
    our out over perhaps she since so some still such than that then there though through today
    together two under unlike until up we when while without yesterday yet
    monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december
    """.split()
)
# Never one of them misspelt, however alike.
_OPPOSED = frozenset(
    """
    north south east west northern southern eastern western men women male female boys girls i ii
    iii iv first second third iran iraq
    """.split()
)
_PART = re.compile(r"[^,;:()\"\u201c\u201d?!]+")
_WORD = re.compile(r"\w+(?:['\u2019-]\w+)*")
_CAPITAL = r"[^\W\d_a-z][\w\u2019'-]*"
_NAME = re.compile(rf"(?<!\w){_CAPITAL}(?: (?:(?:of|the|de|la|van|von|der|and|for) )*{_CAPITAL})+")
# "Orvel's Harbour" is two names, "Men's Cup" one.
_GENITIVE = re.compile(r"(?<=\w)(?<![Mm]en)['\u2019]s?(?= )")
_EMPTY = _SMALL | _TITLES
_SAYS_LITTLE = _EMPTY | _NO_FORENAME | NO_NAMES
_LONGEST = 6  # words of a name
_SLIP = 0.7  # from here on, two words count as one of them misspelt

Gap = tuple[tuple[str, ...], tuple[str, ...]]


def speaks_of_namesake(question: str, quote: str, answer: str, passage: str) -> bool:
    """Whether the quote has a name of two to six words that differs from one of the question's in a
    single word, which it holds nowhere.

    The question's is a name if it is written with capitals, there or in `passage`. Names in the
    answer do not count: "Who succeeded Kim Jong Il?" asks for a namesake. Accents, genitives,
    titles, initials and slips of spelling make no difference; other short forms do.
    """
    names = defaultdict(set)
    for match in _NAME.finditer(_GENITIVE.sub(" |", quote.replace(answer, " | "))):
        if not match.group()[0].islower():
            for gap, word, _ in _gapped([_bare(word) for word in match.group().split()]):
                names[gap].add(word)
    if not names:
        return False
    held = _Words(quote)
    asked = {_plain(_bare(word)) for word in _WORD.findall(question)}
    return any(
        not held.has(old)
        and any(new not in asked and _tells_apart(old, new) for new in names.get(gap, ()))
        and (_is_name(run) or _holds_name(passage, run))
        and not held.has_initials(run)
        for part in _PART.findall(question)
        for gap, old, run in _gapped([_bare(word) for word in _WORD.findall(part)])
    )


class _Words:
    """The words of a text; one counts as there if another begins alike."""

    def __init__(self, text: str) -> None:
        words = _WORD.findall(text)
        self._capitals = {word for word in words if word.isupper()}
        plain = {_plain(_bare(word)) for word in words}
        self._beginnings = {word[:length] for word in plain for length in range(1, len(word) + 1)}
        self._words = plain

    def has(self, word: str) -> bool:
        return word in self._words or (len(word) > 3 and stem(word) in self._beginnings)

    def has_initials(self, name: list[str]) -> bool:
        return "".join(word[0] for word in name if word not in _SMALL).upper() in self._capitals


def _gapped(words: list[str]) -> Iterator[tuple[Gap, str, list[str]]]:
    """Every run of two to six words with one left out: what stands around the gap, the word that is
    left out, both plain, and the run itself.

    Something other than small words and titles is left, and no title follows: "French President"
    and "France's President" are one.
    """
    plain = [_plain(word) for word in words]
    for length in range(2, min(_LONGEST, len(words)) + 1):
        for start in range(len(words) - length + 1):
            end = start + length
            for at in range(start, end):
                gap = tuple(plain[start:at]), tuple(plain[at + 1 : end])
                titled = at + 1 < len(plain) and plain[at + 1] in _TITLES
                if not titled and not _EMPTY.issuperset(gap[0] + gap[1]):
                    yield gap, plain[at], words[start:end]


def _tells_apart(old: str, new: str) -> bool:
    """Whether two words in the same place of a name make it another's."""
    if {old, new} <= _OPPOSED:
        return old != new
    if {old, new} & _SAYS_LITTLE or old in new or new in old or old[:2] == new[:2]:
        return False
    return SequenceMatcher(None, old, new).ratio() < _SLIP


def _is_name(words: list[str]) -> bool:
    return all(word[0].isupper() or word in _SMALL for word in words)


def _holds_name(text: str, words: list[str]) -> bool:
    found = re.search(
        rf"(?<!\w){re.escape(_without_accents(' '.join(words)))}(?!\w)",
        _without_accents(text),
        re.IGNORECASE,
    )
    return found is not None and _is_name(found.group().split(" "))


def _bare(word: str) -> str:
    return re.sub(r"['\u2019]s?\Z", "", word)


def _plain(word: str) -> str:
    return _without_accents(word.casefold())


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if not unicodedata.combining(c))

"""The topic of a conversation, carried into a follow-up by rules. Pure; no model.

A question that says what it is about stands alone, whatever was said before: so a new topic begins,
and no word of the old one is looked up. One that leans on what was said (a pronoun, "and", no name
and few words) is given what the topic was called: the words of the last earlier question that
stands alone, the names and numbers of those after it, and the names in what was answered last, if
that is short.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.standalone import Part, Standalone, Taken, Turn, text_of, with_terms

MAX_PIECES = 8
FEW_WORDS = 2  # of content, in a question without a name or number
SHORT_ANSWER = 6  # words; in a longer one stands much that nobody asked about next

Kind = Literal["name", "number", "content", "function"]

_WORD = re.compile(r"[^\W_]+(?:['\u2019.\-&][^\W_]+)*")
_OPENER = re.compile(r"^(?:and|but|so|then|also)\b[\s,]*(?=\w)", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:(?:what|how) about\b|why\W*$)", re.IGNORECASE)
_PRONOUNS = frozenset(
    """
    he she it they him her them his hers its their theirs himself herself itself themselves
    """.split()
)
_POINTERS = frozenset("this that these those there".split())
# Say nothing of a topic. Words that ask, that bind, and what is said in any conversation.
_FUNCTION = (
    _PRONOUNS
    | _POINTERS
    | frozenset(
        """
    a about after again ago all also am an and another any anyone anything are around as at aside
    away back be became because become been before being besides between both but by came can come
    could did do does doing done down during each either else even ever every everything few first
    for from further gave get give given go goes going gone got had happen happened happens has have
    having hello here hi how however i if important in information instead interesting into is just
    kind know last later let like long made make many may me might mine more most much must my name
    named never next no nor not nothing now of off often ok okay on once one only onto or other
    others our ours out over own per perhaps please put really said same say says see seem should
    show since so some someone something sort still such take taken tell than thank thanks the then
    thing things though through thus to together too took toward towards two under until up upon us
    use used very via want was way we well went were what when where whether which while who whom
    whose why will with within without would yes yet you your yours
    """.split()
    )
)


_NAMING: frozenset[Kind] = frozenset(("name", "number"))
_TELLING: frozenset[Kind] = _NAMING | {"content"}


@dataclass(frozen=True, slots=True)
class Word:
    """`text` without a possessive's ending; `start:end` is where it stands."""

    start: int
    end: int
    text: str
    kind: Kind


class CarriedTopic:
    def understand(self, question: str, history: Sequence[Turn]) -> Standalone:
        """In place of "And who signed it?": "Who signed it? (2018 agreement)"."""
        if stands_alone(question):
            return Standalone(question)
        held = {key(word) for word in words(question)}
        # "And in 2022?" asks of another year than the question before.
        has_number = any(word.kind == "number" for word in words(question))
        taken: list[Taken] = []
        for turn, part, kinds in _topic(history):
            text = text_of(history[turn], part)
            for piece in _pieces(text, kinds - {"number"} if has_number else kinds):
                if not held.issuperset(map(key, piece)):
                    held.update(map(key, piece))
                    taken.append(Taken(turn, part, piece[0].start, piece[-1].end))
        opened = _OPENER.sub("", question)
        made = with_terms(opened[:1].upper() + opened[1:], taken[:MAX_PIECES], history)
        return made if made.taken else Standalone(question)


def stands_alone(question: str) -> bool:
    """Whether it says what it is about; where that cannot be told, it leans on what was said."""
    if _OPENER.match(question) or _ABOUT.match(question):
        return False
    found = words(question)
    said = {word.text.casefold() for word in found}
    kinds = [word.kind for word in found]
    leaning = [word.text.casefold() in _PRONOUNS for word in found]
    if any(leaning):
        # "When did the cathedral of Dunvarra lose its tower?" has what the pronoun stands for.
        return "name" in kinds[: leaning.index(True)]
    if "name" in kinds:
        return True
    return not said & _POINTERS and ("number" in kinds or kinds.count("content") > FEW_WORDS)


def words(text: str) -> list[Word]:
    """The text's words and numbers, in order."""
    found = []
    for match in _WORD.finditer(text):
        word = re.sub("['\u2019]s$", "", match[0])
        found.append(Word(match.start(), match.start() + len(word), word, _kind(word)))
    return found


def key(word: Word) -> str:
    """The same for forms of one word: in small letters, without its commonest endings."""
    small = word.text.casefold()
    return re.sub("(?:ies|es|s|ed|ing)$", "", small) if len(small) > 4 else small


def _kind(word: str) -> Kind:
    if word[0].isdigit():
        return "number"
    if len(word) < 2 or word.casefold() in _FUNCTION:
        return "function"
    return "name" if word[0].isupper() else "content"


def _topic(history: Sequence[Turn]) -> Iterator[tuple[int, Part, frozenset[Kind]]]:
    """Where it says what the topic is called, and by which kinds of words."""
    last = len(history) - 1
    alone = (turn for turn in range(last, 0, -1) if stands_alone(history[turn].question))
    first = next(alone, 0)
    for turn in range(first, last + 1):
        yield turn, "question", _TELLING if turn == first else _NAMING
    if history and len(words(history[last].answer)) <= SHORT_ANSWER:
        yield last, "answer", _NAMING


def _pieces(text: str, kinds: frozenset[Kind]) -> Iterator[list[Word]]:
    """Its words of these kinds; those with nothing but white space between them are together."""
    piece: list[Word] = []
    for word in words(text):
        if word.kind not in kinds:
            continue
        if piece and text[piece[-1].end : word.start].strip():
            yield piece
            piece = []
        piece.append(word)
    if piece:
        yield piece

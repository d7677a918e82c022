"""A question and what was said before it -> the question that stands alone. The seam, and its
simplest sides. Knows nothing of retrieval; nothing is kept between two calls.

What is earlier in a conversation may be anybody's text, so all that it can do is lend words: an
order in it is so many words to look up. What was lent is told with its place (`Taken`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from index.errors import InvalidInput, TooLarge

Part = Literal["question", "answer"]
PARTS: tuple[Part, ...] = ("question", "answer")

MAX_QUESTION = 2_000  # characters; of an earlier question too
MAX_ANSWER = 20_000
MAX_TURNS = 20
MAX_TERMS = 300  # characters in the brackets: a question grows by no more


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question and what was answered, "" if nothing was."""

    question: str
    answer: str = ""


def text_of(turn: Turn, part: Part) -> str:
    return turn.question if part == "question" else turn.answer


@dataclass(frozen=True, slots=True)
class Taken:
    """A piece of the history: `start:end` of that part of that turn, in code points."""

    turn: int
    part: Part
    start: int
    end: int

    def text(self, history: Sequence[Turn]) -> str:
        """On one line."""
        whole = text_of(history[self.turn], self.part)
        return " ".join(whole[self.start : self.end].split())


@dataclass(frozen=True, slots=True)
class Standalone:
    """`text` is the question as asked, and behind it what was `taken` of the history, if any."""

    text: str
    taken: tuple[Taken, ...] = ()


class FollowUps(Protocol):
    """Makes of a follow-up a question that stands alone."""

    def understand(self, question: str, history: Sequence[Turn]) -> Standalone:
        """Of a question with single spaces; at most `MAX_QUESTION` characters of one.

        The same for the same question and history; of no history, the question itself.
        """
        ...


class AsAsked:
    """The history does not count."""

    def understand(self, question: str, history: Sequence[Turn]) -> Standalone:
        del history
        return Standalone(question)


class WithLastTurn:
    """The last turn, all of it, behind every question."""

    def understand(self, question: str, history: Sequence[Turn]) -> Standalone:
        if not history:
            return Standalone(question)
        turn = len(history) - 1
        taken = [Taken(turn, part, 0, len(text_of(history[turn], part))) for part in PARTS]
        return with_terms(question, [one for one in taken if one.text(history)], history)


def with_terms(question: str, taken: Sequence[Taken], history: Sequence[Turn]) -> Standalone:
    """The question and, in brackets, what was taken, up to the first piece that does not fit."""
    kept: list[Taken] = []
    text = question
    for one in taken:
        kept.append(one)
        longer = f"{question} ({', '.join(each.text(history) for each in kept)})"
        if len(longer) > min(MAX_QUESTION, len(question) + MAX_TERMS):
            kept.pop()
            break
        text = longer
    return Standalone(text, tuple(kept))


def check_history(history: Sequence[Turn]) -> None:
    """Raises TooLarge or InvalidInput, naming the turn: a part of a history would mislead."""
    if len(history) > MAX_TURNS:
        raise TooLarge(f"the history has {len(history):,} turns; give the last {MAX_TURNS} at most")
    for at, turn in enumerate(history):
        for part in PARTS:
            most = MAX_QUESTION if part == "question" else MAX_ANSWER
            text = text_of(turn, part)
            if len(text) > most:
                raise TooLarge(
                    f"history[{at}].{part}: has {len(text):,} characters; give at most {most:,}"
                )
            if any("\ud800" <= c <= "\udfff" for c in text):
                raise InvalidInput(
                    f"history[{at}].{part}: holds half of a character (a surrogate); remove it"
                )

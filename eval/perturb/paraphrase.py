"""The same question in other words, by rules that keep its meaning. No model; English.

A rule applies only where its pattern makes sure of the grammar, so many questions have none.
"""

import random
import re
from collections.abc import Callable

_POLITE = (
    "Can you tell me: {}",
    "I would like to know: {}",
    "Please tell me: {}",
    "Could you help me with this: {}",
)
_LOWERED = re.compile(
    r"(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can|"
    r"could|will|would|should|in|on|at|to|from|for|by|with|after|before|during|of|the|a|an)\b",
    re.IGNORECASE,
)
_PAST = (
    r"(?:[a-z]{2,}ed|won|led|made|took|gave|became|wrote|built|held|ran|began|bought|sold|lost|"
    r"came|went|found|met|left|kept|drew|sang|said|told|fought|taught|brought|sent|spent|broke|"
    r"chose|grew|rose|fell|shot|struck|stood|saw|sank|flew|drove|threw)"
)
_PRESENT = r"(?!is\b|was\b|has\b|does\b)[a-z]{2,}[^\Ws]s"
_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)"
# Where one of these stands, what is asked for may be missing from the middle: "the ferry called".
_GAP = re.compile(
    r"\b(?:\w+ed|\w+ing|called|known|born|made|built|sold|held|set|put|like|able|unable|likely|"
    r"willing|ready|about|to|that|who|which|whose|when|where|there|do|does|did)\b|"
    r"\b(?:for|of|in|on|from|with|by|at)$",
    re.IGNORECASE,
)


def polite(question: str, dice: random.Random) -> str | None:
    """The question after a request; None where it is no question with a question mark."""
    asked = question.strip()
    if len(asked) < 2 or not asked.endswith("?"):
        return None
    lowered = _LOWERED.match(asked) and not asked[1].isupper()
    inner = asked[0].lower() + asked[1:] if lowered else asked
    return dice.choice(_POLITE).format(inner)


def reword(question: str, dice: random.Random) -> tuple[str, str] | None:
    """(rule, new question), by one of the rules that apply; None where none does."""
    asked = " ".join(question.strip().rstrip("?").split())
    found = [(name, new) for name, rule in RULES.items() if (new := rule(asked))]
    return dice.choice(found) if found else None


def _cleft(asked: str) -> str | None:
    """Who won X -> Who was it that won X?"""
    past = re.fullmatch(rf"(who|what) ({_PAST} (?!{_AUXILIARY}\b).+)", asked, re.IGNORECASE)
    if past:
        return f"{past[1].capitalize()} was it that {past[2]}?"
    present = re.fullmatch(rf"who ({_PRESENT} (?!{_AUXILIARY}\b).+)", asked, re.IGNORECASE)
    return f"Who is it that {present[1]}?" if present else None


def _in_place(asked: str) -> str | None:
    """What was the aim of X -> The aim of X was what?"""
    found = re.fullmatch(r"(who|what) (is|was|are|were) the ([^,;:]+)", asked, re.IGNORECASE)
    if not found or _GAP.search(found[3]):
        return None
    return f"The {found[3]} {found[2].lower()} {found[1].lower()}?"


def _another_word(asked: str) -> str | None:
    """When did X -> At what point in time did X?"""
    for pattern, new in _WORDS.items():
        found = re.match(pattern, asked, re.IGNORECASE)
        if found:
            return f"{new}{asked[found.end() :]}?"
    return None


_WORDS = {
    rf"when(?= {_AUXILIARY}\b)": "At what point in time",
    rf"where(?= {_AUXILIARY}\b)": "In what place",
    rf"why(?= {_AUXILIARY}\b)": "For what reason",
    rf"how many(?= (?!of\b|{_AUXILIARY}\b)\w)": "What number of",
}
RULES: dict[str, Callable[[str], str | None]] = {
    "cleft": _cleft,
    "question word in place": _in_place,
    "another question word": _another_word,
}

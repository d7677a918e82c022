"""Questions that resemble one with an answer in all but a word, and have none.

"When did South Korea launch its satellite?", asked of an article on the North. A detail of the
question becomes another of its kind that the same passages hold, so that every word is there to be
found, or a word becomes its opposite. Mostly nothing then answers it, since what was said of one
was not said of the other; but a converse ("the loser of the duel") or another name of the same may
still be answered. The reader that ships was not trained on these (docs/experiments.md).
"""

import random
import re
from collections.abc import Callable
from dataclasses import replace

from eval.perturb.details import names_in
from eval.perturb.tables import TABLES
from eval.perturb.words import has_words, whole
from training.details import DATE, NAME, NUMBER, spans_of
from training.groups import Group

_OPPOSITES = dict(
    pair.split("/")
    for pair in """
    first/last largest/smallest biggest/smallest highest/lowest longest/shortest oldest/youngest
    oldest/newest most/least more/fewer best/worst earliest/latest early/late before/after
    above/below inside/outside northern/southern eastern/western north/south east/west
    northeast/southwest northwest/southeast upper/lower maximum/minimum
    majority/minority won/lost win/lose winner/loser gained/lost increase/decrease
    increased/decreased rise/fall rose/fell grew/shrank bought/sold buy/sell buyer/seller
    opened/closed open/close began/ended start/finish started/stopped arrive/depart
    arrived/departed accepted/rejected accept/reject supported/opposed
    support/oppose approved/rejected allowed/banned allow/ban built/destroyed build/destroy
    added/removed add/remove appointed/dismissed hired/fired lent/borrowed export/import
    exports/imports exported/imported success/failure successful/unsuccessful
    public/private domestic/foreign internal/external rural/urban rich/poor old/new strong/weak
    strengths/weaknesses advantage/disadvantage advantages/disadvantages positive/negative
    legal/illegal male/female men/women man/woman husband/wife father/mother son/daughter
    brother/sister king/queen teacher/student parents/children summer/winter
    morning/evening hot/cold wet/dry offensive/defensive attack/defend
    attacked/defended guilty/innocent ally/enemy allies/enemies future/past always/never
    """.split()
)
_OPPOSITE = {**{right: left for left, right in _OPPOSITES.items()}, **_OPPOSITES}
_LOWER = re.compile(r"(?<![\w'-])[a-z]+(?![\w'-])")


def make_rival(group: Group, dice: random.Random) -> Group | None:
    """The same passages under a question that none of them answers; None if none can be made."""
    makers: list[Callable[[Group, random.Random], str | None]] = [oppose, exchange]
    dice.shuffle(makers)
    for make in makers:
        if question := make(group, dice):
            examples = (
                replace(e, question=question, answers=(), evidence=()) for e in group.examples
            )
            return Group(group.kind, tuple(examples))
    return None


def oppose(group: Group, dice: random.Random) -> str | None:
    """The question with a word turned to an opposite that the passages do not hold."""
    passages = " ".join(example.passage for example in group.examples).casefold()
    spots = [m for m in _LOWER.finditer(group.question) if m.group() in _OPPOSITE]
    spots = [m for m in spots if not has_words(passages, _OPPOSITE[m.group()])]
    if not spots:
        return None
    spot = dice.choice(spots)
    return _put(group.question, spot, _OPPOSITE[spot.group()])


def exchange(group: Group, dice: random.Random) -> str | None:
    """The question with a date, number or name become another that stands in a passage which
    answers it, and in neither the question nor an answer.

    The other has as many words; for a country stands a country, for a nationality a nationality.
    """
    golden = [example.passage for example in group.examples if example.is_gold]
    details = [
        (kind, old) for kind in (DATE, NUMBER, NAME) for old in _details(group.question, kind)
    ]
    dice.shuffle(details)
    for kind, old in details:
        rivals = {new for text in golden for new in _details(text, kind)}
        alike = sorted(new for new in rivals if _is_rival(new, old, group))
        place = whole(old).search(group.question)
        if alike and place:
            return _put(group.question, place, dice.choice(alike))
    return None


def _put(question: str, place: re.Match[str], word: str) -> str:
    return question[: place.start()] + word + question[place.end() :]


def _details(text: str, kind: str) -> list[str]:
    """Names at the head of a sentence are left out: many are only words with a capital."""
    return names_in(text) if kind == NAME else [text[s:e] for s, e in spans_of(text, kind)]


def _is_rival(new: str, old: str, group: Group) -> bool:
    return (
        len(new.split()) == len(old.split())
        and [new in table for table in TABLES] == [old in table for table in TABLES]
        and not (new.startswith(old) or old.startswith(new))
        and not has_words(group.question.casefold(), new.casefold())
        and not any(has_words(answer, new) or has_words(new, answer) for answer in group.answers)
    )

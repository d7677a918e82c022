"""An article beside the right one that resembles it, and does not answer.

After the distracting sentences of Jia and Liang, "Adversarial Examples for Evaluating Reading
Comprehension Systems" (2017): the answer's sentence about something else, with another answer.
They append a sentence that a crowd has corrected to the paragraph; here it is made by rules, and
stands in an article of its own.
"""

import random
import re
from collections.abc import Iterator
from datetime import date, timedelta

from eval.cases import Case
from eval.measures import holds
from eval.perturb.details import another, details_of
from eval.perturb.gold import Gold, clashes_with
from eval.perturb.texts import Texts
from eval.perturb.words import has_words, whole
from index.records import Article
from index.sources.fields import seal

AUTHOR = "invented by `dateline eval robustness`"
SOURCE = "Invented Wire"


def distractor(case: Case, gold: Gold, texts: Texts, dice: random.Random) -> Article | None:
    """The answer's sentence and its neighbours, with one detail of the question made another
    throughout, and the answer too.

    Neighbours that hold an answer are left out. It is dated earlier than the right article, or
    not at all if that is not. None where the question shares no detail with these sentences or
    the title, or where an answer would be left.
    """
    window = _window(case, gold)
    title = gold.article.title or ""
    whole_text = f"{title}\n{gold.article.text}"
    shared = [d for d in _details(case.question) if has_words(f"{title}\n{window}", d)]
    shared = [d for d in shared if not any(holds(answer, [d]) for answer in case.answers)]
    if not shared:
        return None
    clashes = clashes_with(case, whole_text)
    old = shared[0]
    new = another(old, texts.pool, clashes, dice)
    fake = another(gold.words, texts.pool, clashes, dice)
    if new is None or fake is None:
        return None

    def changed(text: str) -> str:
        for answer in sorted((gold.words, *case.answers), key=len, reverse=True):
            text = whole(answer, re.IGNORECASE).sub(lambda _: fake, text)
        return whole(old).sub(lambda _: new, text)

    text = changed(window)
    if holds(f"{changed(title)}\n{text}", case.answers) or has_words(text, old):
        return None
    return seal(
        Article(
            id=f"invented/{case.id}",
            text=text,
            title=changed(title) or None,
            source=SOURCE if gold.article.source else None,
            author=AUTHOR,
            published_at=_earlier(gold.article.published_at, dice),
            language=gold.article.language,
        )
    )


def _window(case: Case, gold: Gold) -> str:
    """The sentences that the answer touches, with one before and one after them."""
    text = gold.article.text
    last = gold.sentence
    while last + 1 < len(gold.sentences) and gold.sentences[last + 1][0] < gold.answer[1]:
        last += 1
    kept = []
    for i in range(max(0, gold.sentence - 1), min(len(gold.sentences), last + 2)):
        sentence = text[slice(*gold.sentences[i])]
        if gold.sentence <= i <= last or not holds(sentence, case.answers):
            kept.append(" ".join(sentence.split()))
    return " ".join(kept)


def _details(question: str) -> Iterator[str]:
    """What the question insists on, then parts of its names: of a long one a text may hold less."""
    whole_ones = details_of(question)
    yield from whole_ones
    for name in whole_ones:
        words = name.split()
        for length in range(len(words) - 1, 0, -1):
            for at in range(len(words) - length + 1):
                yield " ".join(words[at : at + length])


def _earlier(published_at: str | None, dice: random.Random) -> str | None:
    """A day one to five years before; a later one would move the day of asking."""
    if published_at is None:
        return None
    day = date.fromisoformat(published_at[:10])
    return max(date(1, 1, 1), day - timedelta(days=dice.randrange(365, 1_826))).isoformat()

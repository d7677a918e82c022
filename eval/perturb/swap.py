"""A question that the archive answered -> one that it does not: a detail is another.

After the adversarial questions of SQuAD 2.0 (Rajpurkar, Jia and Liang 2018): near to the text, and
not answered by it.
"""

import random
from dataclasses import replace

from eval.cases import Case
from eval.perturb.details import another, details_of
from eval.perturb.gold import Gold, clashes_with
from eval.perturb.texts import Texts
from eval.perturb.words import content_words, whole


def swap_detail(case: Case, gold: Gold | None, texts: Texts, dice: random.Random) -> Case | None:
    """The case with a number, or else a name, of its question made another of the same kind.

    No article holds the new detail together with half of the question's other words, and none
    that the case names holds it at all. None where the question has no such detail, or none is
    found.
    """
    found = details_of(case.question)
    if not case.answerable or not found:
        return None
    old = dice.choice(found)
    rest = content_words(whole(old).sub(" ", case.question))
    own = [texts.articles[i] for i in case.article_ids if i in texts.articles]
    near = [*texts.near(rest), *own, *([gold.article] if gold else [])]
    held = [f"{article.title or ''}\n{article.text}".casefold() for article in near]
    asked = clashes_with(case)
    new = another(
        old,
        texts.pool,
        lambda word: asked(word) or any(word.casefold() in text for text in held),
        dice,
    )
    if new is None:
        return None
    return replace(
        case,
        question=whole(old).sub(lambda _: new, case.question, count=1),
        answers=(),
        answerable=False,
        evidence=(),
        article_ids=(),
        slices={**case.slices, "cluster": case.cluster},
    )

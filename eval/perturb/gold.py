"""Where a case's answer stands, and what an article becomes when something is put into it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from eval.cases import Case, Place
from eval.measures import contains, holds
from eval.perturb.details import Clashes
from eval.perturb.texts import Texts
from eval.perturb.words import whole
from index.records import Article
from index.sources.fields import seal
from index.split import Span, split_sentences


@dataclass(frozen=True, slots=True)
class Gold:
    """`answer` is the answer's span in the article, `sentence` the index of the first of
    `sentences` that it touches; all spans are half-open, in code points of the article's text."""

    article: Article
    answer: Span
    sentences: tuple[Span, ...]
    sentence: int

    @property
    def words(self) -> str:
        """The answer as it stands there."""
        return self.article.text[slice(*self.answer)]


def find_gold(case: Case, texts: Texts) -> Gold | None:
    """The first place in an article of the case where one of its answers stands as evidence.

    That is in a sentence that the case's evidence touches, or anywhere if it names none. A case
    that names no article has those that hold a text of its evidence.
    """
    for article in _articles(case, texts):
        spans = list(_evidence(case, article))
        sentences = tuple(split_sentences(article.text, article.body_start, None, article.language))
        for answer in case.answers:
            for found in whole(answer, re.IGNORECASE).finditer(article.text, article.body_start):
                touched = [i for i, s in enumerate(sentences) if _overlap(s, found.span())]
                evident = any(_overlap(sentences[i], span) for i in touched for span in spans)
                if touched and (evident or not case.evidence):
                    return Gold(article, found.span(), sentences, touched[0])
    return None


def _articles(case: Case, texts: Texts) -> Iterator[Article]:
    if case.article_ids:
        yield from (texts.articles[i] for i in case.article_ids if i in texts.articles)
        return
    quoted = [piece for piece in case.evidence if isinstance(piece, str)]
    yield from (a for a in texts.articles.values() if any(q in a.text for q in quoted))


def _evidence(case: Case, article: Article) -> Iterator[Span]:
    for piece in case.evidence:
        if isinstance(piece, Place):
            if piece.article_id == article.id:
                yield piece.start, piece.end
        else:
            start = article.text.find(piece)
            if start >= 0:
                yield start, start + len(piece)


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def insert(case: Case, article: Article, at: int, words: str) -> tuple[Case, Article]:
    """The article with `words` put in at the offset, and the case with its evidence moved along.

    Evidence that the words part would hold them; it is made to end where they begin.
    """
    changed = seal(replace(article, text=article.text[:at] + words + article.text[at:], sha256=""))

    def moved(piece: str | Place) -> str | Place:
        if isinstance(piece, str) or piece.article_id != article.id or piece.end <= at:
            return piece
        if piece.start < at:
            return replace(piece, end=at)
        return replace(piece, start=piece.start + len(words), end=piece.end + len(words))

    return replace(case, evidence=tuple(map(moved, case.evidence))), changed


def clashes_with(case: Case, *texts: str) -> Clashes:
    """Whether something new could be taken for an answer, or is in the question or a text already.

    Case and marks do not count.
    """
    seen = " \n ".join((case.question, *texts))
    folded = seen.casefold()

    def clashes(new: str) -> bool:
        stands = new.casefold() in folded or holds(seen, [new])
        return stands or any(contains(new, gold) for gold in case.answers)

    return clashes

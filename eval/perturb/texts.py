"""A corpus as perturbations need it: what its articles name, and which of them hold what words."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eval.cases import Case
from eval.perturb.details import NUMBER, Pool, is_time, names_in
from eval.perturb.words import content_words
from index.records import Article

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Texts:
    """`known` are all words, casefolded; `holders` says of a question's words in which articles
    they stand."""

    articles: Mapping[str, Article]
    pool: Pool
    known: frozenset[str]
    holders: Mapping[str, Sequence[str]]

    def is_word(self, word: str) -> bool:
        return word in self.known

    def near(self, words: Iterable[str]) -> list[Article]:
        """Articles that hold at least half of the words, in the order of their ids."""
        wanted = set(words)
        counts = Counter(id_ for word in wanted for id_ in self.holders.get(word, ()))
        return [
            self.articles[id_] for id_, held in sorted(counts.items()) if 2 * held >= len(wanted)
        ]


def make_texts(articles: Sequence[Article], cases: Sequence[Case]) -> Texts:
    """Of the whole corpus, and of all cases, so that a sample of them is changed alike."""
    wanted = set().union(*(content_words(case.question) for case in cases))
    names = {name for case in cases for name in names_in(case.question)}
    known: set[str] = set(wanted)
    holders: dict[str, list[str]] = defaultdict(list)
    for article in articles:
        body = article.text[article.body_start :]
        names.update(names_in(body))
        words = {word.casefold() for word in _WORD.findall(f"{article.title or ''} {body}")}
        known |= words
        for word in words & wanted:
            holders[word].append(article.id)
    phrases = {answer for case in cases for answer in case.answers if _is_phrase(answer)}
    pool = Pool(_by_length(names), tuple(sorted(phrases)))
    return Texts({a.id: a for a in articles}, pool, frozenset(known), holders)


def _by_length(names: Iterable[str]) -> dict[int, tuple[str, ...]]:
    """By the number of words, each in alphabetical order, without what is written like a name."""
    groups: dict[int, list[str]] = defaultdict(list)
    for name in sorted(names):
        if not is_time(name) and not name.isupper():
            groups[len(name.split())].append(name)
    return {length: tuple(group) for length, group in groups.items()}


def _is_phrase(answer: str) -> bool:
    """Two to eight words without a capital and without a number."""
    return 2 <= len(answer.split()) <= 8 and answer.islower() and not NUMBER.search(answer)

"""What a system answered to one question, whoever it was. Knows no file format and no engine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from index.records import Article


@dataclass(frozen=True, slots=True)
class Quote:
    """A cited text. `answer` is the half-open span of the answer in it, None if it is all of it.

    `article_id` and `start` (the quote's offset in the article) are None when nobody said them;
    `verified` too when there is no archive to compare the quote with.
    """

    text: str
    answer: tuple[int, int] | None = None
    article_id: str | None = None
    start: int | None = None
    title: str | None = None
    source: str | None = None
    published_at: str | None = None
    url: str | None = None
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of an answer. `cites` are indices of the answer's quotes; others name nothing."""

    text: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """`text` is the best answer found, also when the system then refused to give it.

    `confidence` is higher for a surer answer, a probability if the system says so, None if it says
    nothing. `failed` says in words why there is no answer at all; "" if there is one. `dropped`
    counts quotes that the system itself found to differ from their article, and did not give.
    `sentences` are all of the text, in its order; empty when nobody said which cites what.
    `conflicting` says that they are different answers to the question, the best one first.
    """

    text: str
    refused: bool = False
    confidence: float | None = None
    quotes: tuple[Quote, ...] = ()
    failed: str = ""
    dropped: int = 0
    sentences: tuple[Said, ...] = ()
    conflicting: bool = False

    def first_answer(self) -> "Given":
        """Of answers that disagree the first alone, with what it cites; else the answer itself.

        Two guesses are not a better answer than one.
        """
        if not self.conflicting:
            return self
        first = self.sentences[0]
        quotes = tuple(self.quotes[i] for i in first.cites)
        alone = Said(first.text, tuple(range(len(quotes))))
        return replace(self, text=first.text, quotes=quotes, sentences=(alone,), conflicting=False)


Answers = Mapping[str, Given]  # by the case's id


def failure(words: str) -> Given:
    """An answer that never came: it scores as a wrong one."""
    return Given("", False, None, (), words)


def verified(answers: Answers, articles: Iterable[Article]) -> Answers:
    """The answers with each quote compared with the articles' texts, character by character.

    One that names an article must stand there, at its offset if it names one; any other is left as
    it is: nobody can say where to look.
    """
    texts = {article.id: article.text for article in articles}

    def checked(quote: Quote) -> Quote:
        if quote.article_id is None or quote.verified is False:
            return quote
        text, start = texts.get(quote.article_id, ""), quote.start
        stands = quote.text in text if start is None else text.startswith(quote.text, start)
        return replace(quote, verified=stands)

    return {
        id_: replace(given, quotes=tuple(map(checked, given.quotes)))
        for id_, given in answers.items()
    }

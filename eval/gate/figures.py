"""The figures that the gate has floors of, and how a case that lowers one is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from eval import grounding_summary, summary
from eval.answers import Result
from eval.fold import Measure
from eval.given import Quote
from eval.grounding import Grounded

CLAIMS = ("balanced_accuracy", "kappa")


def _of_answers(name: str) -> Measure[Grounded]:
    measure = next(m for m in summary.MEASURES if m.name == name)
    return Measure(name, lambda row: measure.of(row.result), measure.rate, measure.better)


def _of_citations(name: str) -> Measure[Grounded]:
    return next(m for m in grounding_summary.MEASURES if m.name == name)


# At least so much of each, but at most of a figure of which less is better.
FIGURES: Mapping[str, Measure[Grounded]] = {
    "right": _of_answers("right"),
    "wrong": _of_answers("wrong"),
    "rightly_refused": _of_answers("rightly_refused"),
    "citation_recall": _of_citations("citation_recall"),
    "citation_precision": _of_citations("citation_precision"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A case, for a person to see what is wrong with it. `newly`: it was right in the baseline."""

    id: str
    question: str
    expected: str
    got: str
    citations: tuple[str, ...]
    newly: bool = False


def lowers(row: Grounded, measure: Measure[Grounded]) -> bool:
    """Whether the figure would be better without this case."""
    value = measure.of(row)
    return value is not None and (value < 1 if measure.better > 0 else value > 0)


def tell(row: Grounded, newly: bool) -> Told:
    result = row.result
    expected = " or ".join(result.gold) if result.answerable else "a refusal"
    return Told(row.id, row.question, expected, _got(result), tuple(_citations(row)), newly)


def _got(result: Result) -> str:
    if result.failed:
        return f"no result: {result.failed}"
    said = " and beside it ".join((result.answer, *result.beside))
    if not result.refused:
        return said
    return f"a refusal, in place of {said!r}" if result.answer else "a refusal"


def _citations(row: Grounded) -> list[str]:
    """Each with what is wrong with it; of a refusal those that do not stand in their article."""
    quotes = row.result.quotes
    told = [
        _place(quotes[i], "supports the answer" if counts else _blame(supported=s.supported))
        for s in row.sentences
        for i, counts in zip(s.cites, s.counts, strict=True)
        if 0 <= i < len(quotes)
    ]
    told += [f"{s.text!r} cites nothing" for s in row.sentences if not s.cites]
    if row.result.refused:
        told += [_place(q, "") for q in quotes if q.verified is False]
    elif row.result.dropped:
        told.append(f"{row.result.dropped} held back, which do not stand in their article")
    return told


def _blame(supported: bool) -> str:
    return "is not needed" if supported else "does not support the answer"


def _place(quote: Quote, words: str) -> str:
    if quote.verified is False:
        words = "does not stand there"
    end = None if quote.start is None else quote.start + len(quote.text)
    return f"{quote.article_id} at {quote.start}:{end}, {quote.text!r}: {words}"

"""What the calibrator looks at: how sure the reader is, and what of the question it found."""

import math
from collections.abc import Sequence
from itertools import pairwise

from index.lexical import LexicalSnapshot
from rag.candidate import Candidate, normalise_answer
from rag.details import content_words, fits_kind, missing_names, missing_numbers
from rag.namesakes import speaks_of_namesake

FEATURES = (
    "margin",  # of the best span over no answer, in logits
    "answerable",  # logit
    "lead",  # of the best passage's score over the best with another answer; at most 10
    "mass",  # share of the passages with the best one's answer, of the softmax of all scores
    "cosine",  # of question and passage
    "depth",  # log(1 + how many of the passages retrieval put before the best one)
    "coverage",  # IDF share of the question's terms that passage and heading hold
    "quote_coverage",  # the same, of the quoted sentence and the heading
    "pair_coverage",  # share of the question's neighbouring terms that are neighbours there too
    "missing_years",
    "missing_numbers",
    "missing_names",  # share
    "namesake",  # 1 if the quote speaks of a namesake of what was asked about
    "misfit",  # 1 if a question for a time, number or person is answered with none
)
MAX_LEAD = 10.0


def features(
    question: str, candidates: Sequence[Candidate], lexical: LexicalSnapshot
) -> tuple[float, ...]:
    """The values of FEATURES for the first of the ranked candidates; there must be one."""
    best = candidates[0]
    heading = best.found.heading
    passage = f"{heading}\n{best.found.text}"
    terms = lexical.terms(" ".join(content_words(question)))
    years, numbers = missing_numbers(question, passage)
    return (
        best.reading.margin,
        best.reading.answerable,
        _lead(candidates),
        _mass(candidates),
        best.found.cosine,
        math.log1p(sum(c.depth < best.depth for c in candidates)),
        _coverage(terms, passage, lexical),
        _coverage(terms, f"{heading}\n{best.quote}", lexical),
        _pair_coverage(terms, lexical.tokens(passage)),
        float(years),
        float(numbers),
        missing_names(question, passage),
        float(speaks_of_namesake(question, best.quote, best.answer, passage)),
        float(not fits_kind(question, best.answer)),
    )


def _lead(candidates: Sequence[Candidate]) -> float:
    best = candidates[0]
    ours = normalise_answer(best.answer)
    others = (c.score for c in candidates[1:] if normalise_answer(c.answer) != ours)
    return min(MAX_LEAD, best.score - max(others, default=-math.inf))


def _mass(candidates: Sequence[Candidate]) -> float:
    ours = normalise_answer(candidates[0].answer)
    weights = [math.exp(c.score - candidates[0].score) for c in candidates]
    same = [normalise_answer(c.answer) == ours for c in candidates]
    return sum(w for w, yes in zip(weights, same, strict=True) if yes) / sum(weights)


def _coverage(terms: Sequence[str], text: str, lexical: LexicalSnapshot) -> float:
    held = set(lexical.terms(text))
    weights = {term: lexical.idf(term) for term in terms}
    total = sum(weights.values())
    return sum(weights[term] for term in weights if term in held) / total if total else 1.0


def _pair_coverage(terms: Sequence[str], held: Sequence[str]) -> float:
    pairs = set(pairwise(terms))
    return len(pairs.intersection(pairwise(held))) / len(pairs) if pairs else 1.0

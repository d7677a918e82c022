"""Cases and answers, the engine's or another's -> `Grounded` results, by a checker."""

from collections.abc import Sequence
from dataclasses import replace

from eval.answers import score
from eval.asking import given, top_passage, trace_of
from eval.cases import Case
from eval.citations import Judged, judge
from eval.given import Answers, Given, Quote, Said, failure
from eval.grounding import Baseline, Grounded
from eval.statements import claim_made, sentences_of
from index.errors import InvalidInput
from rag.engine import Engine
from rag.entailment import Checker


def ground(engine: Engine, case: Case, checker: Checker, with_baseline: bool) -> Grounded:
    """The engine answers, as in `eval.asking.ask`: an error of its own is this question's result.

    An error of the checker is none: it says nothing of the answer.
    """
    passage = None
    try:
        answer = given(trace_of(engine, case))
        if with_baseline:
            passage = top_passage(engine, case)
    except Exception as error:  # whatever it is
        answer = failure(f"{type(error).__name__}: {error}")
    return judged(case, answer, checker, (passage,) if with_baseline else ())


def ground_given(
    answers: Answers, case: Case, checker: Checker, searches: Engine | None
) -> Grounded:
    """Another system has answered; `searches` finds the baseline's passage, None for no baseline.

    A question that cannot be looked up has no passage. A case without an answer has failed.
    """
    answer = answers.get(case.id, failure("the file has no answer to this question"))
    if searches is None:
        return judged(case, answer, checker)
    try:
        passage = top_passage(searches, case)
    except InvalidInput:
        passage = None
    return judged(case, answer, checker, (passage,))


def judged(
    case: Case, answer: Given, checker: Checker, passages: Sequence[Quote | None] = ()
) -> Grounded:
    """`passages` holds the baseline's one passage, or None for none found; nothing: no baseline.

    Of answers that disagree each is a sentence, judged by its own citations; the first is scored.
    """
    result = replace(score(case, answer), quotes=answer.quotes)
    said = () if answer.refused or answer.failed else sentences_of(answer)
    sentences = _judged(case.question, said, answer.quotes, checker)
    if not passages:
        return Grounded(result, sentences)
    top = passages[0]
    cites = (0,) if top else ()
    citing = [Said(sentence.text, cites) for sentence in said]
    found = _judged(case.question, citing, (top,) if top else (), checker)
    return Grounded(result, sentences, Baseline(top, found))


def _judged(
    question: str, said: Sequence[Said], quotes: Sequence[Quote], checker: Checker
) -> tuple[Judged, ...]:
    return tuple(judge(s, claim_made(question, s.text), quotes, checker) for s in said)

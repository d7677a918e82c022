"""RAGAS's rows of single questions -> answers or cases; results of a run -> RAGAS's rows.

    {"user_input" | "question", "response" | "answer", "retrieved_contexts" | "contexts": [...],
     "reference" | "ground_truth" | "ground_truths", "id"?, "confidence"?,
     "refused" | "abstained"?}

The newer name of each field stands first (ragas 0.2 renamed them). RAGAS knows neither ids nor
confidence nor refusals: those are ours, and any evaluator of its own passes them over. Contexts
become quotes that name no article.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.adapters.matching import Answered, Matched, is_refusal, match, to_given
from eval.adapters.nodes import Node, read_rows
from eval.adapters.ours import read_confidence, read_id
from eval.answers import Result
from eval.cases import Case
from eval.given import Given, Quote, failure
from index.errors import InvalidRecord
from rag.answer import REFUSAL

QUESTION = ("user_input", "question")
RESPONSE = ("response", "answer")
CONTEXTS = ("retrieved_contexts", "contexts")
REFERENCE = ("reference", "ground_truth", "ground_truths")
REFUSED = ("refused", "abstained")


def read_ragas(path: Path, cases: Sequence[Case], refusals: Sequence[str] = ()) -> Matched:
    """A row without `refused` is a refusal if its response is blank or begins with words of one.

    Those are our own and `refusals`, case aside. A response that is null never came: the question
    failed. Raises InvalidInput or InvalidRecord, naming file, line and field.
    """
    rows = read_rows(path, "answers")
    answered = [
        Answered(row.place, read_id(row), _question(row), _given(row, refusals)) for row in rows
    ]
    return match(answered, cases)


def read_ragas_cases(path: Path) -> list[Case]:
    """The references are the right answers; a case without an id is `row-N`, counted from 1.

    A reference that is blank or our refusal says that there is none. Raises as `read_ragas`.
    """
    cases: dict[str, Case] = {}
    for number, row in enumerate(read_rows(path, "cases"), 1):
        id_ = read_id(row) or f"row-{number}"
        if id_ in cases:
            words = f'"{id_}" stands above already; give another'
            raise InvalidRecord(row.place, "id", words)
        question = _question(row)
        if question is None:
            raise row.missing(QUESTION[0], "give what was asked")
        answers = _references(row)
        cases[id_] = Case(id_, question, answers, bool(answers))
    return list(cases.values())


def as_ragas(results: Iterable[Result]) -> Iterator[dict[str, Any]]:
    """What the user saw: to a refused question our refusal, whatever was found; null if it failed.

    `read_ragas` of these rows gives the same verdicts, `read_ragas_cases` the same cases.
    """
    for result in results:
        response: str | None = REFUSAL if result.refused else result.answer
        yield {
            "id": result.id,
            "user_input": result.question,
            "response": None if result.failed else response,
            "retrieved_contexts": [quote.text for quote in result.quotes],
            "reference": result.gold[0] if result.gold else REFUSAL,
            "ground_truths": list(result.gold),
            "confidence": result.confidence,
            "refused": result.refused,
        }


def _given(row: Node, refusals: Sequence[str]) -> Given:
    flag, said = _one(row, REFUSED), _one(row, RESPONSE)
    refused = flag.truth() if flag else None
    if said is None and not refused:
        if not any(row.has(name) for name in RESPONSE):
            raise row.missing(RESPONSE[0], 'give it, "" for a refusal')
        return failure("the response is null")
    contexts = _one(row, CONTEXTS)
    texts = [context.text() for context in contexts.items()] if contexts else []
    quotes = tuple(Quote(text) for text in texts if text.strip())
    return to_given(said.text() if said else "", refused, read_confidence(row), quotes, refusals)


def _question(row: Node) -> str | None:
    question = _one(row, QUESTION)
    if question and isinstance(question.value, list):
        raise question.error("is a conversation; give its last question, standing alone")
    return question.words() if question else None


def _references(row: Node) -> tuple[str, ...]:
    given = [field for name in REFERENCE if (field := row.get(name))]
    if not given:
        raise row.missing(REFERENCE[0], 'give the right answer, "" where there is none')
    nodes = [n for field in given for n in (field.items() if _is_list(field) else [field])]
    texts = dict.fromkeys(node.text() for node in nodes)
    return tuple(text for text in texts if not is_refusal(text))


def _is_list(node: Node) -> bool:
    return isinstance(node.value, list)


def _one(row: Node, names: Sequence[str]) -> Node | None:
    """The field under whichever of its names it has."""
    given = [field for name in names if (field := row.get(name))]
    for other in given[1:]:
        if other.value != given[0].value:
            raise other.error(f"is not what {given[0].path} says; leave one of them")
    return given[0] if given else None

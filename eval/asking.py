"""The engine answers cases: each case -> its `Result`, with how far it came on the way.

Uses the engine as anyone would. An error is a result too: a question that has none is not skipped.
"""

from collections.abc import Callable

from eval.answers import Path, Result, failed_path, score
from eval.cases import Case, Place
from eval.given import Given, Quote, Said, failure
from eval.measures import best, f1, holds
from index.snapshot import Snapshot
from rag.answer import Citation
from rag.engine import Engine, Trace
from rag.question import Question, understand
from rag.reader import Pair
from rag.retrieve import DEPTH, Found, retrieve
from rag.spelling import speller
from rag.verify import is_verbatim

TOP = 20


def ask(engine: Engine, case: Case, follows: bool = True) -> Result:
    """Asks one case. Nothing may write to the engine's archive between the cases of a run.

    What is asked without a date is asked on the day of the newest article, so that the same
    question has the same answer tomorrow; that day is not preferred, since nobody has given it.
    `follows`: whether to tell how far the question came, which takes another search and another
    reading.
    """
    try:
        trace = trace_of(engine, case)
        path = follow(engine, case, trace) if case.answerable and follows else None
        return score(case, given(trace), path)
    except Exception as error:  # whatever it is, it is this question's result
        path = failed_path(bool(case.article_ids)) if case.answerable and follows else None
        return score(case, failure(f"{type(error).__name__}: {error}"), path)


def trace_of(engine: Engine, case: Case) -> Trace:
    """Raises what `Engine.ask` raises."""
    return engine.trace(
        case.question,
        history=case.history,
        filters=case.filters,
        asked_at=case.asked_at,
        admits=admits(case),
        now=engine.archive.snapshot().as_of(),
    )


def understood(engine: Engine, case: Case) -> Question:
    """What the engine looks up for the case. Raises InvalidInput if it cannot be looked up."""
    snapshot = engine.archive.snapshot()
    return understand(
        case.question,
        case.filters,
        case.asked_at,
        snapshot.as_of(),
        case.history,
        engine.follow_ups,
        spell=speller(snapshot.lexical),
        has_any=snapshot.has_any,
    )


def top_passage(engine: Engine, case: Case) -> Quote | None:
    """The passage, whole, that the search puts first, before any is read; None if none is found.

    Raises InvalidInput for a question that cannot be looked up.
    """
    snapshot = engine.archive.snapshot()
    asked = understood(engine, case)
    found = retrieve(
        snapshot, engine.archive.encoder, asked.text, asked.filters, 1,
        admits=admits(case), window=asked.window,
    )  # fmt: skip
    if not found:
        return None
    passage = found[0].passage
    return _quote(Citation.of(found[0].article, passage.start, passage.end), snapshot)


def admits(case: Case) -> Callable[[str], bool] | None:
    """Which passages may be found for the case; None for all."""
    return (lambda text: not holds(text, case.without)) if case.without else None


def given(trace: Trace) -> Given:
    """The answer, or what it would have been had it not been refused."""
    refused = trace.answer.abstained
    said = trace.composed if refused else trace.answer
    if said is None:
        return Given("", refused, trace.answer.confidence)
    return Given(
        said.text,
        refused,
        trace.answer.confidence,
        quotes=tuple(_quote(citation, trace.snapshot) for citation in said.citations),
        dropped=trace.answer.dropped_citations,
        sentences=tuple(Said(s.text, s.citations) for s in said.sentences),
        conflicting=said.conflicting,
    )


def follow(engine: Engine, case: Case, trace: Trace) -> Path:
    """Which step lost the answer, by where it stands: in any passage, not only the gold one."""
    encoder, question = engine.archive.encoder, trace.answer.understood_as
    found = retrieve(
        trace.snapshot, encoder, question, case.filters, 2 * DEPTH,
        admits=admits(case), window=trace.window,
    )  # fmt: skip
    standing = [holds(f.text, case.answers) for f in found]
    read = [holds(c.found.text, case.answers) for c in trace.candidates]
    return Path(
        found=any(standing),
        top20=any(standing[:TOP]),
        read=any(read),
        first=any(read[:1]),
        gold_f1=_gold_f1(engine, case, question, trace.snapshot),
    )


def gold_passages(case: Case, snapshot: Snapshot) -> list[Found]:
    """The passages of the case's articles that answer: with its evidence, else with an answer."""
    passages = []
    for id_ in case.article_ids:
        article = snapshot.article(id_)
        if article is None:
            continue
        whole = [Found(p, article, 0.0, 0.0, 0.0) for p in snapshot.passages_of(id_)]
        evident = [f for f in whole if any(_is_in(piece, f) for piece in case.evidence)]
        passages += evident or [f for f in whole if holds(f.text, case.answers)]
    return passages


def _gold_f1(engine: Engine, case: Case, question: str, snapshot: Snapshot) -> float | None:
    """The best F1 over the gold passages, each read for itself.

    0 where the case names articles and none of them has such a passage: it was not stored, or no
    passage has evidence or a whole answer. None where it names no article.
    """
    pairs = [Pair(question, f.heading, f.text) for f in gold_passages(case, snapshot)]
    readings = engine.reader.get().read(pairs)
    spans = [p.passage[r.start : r.end] for p, r in zip(pairs, readings, strict=True)]
    nothing = 0.0 if case.article_ids else None
    return max((best(f1, span, case.answers) for span in spans), default=nothing)


def _is_in(piece: str | Place, found: Found) -> bool:
    if isinstance(piece, str):
        return piece in found.text
    passage = found.passage
    return piece.article_id == passage.article_id and (
        piece.start < passage.end and piece.end > passage.start
    )


def _quote(citation: Citation, snapshot: Snapshot) -> Quote:
    inside = None
    if citation.answer_start is not None and citation.answer_end is not None:
        inside = citation.answer_start - citation.start, citation.answer_end - citation.start
    return Quote(
        text=citation.cited_text,
        answer=inside,
        article_id=citation.article_id,
        start=citation.start,
        title=citation.title,
        source=citation.source,
        published_at=citation.published_at,
        url=citation.url,
        verified=is_verbatim(citation, snapshot),
    )

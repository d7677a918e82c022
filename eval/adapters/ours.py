"""Our own JSON, of `dateline ask --json` and of `POST /v1/ask` -> answers, with their quotes.

One object after another or a list of them, each with an `id` if the case has one that its question
does not tell. Of answers that disagree the first is scored, as in `eval.asking`. Offsets of quotes
are kept, so that an archive can be asked whether they stand there.
"""

from collections.abc import Sequence
from pathlib import Path

from eval.adapters.matching import Answered, Matched, match, to_given
from eval.adapters.nodes import Node, read_rows
from eval.cases import Case
from eval.given import Quote


def read_ours(path: Path, cases: Sequence[Case]) -> Matched:
    """Raises InvalidInput or InvalidRecord, naming file, line and field."""
    return match([_answered(row) for row in read_rows(path, "answers")], cases)


def read_id(row: Node) -> str | None:
    """A string or a whole number, spelled out; None if there is none."""
    id_ = row.get("id")
    if id_ is None:
        return None
    return str(id_.whole()) if type(id_.value) is int else id_.words()


def read_confidence(row: Node) -> float | None:
    confidence = row.get("confidence")
    return confidence.number() if confidence else None


def _answered(row: Node) -> Answered:
    question, text = row.get("question"), row.need("answer").text()
    citations = list(row.need("citations").items())
    conflicting = row.get("conflicting")
    if conflicting and conflicting.truth():
        first = next(iter(row.need("sentences").items()), None)
        if first is None:
            raise row.error("is conflicting and has no sentences; give them")
        text = first.need("text").text()
        places = [index.whole() for index in first.need("citations").items()]
        citations = [c for at, c in enumerate(citations) if at in places]
    quotes = tuple(_quote(citation) for citation in citations)
    given = to_given(text, row.need("abstained").truth(), read_confidence(row), quotes)
    return Answered(row.place, read_id(row), question.words() if question else None, given)


def _quote(citation: Node) -> Quote:
    """A text that is longer or shorter than its offsets say cannot stand there: not verified."""
    text = citation.need("cited_text").text()
    start = citation.need("start_char_index").whole()
    end = citation.need("end_char_index").whole()
    fits = start >= 0 and end - start == len(text)
    return Quote(
        text=text,
        answer=_span(citation, start, end) if fits else None,
        article_id=citation.need("article_id").words(),
        start=start,
        title=_text(citation, "document_title"),
        source=_text(citation, "source"),
        published_at=_text(citation, "published_at"),
        url=_text(citation, "url"),
        verified=None if fits else False,
    )


def _span(citation: Node, start: int, end: int) -> tuple[int, int] | None:
    first, last = citation.get("answer_start_char_index"), citation.get("answer_end_char_index")
    if first is None or last is None:
        return None
    if not start <= first.whole() < last.whole() <= end:
        raise first.error(f"must begin a span inside the quote, from {start} to {end}")
    return first.whole() - start, last.whole() - start


def _text(citation: Node, name: str) -> str | None:
    field = citation.get(name)
    return field.text() if field else None

"""Our own JSON, of `dateline ask --json` and of `POST /v1/ask` -> answers, with their quotes.

One object after another or a list of them, each with an `id` if the case has one that its question
does not tell. `sentences`, if they are there, say which of them cites which quotes; where answers
disagree each is one. Offsets of quotes are kept, so that an archive can be asked whether they stand
there.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from eval.adapters.matching import Answered, Matched, match, to_given
from eval.adapters.nodes import Node, read_rows
from eval.cases import Case
from eval.given import Quote, Said


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
    question = row.get("question")
    text = row.need("answer").text()
    quotes = tuple(_quote(citation) for citation in row.need("citations").items())
    given = to_given(text, row.need("abstained").truth(), read_confidence(row), quotes)
    sentences, conflicting = _sentences(row, text, len(quotes)), row.get("conflicting")
    disagrees = conflicting is not None and conflicting.truth()
    if disagrees and not sentences:
        raise row.error("is conflicting and has no sentences; give them")
    given = replace(given, sentences=sentences, conflicting=disagrees)
    return Answered(row.place, read_id(row), question.words() if question else None, given)


def _sentences(row: Node, answer: str, quotes: int) -> tuple[Said, ...]:
    """Empty if the row has none. A sentence that is left out would escape being judged."""
    field = row.get("sentences")
    if field is None:
        return ()
    found = tuple(_sentence(node, quotes) for node in field.items())
    if found and _bare("".join(said.text for said in found)) != _bare(answer):
        raise field.error("do not make up the answer; give all of its sentences, in their order")
    return found


def _sentence(node: Node, quotes: int) -> Said:
    cites = tuple(_index(number, quotes) for number in node.need("citations").items())
    return Said(node.need("text").text(), cites)


def _index(node: Node, quotes: int) -> int:
    if not 0 <= node.whole() < quotes:
        raise node.error(f"is {node.whole()}, and the answer has {quotes} citations; count from 0")
    return node.whole()


def _bare(text: str) -> str:
    return "".join(text.split())


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

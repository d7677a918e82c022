"""A request's articles -> records for the archive, and what became of them -> a response."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from api.errors import Rejected, Stopping, record_error
from index.archive import Outcome
from index.errors import InvalidInput, InvalidRecord, TooLarge
from index.records import Article
from index.sources import reject_repeated_ids
from index.sources.fields import article_from_fields, detached

MAX_ARTICLES = 1_000
# To encode a text of this length takes most of a minute. The owner of a file can wait for a longer
# one; the others who ask this server cannot.
MAX_TEXT_CHARACTERS = 2_000_000

_REMEDY = 'give an article, a list of them, or {"articles": [...]}'


class TextTooLong(InvalidRecord, TooLarge):
    """Alone in its request it answers 413; among others it is rejected like any bad article."""


def read_articles(body: object) -> Iterable[Article | InvalidRecord]:
    """One record per article, in order; what is wrong with one of several is its record.

    An id that two of them claim with other content is an error of the second. Raises InvalidRecord
    for one article that is wrong, InvalidInput for a body of another form, TooLarge for too many.
    """
    if isinstance(body, dict) and ("text" in body or "articles" not in body):
        return [_read(body, "body")]
    articles = _listed(body)
    placed = ((f"articles[{i}]", fields) for i, fields in enumerate(articles))
    return reject_repeated_ids((place, _record(fields, place)) for place, fields in placed)


def until_stopped(
    records: Iterable[Article | InvalidRecord], stopping: threading.Event
) -> Iterator[Article | InvalidRecord]:
    """The records; raises Stopping once the event is set.

    The archive takes a batch of them, stores it, and comes for the next: it stops between two.
    """
    for record in records:
        if stopping.is_set():
            raise Stopping(
                "the server is being stopped, and has not stored all of these articles; send them "
                "again, and those that are in already stay as they are"
            )
        yield record


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The response: how many fared how, and each in order. Raises Rejected if none was taken."""
    problems = [outcome.problem for outcome in outcomes if outcome.problem is not None]
    if len(problems) == len(outcomes):
        raise Rejected(problems)
    statuses = [outcome.status for outcome in outcomes]
    counts = {s: statuses.count(s) for s in ("added", "updated", "unchanged", "rejected")}
    return {**counts, "results": [_result(outcome) for outcome in outcomes]}


def _listed(body: object) -> list[object]:
    articles = body
    if isinstance(body, dict):
        articles = body["articles"]
        others = sorted(set(body) - {"articles"})
        if others:
            raise InvalidInput(f"{others[0][:100]!r} is no field beside articles; {_REMEDY}")
    if not isinstance(articles, list):
        raise InvalidInput(f"the body holds no article; {_REMEDY}")
    if not articles:
        raise InvalidInput(f"the list of articles is empty; {_REMEDY}")
    if len(articles) > MAX_ARTICLES:
        raise TooLarge(
            f"the request holds {len(articles):,} articles; send at most {MAX_ARTICLES:,} at a time"
        )
    return articles


def _record(fields: object, place: str) -> Article | InvalidRecord:
    try:
        return _read(fields, place)
    except InvalidRecord as error:
        return detached(error)


def _read(fields: object, place: str) -> Article:
    if not isinstance(fields, dict):
        raise InvalidRecord(place, "article", 'is not an object; give {"text": "..."}')
    article = article_from_fields(fields, place)
    if len(article.text) > MAX_TEXT_CHARACTERS:
        words = (
            f"has {len(article.text):,} characters; over HTTP give at most "
            f"{MAX_TEXT_CHARACTERS:,}, or put it in a file and run `dateline ingest FILE`"
        )
        raise TextTooLong(place, "text", words)
    return article


def _result(outcome: Outcome) -> dict[str, Any]:
    result = {"status": outcome.status, "id": outcome.id or None, "passages": outcome.passages}
    return result | record_error(outcome.problem) if outcome.problem else result

"""One article's fields, from a line of JSON or a request's body -> `Article`.

Knows the fields and their rules; knows nothing of files, and its words suit every caller.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from index.dates import normalise_time
from index.errors import InvalidRecord
from index.records import Article, content_hash

MAX_ID_CHARACTERS = 1_000

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NOT_IN_AN_ID = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # controls and surrogates
_JSON_TYPES = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
}


def article_from_fields(fields: Mapping[str, object], place: str) -> Article:
    """The article in `id? title? text source? author? published_at? updated_at? url? language?`.

    Any other field is ignored: dumps of news carry many that have no use here. An optional field
    that is null, empty or white space counts as missing. Strings are kept verbatim; the two times
    are normalised (`index.dates`). The id is the given one (a whole number is spelled out), else
    the URL, else the content's hash. Raises InvalidRecord, which names `place` and the field.
    """
    text = _string(fields, "text", place)
    if text is None:
        raise InvalidRecord(place, "text", "is missing; give the article's text")
    if not text.strip():
        raise InvalidRecord(place, "text", "is empty; give the article's text, or leave it out")
    article = Article(
        id=_given_id(fields, place) or "",
        text=text,
        title=_optional(fields, "title", place),
        source=_optional(fields, "source", place),
        author=_optional(fields, "author", place),
        published_at=_time(fields, "published_at", place),
        updated_at=_time(fields, "updated_at", place),
        url=_optional(fields, "url", place),
        language=_optional(fields, "language", place),
    )
    if not article.id and article.url:
        problem = _id_problem(article.url)
        if problem:
            words = f"stands in for the id that is missing, and {problem}; give an id"
            raise InvalidRecord(place, "url", words)
        article = replace(article, id=article.url)
    sealed = seal(article)
    return sealed if sealed.id else replace(sealed, id=sealed.sha256)


def seal(article: Article) -> Article:
    """The same article with the hash of its content in `sha256`."""
    return replace(article, sha256=content_hash(article))


def check_id(article_id: str, place: str, remedy: str = "give another id") -> None:
    """Raises InvalidRecord unless the id can name an article in the store and in an address."""
    problem = _id_problem(article_id)
    if problem:
        raise InvalidRecord(place, "id", f"{problem}; {remedy}")


def detached(error: InvalidRecord) -> InvalidRecord:
    """The same error as a value: its traceback would keep the article's bytes in memory."""
    return InvalidRecord(error.place, error.field, error.problem)


def _id_problem(article_id: str) -> str | None:
    if not article_id.strip():
        return "is blank"
    if len(article_id) > MAX_ID_CHARACTERS:
        return f"is longer than {MAX_ID_CHARACTERS:,} characters"
    found = _NOT_IN_AN_ID.search(article_id)
    if found:
        return f"holds U+{ord(found[0]):04X} at character {found.start()}, which no id may hold"
    return None


def _given_id(fields: Mapping[str, object], place: str) -> str | None:
    value = fields.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            given: str | None = str(value)
        except ValueError:  # Python refuses to spell out a number of more than 4,300 digits.
            words = f"is longer than {MAX_ID_CHARACTERS:,} characters; give another id"
            raise InvalidRecord(place, "id", words) from None
    else:
        given = _string(fields, "id", place)
    if given:
        check_id(given, place)
    return given


def _time(fields: Mapping[str, object], field: str, place: str) -> str | None:
    value = _optional(fields, field, place)
    if value is None:
        return None
    try:
        return normalise_time(value)
    except ValueError as error:
        raise InvalidRecord(place, field, str(error)) from None


def _optional(fields: Mapping[str, object], field: str, place: str) -> str | None:
    value = _string(fields, field, place)
    return value if value and value.strip() else None


def _string(fields: Mapping[str, object], field: str, place: str) -> str | None:
    value = fields.get(field)
    if value is None:
        return None
    if not isinstance(value, str):
        kind = _JSON_TYPES.get(type(value), type(value).__name__)
        raise InvalidRecord(place, field, f"is {kind}; give a string")
    found = _SURROGATE.search(value)
    if found:
        words = (
            f"holds half of a character, U+{ord(found[0]):04X}, at character {found.start()}, "
            "which no store of text can hold; remove it or write U+FFFD in its stead"
        )
        raise InvalidRecord(place, field, words)
    return value

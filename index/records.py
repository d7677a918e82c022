"""The values that travel between stages: frozen, slotted, without behaviour of their own.

Offsets are half-open and count Unicode code points of an article's stored text. Times are ISO 8601
strings, either a day (`2024-01-15`) or an instant in UTC (`2024-01-15T09:30:00Z`), so that they
compare as strings: a day sorts before every instant on it. An unknown time is None, never today.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Article:
    """One article as stored. `text[body_start:]` is what passages are cut from.

    A header such as the one in a seed file is parsed into the other fields and stays in `text`, so
    that offsets hold in the file itself; `body_start` is the offset at which it ends.
    """

    id: str
    text: str
    title: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: str | None = None
    updated_at: str | None = None
    ingested_at: str | None = None
    url: str | None = None
    language: str | None = None
    body_start: int = 0
    sha256: str = ""


_TYPES: list[tuple[str, Any]] = [(field.name, field.type) for field in fields(Article)]


def content_hash(article: Article) -> str:
    """SHA-256 (hex) of what the publisher gave: the text and its metadata.

    Neither the id nor the time of ingestion counts, so the same article is known again.
    """
    fields = asdict(article)
    for ours in ("id", "ingested_at", "sha256"):
        del fields[ours]
    canonical = json.dumps(fields, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def has_types(article: Article) -> bool:
    """Whether every field is of its type, which a damaged file does not promise."""
    return all(isinstance(getattr(article, name), type_) for name, type_ in _TYPES)


@dataclass(frozen=True, slots=True)
class Passage:
    """A window of whole sentences: `article.text[start:end]`. Ids are never used twice."""

    id: int
    article_id: str
    ordinal: int
    start: int
    end: int

"""What OpenAPI shows of each body. The article is invented; the rest is made from it by hand."""

import json
from typing import Any

TEXT = "The harbour of Port Ansel closed on Monday after a storm. Two ferries waited outside it."

ARTICLE: dict[str, Any] = {
    "id": "wire/2024/7",
    "title": "Storm closes harbour",
    "text": TEXT,
    "source": "Ansel Wire",
    "author": "R. Vale",
    "published_at": "2024-01-15",
    "url": "https://wire.example/2024/7",
    "language": "en",
}
LISTED: dict[str, Any] = {
    "id": "wire/2024/7",
    "title": "Storm closes harbour",
    "source": "Ansel Wire",
    "author": "R. Vale",
    "published_at": "2024-01-15",
    "updated_at": None,
    "ingested_at": "2024-01-16T08:00:00Z",
    "url": "https://wire.example/2024/7",
    "language": "en",
    "body_start": 0,
    "sha256": "0c7d3b6f0e8b5a1f9d2e4c6a8b0d1f3e5a7c9b1d3f5e7a9c0b2d4f6e8a1c3e5b",
}
STORED: dict[str, Any] = {**LISTED, "text": TEXT}
PAGE: dict[str, Any] = {"articles": [LISTED], "next": "wire/2024/7"}
FILTERS: dict[str, Any] = {"after": "2024-01-01", "before": "2024-02-01", "sources": ["Ansel Wire"]}
ASK: dict[str, Any] = {
    "question": "Which harbour closed?",
    "filters": FILTERS,
    "asked_at": "2024-01-16",
}
SEARCH: dict[str, Any] = {"query": "harbour closed", "filters": FILTERS, "limit": 3}

_DOCUMENT = {
    "source": "Ansel Wire",
    "published_at": "2024-01-15",
    "url": "https://wire.example/2024/7",
    "article_id": "wire/2024/7",
    "document_title": "Storm closes harbour",
}
ANSWER: dict[str, Any] = {
    "question": "Which harbour closed?",
    "understood_as": "Which harbour closed?",
    "answer": "The harbour of Port Ansel",
    "abstained": False,
    "conflicting": False,
    "confidence": 0.91,
    "sentences": [{"text": "The harbour of Port Ansel", "start": 0, "end": 25, "citations": [0]}],
    "citations": [
        {
            "type": "char_location",
            "cited_text": TEXT[:57],
            "start_char_index": 0,
            "end_char_index": 57,
            "answer_start_char_index": 0,
            "answer_end_char_index": 25,
            "document_index": 0,
            **_DOCUMENT,
        }
    ],
    "nearest": [],
    "as_of": "2024-01-15",
    "asked_at": "2024-01-16",
    "snapshot": "1-5f2a9c1e7b30",
    "model": "dateline-reader",
    "dropped_citations": 0,
    "undated_left_out": 0,
    "timings_ms": {"encode": 2.5, "dense": 1.1, "lexical": 2.2, "read": 55.0},
}
FOUND: dict[str, Any] = {
    "results": [
        {
            **_DOCUMENT,
            "start_char_index": 0,
            "end_char_index": 88,
            "text": TEXT,
            "score": 1.0,
            "cosine": 0.62,
            "bm25": 2.1,
        }
    ]
}


def stream_of(*events: dict[str, Any]) -> str:
    """The events as they are sent, and the end."""
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"


EVENTS = stream_of(
    {
        "type": "understood",
        "understood_as": ANSWER["understood_as"],
        "filters": FILTERS,
        "asked_at": ANSWER["asked_at"],
    },
    {"type": "passages", "passages": FOUND["results"]},
    {"type": "text", **{name: ANSWER["sentences"][0][name] for name in ("text", "start", "end")}},
    {"type": "citation", "index": 0, "citation": ANSWER["citations"][0]},
    {"type": "result", "result": ANSWER},
)
INGESTED: dict[str, Any] = {
    "added": 1,
    "updated": 0,
    "unchanged": 0,
    "rejected": 1,
    "results": [
        {"status": "added", "id": "wire/2024/7", "passages": 1},
        {
            "status": "rejected",
            "id": None,
            "passages": 0,
            "place": "articles[1]",
            "field": "text",
            "problem": "is missing; give the article's text",
        },
    ],
}
PROBLEM: dict[str, Any] = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "question: is missing; give it",
    "errors": [{"field": "question", "problem": "is missing; give it"}],
}
METRICS = """# HELP dateline_questions_total Questions, by what became of them.
# TYPE dateline_questions_total counter
dateline_questions_total{outcome="answered"} 12.0
"""

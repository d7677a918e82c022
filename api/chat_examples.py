"""What OpenAPI shows of the bodies in OpenAI's form; invented, as in `api.examples`."""

from typing import Any

from api import examples

CHAT: dict[str, Any] = {
    "model": "dateline",
    "messages": [{"role": "user", "content": "Which harbour closed?"}],
}
ANNOTATION: dict[str, Any] = {
    "type": "url_citation",
    "url_citation": {
        "start_index": 0,
        "end_index": 25,
        "title": "Storm closes harbour",
        "url": "https://wire.example/2024/7",
    },
}
_HEAD: dict[str, Any] = {"id": "chatcmpl-5f2a9c1e7b30", "created": 1705392000, "model": "dateline"}
_SOURCES: dict[str, Any] = {
    "annotations": [ANNOTATION],
    "citations": examples.ANSWER["citations"],
    "nearest": [],
    "abstained": False,
    "conflicting": False,
    "confidence": 0.91,
}
COMPLETION: dict[str, Any] = {
    **_HEAD,
    "object": "chat.completion",
    "system_fingerprint": "dateline-reader@1-5f2a9c1e7b30",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "The harbour of Port Ansel [1]",
                "refusal": None,
                **_SOURCES,
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 4, "completion_tokens": 9, "total_tokens": 13},
}
_CHUNK: dict[str, Any] = {**_HEAD, "object": "chat.completion.chunk"}


def _choice(delta: dict[str, Any], finish: str | None = None) -> list[dict[str, Any]]:
    return [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]


CHUNKS = examples.stream_of(
    {**_CHUNK, "choices": _choice({"role": "assistant", "content": ""})},
    {**_CHUNK, "choices": _choice({"content": "The harbour of Port Ansel [1]"})},
    {**_CHUNK, "choices": _choice(_SOURCES, "stop")},
)
MODEL: dict[str, Any] = {
    "id": "dateline",
    "object": "model",
    "created": 1705392000,
    "owned_by": "dateline",
}
MODELS: dict[str, Any] = {"object": "list", "data": [MODEL]}
_WORDS = "model: there is no 'other'; this server has one, 'dateline'"
PROBLEM: dict[str, Any] = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "detail": _WORDS,
    "error": {
        "message": _WORDS,
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    },
}

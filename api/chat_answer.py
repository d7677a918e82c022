"""An answer in the form of OpenAI's chat completions: whole, and in chunks as they are streamed.

The answer's end of a citation is `message.annotations[].url_citation`: what of the text it attests.
The source's end is `message.citations`, as `POST /v1/ask` has them. In the text, `[1]` is the first
of these and nothing else looks like a marker (`rag.display`): square brackets become round, so that
no article's words are a link or a picture to a client that shows Markdown.
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from rag.answer import Answer, Citation
from rag.display import before, caption, inert, unmarked, with_markers
from rag.progress import Step
from rag.question import Question
from rag.tokens import count_tokens

MODEL = "dateline"
_OWN = ("citations", "nearest", "abstained", "conflicting", "confidence")
NEAREST = "The nearest articles:"


@dataclass(frozen=True, slots=True)
class Message:
    """`pieces` joined are the text: each up to the end of a sentence and its markers."""

    pieces: tuple[str, ...]
    annotations: tuple[dict[str, Any], ...]

    @staticmethod
    def of(answer: Answer, address: str) -> "Message":
        """`address` is this server's, for articles that have none of their own."""
        pieces: list[str] = []
        annotations: list[dict[str, Any]] = []
        at = 0
        for number, (words, markers) in enumerate(with_markers(answer)):
            ahead = " " if number else before(answer)
            pieces.append(ahead + f"{words} {markers}".rstrip())
            start = at + len(ahead)
            if number < len(answer.sentences):
                cited = [answer.citations[i] for i in answer.sentences[number].citations]
                annotations += [_annotation(c, start, start + len(words), address) for c in cited]
            at += len(pieces[-1])
        if answer.abstained and answer.nearest:
            pieces.append("".join(["\n\n", NEAREST, *_leads(answer, address)]))
        return Message(tuple(pieces), tuple(annotations))

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Completion:
    """What one completion and all of its chunks have in common. `texts` are those of the prompt."""

    texts: Sequence[str]
    address: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def as_json(self, answer: Answer) -> dict[str, Any]:
        message = Message.of(answer, self.address)
        body = {"role": "assistant", "content": message.text, "refusal": None}
        return {
            **self._head("chat.completion", answer),
            "choices": [
                {
                    "index": 0,
                    "message": body | _sources(answer, message),
                    "logprobs": None,
                    "finish_reason": "stop",
                }
            ],
            "usage": self._usage(message),
        }

    def chunk(
        self, answer: Answer | None, delta: dict[str, Any], finish: str | None = None
    ) -> dict[str, Any]:
        """`answer` is None as long as there is none."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._head("chat.completion.chunk", answer), "choices": [choice]}

    def last_chunk(self, answer: Answer) -> dict[str, Any]:
        """The tokens, if they were asked for."""
        head = self._head("chat.completion.chunk", answer)
        return {**head, "choices": [], "usage": self._usage(Message.of(answer, self.address))}

    def _head(self, kind: str, answer: Answer | None) -> dict[str, Any]:
        head = {"id": self.id, "object": kind, "created": self.created, "model": MODEL}
        if answer is not None:
            head["system_fingerprint"] = f"{answer.model}@{answer.snapshot}"
        return head

    def _usage(self, message: Message) -> dict[str, int]:
        prompt, completion = count_tokens(self.texts), count_tokens([message.text])
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }


class ChatForm:
    """The chunks of a completion: the role, the text in pieces, its sources, the tokens."""

    def __init__(self, completion: Completion, counts_tokens: bool) -> None:
        self._completion = completion
        self._counts_tokens = counts_tokens

    def step(self, step: Step) -> Sequence[dict[str, Any]]:
        """The form has no place for what was found; what was understood begins the message."""
        if not isinstance(step, Question):
            return []
        return [self._chunk(None, {"role": "assistant", "content": ""})]

    def answer(self, answer: Answer) -> Sequence[dict[str, Any]]:
        message = Message.of(answer, self._completion.address)
        chunks = [self._chunk(answer, {"content": piece}) for piece in message.pieces]
        chunks.append(self._chunk(answer, _sources(answer, message), "stop"))
        return [*chunks, *([self._completion.last_chunk(answer)] if self._counts_tokens else [])]

    def problem(self, document: dict[str, Any]) -> dict[str, Any]:
        return document  # its `error` is where that API's clients look

    def _chunk(
        self, answer: Answer | None, delta: dict[str, Any], finish: str | None = None
    ) -> dict[str, Any]:
        chunk = self._completion.chunk(answer, delta, finish)
        return chunk | {"usage": None} if self._counts_tokens else chunk


def _sources(answer: Answer, message: Message) -> dict[str, Any]:
    body = answer.as_json()
    own = {name: body[name] for name in _OWN}
    return {"annotations": list(message.annotations), **own}


def _annotation(citation: Citation, start: int, end: int, address: str) -> dict[str, Any]:
    cited = {
        "start_index": start,
        "end_index": end,
        "title": citation.title or caption(citation),
        "url": _url(citation, address),
    }
    return {"type": "url_citation", "url_citation": cited}


def _leads(answer: Answer, address: str) -> Sequence[str]:
    """A line for each article, on which nothing is quoted: a lead is not an answer."""
    articles: dict[str, Citation] = {}
    for lead in answer.nearest:
        articles.setdefault(lead.article_id, lead)
    return [f"\n- {unmarked(caption(a))}: {_url(a, address)}" for a in articles.values()]


def _url(citation: Citation, address: str) -> str:
    """The article's own, or where this server shows it; never one that runs code."""
    own = inert(citation.url or "")
    if own.lower().startswith(("https://", "http://")):
        return own
    return f"{address.rstrip('/')}/v1/articles/{quote(citation.article_id, safe='')}"

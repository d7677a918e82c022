"""A chat completion's request -> the question in it, and its history. Refuses what would silently
be wrong.

The last message of the user's is the question; those before it and what the assistant said to them
are the history. All are checked and bounded. No system message or tool changes the answer. What
steers how a model draws its words (temperature, seed and the like) has nothing to steer here and is
passed over.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from api.chat_schemas import ChatIn
from api.errors import Refused
from rag.answer import REFUSAL
from rag.display import DISAGREE
from rag.standalone import MAX_ANSWER, MAX_QUESTION, MAX_TURNS, Turn

MAX_MESSAGES = 1_000
MAX_CHARACTERS = 200_000  # of all messages together
ROLES = ("system", "developer", "user", "assistant", "tool", "function")

_NO_CALL = 'calls no tool; leave it out, or give "auto" or "none"'
_TEXT_ALONE = "this server reads and writes text alone"


@dataclass(frozen=True, slots=True)
class Conversation:
    """The texts of all messages, in order; `question` is one of them, `history` what is before."""

    question: str
    history: tuple[Turn, ...]
    texts: tuple[str, ...]


def read_conversation(body: ChatIn) -> Conversation:
    """Raises Refused, with the field that it is about."""
    _check_options(body)
    messages = body.messages
    if not messages:
        _refuse("messages", "is empty; give at least one message, of the role user")
    if len(messages) > MAX_MESSAGES:
        _refuse(
            "messages",
            f"is a list of {len(messages):,}; give at most {MAX_MESSAGES:,}: earlier ones may go",
            "array_above_max_length",
        )
    texts = [_text(message, f"messages[{i}]") for i, message in enumerate(messages)]
    characters = sum(map(len, texts))
    if characters > MAX_CHARACTERS:
        _refuse(
            "messages",
            f"have {characters:,} characters together; give at most {MAX_CHARACTERS:,}: earlier "
            f"ones may go",
            "context_length_exceeded",
        )
    asked = [i for i, message in enumerate(messages) if message["role"] == "user"]
    if not asked:
        _refuse("messages", "hold none of the role user; the last of those is the question")
    last = asked[-1]
    roles = [message["role"] for message in messages[:last]]
    return Conversation(texts[last], _history(zip(roles, texts, strict=False)), tuple(texts))


def _history(said: Iterable[tuple[str, str]]) -> tuple[Turn, ...]:
    """The last turns. Of one past the engine's bounds, such as a pasted article, nothing is taken:
    for this API a long message is no error."""
    turns: list[Turn] = []
    for role, text in said:
        text = text.encode(errors="replace").decode()  # half of a character has no place in a turn
        if role == "user":
            turns.append(Turn(text if len(text) <= MAX_QUESTION else ""))
        elif role == "assistant" and turns:
            answer = f"{turns[-1].answer}\n{_answer(text)}".strip()
            turns[-1] = Turn(turns[-1].question, answer if len(answer) <= MAX_ANSWER else "")
    return tuple(turns[-MAX_TURNS:])


def _answer(text: str) -> str:
    """What this server said, without the marks that are its form; nothing if it refused."""
    if text.startswith(REFUSAL):
        return ""
    return re.sub(r" ?\[[0-9]+\]", "", text.removeprefix(DISAGREE))


def _text(message: Any, place: str) -> str:
    """A message's text; its parts are joined by line feeds. "" where it may have none."""
    if not isinstance(message, dict):
        _refuse(place, 'is not an object; give {"role": "user", "content": "..."}')
    role = message.get("role")
    if role not in ROLES:
        _refuse(f"{place}.role", f"is none of {', '.join(ROLES)}; give one of them")
    content, place = message.get("content"), f"{place}.content"
    if isinstance(content, str):
        return content
    if content is None and role in ("assistant", "function"):
        return ""  # it has called a tool, or refused
    if not isinstance(content, list):
        _refuse(place, "is neither a string nor a list of parts; give one of them")
    return "\n".join(_part(part, f"{place}[{i}]") for i, part in enumerate(content))


def _part(part: Any, place: str) -> str:
    if not isinstance(part, dict):
        _refuse(place, 'is not an object; give {"type": "text", "text": "..."}')
    kind = part.get("type")
    if kind not in ("text", "refusal"):
        shown = f"of type {kind[:50]!r}" if isinstance(kind, str) else "without a type"
        _refuse(place, f"is a part {shown}; {_TEXT_ALONE}: leave that part out")
    text = part.get(kind)
    if not isinstance(text, str):
        _refuse(f"{place}.{kind}", "is not a string; give one")
    return str(text)


def _check_options(body: ChatIn) -> None:
    if body.n is not None and not (_is_number(body.n) and body.n == 1):
        _refuse("n", "is not 1; there is one answer: leave it out")
    if not (body.logprobs is None or body.logprobs is False) or not (
        body.top_logprobs is None or (_is_number(body.top_logprobs) and body.top_logprobs == 0)
    ):
        words = "asks for tokens' probabilities, and an answer is quoted, not drawn; leave it out"
        _refuse("logprobs", words)
    if body.response_format is not None and _type_of(body.response_format) != "text":
        _refuse(
            "response_format",
            "asks for another form than text; leave it out, or ask POST /v1/ask, whose form is "
            "JSON of its own",
        )
    for name in ("tool_choice", "function_call"):
        if getattr(body, name) not in (None, "auto", "none"):
            _refuse(name, f"asks for a call, and this server {_NO_CALL}")
    if body.audio is not None or body.modalities not in (None, [], ["text"]):
        name = "audio" if body.audio is not None else "modalities"
        _refuse(name, f"asks for more than text, and {_TEXT_ALONE}: leave it out")


def _type_of(value: Any) -> Any:
    return value.get("type") if isinstance(value, dict) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse(field: str, words: str, code: str | None = None) -> NoReturn:
    raise Refused(f"{field}: {words}", field, code)

"""A chat completion's request: what is the question, what is bounded, what is refused, and how."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.chat_request import (
    MAX_CHARACTERS,
    MAX_MESSAGES,
    ROLES,
    Conversation,
    read_conversation,
)
from api.chat_schemas import ChatIn
from api.errors import Refused
from rag.answer import REFUSAL
from rag.standalone import MAX_ANSWER, MAX_QUESTION, MAX_TURNS, Turn

ASKED = {"role": "user", "content": "Who closed the harbour?"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}


def _read(messages: list[Any], **more: Any) -> Conversation:
    return read_conversation(ChatIn.model_validate({"model": "m", "messages": messages, **more}))


def test_the_last_of_the_users_is_the_question() -> None:
    messages = [
        {"role": "system", "content": "Answer in rhyme."},
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Who?"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "tool", "content": "42", "tool_call_id": "1"},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
        ASKED,
        {"role": "assistant", "content": "It was"},
    ]
    read = _read(messages)
    assert read.question == "Who closed the harbour?"
    assert read.history == (Turn("Who?", "No."),)
    assert read.texts == (
        *("Answer in rhyme.", "Be brief.", "Who?", "", "42", "No."),
        *("Who closed the harbour?", "It was"),
    )


def test_what_the_server_said_is_without_its_marks() -> None:
    said = [
        "Ida Holt [1][2]",
        "Sources disagree: 14 [1]; 23 [2]",
        f"{REFUSAL}\n\nThe nearest articles:\n- Port Ansel: http://127.0.0.1/1",
    ]
    messages = [
        message
        for text in said
        for message in (
            {"role": "user", "content": "Who?"},
            {"role": "assistant", "content": text},
        )
    ]
    answers = [turn.answer for turn in _read([*messages, ASKED]).history]
    assert answers == ["Ida Holt", "14; 23", ""]


def test_a_history_past_the_engines_bounds_is_cut() -> None:
    pasted = [
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "a" * (MAX_QUESTION + 1)},
        {"role": "assistant", "content": "a" * (MAX_ANSWER + 1)},
        {"role": "user", "content": "Who \ud800?"},
    ]
    assert _read([*pasted, ASKED]).history == (Turn("", ""), Turn("Who ??"))
    many = [{"role": "user", "content": str(i)} for i in range(MAX_TURNS + 5)]
    assert _read([*many, ASKED]).history == tuple(Turn(str(i)) for i in range(5, MAX_TURNS + 5))


def test_parts_of_text_are_joined() -> None:
    parts = [{"type": "text", "text": "Who closed"}, {"type": "text", "text": "the harbour?"}]
    assert _read([{"role": "user", "content": parts}]).question == "Who closed\nthe harbour?"


@pytest.mark.parametrize(
    ("messages", "param", "words"),
    [
        ([], "messages", "is empty; give at least one message, of the role user"),
        ([{"role": "system", "content": "x"}], "messages", "hold none of the role user"),
        (["Who?"], "messages[0]", "is not an object; give"),
        ([ASKED, {"content": "x"}], "messages[1].role", "is none of system, developer, user"),
        ([{"role": "User", "content": "x"}], "messages[0].role", "is none of"),
        ([{"role": ["user"], "content": "x"}], "messages[0].role", "is none of"),
        ([{"role": "user"}], "messages[0].content", "is neither a string nor a list of parts"),
        ([{"role": "user", "content": None}], "messages[0].content", "is neither a string"),
        ([{"role": "user", "content": {}}], "messages[0].content", "is neither a string"),
        ([{"role": "user", "content": ["x"]}], "messages[0].content[0]", "is not an object"),
        (
            [ASKED, {"role": "user", "content": [{"type": "text", "text": "what?"}, IMAGE]}],
            "messages[1].content[1]",
            "is a part of type 'image_url'; this server reads and writes text alone: leave",
        ),
        (
            [{"role": "user", "content": [AUDIO]}, ASKED],
            "messages[0].content[0]",
            "is a part of type 'input_audio'",
        ),
        ([{"role": "user", "content": [{"text": "x"}]}], "messages[0].content[0]", "without a"),
        (
            [{"role": "user", "content": [{"type": "text", "text": 3}]}],
            "messages[0].content[0].text",
            "is not a string; give one",
        ),
    ],
)
def test_messages_that_do_not_fit(messages: list[Any], param: str, words: str) -> None:
    with pytest.raises(Refused) as raised:
        _read(messages)
    assert raised.value.param == param
    assert str(raised.value).startswith(f"{param}: ")
    assert words in str(raised.value)
    assert raised.value.code is None


def test_how_many_messages() -> None:
    assert len(_read([ASKED] * MAX_MESSAGES).texts) == 1_000
    with pytest.raises(Refused, match=r"^messages: is a list of 1,001; give at most 1,000") as more:
        _read([ASKED] * (MAX_MESSAGES + 1))
    assert more.value.code == "array_above_max_length"


def test_how_many_characters_in_all() -> None:
    rest = MAX_CHARACTERS - len(ASKED["content"])
    half = {"role": "assistant", "content": "a" * (rest // 2)}
    other = {"role": "tool", "content": "é" * (rest - rest // 2)}
    assert _read([half, other, ASKED]).question == ASKED["content"]
    words = r"^messages: have 200,001 characters together; give at most 200,000"
    with pytest.raises(Refused, match=words) as more:
        _read([half, other, {"role": "system", "content": "x"}, ASKED])
    assert more.value.code == "context_length_exceeded"


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"n": 2}, "n: is not 1; there is one answer"),
        ({"n": True}, "n: is not 1"),
        ({"n": "1"}, "n: is not 1"),
        ({"logprobs": True}, "logprobs: asks for tokens' probabilities"),
        ({"logprobs": 0}, "logprobs: asks"),
        ({"top_logprobs": 3}, "logprobs: asks"),
        ({"response_format": {"type": "json_object"}}, "response_format: asks for another form"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format: asks"),
        ({"response_format": "text"}, "response_format: asks"),
        ({"tool_choice": "required"}, "tool_choice: asks for a call, and this server calls no"),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice: asks"),
        ({"function_call": {"name": "f"}}, "function_call: asks for a call"),
        ({"audio": {"voice": "alloy"}}, "audio: asks for more than text"),
        ({"modalities": ["text", "audio"]}, "modalities: asks for more than text"),
    ],
)
def test_what_would_silently_be_wrong_is_refused(option: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused) as raised:
        _read([ASKED], **option)
    assert str(raised.value).startswith(words)
    assert raised.value.param == words.partition(":")[0]


@pytest.mark.parametrize(
    "option",
    [
        {"n": 1, "logprobs": False, "top_logprobs": 0, "response_format": {"type": "text"}},
        {"n": None, "logprobs": None, "response_format": None, "tool_choice": None},
        {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "auto"},
        {"functions": [{"name": "f"}], "function_call": "none", "modalities": ["text"]},
        {"temperature": 0.2, "top_p": 1, "seed": 7, "max_tokens": 5, "stop": ["\n"], "user": "u"},
        {"made_up": {"deep": [1, 2]}},
    ],
)
def test_what_has_nothing_to_steer_is_passed_over(option: dict[str, Any]) -> None:
    assert _read([ASKED], **option) == _read([ASKED])


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "refusal"]), inner, max_size=3)
    ),
    max_leaves=5,
)
_MESSAGE = st.fixed_dictionaries({}, optional={"role": st.sampled_from(ROLES), "content": _ANY})


@given(messages=st.lists(_MESSAGE | _ANY, max_size=5))
def test_any_messages_are_read_or_refused_by_name(messages: list[Any]) -> None:
    refused: Refused | None = None
    try:
        read = _read(messages)
    except Refused as error:
        refused = error
    if refused is None:
        assert len(read.texts) == len(messages)
        assert read.question in read.texts
    else:
        assert (refused.param or "").startswith("messages")
        assert str(refused).startswith(f"{refused.param}: ")

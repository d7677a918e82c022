"""An answer in the form of chat completions, whole and in chunks. All articles are invented."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.chat_answer import ChatForm, Completion, Message
from index.filters import NO_FILTERS
from rag.answer import REFUSAL, Answer, Citation, Sentence
from rag.display import unmarked
from rag.progress import Passages
from rag.question import Question

ADDRESS = "http://127.0.0.1:8000/"
HARBOUR = Citation(
    *("wire/1 é", 4, 30, "The harbour closed Monday.", 4, 15),
    *("Storm", "Ansel Wire", "2024-01-15T08:00:00Z", "https://wire.example/1"),
)
FERRY = Citation("ferry", 0, 13, "Ferries wait.", None, None, source="The [Post]")
ANSWER = Answer(
    question="What closed?",
    understood_as="What closed?",
    text="harbour [2] Ferries\n wait.",
    abstained=False,
    confidence=0.81236,
    sentences=(Sentence("harbour [2]", 0, 11, (0, 1)), Sentence("Ferries\n wait.", 12, 26, (1,))),
    citations=(HARBOUR, FERRY),
    snapshot="1-5f2a9c1e7b30",
    model="reader-1",
)
REFUSED = Answer(
    question="Who won?",
    understood_as="Who won?",
    text=REFUSAL,
    abstained=True,
    confidence=0.04,
    nearest=(FERRY, HARBOUR, replace(FERRY, start=3)),
    snapshot="1-5f2a9c1e7b30",
    model="reader-1",
)


def test_markers_and_what_they_attest() -> None:
    message = Message.of(ANSWER, ADDRESS)
    assert message.pieces == ("harbour (2) [1][2]", " Ferries wait. [2]")
    assert message.text == "harbour (2) [1][2] Ferries wait. [2]"
    own = {"title": "Storm", "url": "https://wire.example/1"}
    here = {"title": "The [Post], ferry", "url": "http://127.0.0.1:8000/v1/articles/ferry"}
    assert [a["url_citation"] for a in message.annotations] == [
        {"start_index": 0, "end_index": 11, **own},
        {"start_index": 0, "end_index": 11, **here},
        {"start_index": 19, "end_index": 32, **here},
    ]
    assert {a["type"] for a in message.annotations} == {"url_citation"}
    assert message.text[19:32] == "Ferries wait."


def test_of_two_answers_it_says_that_sources_disagree() -> None:
    message = Message.of(replace(ANSWER, conflicting=True), ADDRESS)
    assert message.text == "Sources disagree: harbour (2) [1][2]; Ferries wait. [2]"
    attested = [a["url_citation"] for a in message.annotations]
    said = [message.text[a["start_index"] : a["end_index"]] for a in attested]
    assert said == ["harbour (2)", "harbour (2)", "Ferries wait."]


def test_a_refusal_names_each_nearest_article_once() -> None:
    message = Message.of(REFUSED, ADDRESS)
    assert message.annotations == ()
    assert message.text == (
        "The archive does not hold an answer to this question.\n"
        "\n"
        "The nearest articles:\n"
        "- The (Post), ferry: http://127.0.0.1:8000/v1/articles/ferry\n"
        "- Ansel Wire, 2024-01-15, Storm: https://wire.example/1"
    )
    assert Message.of(replace(REFUSED, nearest=()), ADDRESS).text == REFUSAL


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (None, "http://127.0.0.1:8000/v1/articles/wire%2F1%20%C3%A9"),
        ("javascript:alert(1)", "http://127.0.0.1:8000/v1/articles/wire%2F1%20%C3%A9"),
        ("data:text/html,x", "http://127.0.0.1:8000/v1/articles/wire%2F1%20%C3%A9"),
        ("HTTP://wire.example/\x1b[1m", "HTTP://wire.example/\ufffd[1m"),
    ],
)
def test_no_address_that_runs_code(url: str | None, shown: str) -> None:
    answer = replace(ANSWER, citations=(replace(HARBOUR, url=url), FERRY))
    assert Message.of(answer, ADDRESS).annotations[0]["url_citation"]["url"] == shown


def test_a_picture_in_an_article_is_none_in_the_message() -> None:
    text = "![x](https://evil.example/?q)"
    answer = replace(
        ANSWER, text=text, sentences=(Sentence(text, 0, len(text), (0,)),), citations=(HARBOUR,)
    )
    assert Message.of(answer, ADDRESS).text == "!(x)(https://evil.example/?q) [1]"


def test_a_whole_completion() -> None:
    completion = Completion(("Be brief.", "What closed?"), ADDRESS, "chatcmpl-1", 1705392000)
    message = Message.of(ANSWER, ADDRESS)
    assert completion.as_json(ANSWER) == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1705392000,
        "model": "dateline",
        "system_fingerprint": "reader-1@1-5f2a9c1e7b30",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": message.text,
                    "refusal": None,
                    "annotations": list(message.annotations),
                    "citations": [HARBOUR.as_json(0), FERRY.as_json(1)],
                    "nearest": [],
                    "abstained": False,
                    "conflicting": False,
                    "confidence": 0.8124,
                },
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        # be brief . what closed ? / harbour ( 2 ) [ 1 ] [ 2 ] ferries wait . [ 2 ]
        "usage": {"prompt_tokens": 6, "completion_tokens": 16, "total_tokens": 22},
    }


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("answer", [ANSWER, REFUSED])
def test_chunks_add_up_to_the_whole(answer: Answer, counts: bool) -> None:
    completion = Completion(("What closed?",), ADDRESS)
    form = ChatForm(completion, counts)
    first = list(form.step(Question("What closed?", NO_FILTERS, "2024-01-16", None)))
    assert form.step(Passages(())) == []
    chunks = [*first, *form.answer(answer)]
    whole = completion.as_json(answer)
    for chunk in chunks:
        assert (chunk["id"], chunk["created"]) == (whole["id"], whole["created"])
        assert chunk["object"] == "chat.completion.chunk"
        assert ("usage" in chunk) == counts
    usage = chunks.pop() if counts else None
    assert usage is None or (usage["choices"], usage["usage"]) == ([], whole["usage"])
    message: dict[str, Any] = {"content": "", "refusal": None}
    for chunk in chunks:
        (choice,) = chunk["choices"]
        message["content"] += choice["delta"].pop("content", "")
        message |= choice["delta"]
    assert [c["choices"][0]["finish_reason"] for c in chunks] == [None] * (len(chunks) - 1) + [
        "stop"
    ]
    assert message == whole["choices"][0]["message"]


@given(
    said=st.lists(st.text(min_size=1, max_size=8).filter(lambda t: unmarked(t) != ""), max_size=4),
    between=st.sampled_from([" ", "; ", "\n"]),
)
def test_every_annotation_stands_where_it_says(said: list[str], between: str) -> None:
    """Whatever the text: what an annotation locates is its sentence as it is shown."""
    sentences, at = [], 0
    for text in said:
        sentences.append(Sentence(text, at, at + len(text), (0,)))
        at += len(text) + len(between)
    answer = replace(
        ANSWER, text=between.join(said), sentences=tuple(sentences), citations=(HARBOUR,)
    )
    message = Message.of(answer, ADDRESS)
    assert len(message.annotations) == len(said)
    for annotation, text in zip(message.annotations, said, strict=True):
        cited = annotation["url_citation"]
        located = message.text[cited["start_index"] : cited["end_index"]]
        assert located.endswith(unmarked(text))
        assert message.text[cited["end_index"] :].startswith(" [1]")
    assert message.text.count("[") == len(said)

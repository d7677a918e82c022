"""`dateline mcp` as an agent has it: the SDK's own client and a real process. Articles invented."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mcp
import pytest
from jsonschema import Draft202012Validator

from api.app import create_app
from api.tools import MAX_CHARACTERS
from index.archive import Archive
from index.encode import Encoder
from index.records import Article
from rag.answer import REFUSAL
from rag.engine import Engine
from rag.settings import Settings
from tests.agents import Agent, agent, words_of
from tests.invented import invented
from tests.problems import client_of

FERRY = "\U0001f6a2 The ferry Aldra sank off Invented Bay on Monday. Nineteen people were rescued."
MAYOR = "\u200fIda Holt was elected mayor of Invented Bay. She beat Per Lund by nine votes."
LONG = "".join(f"Invented sentence number {i} of a very long report. " for i in range(500))
ARTICLES = (
    invented("wire/ferry", FERRY, "Invented Wire", "2024-01-15"),
    invented("post/mayor", MAYOR, "Invented Post", "2024-03-02"),
    invented("long", LONG, "Invented Post", "2023-05-05"),
    invented("undated", "Invented Bay has a ferry and a mayor.", None, None),
)
TEXTS = {article.id: article.text for article in ARTICLES}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Archive:
    """Written to by this process, read by the one that the agent talks to."""
    archive = Archive(tmp_path_factory.mktemp("mcp") / "archive", encoder)
    list(archive.ingest(ARTICLES))
    return archive


@pytest.fixture(scope="module")
def asked(archive: Archive) -> Iterator[Agent]:
    """One process and one client for all of these tests: no call spoils it for the next."""
    with agent(archive.folder, archive.folder.parent) as agent_:
        yield agent_


def _is_quoted(citation: dict[str, Any]) -> None:
    text = TEXTS[citation["article_id"]]
    start, end = citation["start_char_index"], citation["end_char_index"]
    assert text[start:end] == citation["cited_text"]


def test_the_tools_say_what_they_are(asked: Agent) -> None:
    tools = asked.list_tools()
    assert [tool.name for tool in tools] == ["ask_news", "search_news", "get_article"]
    for tool in tools:
        assert tool.title
        assert tool.description
        assert tool.annotations
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.open_world_hint is False
        assert tool.output_schema
        for schema in (tool.input_schema, tool.output_schema):
            Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"
        for field in tool.input_schema["properties"].values():
            assert field["description"]
    assert asked.client.server_info
    assert asked.client.server_info.name == "dateline"
    assert "ask_news" in (asked.client.instructions or "")


def test_an_answer_is_what_the_library_gives(asked: Agent, archive: Archive, own: Engine) -> None:
    question = "How many people were rescued?"
    result = asked.call("ask_news", question=question, asked_at="2024-01-16")
    given = asked.gives("ask_news", question=question, asked_at="2024-01-16")
    same = Engine(archive, own.reader, own.calibrator, own.settings, own.longer)
    expected = same.ask(question, asked_at="2024-01-16").as_json()
    for answer in (given, json.loads(words_of(result)), result.structured_content):
        assert answer.pop("timings_ms").keys() == expected["timings_ms"].keys()
    del expected["timings_ms"]
    assert given == expected
    assert "Nineteen" in given["answer"]
    assert given["abstained"] is False
    assert given["citations"]
    for citation in given["citations"]:
        _is_quoted(citation)


def test_the_text_is_the_structured_content_for_clients_that_know_none(asked: Agent) -> None:
    result = asked.call("search_news", query="ferry")
    assert json.loads(words_of(result)) == result.structured_content


def test_a_quote_can_be_read_in_its_article(asked: Agent) -> None:
    answer = asked.gives("ask_news", question="Who was elected mayor of Invented Bay?")
    cited = answer["citations"][0]
    where = {name: cited[name] for name in ("article_id", "start_char_index", "end_char_index")}
    piece = asked.gives("get_article", **where, context=30)
    text = TEXTS[cited["article_id"]]
    assert piece["quote"] == cited["cited_text"]
    first, last = piece["start_char_index"], piece["end_char_index"]
    assert first == max(0, where["start_char_index"] - 30)
    assert last == min(len(text), where["end_char_index"] + 30)
    assert piece["text"] == text[first:last]
    assert (piece["characters"], piece["source"]) == (len(text), "Invented Post")


def test_a_refusal_is_no_error_and_has_leads(asked: Agent) -> None:
    answer = asked.gives("ask_news", question="Who won the chess championship of 1950?")
    assert (answer["abstained"], answer["answer"]) == (True, REFUSAL)
    assert answer["citations"] == answer["sentences"] == []
    assert len(answer["nearest"]) == 3
    for lead in answer["nearest"]:
        _is_quoted(lead)


def test_filters_by_date_and_source(asked: Agent) -> None:
    def found(**filters: Any) -> set[str]:
        given = asked.gives("search_news", query="Invented Bay ferry mayor", limit=20, **filters)
        for one in given["results"]:
            text = TEXTS[one["article_id"]]
            assert text[one["start_char_index"] : one["end_char_index"]] == one["text"]
        return {one["article_id"] for one in given["results"]}

    assert found() == set(TEXTS)
    assert found(after="2024-01-15") == {"wire/ferry", "post/mayor"}  # its day is in
    assert found(after="2024-01-15", before="2024-03-02") == {"wire/ferry"}  # its day is out
    assert found(sources=["invented  post"]) == {"post/mayor", "long"}
    answer = asked.gives("ask_news", question="Who was elected mayor?", before="2024-01-01")
    assert answer["undated_left_out"] == 1
    assert {lead["article_id"] for lead in answer["nearest"]} <= {"long"}


def test_a_long_article_comes_in_parts(asked: Agent) -> None:
    parts, at = [], 0
    while at is not None:
        piece = asked.gives("get_article", article_id="long", start_char_index=at)
        assert piece["start_char_index"] == at
        assert piece["quote"] is None
        assert len(piece["text"]) <= MAX_CHARACTERS
        parts.append(piece["text"])
        at = piece["next_char_index"]
    assert len(parts) == -(-len(LONG) // MAX_CHARACTERS) > 1
    assert "".join(parts) == LONG


LONG_QUESTION = "a" * 2_001


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("ask_news", {}, "question: is missing; give it"),
        ("ask_news", {"question": "?!"}, "the question holds no word"),
        ("ask_news", {"question": LONG_QUESTION}, "the question has 2,001 characters; give at"),
        ("ask_news", {"question": ["a"]}, "question: is a list; give a string"),
        ("ask_news", {"question": "Who?", "after": "May 2"}, "after: 'May 2' is not a day; give"),
        ("ask_news", {"question": "Who?", "sources": [" "]}, "sources: one of them is blank; give"),
        (
            "ask_news",
            {"question": "Who?", "asked_at": "now"},
            "asked_at: 'now' is not a date; give",
        ),
        ("ask_news", {"question": "Who?", "since": "2024"}, "since: is no field here; remove it"),
        ("search_news", {"query": "a", "limit": 21}, "limit: is too large; give at most 20"),
        ("search_news", {"query": "a", "limit": "3"}, "limit: is a string; give a whole number"),
        ("get_article", {"article_id": "none"}, "there is no article 'none' in the archive"),
        (
            "get_article",
            {"article_id": "undated", "start_char_index": 9, "end_char_index": 99},
            "start_char_index is 9 and end_char_index 99; the article has 37 characters: give",
        ),
        (
            "get_article",
            {"article_id": "undated", "start_char_index": 38},
            "start_char_index is 38 and end_char_index 38; the article has 37 characters: give",
        ),
        (
            "get_article",
            {"article_id": "long", "end_char_index": MAX_CHARACTERS + 1},
            "from 0 to 10001 are 10,001 characters; give at most 10,000 at a time",
        ),
    ],
)
def test_what_is_wrong_with_a_call_is_told_to_the_model(
    asked: Agent, tool: str, arguments: dict[str, Any], words: str
) -> None:
    assert asked.refuses(tool, **arguments).startswith(words)
    assert asked.gives("search_news", query="ferry")["results"]  # the next call is none the worse


def test_all_that_is_wrong_is_told_at_once(asked: Agent) -> None:
    words = asked.refuses("search_news", limit=0, made_up=1)
    assert words.splitlines() == [
        "query: is missing; give it",
        "limit: is too small; give at least 1",
        "made_up: is no field here; remove it or correct its name",
    ]


def test_errors_have_the_words_that_http_has(asked: Agent, archive: Archive, own: Engine) -> None:
    same = Engine(archive, own.reader, own.calibrator, own.settings)
    http = client_of(create_app(same))
    for wrong in ({}, {"question": " "}, {"question": LONG_QUESTION}, {"question": "a", "x": 1}):
        told = http.post("/v1/ask", json=wrong).json()["detail"]
        assert asked.refuses("ask_news", **wrong) == told
    told = http.get("/v1/articles/none").json()["detail"]
    assert asked.refuses("get_article", article_id="none") == told


def test_a_tool_that_does_not_exist(asked: Agent) -> None:
    with pytest.raises(mcp.MCPError) as raised:
        asked.call("delete_news")
    assert raised.value.code == mcp.types.INVALID_PARAMS
    assert "there are ask_news, search_news, get_article" in raised.value.message
    assert asked.gives("search_news", query="ferry")["results"]


def test_what_is_ingested_or_removed_beside_it_is_seen_at_once(
    asked: Agent, archive: Archive
) -> None:
    before = asked.gives("ask_news", question="What did the observatory discover?")
    assert before["abstained"] is True
    text = "The observatory of Invented Bay discovered a comet."
    list(archive.ingest([Article("comet", text, source="Invented Wire")]))
    after = asked.gives("ask_news", question="What did the observatory discover?")
    assert "comet" in after["answer"]
    assert after["citations"][0]["cited_text"] == text
    assert after["snapshot"] != before["snapshot"]
    archive.remove(["comet"])
    words = asked.refuses("get_article", article_id="comet")
    assert words.startswith("there is no article 'comet'")


def test_the_log_has_a_line_for_a_call_and_none_of_its_words(asked: Agent) -> None:
    asked.call("ask_news", question="Was it the zeppelin?")
    asked.refuses("get_article", article_id="zeppelin")
    lines = [json.loads(line) for line in asked.log().splitlines()]
    last = [(line["message"], line["tool"], line["outcome"]) for line in lines[-2:]]
    assert last == [("call", "ask_news", "done"), ("call", "get_article", "rejected")]
    assert "zeppelin" not in asked.log()


def test_an_older_client_and_an_archive_that_is_made_later(
    tmp_path: Path, encoder: Encoder
) -> None:
    """A client that begins with a handshake; the calls say what is missing, until it is there."""
    with agent(tmp_path / "later", tmp_path, mode="legacy") as late:
        words = late.refuses("ask_news", question="Who was rescued?")
        assert words == (
            f"{tmp_path / 'later'}: there is no archive; `dateline ingest` makes one, or --data "
            "names another"
        )
        assert late.refuses("get_article", article_id="wire/ferry") == words
        list(Archive(Settings.load({}, data=tmp_path / "later").data, encoder).ingest(ARTICLES))
        assert late.gives("get_article", article_id="wire/ferry")["text"] == FERRY
        assert '"not open"' in late.log()

"""A server of one invented article for the real `openai` package, and how it is asked there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import openai
from openai.types.chat import ChatCompletionChunk

from api.app import create_app
from rag.engine import Engine
from tests.served import PATIENCE, GatedReader, gated_engine, served, settings_for

KEY = "invented"
ASKED: Any = {"role": "user", "content": "Who closed the harbour?"}


class Service(NamedTuple):
    reader: GatedReader
    engine: Engine
    address: str
    client: openai.OpenAI


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    """Its reader finds the first three characters of the one article, at once."""
    reader = GatedReader()
    reader.gate.set()
    engine = gated_engine(reader, settings_for(folder, api_key=KEY))
    try:
        with served(create_app(engine)) as address, client_at(address) as client:
            yield Service(reader, engine, address, client)
    finally:
        reader.gate.set()


def client_at(address: str, **given: Any) -> openai.OpenAI:
    options: Any = {"api_key": KEY, "max_retries": 0, "timeout": PATIENCE} | given
    return openai.OpenAI(base_url=f"{address}/v1", **options)


def complete(client: openai.OpenAI, messages: list[Any] | None = None, **more: Any) -> Any:
    given = {"model": "dateline", "messages": [ASKED] if messages is None else messages} | more
    return client.chat.completions.create(**given)


def joined(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)

"""What the engine tells on its way, and when. The article is invented."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import InvalidInput
from index.filters import Filters
from rag.deadline import NEVER, Deadline
from rag.progress import Passages, Step
from rag.question import Question
from rag.reader import Pair, Reading
from tests.served import GatedReader, gated_engine, settings_for

FILTERS = Filters.parse("2024-01-01")


class TellingReader(GatedReader):
    """Notes how much was told by the time it reads."""

    def __init__(self, told: list[Step]) -> None:
        super().__init__()
        self.gate.set()
        self.told = told
        self.before: list[Step] = []

    def read(self, pairs: Sequence[Pair], deadline: Deadline = NEVER) -> list[Reading]:
        self.before = list(self.told)
        return super().read(pairs, deadline)


def test_what_is_understood_and_what_is_found_before_it_is_read(tmp_path: Path) -> None:
    told: list[Step] = []
    reader = TellingReader(told)
    engine = gated_engine(reader, settings_for(tmp_path))
    answer = engine.ask(
        " Who closed  the harbour?", filters=FILTERS, asked_at="2024-01-16", tell=told.append
    )
    assert told == reader.before  # the answer is not told
    understood, passages = told
    assert isinstance(understood, Question)
    assert understood.window is not None  # a day was given
    plain = replace(understood, window=None)
    assert plain == Question("Who closed the harbour?", FILTERS, "2024-01-16", None)
    assert isinstance(passages, Passages)
    assert [found.article.id for found in passages.found] == ["harbour"]
    assert list(passages.found) == engine.search(
        "Who closed the harbour?", filters=FILTERS, asked_at="2024-01-16"
    )
    assert answer.text == "The"


def test_a_question_that_is_refused_at_once_tells_nothing(tmp_path: Path) -> None:
    told: list[Step] = []
    engine = gated_engine(GatedReader(), settings_for(tmp_path))
    with pytest.raises(InvalidInput):
        engine.ask("?", tell=told.append)
    assert told == []

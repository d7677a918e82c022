"""Invented articles that the tests of the page ask: two that agree and disagree, one that attacks.

The attack has emoji before its quote, where UTF-16 units and code points part.
"""

from dataclasses import replace
from pathlib import Path

from index.archive import Archive
from index.records import Article
from index.sources.fields import seal
from rag.engine import Engine
from rag.settings import Settings
from tests.conftest import SEEDS
from tests.hostile import ATTACKS

MAYOR = "Who is the mayor of Port Ansel?"
FERRY = "How many people were rescued from the ferry Gannet?"
UNKNOWN = "Who won the 2022 World Cup?"
ARTICLES = [
    seal(
        Article(
            "ansel/1",
            "Invented. The ferry Gannet sank off Port Ansel in the storm. The harbour master said "
            "that 14 people were rescued from the ferry Gannet on Monday night by the coast guard. "
            "Ida Holt, the mayor of Port Ansel, thanked them.",
            title="Storm shuts Port Ansel",
            source="Ansel Wire",
            published_at="2024-01-15",
            url="https://wire.example/1",
        )
    ),
    seal(
        Article(
            "dunmere/1",
            "Invented. The coast guard has ended its search off Port Ansel. It said that 23 people "
            "were rescued from the ferry Gannet on Monday night. The mayor of Port Ansel, Ida "
            "Holt, visited them in hospital.",
            title="Coast guard counts the rescued",
            source="Dunmere Post",
            published_at="2024-01-17",
            url="javascript:alert(1)",
        )
    ),
]
_MARKUP = next(one for one in ATTACKS if one.article.id.startswith("hostile/markup"))
_BEFORE = "\U0001f388\U0001f469\u200d\U0001f680 \u202e\u200f \r\n\r\n"
HOSTILE = replace(
    _MARKUP,
    article=seal(
        replace(
            _MARKUP.article,
            text=_BEFORE + _MARKUP.article.text.replace("The mayor", "\U0001f388 The mayor"),
            title=_BEFORE.strip() + " " + (_MARKUP.article.title or ""),
        )
    ),
)


def town(engine: Engine, folder: Path) -> Engine:
    """An archive of its own with the seeds and these articles, and the models that are loaded."""
    archive = Archive(folder, engine.archive.encoder)
    opened = Engine(archive, engine.reader, engine.calibrator, Settings(data=archive.folder))
    opened.ingest(SEEDS, *ARTICLES, HOSTILE.article)
    return opened

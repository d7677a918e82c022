"""Turns a question into a cited answer. Knows nothing of HTTP or of scoring.

import rag
engine = rag.open("my-archive")
engine.ingest("articles/")
engine.ask("what was the 2018 agreement?")
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.engine import Engine

__all__ = ["open"]


def open(data: str | Path | None = None, **settings: Any) -> "Engine":
    """Opens the archive in the folder `data`, making it if it is new.

    `settings` are those of `rag.settings.Settings`; what is not given comes from `DATELINE_*`
    variables or is the default.
    """
    # Imported here: `import rag.settings` must not load the indexes.
    from rag.engine import open_engine
    from rag.settings import Settings

    return open_engine(Settings.load(data=data, **settings))

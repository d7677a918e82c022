"""A corpus of articles -> an engine over them. Made once, and again when what makes it changes.

The archive lies in the user's cache, under a hash of the corpus and of everything that turns an
article into findable passages: another splitter, encoder or index is another archive.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from eval.build import hash_code
from index.errors import InvalidRecord
from index.records import Article
from index.sources import read_paths
from rag.engine import Engine, open_engine
from rag.settings import Settings

KEPT_DAYS = 14


def read_corpus(path: Path) -> list[Article]:
    """Raises the first thing that is wrong: an archive of a part would flatter and hide."""
    articles = []
    for record in read_paths([path]):
        if isinstance(record, InvalidRecord):
            raise record
        articles.append(record)
    return articles


def hash_corpus(articles: Iterable[Article]) -> str:
    """SHA-256 (hex) over ids and contents, in their order."""
    digest = hashlib.sha256()
    for article in articles:
        digest.update(f"{article.id}\n{article.sha256}\n".encode())
    return digest.hexdigest()


def open_corpus(
    articles: list[Article],
    settings: Settings,
    tell: Callable[[int], None] = lambda _: None,
    home: Path | None = None,
) -> Engine:
    """An engine over just these articles; `tell` is given how many were stored so far.

    `home` holds the archives, by default in the user's cache. An archive that was left half made is
    gone on with. Raises what ingest raises, or the first article that it refuses.
    """
    home = home or user_cache_path("dateline") / "eval"
    home.mkdir(parents=True, exist_ok=True)
    folder = home / archive_name(hash_corpus(articles), settings.encoder, hash_code("index"))
    with FileLock(home / ".lock"):
        _forget_old(home, folder)
        engine = open_engine(replace(settings, data=folder))
        if engine.archive.snapshot().counts()[0] < len(articles):
            for done, outcome in enumerate(engine.archive.ingest(articles), 1):
                if outcome.problem:
                    raise outcome.problem
                tell(done)
        (folder / "used").touch()
    return engine


def archive_name(corpus: str, encoder: str, code: str) -> str:
    """A folder's name: 16 hex digits over the corpus' hash, the encoder, the code's hash and what
    versions of libraries split and index."""
    libraries = [version(name) for name in ("sentencex", "tantivy", "faiss-cpu")]
    parts = (corpus, encoder, code, *libraries)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _forget_old(home: Path, but: Path) -> None:
    """Deletes archives that nobody has used for a fortnight."""
    limit = time.time() - KEPT_DAYS * 86_400
    for folder in home.iterdir():
        used = folder / "used"
        if folder.is_dir() and folder != but and used.exists() and used.stat().st_mtime < limit:
            with suppress(OSError):
                shutil.rmtree(folder)

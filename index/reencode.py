"""Changes an archive to another encoder: every vector is made again, in one transaction."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from index.encode import Encoder
from index.files import WriterLock
from index.heading import below_heading, heading
from index.records import Article
from index.store import Store

_BATCH = 64


def encoded_text(article: Article, start: int, end: int) -> str:
    """What the encoder reads for a passage: its article's heading, then its text."""
    return below_heading(heading(article), article.text[start:end])


def re_encode(
    folder: Path, encoder: Encoder, progress: Callable[[int, int], None] | None = None
) -> int:
    """Encodes all passages of the archive in `folder` again; how many there were.

    Also those that were removed and are not purged yet: an index may not know of the removal.
    A crash leaves the archive with its old encoder. `progress` is told (done, all). The indexes
    follow when the archive is next opened. Raises ArchiveBusy while another process writes.
    """
    store = Store(folder / "archive.sqlite")
    with WriterLock(folder, wait_seconds=10).held(), store.change() as change:
        passages = list(store.every_passage())
        for at in range(0, len(passages), _BATCH):
            part = passages[at : at + _BATCH]
            vectors = encoder.encode([encoded_text(p.article, p.start, p.end) for p in part])
            change.set_vectors(zip((p.id for p in part), vectors, strict=True))
            if progress:
                progress(at + len(part), len(passages))
        change.set_encoder(encoder.name, encoder.fingerprint, encoder.dimension)
        # Before the commit: whoever finds it behind a crash would take it for another archive's.
        with suppress(OSError):
            (folder / "dense.faiss").unlink(missing_ok=True)
    return len(passages)

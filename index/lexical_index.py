"""The folder of the tantivy index, made from what the store holds: a cache that can be deleted.

The last change that it has caught up with is a document in the same commit.
"""

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Document

from index.changes import GENESIS, Head
from index.filters import Filters
from index.heading import heading
from index.lexical import (
    UNDATED,
    LexicalSnapshot,
    day_number,
    make_analyser,
    make_schema,
    read_head,
)
from index.store import Store, StoredPassage

_HEAP_BYTES = 50_000_000
_FOOTER_MAGIC = 1337


class LexicalIndex:
    """The folder of one tantivy index. Only the holder of the writer lock may call `catch_up`."""

    def __init__(self, folder: Path) -> None:
        """Opens or creates the index. Raises ValueError or OSError when it is damaged."""
        self._schema = make_schema()
        self._analyser = make_analyser()
        folder.mkdir(exist_ok=True)
        _check_files(folder)
        self._index = tantivy.Index(self._schema, path=str(folder), reuse=True)
        self._index.register_tokenizer("news", self._analyser)
        self._index.config_reader(reload_policy="manual")

    def snapshot(self) -> LexicalSnapshot:
        """The last commit, by whichever process. Raises ValueError when it cannot be read."""
        self._index.reload()
        searcher = self._index.searcher()
        head = read_head(searcher, self._schema)
        return LexicalSnapshot(head, searcher, self._schema, self._analyser)

    def catch_up(self, store: Store, head: Head) -> None:
        """Brings the index to `head`; from the beginning if it was made from another history."""
        at = self.snapshot().head
        if at == head:
            return
        writer = self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        try:
            # A crash inside a commit leaves a file of a name that the next commit would give again.
            writer.garbage_collect_files()
            if not store.holds(at) or at.seq > head.seq:
                writer.delete_all_documents()
                at = GENESIS
            for row in store.rows_removed(at.seq, head.seq):
                writer.delete_documents_by_term("article_row", int(row))
            for passage in store.passages_added(at.seq, head.seq):
                writer.add_document(_document(passage))
            writer.delete_documents_by_term("state", "head")
            marker = Document()
            marker.add_text("state", "head")
            marker.add_text("state", head.digest)
            marker.add_integer("seq", head.seq)
            writer.add_document(marker)
            writer.commit()
        finally:
            writer.wait_merging_threads()


def _check_files(folder: Path) -> None:
    """Raises ValueError if a file of the last commit differs from its own checksum.

    Tantivy never compares them, and panics or finds wrong passages where a bit has flipped.
    """
    try:
        meta = json.loads((folder / "meta.json").read_bytes())
        segments = [_names(segment) for segment in meta["segments"]]
    except FileNotFoundError:
        return
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("meta.json is damaged") from error
    for name, deletions in segments:
        for path in folder.glob(f"{name}.*"):
            if path.suffix == ".del" and path.name != deletions:
                continue  # of a commit that a crash cut short; nobody reads it
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue  # merged away by another process
            if not _is_whole(content):
                raise ValueError(f"{path.name} differs from its checksum")


def _names(segment: Any) -> tuple[str, str | None]:
    """What a segment's files begin with, and the file of its deletions, from `meta.json`."""
    name, deletes = segment["segment_id"].replace("-", ""), segment.get("deletes")
    return name, f"{name}.{deletes['opstamp']}.del" if deletes else None


def _is_whole(content: bytes) -> bool:
    """Whether a file fits its footer: `JSON with the CRC-32 of what is before, its length, 1337`.

    The two numbers are 4 bytes each, the lowest first.
    """
    try:
        length, magic = struct.unpack("<II", content[-8:])
        end = len(content) - 8 - length
        crc: int = json.loads(content[end:-8])["crc"]
    except (ValueError, KeyError, TypeError, struct.error):
        return False
    return magic == _FOOTER_MAGIC and crc == zlib.crc32(memoryview(content)[:end])


def _document(passage: StoredPassage) -> Document:
    article = passage.article
    document = Document()
    document.add_text("body", f"{heading(article)}\n{article.text[passage.start : passage.end]}")
    document.add_integer("passage_id", passage.id)
    document.add_integer("article_row", passage.article_row)
    day = day_number(article.published_at) if article.published_at else UNDATED
    document.add_integer("day", day)
    key = Filters.source_key(article.source)
    if key:
        document.add_text("source", key)
    return document

"""The archive that the rest of the program sees: open, ingest, remove, snapshot.

The path of an article: a source gives it -> split -> encode -> store (one transaction per batch),
then FAISS and tantivy catch up from the store. Knows nothing of questions, answers or HTTP.
"""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import UTC, timedelta
from pathlib import Path

from index.changes import GENESIS, NewArticle
from index.database import damaged
from index.encode import Encoder
from index.errors import ArchiveUnusable, EncoderMismatch, InvalidRecord
from index.files import WriterLock
from index.indexes import Indexes
from index.records import Article
from index.reencode import encoded_text
from index.snapshot import Snapshot
from index.sources.fields import article_from_fields, seal
from index.split import split_passages
from index.store import Clock, Store, wall_clock

# A batch is stored at once and found as soon as its outcomes are taken: about a second of encoding
# on two cores.
BATCH_ARTICLES = 64
BATCH_CHARACTERS = 100_000
KEEP_REMOVED = timedelta(minutes=15)  # another process may still be answering from a version


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: `added`, `updated`, `unchanged` or `rejected`.

    `id` is "" and `problem` is set when it was rejected. An outcome is given once the article is
    safely stored, not before.
    """

    status: str
    id: str
    passages: int = 0
    problem: InvalidRecord | None = None


class Archive:
    """One folder. Safe to use from several threads; other processes may use the folder too."""

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        wait_seconds: float = 10.0,
        create: bool = True,
        clock: Clock = wall_clock,
    ) -> None:
        """Opens the archive, or creates it if it may, and brings its indexes up to date.

        Raises EncoderMismatch, ArchiveDamaged, or ArchiveUnusable when the folder cannot be used.
        """
        if not create and not folder.exists():
            raise ArchiveUnusable(
                f"{folder}: there is no archive; `dateline ingest` makes one, or --data names "
                f"another"
            )
        self.folder = folder
        self.encoder = encoder
        self._clock = clock
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveUnusable(
                f"{folder}: {error.strerror}; choose another folder with --data, or mend this one"
            ) from error
        self._lock = WriterLock(folder, wait_seconds)
        self.store = self._open_store(folder / "archive.sqlite")
        self._check_encoder()
        _, fingerprint, dimension = self._own_encoder()
        self._indexes = Indexes(folder, self.store, self._lock, fingerprint, dimension)
        if self.store.head() != self._indexes.current.head or not self._indexes.saved():
            self._indexes.catch_up_if_free()

    @property
    def notes(self) -> list[str]:
        """What was found wrong with a derived index, and mended."""
        return self._indexes.notes

    def ingest(self, records: Iterable[Article | InvalidRecord]) -> Iterator[Outcome]:
        """Stores articles, batch by batch, and tells what became of each, in order.

        Lazy: nothing happens until the outcomes are taken. Stopping early, or an exception, leaves
        a consistent archive with every article whose outcome was given. Raises ArchiveBusy.
        """
        with self._lock.held():
            self._check_encoder()
            self._purge()
            try:
                for batch in _batches(map(_checked, records)):
                    yield from self._store_batch(batch)
                    self._indexes.catch_up()
            finally:
                self._indexes.catch_up()
                self._indexes.save()

    def remove(self, ids: Iterable[str]) -> list[str]:
        """Takes articles out of every later snapshot; the ids that were there. Raises ArchiveBusy.

        Their text is deleted from the disk by the first ingest a quarter of an hour later.
        """
        with self._lock.held():
            wanted = list(dict.fromkeys(ids))
            present = self.store.hashes(wanted)
            if present:
                with self.store.change() as change:
                    for id_ in present:
                        change.remove(id_)
                try:
                    self._indexes.catch_up()
                    self._indexes.save()
                except ArchiveUnusable:  # a full disk: nobody finds them any more, all the same
                    self._indexes.catch_up_alone()
            return [id_ for id_ in wanted if id_ in present]

    @property
    def current(self) -> Snapshot:
        """The snapshot that is open, without a look at what was changed since."""
        return self._indexes.current

    def is_new(self) -> bool:
        """Whether nothing was ever stored here; an archive that was emptied is not new."""
        return self.store.head() == GENESIS

    def snapshot(self) -> Snapshot:
        """The newest state that both indexes have reached; it stays as it is while it is held.

        Raises EncoderMismatch when another process has changed the archive's encoder.
        """
        if self.store.head() != self._indexes.current.head:
            self._check_encoder()
            self._indexes.catch_up_if_free()
        return self._indexes.current

    def _open_store(self, path: Path) -> Store:
        fresh = not path.exists() or path.stat().st_size < 2  # SQLite takes one byte for none
        if fresh and (self.folder / "lexical").exists():
            # SQLite would begin a new archive here, and the indexes of the old one would follow.
            raise damaged(path, "the file is missing or empty, and what was made from it is here")
        # Two processes that make one file at the same moment lock each other out.
        with self._lock.held() if fresh else nullcontext():
            return Store(path, self._clock)

    def _store_batch(self, batch: list[Article | InvalidRecord]) -> list[Outcome]:
        known = self.store.hashes([r.id for r in batch if isinstance(r, Article)])
        fresh: dict[str, Article] = {}
        outcomes = []
        for record in batch:
            if isinstance(record, InvalidRecord):
                outcomes.append(Outcome("rejected", "", problem=record))
            elif known.get(record.id) == record.sha256:
                outcomes.append(Outcome("unchanged", record.id))
            else:
                outcomes.append(Outcome("updated" if record.id in known else "added", record.id))
                known[record.id] = record.sha256
                fresh[record.id] = record
        prepared = self._prepare(list(fresh.values()))
        if prepared:
            with self.store.change() as change:
                if self.store.encoder() is None:
                    change.set_encoder(*self._own_encoder())
                for new in prepared:
                    change.put(new)
        sizes = {new.article.id: len(new.spans) for new in prepared}
        return [
            replace(o, passages=sizes[o.id]) if o.status in ("added", "updated") else o
            for o in outcomes
        ]

    def _prepare(self, articles: list[Article]) -> list[NewArticle]:
        spans = [split_passages(a.text, a.body_start, a.language) for a in articles]
        texts = [
            encoded_text(article, start, end)
            for article, cut in zip(articles, spans, strict=True)
            for start, end in cut
        ]
        vectors = self.encoder.encode(texts)
        prepared, at = [], 0
        for article, cut in zip(articles, spans, strict=True):
            prepared.append(NewArticle(article, cut, vectors[at : at + len(cut)]))
            at += len(cut)
        return prepared

    def _purge(self) -> None:
        limit = (self._clock().astimezone(UTC) - KEEP_REMOVED).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.store.purge(self._indexes.oldest_seq(), limit)

    def _check_encoder(self) -> None:
        made_with = self.store.encoder()
        ours = self._own_encoder()
        if made_with and made_with[1:] != ours[1:]:
            raise EncoderMismatch(
                f"the archive {self.folder} was made with the encoder {made_with[0]} "
                f"({made_with[1]}), and {ours[0]} ({ours[1]}) is in use; run `dateline ingest "
                f"--re-encode` to change the archive to the second, or set DATELINE_ENCODER to the "
                f"first, if that was a model by its name"
            )

    def _own_encoder(self) -> tuple[str, str, int]:
        return self.encoder.name, self.encoder.fingerprint, self.encoder.dimension


def _batches(
    records: Iterable[Article | InvalidRecord],
) -> Iterator[list[Article | InvalidRecord]]:
    batch: list[Article | InvalidRecord] = []
    characters = 0
    for record in records:
        batch.append(record)
        characters += len(record.text) if isinstance(record, Article) else 0
        if len(batch) == BATCH_ARTICLES or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _checked(record: Article | InvalidRecord) -> Article | InvalidRecord:
    """Sources check and seal what they read; an article made in a notebook comes as it is."""
    if isinstance(record, InvalidRecord) or record.sha256:
        return record
    try:
        article = article_from_fields(asdict(record), f"article {record.id!r}")
    except InvalidRecord as error:
        return error
    if not article.text[max(0, record.body_start) :].strip() or record.body_start < 0:
        words = f"is {record.body_start}, and no text follows there; give where the body begins"
        return InvalidRecord(f"article {record.id!r}", "body_start", words)
    return seal(replace(article, body_start=record.body_start))

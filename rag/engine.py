"""The path of a question, from top to bottom.

question -> understand -> retrieve -> read -> rank -> calibrate -> compose -> verify -> Answer
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.archive import Archive
from index.encode import load_encoder
from index.errors import InvalidInput, InvalidRecord, NotFound
from index.filters import Filters
from index.onnx import Workers
from index.records import Article
from index.snapshot import Snapshot
from index.sources import read_paths, reject_repeated_ids
from index.sources.fields import seal
from rag.answer import REFUSAL, Answer
from rag.calibrate import Calibrator
from rag.candidate import Candidate
from rag.carry import CarriedTopic
from rag.compose import Composed, compose, leads
from rag.conflict import find_conflict
from rag.deadline import NEVER, Deadline
from rag.features import features
from rag.lazy import Lazy
from rag.longer import OFF, Longer
from rag.progress import Passages, Tell, to_nobody
from rag.question import understand
from rag.reader import MODELS, SHIPPED, Pair, Reader, load_reader
from rag.report import IngestReport, fold
from rag.retrieve import Found, retrieve
from rag.settings import Settings
from rag.spelling import speller
from rag.standalone import FollowUps, Turn
from rag.stopwatch import Stopwatch
from rag.timing import Window, evidence, keeps_up
from rag.verify import verify

PASSAGES_READ = 10
MAX_FOUND = 100
SPANS_ONLY = Lazy(lambda: OFF)
BY_RULES = CarriedTopic()


@dataclass(frozen=True, slots=True)
class Trace:
    """An answer, and what it was chosen from: the passages read, best first, refused or not.

    `composed` is what it says, or would have said if not refused; None if nothing was found.
    """

    answer: Answer
    composed: Composed | None
    candidates: tuple[Candidate, ...]
    snapshot: Snapshot
    window: Window | None = None  # the time that the question prefers


class Engine:
    """An open archive and the models that answer from it. Safe to use from several threads."""

    def __init__(
        self,
        archive: Archive,
        reader: Lazy[Reader],
        calibrator: Lazy[Calibrator],
        settings: Settings,
        longer: Lazy[Longer] = SPANS_ONLY,
        follow_ups: FollowUps = BY_RULES,
    ) -> None:
        """The models are loaded by the first question; all else does without."""
        self.archive = archive
        self.reader = reader
        self.calibrator = calibrator
        self.settings = settings
        self.longer = longer
        self.follow_ups = follow_ups

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        asked_at: str | None = None,
        deadline: Deadline = NEVER,
        tell: Tell = to_nobody,
    ) -> Answer:
        """The answer, every quote of it verified, or a refusal.

        `history` is what was asked and answered before, oldest first, at most 20 turns: a question
        that leans on it is looked up with the words that it needs of it, and a misspelt one as it
        was meant (`understood_as`). Nothing is remembered from call to call. `asked_at` is ISO
        8601, now by default. "This week" counts from it; if it is given, a question without a date
        of its own prefers what was published near it, if anything was. `tell` hears of each step
        on the way. Raises InvalidInput or TooLarge for what cannot be looked up, TimedOut or
        Abandoned when the deadline passes, or is given up, between two stages or passages.
        """
        return self.trace(
            question,
            history=history,
            filters=filters,
            asked_at=asked_at,
            deadline=deadline,
            tell=tell,
        ).answer

    def trace(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        asked_at: str | None = None,
        deadline: Deadline = NEVER,
        admits: Callable[[str], bool] | None = None,
        now: str | None = None,
        tell: Tell = to_nobody,
    ) -> Trace:
        """As `ask`, with what was read on the way; `admits` as in `retrieve`, `now` as in
        `understand`."""
        watch = Stopwatch()
        with watch("snapshot"):
            snapshot = self.archive.snapshot()
        spell = speller(snapshot.lexical)
        asked = understand(
            question, filters, asked_at, now, history, self.follow_ups, spell, snapshot.has_any
        )
        tell(asked)
        reader, calibrator, longer = self.reader.get(), self.calibrator.get(), self.longer.get()
        deadline.check()
        encoder = self.archive.encoder
        found = retrieve(
            snapshot, encoder, asked.text, asked.filters, PASSAGES_READ, watch, admits, asked.window
        )
        tell(Passages(tuple(found)))
        with watch("read"):
            pairs = [Pair(asked.text, f.heading, f.text) for f in found]
            readings = reader.read(pairs, deadline)
        deadline.check()
        with watch("compose"):
            candidates = calibrator.rank(found, readings, asked.window)
            confidence, composed = 0.0, None
            if candidates:

                def probability(ranked: Sequence[Candidate]) -> float:
                    values = features(asked.text, ranked, snapshot.lexical)
                    timely = evidence(asked.window, ranked[0].found.article)
                    return calibrator.probability(values, timely)

                best = candidates[0].found.article
                even = [c for c in candidates if keeps_up(asked.window, best, c.found.article)]
                conflict = find_conflict(asked.text, even, probability, calibrator.threshold)
                confidence = conflict.confidence if conflict else probability(candidates)
                sentences = longer.choose(asked.text, candidates[0])
                composed = compose(candidates, conflict.rival if conflict else None, sentences)
            abstained = composed is None or confidence < self.threshold
            said = composed if composed and not abstained else Composed(REFUSAL, (), ())
            draft = Answer(
                question=question,
                understood_as=asked.text,
                text=said.text,
                abstained=abstained,
                confidence=confidence,
                sentences=said.sentences,
                citations=said.citations,
                conflicting=said.conflicting,
                nearest=tuple(leads(found)) if abstained else (),
                as_of=snapshot.as_of(),
                asked_at=asked.asked_at,
                snapshot=snapshot.name,
                model=reader.name,
                undated_left_out=self._count_undated(asked.filters, snapshot.head.seq),
                timings_ms=watch.milliseconds,
            )
        with watch("verify"):
            answer = verify(draft, snapshot)
        return Trace(answer, composed, tuple(candidates), snapshot, asked.window)

    def search(
        self,
        query: str,
        *,
        filters: Filters = Filters(),
        asked_at: str | None = None,
        limit: int = 10,
        deadline: Deadline = NEVER,
    ) -> list[Found]:
        """The passages that a question would be answered from, best first, at most 100.

        `asked_at` as in `ask`.
        """
        if not 1 <= limit <= MAX_FOUND:
            raise InvalidInput(f"limit is {limit}; give a number from 1 to {MAX_FOUND}")
        snapshot, encoder = self.archive.snapshot(), self.archive.encoder
        spell = speller(snapshot.lexical)
        asked = understand(query, filters, asked_at, spell=spell, has_any=snapshot.has_any)
        deadline.check()
        return retrieve(snapshot, encoder, asked.text, asked.filters, limit, window=asked.window)

    def ingest(self, *sources: str | Path | Article) -> IngestReport:
        """Stores files, folders or articles; what became of them. Bad ones are in the report."""
        return fold(self.archive.ingest(_read(sources)))

    def remove(self, *ids: str) -> list[str]:
        """Takes articles out; the ids that were there."""
        return self.archive.remove(ids)

    def article(self, id_: str) -> Article:
        """Raises NotFound."""
        article = self.archive.snapshot().article(id_)
        if article is None:
            raise NotFound(f"there is no article {id_!r} in the archive; `status` counts them")
        return article

    def articles(self, after_id: str = "", limit: int = 100) -> list[Article]:
        """A page of the articles, ordered by id, from the first after `after_id`."""
        return self.archive.snapshot().articles(after_id, limit)

    def status(self) -> dict[str, Any]:
        snapshot = self.archive.snapshot()
        articles, passages = snapshot.counts()
        return {
            "folder": str(self.archive.folder),
            "articles": articles,
            "passages": passages,
            "snapshot": snapshot.name,
            "as_of": snapshot.as_of(),
            "encoder": f"{self.archive.encoder.name}-{self.archive.encoder.fingerprint}",
            "reader": self.settings.reader,
        }

    @property
    def threshold(self) -> float:
        """The confidence under which the answer is a refusal."""
        given = self.settings.threshold
        return self.calibrator.get().threshold if given is None else given

    def _count_undated(self, filters: Filters, seq: int) -> int:
        return self.archive.store.count_undated(filters, seq) if filters.by_date else 0


def _read(sources: Sequence[str | Path | Article]) -> Iterator[Article | InvalidRecord]:
    """All of the sources; what claims an id that another has claimed is an error."""
    given = [s for s in sources if isinstance(s, Article)]
    paths = [s for s in sources if not isinstance(s, Article)]
    placed = ((f"article {a.id!r}", a if a.sha256 else seal(a)) for a in given)
    yield from reject_repeated_ids(placed)
    yield from read_paths(paths)


def open_engine(settings: Settings, create: bool = True) -> Engine:
    """Opens the archive that the settings name, making it if it is new and may be made.

    Raises ArchiveUnusable, EncoderMismatch, ArchiveDamaged or ModelUnusable.
    """
    workers = Workers(settings.workers or None)
    encoder = load_encoder(settings.encoder, workers)
    archive = Archive(settings.data, encoder, create=create)
    reader = Lazy(lambda: load_reader(settings.reader, workers))
    calibrator = Lazy(lambda: Calibrator.load(MODELS / SHIPPED / "calibrator.json"))
    longer = Lazy(lambda: Longer.load(MODELS / SHIPPED / "longer.json"))
    return Engine(archive, reader, calibrator, settings, longer)

"""Perturbed articles -> engines over archives that hold them, each made of a copy and given up.

A corpus is encoded once. An archive with an article more, or with one changed, is a copy of its
archive's files into which that article is ingested; it lies in a temporary folder and is deleted
when the next one is opened. Changes share an archive where they cannot meet.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from eval.perturb.variants import Variant
from index.archive import Archive
from index.records import Article
from rag.engine import Engine

SHARE = 10  # an archive has at most one change for so many articles, or one


def share_out(variants: Sequence[Variant], articles: int) -> dict[str, int]:
    """By a variant's id, the number of the archive that its article goes into, from 0.

    No archive holds two changes that are about one right article, whose questions they would
    answer or hide from each other; and changes are at most a tenth of its articles, since what is
    rare decides a search. Variants that change no article are in none.
    """
    most = max(1, articles // SHARE)
    taken: list[set[str]] = []
    counts: list[int] = []
    numbers = {}
    for variant in variants:
        if variant.article is None:
            continue
        at = next(
            (i for i, about in enumerate(taken) if counts[i] < most and variant.about not in about),
            len(taken),
        )
        if at == len(taken):
            taken.append(set())
            counts.append(0)
        taken[at].add(variant.about)
        counts[at] += 1
        numbers[variant.id] = at
    return numbers


class Archives:
    """Gives each variant the engine over its archive; one changed archive is open at a time.

    Variants that follow each other should share an archive: each change of archive makes one.
    """

    def __init__(self, engine: Engine, variants: Sequence[Variant]) -> None:
        """`engine` is over the corpus as it is; nothing may write to its archive meanwhile."""
        self.engine = engine
        articles, _ = engine.archive.snapshot().counts()
        self.numbers = share_out(variants, articles)
        self._contents: dict[int, list[Article]] = {}
        for variant in variants:
            if variant.article is not None:
                self._contents.setdefault(self.numbers[variant.id], []).append(variant.article)
        self._open: tuple[int, Engine] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def in_order(self, variants: Sequence[Variant]) -> list[Variant]:
        """Those that ask the corpus as it is first, then archive by archive."""
        return sorted(variants, key=lambda variant: self.numbers.get(variant.id, -1))

    def engine_for(self, variant: Variant) -> Engine:
        """Raises what the ingest of its article raises."""
        number = self.numbers.get(variant.id)
        if number is None:
            return self.engine
        if self._open is None or self._open[0] != number:
            self._open = None
            self._stack.close()
            opened = self._stack.enter_context(changed(self.engine, self._contents[number]))
            self._open = number, opened
        return self._open[1]


@contextmanager
def changed(engine: Engine, articles: Sequence[Article]) -> Iterator[Engine]:
    """The same engine over a copy of its archive into which the articles have been ingested.

    Raises the first problem of an article.
    """
    with tempfile.TemporaryDirectory(prefix="dateline-") as scratch:
        folder = Path(scratch) / "archive"
        # SQLite makes its shared memory again from the journal; the lock is of the other folder.
        left_out = shutil.ignore_patterns("*-shm", "writer.*")
        shutil.copytree(engine.archive.folder, folder, ignore=left_out)
        archive = Archive(folder, engine.archive.encoder, create=False)
        try:
            for outcome in archive.ingest(articles):
                if outcome.problem:
                    raise outcome.problem
            settings = replace(engine.settings, data=folder)
            yield Engine(archive, engine.reader, engine.calibrator, settings)
        finally:
            archive.store.close()

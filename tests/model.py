"""What an archive is, as a plain dict from id to article, and whether a snapshot agrees with it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from index.filters import NO_FILTERS, Filters
from index.records import Article
from index.reencode import encoded_text
from index.snapshot import Snapshot
from index.split import split_passages
from tests.invented import CountingEncoder

Model = Mapping[str, Article]

ALL = 10_000  # more than there are passages
FILTERS = [
    Filters(after="2024-01-02"),
    Filters(before="2024-01-02"),
    Filters(after="2024-01-01", before="2024-01-03"),
    Filters(sources=("invented wire",)),
    Filters(after="2024-01-02", sources=("Invented Post", "Nowhere Times")),
]
_LOOKED_UP = 10  # of the articles, at most about: each one takes a search of all passages
_COMMON = "Bay"  # a word of every passage


def unique_word(article: Article) -> str:
    """The word that stands in every passage of this version, and in no other version."""
    return article.text.split()[1]


def assert_agrees(snapshot: Snapshot, model: Model, encoder: CountingEncoder) -> None:
    """By every way of reading a snapshot; the ids of its passages are told by the store alone."""
    encoded = encoder.encoded
    by_article = _assert_articles(snapshot, model)
    _assert_searches(snapshot, model, by_article, encoder)
    _assert_filters(snapshot, model, encoder)
    encoder.encoded = encoded  # questions; what was stored is what counts


def assert_gone(snapshot: Snapshot, words: Iterable[str]) -> None:
    for word in words:
        assert not len(snapshot.search_lexical(word, ALL)[0]), word


def _assert_articles(snapshot: Snapshot, model: Model) -> dict[str, list[int]]:
    """The ids of each article's passages, in the order in which they stand in the text."""
    paged: list[Article] = []
    while page := snapshot.articles(paged[-1].id if paged else "", limit=7):
        paged += page
        assert len(paged) <= len(model)
    assert [replace(a, ingested_at=None) for a in paged] == [model[id_] for id_ in sorted(model)]
    assert all(snapshot.article(a.id) == a for a in paged)
    days = [a.published_at for a in model.values() if a.published_at]
    assert snapshot.as_of() == max(days, default=None)
    ids = snapshot.lexical.ids().tolist()
    assert snapshot.counts() == (len(model), len(ids))
    assert len(snapshot.dense) == len(snapshot.lexical) == len(ids)
    by_article: dict[str, list[int]] = {id_: [] for id_ in model}
    spans = {id_: split_passages(article.text) for id_, article in model.items()}
    for number, (passage, article) in snapshot.passages(ids).items():
        assert passage.ordinal == len(by_article[article.id])
        assert (passage.start, passage.end) == spans[article.id][passage.ordinal]
        by_article[article.id].append(number)
    assert sum(map(len, by_article.values())) == len(ids) == sum(map(len, spans.values()))
    return by_article


def _assert_searches(
    snapshot: Snapshot, model: Model, by_article: dict[str, list[int]], encoder: CountingEncoder
) -> None:
    every = sorted(id_ for ids in by_article.values() for id_ in ids)
    for id_ in sorted(model)[:: len(model) // _LOOKED_UP + 1]:
        own, article = by_article[id_], model[id_]
        assert sorted(snapshot.search_lexical(unique_word(article), ALL)[0].tolist()) == own
        start, end = split_passages(article.text)[0]
        vector = encoder.encode([encoded_text(article, start, end)])[0]
        ids, scores = snapshot.search_dense(vector, ALL)
        assert sorted(ids.tolist()) == every
        assert (ids[0], scores[0] > 0.999) == (own[0], True)


def _assert_filters(snapshot: Snapshot, model: Model, encoder: CountingEncoder) -> None:
    vector = encoder.encode([_COMMON])[0]
    for filters in [NO_FILTERS, *FILTERS]:
        expected = {id_ for id_, article in model.items() if _passes(article, filters)}
        for ids, _ in (
            snapshot.search_dense(vector, ALL, filters),
            snapshot.search_lexical(_COMMON, ALL, filters),
        ):
            found = snapshot.passages(ids.tolist())
            assert len(found) == len(ids)
            assert {article.id for _, article in found.values()} == expected, filters
        undated = {
            id_
            for id_, article in model.items()
            if article.published_at is None and _passes(article, filters.without_dates())
        }
        assert snapshot.store.count_undated(filters, snapshot.head.seq) == len(undated)


def _passes(article: Article, filters: Filters) -> bool:
    """The filter as its documentation has it: `after` includes its day, `before` excludes it."""
    if filters.by_date:
        day = (article.published_at or "")[:10]
        if not day or day < (filters.after or "") or day >= (filters.before or "9999-99-99"):
            return False
    sources = {source.casefold() for source in filters.sources}
    return not sources or (article.source or "").casefold() in sources

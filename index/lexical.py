"""BM25 in tantivy: the schema, the analysis of texts, and search on one frozen state.

Questions are never given to tantivy's query parser, which raises on an odd quote and reads `date:`
as a field: they are analysed into terms, and the query is built from these.

BM25 has tantivy's k1 = 1.2 and b = 0.75; a passage's length is rounded as Lucene does. Passages
removed lately still count in a term's rarity until tantivy merges their segment.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tantivy
from tantivy import Occur, Query

from index.changes import GENESIS, Head
from index.filters import NO_FILTERS, Filters

UNDATED = 0
_MAX_TERMS = 256  # of one question; more only costs time


def make_analyser() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(60),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


def make_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", tokenizer_name="news")
    builder.add_integer_field("passage_id", indexed=True, fast=True)
    builder.add_integer_field("article_row", indexed=True)
    builder.add_integer_field("day", indexed=True, fast=True)
    builder.add_text_field("source", tokenizer_name="raw")
    builder.add_text_field("state", tokenizer_name="raw", stored=True)
    builder.add_integer_field("seq", stored=True)
    return builder.build()


@dataclass(frozen=True, slots=True)
class LexicalSnapshot:
    """The passages at `head`, frozen: later commits do not show."""

    head: Head
    _searcher: tantivy.Searcher
    _schema: tantivy.Schema
    _analyser: tantivy.TextAnalyzer

    def __len__(self) -> int:
        documents: int = self._searcher.num_docs
        return max(0, documents - 1)  # without the one that names the state

    def ids(self) -> np.ndarray:
        """(len(self),) int64, ascending: the ids of all passages."""
        integer, last = tantivy.FieldType.Integer, np.iinfo(np.int64).max
        every = Query.range_query(self._schema, "passage_id", integer, 0, int(last))
        return np.sort(self._run([(Occur.Must, every)], len(self))[0])

    def search(
        self, question: str, k: int, filters: Filters = NO_FILTERS
    ) -> tuple[np.ndarray, np.ndarray]:
        """Ids and BM25 scores, best first, of at most k passages that share a term."""
        terms = self._terms(question)
        if not terms:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        return self._run([(Occur.Must, terms), *self._clauses(filters)], k)

    def scores(self, question: str, ids: Sequence[int]) -> np.ndarray:
        """(len(ids),) BM25 scores; 0 for a passage that shares no term with the question."""
        scores = np.zeros(len(ids), dtype=np.float32)
        terms = self._terms(question)
        if not terms or not len(ids):
            return scores
        wanted = [int(id_) for id_ in ids]
        these = Query.term_set_query(self._schema, "passage_id", wanted)
        only = Query.const_score_query(these, 0.0)
        found = self._run([(Occur.Must, terms), (Occur.Must, only)], len(wanted))
        by_id = dict(zip(found[0].tolist(), found[1].tolist(), strict=True))
        return np.array([by_id.get(id_, 0.0) for id_ in wanted], dtype=np.float32)

    def tokens(self, text: str) -> list[str]:
        """The text's index terms, in order, as often as they stand there."""
        tokens: list[str] = self._analyser.analyze(text)
        return tokens

    def terms(self, text: str) -> list[str]:
        """The text's distinct index terms, in order."""
        return list(dict.fromkeys(self.tokens(text)))

    def count(self, term: str) -> int:
        """How many passages hold an index term; until a merge, removed ones among them."""
        holding: int = self._searcher.doc_freq("body", term)
        return min(len(self), holding)

    def idf(self, term: str) -> float:
        """How rare an index term is, as BM25 has it; above 0, and for an unknown term highest."""
        holding = self.count(term)
        return math.log(1 + (len(self) - holding + 0.5) / (holding + 0.5))

    def _run(self, clauses: list[tuple[Occur, Query]], k: int) -> tuple[np.ndarray, np.ndarray]:
        # Tantivy panics at 0, and takes memory for as many as it is asked for.
        k = min(k, len(self))
        if k < 1:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        hits = self._searcher.search(Query.boolean_query(clauses), limit=k, count=False).hits
        scores = np.array([score for score, _ in hits], dtype=np.float32)
        addresses = [address for _, address in hits]
        values = self._searcher.fast_field_values("passage_id", addresses) if addresses else []
        ids = np.array(values, dtype=np.int64)
        order = np.lexsort((ids, -scores))
        return ids[order], scores[order]

    def _terms(self, question: str) -> Query | None:
        terms = self.terms(question)[:_MAX_TERMS]
        if not terms:
            return None
        queries = [Query.term_query(self._schema, "body", t, "freq") for t in terms]
        return Query.boolean_query([(Occur.Should, query) for query in queries])

    def _clauses(self, filters: Filters) -> list[tuple[Occur, Query]]:
        limits: list[Query] = []
        if filters.by_date:
            first = day_number(filters.after) if filters.after else UNDATED + 1
            last = day_number(filters.before) - 1 if filters.before else 99_999_999
            limits.append(
                Query.range_query(self._schema, "day", tantivy.FieldType.Integer, first, last)
            )
        if filters.sources:
            keys = filters.source_keys()
            limits.append(Query.term_set_query(self._schema, "source", keys))
        return [(Occur.Must, Query.const_score_query(limit, 0.0)) for limit in limits]


def day_number(day: str) -> int:
    return int(day[:10].replace("-", ""))


def read_head(searcher: tantivy.Searcher, schema: tantivy.Schema) -> Head:
    query = Query.term_query(schema, "state", "head")
    hits = searcher.search(query, limit=1).hits if searcher.num_docs else []
    if not hits:
        return GENESIS
    stored = searcher.doc(hits[0][1]).to_dict()
    return Head(stored["seq"][0], stored["state"][1])

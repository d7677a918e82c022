"""What the searches find, stage by stage: BM25, dense, fused, and as the reader orders it.

Measures are those of ir-measures, by article (an article stands where its first passage does) and
by answer-bearing passage: one of an article that the case names, with its evidence or else an
answer. Where a case names no article, every passage found that holds an answer counts, which
flatters recall.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import ir_measures
from ir_measures import AP, RR, R, Success, nDCG

from eval.adapters.trec import Qrels, Run
from eval.asking import admits, gold_passages, trace_of, understood
from eval.cases import Case
from eval.given import Quote
from eval.measures import holds
from index.records import Passage
from index.snapshot import Snapshot
from rag.engine import Engine
from rag.retrieve import DEPTH, Found, retrieve

STAGES = ("bm25", "dense", "fused", "read")
UNITS = ("article", "passage")
MEASURES = (nDCG @ 10, RR @ 10, AP, R @ 5, R @ 10, R @ 20, R @ 100, Success @ 1, Success @ 10)
NAMES = tuple(str(measure) for measure in MEASURES)
SHOWN = 3  # of what stood first, for the report


@dataclass(frozen=True, slots=True)
class Ranked:
    """One question's result. Ids are of passages, `ARTICLE:START-END`.

    `scores` are by stage, unit (article or passage; of a run that was given, document) and measure,
    in [0, 1]; `ranks`, counted from 1, of the first
    relevant passage in each stage's best hundred, None if it is not there; `relevant` the ids.
    """

    id: str
    question: str
    gold: tuple[str, ...]
    cluster: str
    relevant: tuple[str, ...]
    rankings: Mapping[str, tuple[str, ...]]
    ranks: Mapping[str, int | None]
    scores: Mapping[str, Mapping[str, Mapping[str, float]]]
    top: tuple[Quote, ...] = ()
    failed: str = ""
    slices: Mapping[str, str] = field(default_factory=dict)

    def without_result(self) -> "Ranked":
        """The same question, had it failed."""
        none = {s: {u: dict.fromkeys(NAMES, 0.0) for u in us} for s, us in self.scores.items()}
        return replace(self, rankings={}, ranks={}, scores=none, top=(), failed="no result")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> "Ranked":
        tuples = {name: tuple(row[name]) for name in ("gold", "relevant")}
        rankings = {stage: tuple(ids) for stage, ids in row["rankings"].items()}
        top = tuple(Quote(**q) for q in row["top"])
        return Ranked(**{**row, **tuples, "rankings": rankings, "top": top})


def rank(engine: Engine, case: Case) -> Ranked:
    """All stages of one answerable case. An error is a result: every measure is 0."""
    try:
        return _rank(engine, case)
    except Exception as error:  # whatever it is, it is this question's result
        return score_rankings(case, (), {}, failed=f"{type(error).__name__}: {error}")


def _rank(engine: Engine, case: Case) -> Ranked:
    snapshot, encoder = engine.archive.snapshot(), engine.archive.encoder
    asked = understood(engine, case)
    vector = encoder.encode([asked.text])[0]
    dense, _ = snapshot.search_dense(vector, DEPTH, asked.filters)
    lexical, _ = snapshot.search_lexical(asked.text, DEPTH, asked.filters)
    found = retrieve(
        snapshot, encoder, asked.text, asked.filters, 2 * DEPTH,
        admits=admits(case), window=asked.window,
    )  # fmt: skip
    read = [c.found for c in trace_of(engine, case).candidates]
    names = {f.passage.id: passage_name(f.passage) for f in found}
    fused = [names[f.passage.id] for f in found]
    first = [names[f.passage.id] for f in read]
    rankings = {
        "bm25": [names[i] for i in lexical.tolist() if i in names],
        "dense": [names[i] for i in dense.tolist() if i in names],
        "fused": fused[:DEPTH],
        "read": first + [n for n in fused[:DEPTH] if n not in set(first)],
    }
    relevant = [passage_name(f.passage) for f in relevant_passages(case, snapshot, found)]
    return score_rankings(case, relevant, rankings, _shown(read))


def relevant_passages(case: Case, snapshot: Snapshot, found: Sequence[Found]) -> list[Found]:
    """Those of the articles that the case names; if it names none, all found with an answer."""
    if case.article_ids:
        return gold_passages(case, snapshot)
    return [f for f in found if holds(f.text, case.answers)]


def score_rankings(
    case: Case,
    relevant: Sequence[str],
    rankings: Mapping[str, Sequence[str]],
    top: tuple[Quote, ...] = (),
    failed: str = "",
) -> Ranked:
    scores = {}
    for stage in STAGES:
        passages = rankings.get(stage, ())
        articles = list(dict.fromkeys(map(article_of, passages)))
        scores[stage] = {
            "article": measure(articles, dict.fromkeys(map(article_of, relevant), 1)),
            "passage": measure(passages, dict.fromkeys(relevant, 1)),
        }
    ranks = {
        stage: next((i for i, name in enumerate(found, 1) if name in set(relevant)), None)
        for stage, found in rankings.items()
    }
    return Ranked(
        id=case.id,
        question=case.question,
        gold=case.answers,
        cluster=case.cluster,
        relevant=tuple(relevant),
        rankings={stage: tuple(found) for stage, found in rankings.items()},
        ranks=ranks,
        scores=scores,
        top=top,
        failed=failed,
        slices=dict(case.slices),
    )


def measure(ranking: Sequence[str], relevant: Mapping[str, int]) -> dict[str, float]:
    """One ranking by ir-measures, in [0, 1]; all 0 where nothing is relevant or found."""
    scores = dict.fromkeys(NAMES, 0.0)
    if ranking and any(grade > 0 for grade in relevant.values()):
        qrels: Qrels = {"q": dict(relevant)}
        run = {"q": {name: float(len(ranking) - i) for i, name in enumerate(ranking)}}
        for found in ir_measures.iter_calc(MEASURES, qrels, run):
            scores[str(found.measure)] = round(float(found.value), 6)
    return scores


def score_run(qrels: Qrels, run: Run) -> list[Ranked]:
    """Any system's run, each query of the qrels; one that the run lacks scores 0 and has failed."""
    rows = []
    for id_, grades in qrels.items():
        ranking = [name for name, _ in run.get(id_, ())]
        relevant = tuple(name for name, grade in grades.items() if grade > 0)
        first = next((i for i, name in enumerate(ranking, 1) if name in relevant), None)
        row = Ranked(
            id=id_,
            question=id_,
            gold=(),
            cluster=id_,
            relevant=relevant,
            rankings={"run": tuple(ranking[:DEPTH])},
            ranks={"run": first},
            scores={"run": {"document": measure(ranking, grades)}},
            failed="" if ranking else "the run has no line for this query",
        )
        rows.append(row)
    return rows


def passage_name(passage: Passage) -> str:
    return f"{passage.article_id}:{passage.start}-{passage.end}"


def article_of(name: str) -> str:
    return name.rpartition(":")[0]


def as_run(rows: Sequence[Ranked], stage: str) -> Run:
    """A stage's rankings, for a TREC run file; scores say nothing but the order."""
    return {
        row.id: [(name, 1 / i) for i, name in enumerate(row.rankings.get(stage, ()), 1)]
        for row in rows
    }


def as_qrels(rows: Sequence[Ranked]) -> Qrels:
    return {row.id: dict.fromkeys(row.relevant, 1) for row in rows}


def _shown(read: Sequence[Found]) -> tuple[Quote, ...]:
    return tuple(
        Quote(
            text=f.text,
            article_id=f.article.id,
            start=f.passage.start,
            title=f.article.title,
            source=f.article.source,
            published_at=f.article.published_at,
            url=f.article.url,
        )
        for f in read[:SHOWN]
    )

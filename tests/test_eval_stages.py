"""Which step lost the answer, and what each stage ranks, in an archive with too much in it.

The order is told by `Engine.search`; the questions are asked on days that the archive knows.
"""

from collections.abc import Callable
from typing import Any

import pytest

from eval.asking import ask
from eval.cases import Case
from eval.retrieval import STAGES, passage_name, rank, score_rankings
from eval.retrieval_summary import summarise
from index.archive import Archive
from index.filters import Filters
from rag.engine import Engine, Trace
from rag.retrieve import Found
from rag.settings import Settings
from tests.invented import CountingEncoder, invented

QUESTION = "Who closed the harbour of Lund?"
DAYS, EARLY = 130, 45  # articles that all say nearly what is asked; those of them before 2024
POST = Filters(sources=("Invented Post",))
BEFORE = Filters(before="2024-01-01")
NEWEST = "2024-03-09T00:00:00Z"


@pytest.fixture(scope="module")
def crowded(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """130 articles that are nearer to the question than the last four, which are of the Post."""
    archive = Archive(tmp_path_factory.mktemp("crowded") / "archive", CountingEncoder())
    opened = Engine(archive, engine.reader, engine.calibrator, Settings())
    near = (
        invented(
            f"wire-{i}",
            f"Nobody{i} closed the harbour of Lund.",
            published_at="2023-12-01" if i < EARLY else "2024-03-09",
        )
        for i in range(DAYS)
    )
    far = (
        invented(
            f"post-{i}",
            f"Bakeries, mills and shops of Lund belong to some person called Somebody{i} now.",
            source="Invented Post",
            published_at="2023-12-24",
        )
        for i in range(4)
    )
    opened.ingest(*near, *far)
    return opened


def names(found: list[Found]) -> list[str]:
    return [passage_name(f.passage) for f in found]


def who(found: Found) -> str:
    """The word that stands in this passage alone."""
    return next(w for w in found.text.split() if w.startswith(("Nobody", "Somebody")))


@pytest.mark.parametrize(
    ("place", "top20", "read"),
    [(1, True, True), (10, True, True), (11, True, False), (20, True, False), (21, False, False)],
)
def test_an_answer_is_lost_by_the_step_after_its_place(
    crowded: Engine, place: int, top20: bool, read: bool
) -> None:
    order = crowded.search(QUESTION, filters=BEFORE, limit=100)
    assert len(order) == EARLY + 4
    case = Case("q", QUESTION, (who(order[place - 1]),), True, filters=BEFORE)
    path = ask(crowded, case).path
    assert path is not None
    assert (path.found, path.top20, path.read) == (True, top20, read)


def test_the_last_of_all_is_found_and_in_no_twenty(crowded: Engine) -> None:
    order = crowded.search(QUESTION, filters=BEFORE, limit=100)
    case = Case("q", QUESTION, (who(order[-1]),), True, filters=BEFORE)
    path = ask(crowded, case).path
    assert path is not None
    assert (path.found, path.top20, path.read, path.first) == (True, False, False, False)
    later = Case("q", QUESTION, (f"Nobody{DAYS - 1}",), True, filters=BEFORE)
    path = ask(crowded, later).path
    assert path is not None
    assert not path.found  # the filters are the question's


def test_first_is_what_the_reader_put_first(crowded: Engine) -> None:
    read = crowded.trace(QUESTION, filters=BEFORE, asked_at=NEWEST).candidates
    firsts = []
    for candidate in read:
        path = ask(crowded, Case("q", QUESTION, (who(candidate.found),), True, filters=BEFORE)).path
        assert path is not None
        firsts.append(path.first)
    assert firsts == [True] + [False] * 9


def test_both_searches_pass_the_filters_first(crowded: Engine) -> None:
    """More than a hundred passages are nearer, and none of them is of the Post."""
    row = rank(crowded, Case("q", QUESTION, ("Somebody2",), True, filters=POST))
    posts = set(names(crowded.search(QUESTION, filters=POST, limit=100)))
    assert len(posts) == 4
    assert [set(row.rankings[stage]) for stage in STAGES] == [posts] * 4
    assert None not in row.ranks.values()


def test_each_stage_ranks_a_hundred(crowded: Engine) -> None:
    """As many as the searches give; the reader's order is of the first ten."""
    row = rank(crowded, Case("q", QUESTION, ("Nobody1",), True))
    assert [len(row.rankings[stage]) for stage in STAGES] == [100] * 4
    fused = names(crowded.search(QUESTION, limit=100))
    assert list(row.rankings["fused"]) == fused
    assert set(row.rankings["read"][:10]) == set(fused[:10])
    assert list(row.rankings["read"][10:]) == fused[10:]
    snapshot, encoder = crowded.archive.snapshot(), crowded.archive.encoder
    dense, _ = snapshot.search_dense(encoder.encode([QUESTION])[0], 100)
    lexical, _ = snapshot.search_lexical(QUESTION, 100)
    for stage, ids in (("dense", dense.tolist()), ("bm25", lexical.tolist())):
        passages = snapshot.passages(ids)
        assert list(row.rankings[stage]) == [passage_name(passages[i][0]) for i in ids]


def test_figures_of_a_search_are_of_the_fused_passages() -> None:
    """Other units and stages have other figures of the same question.

    Three passages answer, of two articles. Fused, one is 3rd, one 15th and one is not there; their
    article stands first already, with another passage. The reader puts all three in front.
    """
    relevant = ["a:10-20", "a:20-30", "b:0-9"]
    others = [f"x{i}:0-5" for i in range(96)]
    fused = ["a:0-10", others[0], "a:10-20", *others[1:12], "a:20-30", *others[12:]]
    rankings = {"bm25": others, "dense": others, "fused": fused, "read": [*relevant, *others]}
    case = Case("q", "Where?", ("Lund",), True, article_ids=("a", "b"))
    found = summarise([score_rankings(case, relevant, rankings)])
    ideal = 1 + 1 / 1.5849625 + 1 / 2  # log2 of 2, 3 and 4
    expected = {
        "ndcg_10": 100 * (1 / 2) / ideal,
        "mrr_10": 100 / 3,
        "map": 100 * (1 / 3 + 2 / 15) / 3,
        "recall_10": 100 / 3,
        "recall_100": 200 / 3,
        "first": 0.0,
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=0.006), name
    elsewhere = {("fused", "article"), ("read", "passage"), ("read", "article")}
    shown = {"RR@10": expected["mrr_10"], "R@10": expected["recall_10"], "AP": expected["map"]}
    for stage, unit in elsewhere:  # so that no figure above is right by chance
        for name, value in shown.items():
            assert found["stages"][stage][unit][name]["value"] != pytest.approx(value, abs=1)


class Recording(Engine):
    """An engine that remembers what it was asked."""

    traces: list[Trace]

    @staticmethod
    def of(engine: Engine) -> "Recording":
        made = Recording(engine.archive, engine.reader, engine.calibrator, engine.settings)
        made.traces = []
        return made

    def trace(self, question: str, **options: Any) -> Trace:
        self.traces.append(super().trace(question, **options))
        return self.traces[-1]


@pytest.mark.parametrize("face", [ask, rank])
@pytest.mark.parametrize(("asked_at", "day"), [(None, "2024-03-09"), ("2021-05-04", "2021-05-04")])
def test_what_has_no_date_is_asked_on_the_day_of_the_newest_article(
    crowded: Engine, face: Callable[[Engine, Case], Any], asked_at: str | None, day: str
) -> None:
    engine = Recording.of(crowded)
    row = face(engine, Case("q", QUESTION, ("Nobody1",), True, asked_at=asked_at))
    assert row.failed == ""
    assert [trace.answer.asked_at[:10] for trace in engine.traces] == [day]

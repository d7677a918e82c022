"""When a question is asked decides between reports of different years, and filters nothing.

The shipped models over articles that are invented, as they say themselves.
"""

from dataclasses import replace

import pytest

import rag
from eval import asking, retrieval
from eval.cases import Case
from index.filters import Filters
from index.records import Article
from index.sources.fields import seal
from rag.answer import Answer
from rag.engine import Engine, Trace


def invented(id_: str, published_at: str | None, title: str, text: str) -> Article:
    source = "Invented Wire"
    return seal(Article(id_, text, title=title, source=source, published_at=published_at))


def election(year: str, day: str, winner: str, loser: str) -> Article:
    return invented(
        f"tornia-{year}",
        day,
        "Tornia elects its mayor",
        f"{winner} won the mayoral election in Tornia, defeating {loser} by 2,000 votes. The new "
        "mayor of Tornia promised to repair the harbour and to lower the fares of the ferry. "
        "Polling stations closed at eight in the evening.",
    )


ARTICLES = (
    election("2022", "2022-05-10", "Ada Quill", "Tom Reed"),
    election("2024", "2024-05-14", "Bruno Falk", "Ines Marlow"),
    invented(
        "accord",
        "2019-02-01",
        "Tornia and Orvel keep to their accord",
        "The 2018 agreement between Tornia and Orvel was called the Permanent Harbour Accord. It "
        "lets the fishermen of both towns use the quay of Orvel.",
    ),
    invented(
        "library",
        "2016-09-02",
        "A library for Orvel",
        "The public library of Orvel was founded by the merchant Silas Brand, who gave it his "
        "house and 3,000 books.",
    ),
    invented(
        "undated",
        None,
        "The lighthouse of Quarrytown",
        "The lighthouse of Quarrytown was built by the engineer Oda Lindqvist, whose plans hang "
        "in the town hall.",
    ),
)
ELECTION = "Who won the mayoral election in Tornia this week?"
AGREEMENT = "What was the 2018 agreement between Tornia and Orvel?"
LIBRARY = "Who founded the public library of Orvel?"
LIGHTHOUSE = "Who built the lighthouse of Quarrytown?"


@pytest.fixture(scope="module")
def tornia(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    opened = rag.open(tmp_path_factory.mktemp("tornia"))
    assert opened.ingest(*ARTICLES).added == len(ARTICLES)
    return opened


def said(answer: Answer) -> tuple[str, float, bool, list[str]]:
    cited = [c.article_id for c in answer.citations]
    return answer.text, answer.confidence, answer.abstained, cited


def ranks(trace: Trace) -> list[tuple[str, float]]:
    return [(c.found.article.id, c.score) for c in trace.candidates]


@pytest.mark.parametrize("question", [ELECTION, "who is the new mayor of Tornia?"])
@pytest.mark.parametrize(
    ("asked_at", "winner"), [("2022-05-12", "Ada Quill"), ("2024-05-16T08:00:00Z", "Bruno Falk")]
)
def test_the_election_is_that_of_the_week_of_asking(
    tornia: Engine, question: str, asked_at: str, winner: str
) -> None:
    answer = tornia.ask(question, asked_at=asked_at)
    assert not answer.abstained
    assert answer.text == winner
    assert answer.citations[0].article_id == f"tornia-{asked_at[:4]}"


def test_this_week_of_a_year_without_an_election_is_refused(tornia: Engine) -> None:
    asked = {day: tornia.ask(ELECTION, asked_at=day) for day in ("2019-05-12", "2024-05-16")}
    assert asked["2019-05-12"].abstained
    assert asked["2019-05-12"].confidence < asked["2024-05-16"].confidence - 0.3
    assert len(asked["2019-05-12"].nearest) == 3
    # Asked by the clock it is not this week's either: the archive has nothing of these days.
    assert tornia.ask(ELECTION).confidence < asked["2024-05-16"].confidence - 0.3


def test_a_dated_question_does_not_heed_when_it_is_asked(tornia: Engine) -> None:
    undated = tornia.trace(AGREEMENT)
    assert "Permanent Harbour Accord" in undated.answer.text
    for asked_at in ("2018-06-01", "2019-02-02", "2024-05-16", "1999-01-01"):
        asked = tornia.trace(AGREEMENT, asked_at=asked_at)
        assert said(asked.answer) == said(undated.answer)
        assert ranks(asked) == ranks(undated)


@pytest.mark.parametrize("asked_at", ["2016-09-03", "2024-05-16", "2003-01-01"])
def test_what_is_far_away_is_still_found(tornia: Engine, asked_at: str) -> None:
    answer = tornia.ask(LIBRARY, asked_at=asked_at)
    assert not answer.abstained
    assert "Silas Brand" in answer.text
    found = tornia.search(ELECTION, asked_at=asked_at, limit=100)
    assert {f.article.id for f in found} == {a.id for a in ARTICLES}


def test_near_is_surer_than_far_and_undated_is_neither(tornia: Engine) -> None:
    def confidence(question: str, asked_at: str | None) -> float:
        return tornia.ask(question, asked_at=asked_at).confidence

    near, untold, far = (confidence(LIBRARY, day) for day in ("2016-09-03", None, "2024-05-16"))
    assert near > untold > far
    for asked_at in ("2016-09-03", "2024-05-16"):
        trace = tornia.trace(LIGHTHOUSE, asked_at=asked_at)
        assert trace.candidates[0].found.article.id == "undated"
        # Not to the last digit: what is said of the others by their dates moves its lead a little.
        untold = confidence(LIGHTHOUSE, None)
        assert confidence(LIGHTHOUSE, asked_at) == pytest.approx(untold, abs=0.02)


def test_without_a_given_day_nothing_is_preferred(tornia: Engine) -> None:
    """The clock's day, or another machine's, moves no rank and no confidence."""
    for question in (LIBRARY, AGREEMENT, LIGHTHOUSE, "Who won the mayoral election in Tornia?"):
        by_the_clock = tornia.trace(question)
        assert by_the_clock.window is None
        for now in ("2016-09-03", "2022-05-12", "2031-01-01"):
            elsewhere = tornia.trace(question, now=now)
            assert elsewhere.answer.asked_at == now
            assert said(elsewhere.answer) == said(by_the_clock.answer)
            assert ranks(elsewhere) == ranks(by_the_clock)


def test_a_day_that_the_archive_has_no_news_of_prefers_nothing(tornia: Engine) -> None:
    question = "Who won the mayoral election in Tornia?"
    plain = tornia.trace(question)
    for asked_at in ("2003-01-01", "2022-06-18", "2031-01-01"):
        asked = tornia.trace(question, asked_at=asked_at)
        assert asked.window is None
        assert said(asked.answer) == said(plain.answer)
        assert ranks(asked) == ranks(plain)
    for asked_at in ("2022-05-12", "2022-06-16"):  # 30 days after the week of the election
        asked = tornia.trace(question, asked_at=asked_at)
        assert asked.window is not None
        assert ranks(asked) != ranks(plain)


def test_news_of_those_days_must_pass_the_filters(tornia: Engine) -> None:
    question = "Who won the mayoral election in Tornia?"
    for filters in (
        Filters.parse(before="2022-05-10"),
        Filters.parse(after="2022-05-11"),
        Filters.parse(sources=["Another Wire"]),
    ):
        assert tornia.trace(question, asked_at="2022-05-17", filters=filters).window is None
    for filters in (Filters.parse(after="2022-05-10"), Filters.parse(sources=["invented wire"])):
        assert tornia.trace(question, asked_at="2022-05-17", filters=filters).window is not None


def test_search_puts_near_articles_first_and_its_scores_say_so(tornia: Engine) -> None:
    for year in ("2022", "2024"):
        found = tornia.search("mayoral election in Tornia", asked_at=f"{year}-05-16", limit=100)
        assert found[0].article.id == f"tornia-{year}"
        scores = [f.score for f in found]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
    plain = tornia.search("mayoral election in Tornia", limit=100)
    dates = tornia.archive.snapshot().published([f.passage.id for f in plain])
    assert [dates[f.passage.id] for f in plain] == [f.article.published_at for f in plain]


def test_fused_with_nearness_by_hand(tornia: Engine) -> None:
    """A tenth of nearness, nine of what it was; 2^-(days/30) outside the week of asking."""
    query = "mayoral election in Tornia"
    plain = {f.article.id: f for f in tornia.search(query, limit=100)}
    asked = {f.article.id: f for f in tornia.search(query, asked_at="2024-05-20", limit=100)}
    nearness = {"tornia-2024": 1.0, "undated": 0.5, "tornia-2022": 2 ** (-734 / 30)}
    for id_, near in nearness.items():
        assert asked[id_].score == pytest.approx(0.9 * plain[id_].score + 0.1 * near, abs=1e-6)
        assert replace(asked[id_], score=0) == replace(plain[id_], score=0)


WINNERS = """Ada Bram Cleo Dorn Edda Falk Gerd Hana Ivar Jule Knut Lena Milo Nora Otto Pia Quin Rosa
    Sven Tilda Ulla Vito Wilma Yara""".split()


@pytest.fixture
def yearly(own: Engine) -> Engine:
    """An election every year from 2001 to 2024, each as good a match as any other."""
    years = (str(year) for year in range(2001, 2025))
    reports = (
        election(year, f"{year}-05-10", winner, "Tom Reed")
        for year, winner in zip(years, WINNERS, strict=True)
    )
    assert own.ingest(*reports).added == len(WINNERS)
    return own


def test_a_near_article_is_among_the_ten_that_are_read(yearly: Engine) -> None:
    question = "Who won the mayoral election in Tornia?"
    order = yearly.search(question, limit=100)
    last = order[-1].article
    assert len(order) == len(WINNERS)
    assert last.id not in {id_ for id_, _ in ranks(yearly.trace(question))}
    assert ranks(yearly.trace(question, asked_at=last.published_at))[0][0] == last.id


def test_the_harness_follows_the_same_search(yearly: Engine) -> None:
    question = "Who won the mayoral election in Tornia?"
    last = yearly.search(question, limit=100)[-1].article
    winner = last.text.split()[0]
    untold = Case("q", question, (winner,), True, article_ids=(last.id,))
    told = replace(untold, asked_at=last.published_at)
    paths = [asking.ask(yearly, case).path for case in (untold, told)]
    assert [path and (path.found, path.top20, path.first) for path in paths] == [
        (True, False, False),
        (True, True, True),
    ]
    places = [retrieval.rank(yearly, case).ranks for case in (untold, told)]
    assert [place["fused"] for place in places] == [len(WINNERS), 1]
    assert [place["read"] for place in places] == [len(WINNERS), 1]

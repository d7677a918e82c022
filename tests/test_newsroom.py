"""The newsroom holds what its README says, and its places, halves and dates are in order."""

import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from eval.cases import Case, Place, read_cases
from eval.corpus import read_corpus
from eval.measures import holds, normalise
from index.records import Article
from index.split import split_sentences

NEWSROOM = Path(__file__).parents[1] / "eval" / "newsroom"
HALVES = ("dev", "closed")
ARTICLES = {article.id: article for article in read_corpus(NEWSROOM / "articles.jsonl")}
CASES = {half: read_cases(NEWSROOM / f"{half}.jsonl") for half in HALVES}
ALL = [case for half in HALVES for case in CASES[half]]
ANSWERED = [case for case in ALL if case.answerable]

KINDS = {"who", "what", "when", "where", "why", "how", "how many"}
FORMS = {"question", "keywords", "follow-up", "comparison", "time-bounded"}
REASONS = {
    "wrong year",
    "wrong name",
    "wrong number",
    "never said",
    "another event",
    "false premise",
    "future",
}
# Words with a capital that are no name of one half: the calendar, titles, and openings of quotes.
COMMON = set(
    """
    January February March April May June July August September October November December Monday
    Tuesday Wednesday Thursday Friday Saturday Sunday Christmas Minister Prime University Lake Hill
    Saint Town Half What Which Who Whom Whose When Where Why How And The Of At In By On From To For
    A An I It He She We They But Not
    """.split()
)
OUTLETS = """
    Reuters Bloomberg BBC CNN Guardian Economist Telegraph Xinhua TASS Kyodo Spiegel Figaro Politico
    AFP MENAFN
""".split()


def in_half(half: str) -> list[Article]:
    return [a for id_, a in ARTICLES.items() if id_.split("/")[1] == half]


def places(case: Case) -> list[Place]:
    found = [piece for piece in case.evidence if isinstance(piece, Place)]
    assert len(found) == len(case.evidence), f"{case.id}: evidence is places"
    return found


def standing(place: Place) -> str:
    return ARTICLES[place.article_id].text[place.start : place.end]


def names(texts: list[str]) -> set[str]:
    """Words with a capital behind a small letter or a comma: names, where they open no sentence."""
    inside = re.compile(r"(?<=[a-z,] )[\"']?([A-Z]\w+)")
    return {name for text in texts for name in inside.findall(text)} - COMMON


def sentences(article: Article) -> set[str]:
    return {article.text[start:end] for start, end in split_sentences(article.text)}


def test_the_articles_are_short_dated_and_of_two_halves() -> None:
    assert len(ARTICLES) >= 60
    assert {id_.split("/")[0] for id_ in ARTICLES} == {"newsroom"}
    assert sum(len(in_half(half)) for half in HALVES) == len(ARTICLES)
    for article in ARTICLES.values():
        assert 90 <= len(article.text.split()) <= 350, article.id
        assert article.title, article.id
        assert article.published_at is None or "2023" <= article.published_at < "2025", article.id
        if article.updated_at:
            assert article.published_at, article.id
            assert article.published_at < article.updated_at
    for half in HALVES:
        years = Counter((a.published_at or "none")[:4] for a in in_half(half))
        assert min(years["2023"], years["2024"]) >= 12
        assert years["none"] == 1
        assert any(a.updated_at for a in in_half(half))


def test_every_article_is_marked_as_invented_and_none_names_an_outlet_that_exists() -> None:
    real = re.compile(rf"\b({'|'.join(OUTLETS)})\b")
    for article in ARTICLES.values():
        assert (article.source or "").startswith("Invented "), article.id
        assert not real.search(f"{article.title} {article.source} {article.text}"), article.id


def test_the_halves_share_no_source_no_name_and_no_story() -> None:
    dev, closed = (in_half(half) for half in HALVES)
    assert not {a.source for a in dev} & {a.source for a in closed}
    told = [names([f"{a.title}\n{a.text}" for a in half]) for half in (dev, closed)]
    assert min(len(half) for half in told) > 100
    assert told[0] & told[1] == set()
    asked = [names([f"in {c.question}" for c in CASES[half]]) for half in HALVES]
    assert not asked[0] & told[1]
    assert not asked[1] & told[0]
    stories = [{case.cluster for case in CASES[half]} for half in HALVES]
    assert not stories[0] & stories[1]
    for half in HALVES:
        for case in CASES[half]:
            assert case.id.startswith(f"newsroom-{half}-")
            assert all(id_.startswith(f"newsroom/{half}/") for id_ in case.article_ids)


def test_the_same_dispatch_stands_in_several_outlets() -> None:
    for half in HALVES:
        copies = [
            (one, other)
            for one, other in combinations(in_half(half), 2)
            if len(sentences(one) & sentences(other)) >= 5
        ]
        assert len(copies) >= 3
        assert all(one.source != other.source and one.title != other.title for one, other in copies)
        assert any((a.title or "").startswith("Correction") for a in in_half(half))


@pytest.mark.parametrize("half", HALVES)
def test_there_are_enough_cases_of_every_kind(half: str) -> None:
    cases = CASES[half]
    can = [case for case in cases if case.answerable]
    cannot = [case for case in cases if not case.answerable]
    assert len(cases) >= 65
    assert len(cannot) >= 22
    kinds, forms = (Counter(case.slices[name] for case in can) for name in ("kind", "form"))
    assert set(kinds) == KINDS
    assert min(kinds.values()) >= 5
    assert set(forms) == FORMS
    assert min(forms.values()) >= 4
    assert {case.slices["form"] for case in cannot} == FORMS
    reasons = Counter(case.slices["reason"] for case in cannot)
    assert set(reasons) == REASONS
    assert min(reasons.values()) >= 3
    assert {case.slices.get("conflict") for case in can} == {None, "reports", "correction"}
    assert all(case.slices["set"] == "newsroom" for case in cases)


def test_no_two_cases_are_one() -> None:
    assert len({case.id for case in ALL}) == len(ALL)
    asked = [(normalise(c.question), c.history, c.asked_at, c.filters) for c in ALL]
    assert len(set(asked)) == len(asked)


def test_every_place_is_whole_sentences_that_answer() -> None:
    for case in ANSWERED:
        assert {place.article_id for place in places(case)} == set(case.article_ids) != set()
        for place in places(case):
            starts, ends = zip(*split_sentences(ARTICLES[place.article_id].text), strict=True)
            assert place.start in starts, f"{case.id}: {standing(place)!r}"
            assert place.end in ends, f"{case.id}: {standing(place)!r}"
        texts = [standing(place) for place in places(case)]
        assert any(holds(text, case.answers[:1]) for text in texts), f"{case.id}: not its words"
        if case.slices["form"] == "comparison":
            # One side has the answer, and it takes another article to know that.
            assert len(set(case.article_ids)) >= 2, case.id
            assert not all(holds(text, case.answers) for text in texts), case.id
        else:
            assert all(holds(text, case.answers) for text in texts), case.id


def test_an_article_that_repeats_the_evidence_is_named_too() -> None:
    for case in ANSWERED:
        for place in places(case):
            repeated = {id_ for id_, a in ARTICLES.items() if standing(place) in a.text}
            assert repeated <= set(case.article_ids), f"{case.id}: {standing(place)!r}"


def test_no_question_is_in_the_words_of_its_evidence() -> None:
    for case in ANSWERED:
        words = normalise(case.question).split()
        runs = [" ".join(words[i : i + 5]) for i in range(len(words) - 4)]
        told = [normalise(standing(place)) for place in places(case)]
        assert not [run for run in runs if any(run in text for text in told)], case.id


def test_follow_ups_have_a_history_and_bounded_questions_a_time_that_admits_the_answer() -> None:
    for case in ALL:
        assert (case.slices["form"] == "follow-up") == bool(case.history), case.id
        bounded = bool(case.asked_at) or case.filters.by_date
        assert (case.slices["form"] == "time-bounded") == bounded, case.id
        for id_ in case.article_ids:
            day = (ARTICLES[id_].published_at or "")[:10]
            assert not case.asked_at or day <= case.asked_at, case.id
            assert not case.filters.after or case.filters.after <= day, case.id
            assert not case.filters.before or day < case.filters.before, case.id


def test_what_cannot_be_answered_points_nowhere() -> None:
    for case in ALL:
        assert case.answerable == bool(case.evidence) == bool(case.article_ids), case.id
        assert case.answerable == ("reason" not in case.slices), case.id


def test_conflicting_reports_are_in_different_articles() -> None:
    for case in (c for c in ANSWERED if c.slices.get("conflict") == "reports"):
        told = {
            place.article_id: {a for a in case.answers if holds(standing(place), [a])}
            for place in places(case)
        }
        assert any(one != other for one, other in combinations(told.values(), 2)), case.id


def counts(half: str) -> dict[str, int]:
    cases = CASES[half]
    told = {
        "articles": len(in_half(half)),
        "cases": len(cases),
        "with an answer": sum(case.answerable for case in cases),
        "without": sum(not case.answerable for case in cases),
    }
    shown = ("kind", "form", "reason")
    told |= Counter(c.slices[name] for c in cases for name in shown if name in c.slices)
    conflicts = Counter(case.slices.get("conflict") for case in cases)
    return told | {f"conflict, {name}": n for name, n in conflicts.items() if name}


def test_the_readme_counts_right() -> None:
    text = (NEWSROOM / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z][a-z ,-]*) \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    assert {name: int(n) for name, n, _ in rows} == counts("dev")
    assert {name: int(n) for name, _, n in rows} == counts("closed")

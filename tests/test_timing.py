"""Which time a question is about, by hand; how nearness to it weighs; laws for any of both."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.filters import Filters
from index.records import Article
from rag.time_words import find_window
from rag.timing import (
    ASKED,
    STATED,
    UNDATED,
    VAGUE,
    VAGUE_FROM_NOW,
    Pull,
    Window,
    evidence,
    keeps_up,
    preference,
)

ASKED_AT = "2024-03-13"  # a Wednesday
RELATIVE = [
    # asked, first day, last day, days to a half
    ("Who won the election in Tornia today?", "2024-03-12", "2024-03-14", 3),
    ("What did the mayor say this morning?", "2024-03-12", "2024-03-14", 3),
    ("Who resigned yesterday?", "2024-03-11", "2024-03-14", 3),
    ("Whose house burned last night?", "2024-03-11", "2024-03-14", 3),
    ("Who won the election in Tornia this week?", "2024-03-06", "2024-03-14", 7),
    ("tornia mayor election this week", "2024-03-06", "2024-03-14", 7),
    ("What was last week's rate?", "2024-03-03", "2024-03-14", 7),
    ("Who won at the weekend?", "2024-03-05", "2024-03-14", 7),
    ("Which bridge fell on Tuesday?", "2024-03-11", "2024-03-14", 7),
    ("Which bridge fell last wednesday?", "2024-03-05", "2024-03-14", 7),
    ("Who has resigned this month?", "2024-02-29", "2024-03-14", 30),
    ("Who resigned last month?", "2024-01-31", "2024-03-14", 30),
    ("Which bridges fell this year?", "2023-12-31", "2024-03-14", 180),
    ("Which bridges fell last year?", "2022-12-31", "2024-03-14", 180),
    ("Who fled in the last 48 hours?", "2024-03-10", "2024-03-14", 3),
    ("Who fled in the past two weeks?", "2024-02-27", "2024-03-14", 7),
    ("Who fled over the last few days?", "2024-03-08", "2024-03-14", 3),
    ("Who fled 36 hours ago?", "2024-03-10", "2024-03-12", 3),
    ("Who fled three days ago?", "2024-03-09", "2024-03-11", 3),
    ("Who fled a couple of weeks ago?", "2024-02-24", "2024-03-03", 7),
    ("Who fled a month ago?", "2024-01-27", "2024-02-28", 30),
]
VAGUE_WORDS = [
    "Who resigned recently?",
    "What is the latest count?",
    "Who is currently mayor?",
    "Who is the current mayor?",
    "Who is mayor now?",
    "Now that he has resigned, who is mayor?",
    "When do they meet next week?",
    "Who will speak tomorrow?",
    "Who leads the league this season?",
]
DATED = [
    "what was the 2018 agreement?",
    "Which bridges fell in the 1990s?",
    "Who signed it on 3 May?",
    "Who signed it on May 3rd?",
    "Who signed it in March?",
    "who signed it in march",
    "Who resigned after April?",
    "What happened on 9 November?",
    "What happened in February?",
    "What happened on 2019-03-05?",
    "What happened on 5.3.2019?",
    "What was built in the nineteenth century?",
    "Who won the 2022 cup today?",  # a date of its own outranks a relative word
]
FALSE_FRIENDS = [
    "Who may resign?",
    "May he resign?",
    "Who replaced Theresa May?",
    "What is the current account deficit?",
    "How does the battery produce current?",
    "What does the ocean current carry?",
    "Who fell at Custer's last stand?",
    "Who painted the Last Supper?",
    "Who was the last to leave?",
    "Who fell in the last week of the war?",
    "Who sang at the last night of the proms?",
    "Who sang Right Now?",
    "Who owns USA Today?",
    "Who was named Sailor of This Year?",
    'Who said "we leave this week"?',
    "Who sang \u2018Yesterday\u2019?",
    "Who wrote 'The Latest News from Nowhere' and \u201cNow\u201d?",
    "Which now-defunct mill burned?",
    "Who must pay at the latest?",
    "Who knows the mayor?",
    "How were Black Friday and Bloody Sunday named?",
    "Who marched with the 12 marines?",
    "How did 1,999 people leave?",
    "What cost $1999?",
    "How many fell in the last 50 years?",
    "Who died ten years ago?",
]


def days(window: Window | None) -> tuple[str, str, int, Pull] | None:
    if window is None:
        return None
    return str(window.first), str(window.last), window.half, window.pull


@pytest.mark.parametrize(("question", "first", "last", "half"), RELATIVE)
@pytest.mark.parametrize("given", [True, False])
def test_relative_words_count_from_the_day_of_asking(
    question: str, first: str, last: str, half: int, given: bool
) -> None:
    for asked_at in (ASKED_AT, f"{ASKED_AT}T23:59:59Z"):
        assert days(find_window(question, asked_at, given)) == (first, last, half, STATED)


@pytest.mark.parametrize("question", VAGUE_WORDS)
def test_vague_words(question: str) -> None:
    first, last = "2024-02-12", "2024-03-14"
    assert days(find_window(question, ASKED_AT, True)) == (first, last, 60, VAGUE)
    assert days(find_window(question, ASKED_AT, False)) == (first, last, 60, VAGUE_FROM_NOW)


@pytest.mark.parametrize("question", DATED)
@pytest.mark.parametrize("given", [True, False])
def test_a_date_of_its_own_is_all_that_counts(question: str, given: bool) -> None:
    assert find_window(question, ASKED_AT, given) is None


@pytest.mark.parametrize("question", [*FALSE_FRIENDS, "Who won the election in Tornia?"])
def test_without_words_of_time_only_a_given_day_counts(question: str) -> None:
    assert find_window(question, ASKED_AT, False) is None
    asked = ("2024-03-06", "2024-03-14", 30, ASKED)
    assert days(find_window(question, ASKED_AT, True)) == asked


@pytest.mark.parametrize(
    "question", ["WHO WON IN TORNIA THIS WEEK?", "Who Won the Mayoral Race in Tornia This Week?"]
)
def test_where_all_is_capitals_they_make_no_name(question: str) -> None:
    assert days(find_window(question, ASKED_AT, False)) == ("2024-03-06", "2024-03-14", 7, STATED)


def test_months_and_years_turn() -> None:
    january = find_window("Who resigned last month?", "2024-01-31", True)
    assert january is not None
    assert str(january.first) == "2023-11-30"
    leap = find_window("Who resigned this month?", "2024-03-01", True)
    assert leap is not None
    assert str(leap.first) == "2024-02-29"


@pytest.mark.parametrize("asked_at", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("question", [row[0] for row in RELATIVE] + VAGUE_WORDS + FALSE_FRIENDS)
def test_the_calendar_ends(question: str, asked_at: str) -> None:
    window = find_window(question, asked_at, True)
    assert window is not None
    assert date.min <= window.first <= window.last <= date.max


WEEK = Window(date(2024, 3, 6), date(2024, 3, 14), 7, STATED)


@pytest.mark.parametrize(
    ("published_at", "away", "near"),
    [
        ("2024-03-06", 0, 1.0),
        ("2024-03-14T23:59:59Z", 0, 1.0),
        ("2024-03-10", 0, 1.0),
        ("2024-03-05", 1, 2 ** (-1 / 7)),
        ("2024-02-28", 7, 0.5),
        ("2024-03-21T00:00:00Z", 7, 0.5),
        ("2024-03-28", 14, 0.25),
        (None, None, 0.5),
    ],
)
def test_distance_and_nearness_by_hand(
    published_at: str | None, away: int | None, near: float
) -> None:
    assert WEEK.distance(published_at) == away
    assert WEEK.nearness(published_at) == pytest.approx(near, abs=1e-12)


def article(published_at: str | None) -> Article:
    return Article("a", "Invented.", published_at=published_at)


def test_what_nearness_weighs_by_hand() -> None:
    window = Window(date(2024, 3, 6), date(2024, 3, 14), 7, Pull(rank=2.0, support=0.5, doubt=3.0))
    inside, week_off, years_off = map(article, ("2024-03-10", "2024-02-28", "2019-03-10"))
    assert [preference(window, a) for a in (inside, week_off)] == [2.0, 1.0]
    assert preference(window, years_off) == pytest.approx(0, abs=1e-9)
    assert [evidence(window, a) for a in (inside, week_off)] == [0.5, 0.25 - 1.5]
    assert evidence(window, years_off) == pytest.approx(-3, abs=1e-9)
    # An undated one is half way in the order, and nothing for or against it follows.
    assert (preference(window, article(None)), evidence(window, article(None))) == (1.0, 0.0)
    for anything in (inside, years_off, article(None)):
        assert (preference(None, anything), evidence(None, anything)) == (0.0, 0.0)


def test_who_keeps_up_by_hand() -> None:
    window = Window(date(2024, 3, 6), date(2024, 3, 14), 7, STATED)
    inside, week_off, eight_off = map(article, ("2024-03-10", "2024-02-28", "2024-02-27"))
    assert keeps_up(window, inside, week_off)  # a half as near
    assert not keeps_up(window, inside, eight_off)
    assert keeps_up(window, eight_off, inside)
    assert keeps_up(window, inside, article(None))
    assert keeps_up(None, inside, eight_off)


PULLS = (STATED, VAGUE, VAGUE_FROM_NOW, ASKED)


def test_the_plainer_the_words_the_more_they_weigh() -> None:
    assert STATED.doubt > max(VAGUE.doubt, ASKED.doubt) > 0 == VAGUE_FROM_NOW.doubt
    assert STATED.rank > max(VAGUE.rank, ASKED.rank)
    assert all(0 <= pull.support < pull.doubt or pull.doubt == 0 for pull in PULLS)


DAYS = st.dates()


@st.composite
def windows(draw: st.DrawFn) -> Window:
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return Window(first, last, draw(st.integers(1, 365)), draw(st.sampled_from(PULLS)))


@given(windows(), DAYS, DAYS)
def test_nearness_is_bounded_and_falls_with_distance(window: Window, one: date, two: date) -> None:
    near = [window.nearness(day.isoformat()) for day in (one, two)]
    away = [window.distance(day.isoformat()) for day in (one, two)]
    assert all(0 <= value <= 1 for value in near)
    for value, distance, day in zip(near, away, (one, two), strict=True):
        assert (value == 1) == (distance == 0) == (window.first <= day <= window.last)
    assert None not in away
    if (away[0] or 0) < (away[1] or 0):
        assert near[0] >= near[1]
        published = article(one.isoformat()), article(two.isoformat())
        assert preference(window, published[0]) >= preference(window, published[1])
        assert evidence(window, published[0]) >= evidence(window, published[1])


@given(windows(), DAYS)
def test_evidence_lies_between_its_bounds_and_undated_is_neutral(window: Window, day: date) -> None:
    pull = window.pull
    assert -pull.doubt <= evidence(window, article(day.isoformat())) <= pull.support
    assert evidence(window, article(None)) == 0
    assert preference(window, article(None)) == UNDATED * pull.rank


EACH_DAY = st.none() | DAYS.map(date.isoformat)


@given(windows(), EACH_DAY, EACH_DAY, DAYS)
def test_filters_nearby_pass_what_passes_them_and_is_half_near(
    window: Window, after: str | None, before: str | None, day: date
) -> None:
    filters = Filters(after, before, ("Invented Wire",))
    narrowed = window.nearby(filters)
    assert narrowed.sources == filters.sources
    passes = (after or "") <= day.isoformat() < (before or "x")
    both = passes and window.nearness(day.isoformat()) >= 0.5
    assert both == ((narrowed.after or "") <= day.isoformat() < (narrowed.before or "x"))


@given(st.text(max_size=80), DAYS, st.booleans())
def test_any_question_on_any_day_has_a_window_or_none(text: str, day: date, told: bool) -> None:
    window = find_window(text, day.isoformat(), told)
    assert window is None or window.first <= window.last


@given(
    st.sampled_from([row[0] for row in RELATIVE]),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.integers(1, 5000),
)
def test_windows_move_with_the_day_of_asking(question: str, day: date, later: int) -> None:
    first = find_window(question, day.isoformat(), True)
    second = find_window(question, (day + timedelta(later)).isoformat(), True)
    assert first is not None
    assert second is not None
    assert first.first <= second.first
    assert (second.last - first.last).days == later

"""A question's words and the day it is asked on -> the window of time that it prefers, if any.

A question with a date of its own ("the 2018 agreement") prefers none: the date is matched as its
other words are. Relative words count from the day of asking. What stands in quotation marks, and a
word with a capital inside the question, is a title or a name ("Last Christmas", USA Today). Where a
rule errs, it should err towards no window: that is how a question without any time is answered.
"""

import math
import re
from collections.abc import Callable
from datetime import date

from rag.timing import ASKED, STATED, VAGUE, VAGUE_FROM_NOW, Window

# Zones differ, and a newspaper prints the next day. What is known of a past time was published in
# it or later, up to the asking: so its window is open to there.
SLACK = 1
ASKED_DAYS = 7  # before the day of asking, for a question without any word of time
RECENT_DAYS = 30  # the same, for "recently"
HALF = {"hour": 3, "day": 3, "week": 7, "month": 30, "year": 180}  # days, by the unit in the words
HALF_ASKED, HALF_RECENT = 30, 60
DAYS_IN = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30}
SPREAD = {
    "hour": 0,
    "day": 0,
    "week": 3,
    "month": 15,
}  # days; "two weeks ago" is seldom meant to the day
NUMBERS = {
    **{"a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "three": 3, "few": 4, "four": 4},
    **{"several": 5, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10},
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_NUMBER = rf"(?:an? )?([0-9]{{1,3}}|{'|'.join(NUMBERS)})"
_QUOTED = re.compile(
    r"\"[^\"]*\"|\u201c[^\u201d]*\u201d|\u00ab[^\u00bb]*\u00bb"
    r"|(?<!\w)['\u2018](?=\w)[^'\u2018\u2019]*['\u2019](?!\w)"
)

# --- a date of its own

_MONTHS = (
    "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug "
    "september|sept|sep october|oct november|nov december|dec"
).replace(" ", "|")
_OWN_DATE = re.compile(
    r"(?<![\w$\u00a3\u20ac])(?<![0-9][.,])(?:1[5-9]|20)[0-9]{2}s?(?![\w%]|[.,][0-9])"  # 2018, 1990s
    r"|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}"
    r"|(?:[a-z]|[0-9])(?:st|nd|rd|th)[ -]century"
    r"|\b(?:january|february|july|september|october|november|december)\b"
    rf"|\b[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTHS})\b"
    rf"|\b(?:{_MONTHS})\.? [0-9]{{1,2}}(?:st|nd|rd|th)?\b"
    r"|\b(?:in|since|until|till|during|last|this|next|early|mid|late)[ -]"
    r"(?:march|april|may|june|august)\b",
    re.IGNORECASE,
)
# Verbs, or names of people; behind these words it is the capital that makes them months.
_OWN_MONTH = re.compile(r"\b(?:by|before|after|from|of|for) (?:March|April|June|August)\b")

# --- relative words: in small letters, what the match means, counted from a day's ordinal

_Start = Callable[[int, re.Match[str]], int]


def _of_month(day: int, back: int) -> int:
    """The first of the month that is `back` months before."""
    months = max(12, _date(day).year * 12 + _date(day).month - 1 - back)
    return date(months // 12, months % 12 + 1, 1).toordinal()


def _of_year(day: int, back: int) -> int:
    return date(max(1, _date(day).year - back), 1, 1).toordinal()


def _weekday(day: int, found: re.Match[str]) -> int:
    """The last such day before this one: what is asked today of "Tuesday" may be a week old."""
    return day - ((_date(day).weekday() - WEEKDAYS.index(found[1].lower())) % 7 or 7)


# "The last week of the war" counts from elsewhere.
_LAST = r"(?:last|past)(?! [a-z]+ of\b)"
_SINCE: tuple[tuple[re.Pattern[str], str, _Start], ...] = tuple(
    (re.compile(rf"\b{pattern}\b"), unit, start)
    for pattern, unit, start in (
        (r"(?:today|tonight|this (?:morning|afternoon|evening))", "day", lambda d, _: d),
        (r"(?:yesterday|last night(?! of\b))", "day", lambda d, _: d - 1),
        (rf"{_LAST} {_NUMBER} (hour|day|week|month)s", "", lambda d, m: d - _days(m)),
        (r"(?:this|the|last|past) weekend", "week", lambda d, _: d - 7),
        (r"this week", "week", lambda d, _: d - 6),
        (rf"{_LAST} week", "week", lambda d, _: d - _date(d).weekday() - 7),
        (rf"(?:on|last|this|since) ((?i:{'|'.join(WEEKDAYS)}))", "week", _weekday),
        (r"this month", "month", lambda d, _: _of_month(d, 0)),
        (rf"{_LAST} month", "month", lambda d, _: _of_month(d, 1)),
        (r"this year", "year", lambda d, _: _of_year(d, 0)),
        (rf"{_LAST} year", "year", lambda d, _: _of_year(d, 1)),
    )
)
_AGO = re.compile(rf"\b{_NUMBER} (hour|day|week|month)s? ago\b")
_SEASON = "(?:season|spring|summer|autumn|fall|winter)"
_VAGUE = re.compile(
    r"\b(?:recent|recently|lately|(?<!at the )latest|newest|currently|nowadays|now(?!-)|these days"
    r"|at the moment|at present|upcoming|tomorrow"
    rf"|next (?:week|weekend|month|year|{_SEASON})|(?:this|last) {_SEASON}"
    # An adjective: neither an account nor what flows in a river or a wire.
    r"|(?<!ocean )(?<!electric )(?<!alternating )(?<!direct )(?<!sea )current(?= \w)"
    r"(?! (?:accounts?|affairs|density|flows?|of|in|from|to|and|or|is|was)\b))\b"
)


def find_window(question: str, asked_at: str, given: bool) -> Window | None:
    """The window that the question prefers, None for no preference.

    `asked_at` is as `index.dates` writes it; `given` says that the asker told it. If it is only the
    hour of the machine, a question without words of time prefers none, so that an archive of old
    news answers as if it were new. A window of news alone (`Pull.of_news`) is the caller's to drop.
    """
    words = _words(question)
    if _OWN_DATE.search(words) or _OWN_MONTH.search(words):
        return None
    day = date.fromisoformat(asked_at[:10]).toordinal()
    if stated := _stated(words, day):
        return stated
    if _VAGUE.search(words):
        pull = VAGUE if given else VAGUE_FROM_NOW
        return Window(_date(day - RECENT_DAYS), _date(day + SLACK), HALF_RECENT, pull)
    if given:
        return Window(_date(day - ASKED_DAYS), _date(day + SLACK), HALF_ASKED, ASKED)
    return None


def _stated(words: str, day: int) -> Window | None:
    if ago := _AGO.search(words):
        then, spread = day - _days(ago), SPREAD[ago[2]] + SLACK
        return Window(_date(then - spread), _date(then + spread), HALF[ago[2]], STATED)
    for pattern, unit, start in _SINCE:
        if found := pattern.search(words):
            first = _date(start(day, found) - SLACK)
            return Window(first, _date(day + SLACK), HALF[unit or found[2]], STATED)
    return None


def _days(found: re.Match[str]) -> int:
    """Of a match of a number and a unit; a part of a day is a day."""
    count = NUMBERS[found[1]] if found[1] in NUMBERS else int(found[1])
    return math.ceil(count * DAYS_IN[found[2]])


def _words(question: str) -> str:
    """The question without quotations; in small letters where its capitals say nothing."""
    text = " ".join(_QUOTED.sub(" ", question).split())
    rest = [word for word in re.findall(r"[^\W\d_]+", text)[1:] if len(word) > 3]
    if text.isupper() or (len(rest) > 3 and all(word[0].isupper() for word in rest)):
        return text.casefold()  # all of it is written like a title
    return text[:1].lower() + text[1:]


def _date(ordinal: int) -> date:
    """The day, or the calendar's first or last if it is outside."""
    return date.fromordinal(min(max(1, ordinal), date.max.toordinal()))

"""Dates as people and feeds write them -> the two forms that the archive keeps.

A day stays a day (`2024-01-15`); an instant becomes UTC to the second (`2024-01-15T09:30:00Z`). It
does not know whose date it is: the caller adds the place and the field to the words of the error.
"""

import re
from datetime import UTC, date, datetime

# Narrower than `fromisoformat`, which also takes `20240115`, `2024-W03-1` and digits of any script.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    rf"{_DAY.pattern}[Tt ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.,][0-9]+)?)?"
    r" ?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
_DAY_REMEDY = "give a day as YYYY-MM-DD, for example 2024-01-15"
_TIME_REMEDY = f"{_DAY_REMEDY}, or a time such as 2024-01-15T09:30:00Z"


def normalise_day(text: str) -> str:
    """A day, `YYYY-MM-DD`, trimmed of white space. Raises ValueError with a remedy in its words."""
    day = text.strip()
    if not _DAY.fullmatch(day):
        raise ValueError(f"{_shown(text)} is not a day; {_DAY_REMEDY}")
    return _day_in_calendar(day, _DAY_REMEDY)


def normalise_time(text: str) -> str:
    """A day as it is, or an ISO 8601 instant in UTC: `YYYY-MM-DDTHH:MM:SSZ`.

    An instant without an offset is taken as UTC, since nothing in it says otherwise. Fractions of a
    second are dropped, not rounded. Raises ValueError with a remedy in its words.
    """
    time = text.strip()
    if _DAY.fullmatch(time):
        return _day_in_calendar(time, _TIME_REMEDY)
    if not _INSTANT.fullmatch(time):
        raise ValueError(f"{_shown(text)} is not a date; {_TIME_REMEDY}")
    try:
        # ISO 8601 lets the letters be small and has no blank before the offset; logs differ.
        instant = datetime.fromisoformat(time[:11] + time[11:].replace(" ", "").upper())
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        # OverflowError: an offset may carry the first or the last day out of the calendar.
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{_shown(text)} is no time in the calendar; {_TIME_REMEDY}") from None
    return instant.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _day_in_calendar(day: str, remedy: str) -> str:
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        raise ValueError(f"{_shown(day)} is no day in the calendar; {remedy}") from None


def _shown(text: str) -> str:
    # A date field may hold a whole article by mistake.
    return repr(text if len(text) <= 40 else text[:40] + "...")

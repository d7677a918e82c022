"""Dates: hand-computed cases, and agreement with the standard library on every instant."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import normalise_day, normalise_time


@pytest.mark.parametrize(
    ("given_text", "normal"),
    [
        ("2024-01-15", "2024-01-15"),
        (" 2024-02-29\n", "2024-02-29"),
        ("2024-01-15T09:30:00Z", "2024-01-15T09:30:00Z"),
        ("2024-01-15t09:30z", "2024-01-15T09:30:00Z"),
        ("2024-01-15T09:30:00", "2024-01-15T09:30:00Z"),  # without an offset: UTC
        ("2024-01-15 09:30:59.999", "2024-01-15T09:30:59Z"),  # dropped, not rounded
        ("2024-01-15T23:30:00-05:00", "2024-01-16T04:30:00Z"),
        ("2024-01-01T02:00:00+0530", "2023-12-31T20:30:00Z"),
        ("2024-01-15T09:30:00+01", "2024-01-15T08:30:00Z"),
        ("2024-01-15 09:30:00 +0000", "2024-01-15T09:30:00Z"),
        ("0987-01-15T09:30:00Z", "0987-01-15T09:30:00Z"),
    ],
)
def test_times_that_are_read(given_text: str, normal: str) -> None:
    assert normalise_time(given_text) == normal


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "yesterday",
        "20240115",
        "2024-1-5",
        "15/01/2024",
        "2024-W03-1",
        "2024-02-30",
        "0000-01-01",
        "2024-01-15T",
        "2024-01-15T25:00:00Z",
        "2024-01-15T09:30:00+25:00",
        "0001-01-01T00:00:00+01:00",  # before the first day, once in UTC
        "9999-12-31T23:59:59-01:00",
        "Mon, 15 Jan 2024 09:30:00 GMT",
        "\u0662\u0660\u0662\u0664-\u0660\u0661-\u0661\u0665",  # Arabic-Indic digits
    ],
)
def test_times_that_are_refused_with_a_remedy(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"give a day as YYYY-MM-DD.* or a time such as"):
        normalise_time(wrong)


def test_the_words_name_the_value() -> None:
    with pytest.raises(ValueError, match="'yesterday' is not a date; give a day as YYYY-MM-DD"):
        normalise_time("yesterday")
    with pytest.raises(ValueError, match="'2024-02-30' is no day in the calendar; give"):
        normalise_time("2024-02-30")


def test_a_value_of_any_length_gives_a_short_error() -> None:
    with pytest.raises(ValueError, match="is not a date") as error:
        normalise_time("x" * 1_000_000)
    assert len(str(error.value)) < 200


def test_a_day_is_read() -> None:
    assert normalise_day(" 2024-01-15 ") == "2024-01-15"


@pytest.mark.parametrize("wrong", ["", "2024-01-15T09:30:00Z", "2023-02-29", "2024-13-01", "today"])
def test_days_that_are_refused_with_a_remedy(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"give a day as YYYY-MM-DD, for example 2024-01-15$"):
        normalise_day(wrong)


@given(st.text())
def test_any_text_is_a_date_or_a_value_error(text: str) -> None:
    try:
        normal = normalise_time(text)
    except ValueError:
        return
    assert normalise_time(normal) == normal


@given(st.dates())
def test_every_day_of_the_calendar_is_itself(day: date) -> None:
    assert normalise_day(day.isoformat()) == normalise_time(day.isoformat()) == day.isoformat()


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)),
    st.integers(min_value=-23 * 60, max_value=23 * 60),
)
def test_every_instant_is_its_second_in_utc(local: datetime, offset: int) -> None:
    instant = local.replace(tzinfo=timezone(timedelta(minutes=offset)))
    read = datetime.fromisoformat(normalise_time(instant.isoformat()))
    assert read == instant.astimezone(UTC).replace(microsecond=0)

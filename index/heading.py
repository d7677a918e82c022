"""The line that models see before a passage: its article's title, source and date.

Retrieval and reading need it ("what did Reuters report in March 2020?") although it is no part of
the passage's text; offsets never count it.
"""

from datetime import date

from index.records import Article


def heading(article: Article) -> str:
    """For example `Storm closes ports | Harbour Wire | 5 March 2020`; empty if nothing is known."""
    return join_heading(article.title, article.source, article.published_at)


def join_heading(title: str | None, source: str | None, published_at: str | None) -> str:
    parts = (title, source, _spell_day(published_at) if published_at else None)
    return " | ".join(" ".join(part.split()) for part in parts if part and part.strip())


def below_heading(heading: str, text: str) -> str:
    """What the encoder reads of a passage."""
    return f"{heading}\n{text}".strip()


def _spell_day(published_at: str) -> str:
    day = date.fromisoformat(published_at[:10])
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


# strftime would spell the month in the machine's locale.
_MONTHS = """
    January February March April May June July August September October November December
""".split()

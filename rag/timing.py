"""What time a question is about, and how much nearness to it speaks for an article.

Always a preference, never a filter: an article from far away is put lower and doubted, and still
found. Where a question has no such time there is no window, and nothing here is added to anything.
How the time is told from the words is in `rag.time_words`.
"""

from dataclasses import dataclass, replace
from datetime import date

from index.filters import Filters
from index.records import Article

# Nobody knows when an undated article was published. If it counted as far, an archive without dates
# would lose its answers to every question that says when it is asked; if as near, an old page would
# pass for this week's news. So it is ranked half way, and its answer is neither backed nor doubted.
UNDATED = 0.5


@dataclass(frozen=True, slots=True)
class Pull:
    """How much nearness weighs once passages are read, in logits, none below 0."""

    rank: float  # by which a near passage is put before a far one
    support: float  # for an answer from inside the window
    doubt: float  # against one from far outside it
    of_news: bool = False  # whether it counts only where the archive has news from near then


# Priors, not fitted: the reading data has no dates, so it can show nothing of their worth. They go
# by what a missing year counts, 2 logits or more (AGAINST in training/fit_calibrator.py), and by
# how often right and wrong answers are near where the day is known (docs/experiments.md).
# "This week" is as plain as a year: what was published years away is hardly it, however sure the
# reader is (the eighth is surer than those before it, to which 3 logits were enough).
STATED = Pull(rank=2.0, support=1.0, doubt=4.0)
# "Recent" may be a year ago where little happens.
VAGUE = Pull(rank=1.0, support=0.5, doubt=1.5)
# Without a day of asking, "now" may be meant in an archive that ends years ago: it only orders.
VAGUE_FROM_NOW = Pull(rank=1.0, support=0.0, doubt=0.0)
# A day of asking alone: most ask of the news about what is new, but anyone may ask about the past.
# Newswire asked about in its week would bear 1.4 logits for and 3.2 against (docs/experiments.md).
# Where nothing is from near it, it tells no article from another.
ASKED = Pull(rank=1.5, support=1.0, doubt=2.0, of_news=True)


@dataclass(frozen=True, slots=True)
class Window:
    """The days, both included, on which what is asked about will have been published.

    `half` is the distance in days at which nearness has fallen to a half.
    """

    first: date
    last: date
    half: int
    pull: Pull

    def nearby(self, filters: Filters) -> Filters:
        """The filters, narrowed to the days whose nearness is a half or more."""
        first, last = self.first.toordinal() - self.half, self.last.toordinal() + self.half
        after = date.fromordinal(max(first, 1)).isoformat()
        end = date.fromordinal(last + 1).isoformat() if last < date.max.toordinal() else None
        befores = [day for day in (end, filters.before) if day]
        return replace(
            filters, after=max(after, filters.after or after), before=min(befores, default=None)
        )

    def distance(self, published_at: str | None) -> int | None:
        """Days from the window, 0 inside it; None for an undated article.

        `published_at` is as `index.dates` writes it: a day, or an instant of which the day counts.
        """
        if published_at is None:
            return None
        day = date.fromisoformat(published_at[:10])
        return max(0, (self.first - day).days, (day - self.last).days)

    def nearness(self, published_at: str | None) -> float:
        """In [0, 1]: 1 inside the window, halved every `half` days outside it."""
        away = self.distance(published_at)
        return UNDATED if away is None else 2.0 ** (-away / self.half)


def preference(window: Window | None, article: Article) -> float:
    """Logits by which the article's passages are put forward among those that were read."""
    return window.pull.rank * window.nearness(article.published_at) if window else 0.0


def evidence(window: Window | None, article: Article) -> float:
    """Logits for (above 0) or against an answer from the article being right."""
    if window is None or article.published_at is None:
        return 0.0
    near = window.nearness(article.published_at)
    return window.pull.support * near - window.pull.doubt * (1 - near)


def keeps_up(window: Window | None, best: Article, other: Article) -> bool:
    """Whether nearness does not put `other` behind: it is at most a half less near than `best`."""
    if window is None:
        return True
    return window.nearness(best.published_at) - window.nearness(other.published_at) <= 0.5

"""What of a question's result is read: a question, facts, remarks, quotes. Knows no page.

Everything here is text and stays text, made inert and clipped, so that a thousand questions make a
page that opens at once. The whole of each stands in `per_question.jsonl`.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from eval.given import Quote
from rag.display import inert, one_line

CLIP = 300  # characters of a question, an answer or an error
AROUND = 120  # characters of a quote on each side of the answer


@dataclass(frozen=True, slots=True)
class Shown:
    """A quote in three parts, `marked` being the answer in it; `url` is one that may be opened."""

    before: str
    marked: str
    after: str
    title: str
    url: str | None
    where: tuple[str, ...]
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """`words`, each as good as the other, beside `label`. `struck`: an answer that was not given.
    `tone` colours them.
    """

    label: str
    words: tuple[str, ...]
    tone: str = ""
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """`remarks` are sentences; `labels` the names and values of the slices that it is in."""

    id: str
    question: str
    facts: tuple[Fact, ...]
    remarks: tuple[str, ...] = ()
    quotes: tuple[Shown, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of one verdict. `name` is for links; `tone` is a colour's class."""

    name: str
    heading: str
    means: str
    tone: str
    is_open: bool
    entries: tuple[Entry, ...]


def shown(quote: Quote, answer: str) -> Shown:
    """Without a stated span the answer's own words are marked, if they stand in the quote."""
    start, end = quote.answer or _span(quote.text, answer)
    before, marked, after = (
        inert(part) for part in (quote.text[:start], quote.text[start:end], quote.text[end:])
    )
    where = [quote.source, quote.published_at, quote.article_id]
    if quote.start is not None:
        where.append(f"{quote.start}:{quote.start + len(quote.text)}")
    return Shown(
        before=_tail(before) if marked else "",
        marked=clipped(marked),
        after=_head(after) if marked else clipped(after),
        title=clipped(quote.title or ""),
        url=link(quote.url),
        where=tuple(clipped(words) for words in where if words),
        warning="does not stand in its article" if quote.verified is False else "",
    )


def _span(text: str, answer: str) -> tuple[int, int]:
    start = text.find(answer) if answer else -1
    return (start, start + len(answer)) if start >= 0 else (0, 0)


def link(url: str | None) -> str | None:
    """The URL if it is one of the web, else None: others may run or read something."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and parts.netloc != ""
    return url if is_web and url == inert(url or "") and " " not in (url or "") else None


def clipped(text: str) -> str:
    """On one line, of at most CLIP characters and the sign that there were more."""
    line = one_line(text[: 2 * CLIP])
    if len(line) <= CLIP and len(text) <= 2 * CLIP:
        return line
    return line[:CLIP].rstrip() + " \u2026"


def _tail(text: str) -> str:
    """The end of a text, from a word's beginning if there is one."""
    if len(text) <= AROUND:
        return text
    end = text[-AROUND:]
    return "\u2026 " + (end.partition(" ")[2] or end)


def _head(text: str) -> str:
    if len(text) <= AROUND:
        return text
    return (text[:AROUND].rpartition(" ")[0] or text[:AROUND]) + " \u2026"

"""An answer for a person to read: in a pipe, on a terminal, in a notebook. Pure; prints nothing.

The markers such as [1] are added here; in an answer's own text nothing looks like one. Articles are
written by strangers, so all that is shown of them passes `inert` first; `Answer.as_json` stays
verbatim.
"""

import html
import re
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rag.answer import Answer, Citation

if TYPE_CHECKING:
    from rich.console import Group

LEAD_CHARACTERS = (
    300  # of a nearest passage: enough to judge it by, not to mistake it for an answer
)
DISAGREE = "Sources disagree: "

# All controls but newline and tab (a terminal obeys them), the bidirectional overrides, isolates
# and marks (they make text read as what it is not: after U+200F "3 - 1" reads "1 - 3"), and halves
# of characters (no encoding can write them). Joiners of no width stay: Persian, Hindi and emoji are
# wrong without them, and they move nothing.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

# With their full-width and mathematical forms, which look the same.
_ROUND = str.maketrans("[\uff3b\u27e6\u3010]\uff3d\u27e7\u3011", "(((())))")

_SOFT = "opacity:.7;font-size:.9em"  # opacity and inherited colours suit a dark and a light page
_MARK = "background:rgba(255,196,0,.4);color:inherit;padding:0 .1em"


class Quote(NamedTuple):
    """A citation's quote in three parts, each on one line; `answer` is "" for a lead."""

    before: str
    answer: str
    after: str


def inert(text: str) -> str:
    """`text` with U+FFFD for all that could act on a terminal or reorder it; of the same length."""
    return UNSAFE.sub("\ufffd", text.replace("\r\n", " \n"))


def one_line(text: str) -> str:
    """`text` made inert, trimmed, each run of white space now one space."""
    return " ".join(inert(text).split())


def unmarked(text: str) -> str:
    """`text` on one line, with round brackets for square ones: those are the markers' alone."""
    return one_line(text).translate(_ROUND)


def as_text(answer: Answer, show: str = "dateline show") -> str:
    """Plain text, without colour or wrapping. `show` is the command that opens an article."""
    said = " ".join(f"{words} {markers}".strip() for words, markers in with_markers(answer))
    parts = [before(answer) + said]
    if answer.abstained and answer.nearest:
        parts.append("Nearest passages")
    for label, citation in _cited(answer):
        parts.append(entry_as_text(label, citation, _quote(answer, citation), show))
    return "\n\n".join([*parts, "\n".join(_last_lines(answer))])


def as_terminal(answer: Answer, show: str = "dateline show") -> "Group":
    """As `as_text`, for rich to wrap and colour, with the answer marked inside each quote."""
    from rich.console import Group  # a pipe has no use for it, and it takes time to import
    from rich.text import Text

    text = Text(before(answer))
    for words, markers in with_markers(answer):
        text.append(f"{words} ", "" if answer.abstained else "bold").append(f"{markers} ", "dim")
    text.rstrip()
    parts: list[Text | Group] = [text, Text()]
    if answer.abstained and answer.nearest:
        parts += [Text("Nearest passages", "underline"), Text()]
    for label, citation in _cited(answer):
        parts.append(entry_as_terminal(label, citation, _quote(answer, citation), show))
    parts.append(Text("\n".join(_last_lines(answer)), "dim"))
    return Group(*parts)


def entry_as_text(label: str, cited: Citation, quote: Quote, show: str) -> str:
    """Where a quote is from, the quote, and the command that opens it."""
    return f'{label} {caption(cited)}\n    "{"".join(quote)}"\n    {_opens(cited, show)}'


def entry_as_terminal(label: str, cited: Citation, quote: Quote, show: str) -> "Group":
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    # In a column of its own, so that no line of a long title begins where the next entry would.
    head = Table.grid(padding=(0, 1))
    head.add_row(Text(label, "dim", no_wrap=True), Text(caption(cited), "cyan", overflow="fold"))
    body = Text.assemble('"', quote.before, (quote.answer, "bold reverse"), quote.after, '"')
    return Group(
        head,
        Padding(body, (0, 4)),
        # Not wrapped, so that it can be copied whole.
        Text(f"    {_opens(cited, show)}\n", "dim", no_wrap=True, overflow="ignore"),
    )


def as_html(answer: Answer) -> str:
    """One `div`, self-contained, without scripts, for a notebook: the quotes stand out."""
    text = before(answer) + " ".join(
        f"<bdi>{html.escape(words)}</bdi>"
        + (f" <sup>{html.escape(markers)}</sup>" if markers else "")
        for words, markers in with_markers(answer)
    )
    parts = [f'<p style="margin:.4em 0"><strong>{text}</strong></p>']
    if answer.abstained and answer.nearest:
        parts.append(f'<p style="margin:.8em 0 0;{_SOFT}">Nearest passages</p>')
    for label, citation in _cited(answer):
        left, marked, right = map(html.escape, _quote(answer, citation))
        if marked:
            marked = f'<mark style="{_MARK}">{marked}</mark>'
        parts.append(
            '<figure style="margin:.8em 0"><blockquote style="margin:0;padding:.1em 0 .1em .9em;'
            f'border-left:3px solid;font-size:1.15em;line-height:1.5">{left}{marked}{right}'
            f'</blockquote><figcaption style="margin-top:.3em;{_SOFT}">{html.escape(label)} '
            f"{_link(citation)}</figcaption></figure>"
        )
    last = "<br>".join(map(html.escape, _last_lines(answer)))
    parts.append(f'<p style="margin:.4em 0;{_SOFT}">{last}</p>')
    return f'<div style="max-width:45em;color:inherit">{"".join(parts)}</div>'


def caption(cited: Citation) -> str:
    """Source, day and title, or the id of an article without a title; on one line."""
    day = (cited.published_at or "")[:10]
    return one_line(", ".join(filter(None, [cited.source, day, cited.title or cited.article_id])))


def lead(text: str) -> Quote:
    """A passage in which no answer is marked, on one line, cut after a word if it is long."""
    line = one_line(text)
    if len(line) > LEAD_CHARACTERS:
        line = line[:LEAD_CHARACTERS].rsplit(" ", 1)[0] + " ..."
    return Quote(line, "", "")


def _opens(cited: Citation, show: str) -> str:
    id_, span = shlex.quote(inert(cited.article_id)), f"--at {cited.start}:{cited.end}"
    is_like_an_option = cited.article_id.startswith("-")
    return f"{show} {span} -- {id_}" if is_like_an_option else f"{show} {id_} {span}"


def before(answer: Answer) -> str:
    """What stands in front of the answer's text."""
    return DISAGREE if answer.conflicting else ""


def with_markers(answer: Answer) -> Iterator[tuple[str, str]]:
    """The answer's text in pieces, each with the markers of the sentence that ends it."""
    at = 0
    for sentence in answer.sentences:
        markers = "".join(f"[{i + 1}]" for i in sentence.citations)
        if answer.conflicting and sentence is not answer.sentences[-1]:
            markers += ";"  # two answers, not one of two parts
        yield unmarked(answer.text[at : sentence.end]), markers
        at = sentence.end
    if rest := unmarked(answer.text[at:]):
        yield rest, ""


def _cited(answer: Answer) -> Iterator[tuple[str, Citation]]:
    # A lead has no number: nothing in the answer points at it.
    if answer.abstained:
        yield from (("-", nearest) for nearest in answer.nearest)
    else:
        yield from ((f"[{i}]", citation) for i, citation in enumerate(answer.citations, 1))


def _quote(answer: Answer, citation: Citation) -> Quote:
    if answer.abstained:
        return lead(citation.cited_text)
    first, last = 0, len(citation.cited_text)
    if citation.answer_start is not None and citation.answer_end is not None:
        first, last = citation.answer_start - citation.start, citation.answer_end - citation.start
    text = inert(citation.cited_text)
    before, marked, after = text[:first], text[first:last], text[last:]
    spaced = [re.sub(r"\s+", " ", part) for part in (before.lstrip(), marked, after.rstrip())]
    return Quote(*spaced)


def _last_lines(answer: Answer) -> Iterator[str]:
    if one_line(answer.understood_as) != one_line(answer.question):
        yield f"understood as: {one_line(answer.understood_as)}"
    if answer.undated_left_out:
        yield f"articles without a date, left out by the filter: {answer.undated_left_out}"
    if answer.dropped_citations:
        yield f"citations that differed from the archive, dropped: {answer.dropped_citations}"
    newest = (
        f"newest article of the archive {answer.as_of[:10]}"
        if answer.as_of
        else "no article has a date"
    )
    yield one_line(f"confidence {answer.confidence:.2f}; {newest}; snapshot {answer.snapshot}")


def _link(citation: Citation) -> str:
    # Isolated: a title in Hebrew or Arabic must not carry the marker beside it along.
    words = f"<bdi>{html.escape(caption(citation))}</bdi>"
    url = inert(citation.url or "")
    if not url.lower().startswith(("https://", "http://")):  # javascript: and data: run code
        return words
    return (
        f'<a href="{html.escape(url)}" rel="noopener noreferrer" style="color:inherit">{words}</a>'
    )

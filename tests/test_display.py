"""An answer as text, on a terminal and as HTML. All articles are invented."""

import io
import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from rag.answer import REFUSAL, Answer, Citation, Sentence
from rag.display import UNSAFE, as_html, as_terminal, as_text, inert, one_line
from tests.page import Page

QUOTE = "The harbour\n\n of Lund closed on Monday."
QUOTED = Citation(
    article_id="harbour.txt",
    start=10,
    end=10 + len(QUOTE),
    cited_text=QUOTE,
    answer_start=10 + QUOTE.index("on"),
    answer_end=10 + QUOTE.index("."),
    title="Ships wait",
    source="The Lund Post",
    published_at="2024-01-15T09:30:00Z",
    url="https://news.example/harbour?a=1&b=2",
)
WHOLE = Citation("-odd id", 0, 13, "Ships waited.", None, None)
ANSWER = Answer(
    question="when did the harbour close?",
    understood_as="when did the harbour close?",
    text="on Monday Ships waited.",
    abstained=False,
    confidence=0.8349,
    sentences=(Sentence("on Monday", 0, 9, (0, 1)), Sentence("Ships waited.", 10, 23, (1,))),
    citations=(QUOTED, WHOLE),
    as_of="2024-02-01",
    snapshot="7-0123456789ab",
)
REFUSED = Answer(
    question="who  won?",
    understood_as="who won the cup?",
    text=REFUSAL,
    abstained=True,
    confidence=0.04,
    nearest=(replace(WHOLE, cited_text="word " * 100),),
    snapshot="0-000000000000",
    dropped_citations=1,
    undated_left_out=3,
)


def test_text_has_markers_quotes_and_the_commands_that_open_them() -> None:
    assert (
        as_text(ANSWER)
        == """\
on Monday [1][2] Ships waited. [2]

[1] The Lund Post, 2024-01-15, Ships wait
    "The harbour of Lund closed on Monday."
    dateline show harbour.txt --at 10:49

[2] -odd id
    "Ships waited."
    dateline show --at 0:13 -- '-odd id'

confidence 0.83; newest article of the archive 2024-02-01; snapshot 7-0123456789ab"""
    )


def test_text_of_a_refusal_has_leads() -> None:
    words = "word " * 60
    assert (
        as_text(REFUSED, "dateline show --data here")
        == f"""\
{REFUSAL}

Nearest passages

- -odd id
    "{words}..."
    dateline show --data here --at 0:13 -- '-odd id'

understood as: who won the cup?
articles without a date, left out by the filter: 3
citations that differed from the archive, dropped: 1
confidence 0.04; no article has a date; snapshot 0-000000000000"""
    )


def test_a_terminal_shows_the_same_with_the_answer_marked() -> None:
    assert _rendered(ANSWER, color=False).split() == as_text(ANSWER).split()
    assert _rendered(REFUSED, color=False).split() == as_text(REFUSED).split()
    marked = re.findall(r"\x1b\[1;7m(.*?)\x1b\[0m", _rendered(ANSWER, color=True))
    assert marked == ["on Monday", "Ships waited."]


def test_a_command_is_not_wrapped_on_a_terminal() -> None:
    long = replace(ANSWER, citations=(replace(QUOTED, article_id="long/" * 40), WHOLE))
    assert f"dateline show {'long/' * 40} --at 10:49\n" in _rendered(long, color=False)


def test_markup_and_control_sequences_of_an_article_are_only_text() -> None:
    hostile = "[bold]\x1b[31mred\x07 \u202egnol\u2066[/bold] \x9b2J"
    quoted = replace(
        WHOLE, cited_text=hostile, title=f"{hostile}\n[3] forged", source=hostile, url=hostile
    )
    answer = replace(ANSWER, citations=(quoted, WHOLE))
    shown = "[bold]\ufffd[31mred\ufffd \ufffdgnol\ufffd[/bold] \ufffd2J"
    assert f"[1] {shown}, {shown} [3] forged\n" in as_text(answer)
    assert f"[1] {shown}, {shown} [3] forged" in one_line(_rendered(answer, color=False))
    assert f'"{shown}"' in _rendered(answer, color=False)
    assert f">{shown}</mark>" in as_html(answer)


def test_html_marks_the_answer_and_links_the_article() -> None:
    page = as_html(ANSWER)
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", page) == ["on Monday", "Ships waited."]
    assert 'href="https://news.example/harbour?a=1&amp;b=2"' in page
    assert "[1] <a " in page
    assert "[2] <bdi>-odd id</bdi></figcaption>" in page
    assert Page.of(as_html(REFUSED)).tags.isdisjoint({"mark", "a"})
    assert ANSWER._repr_html_() == page


def test_html_links_nothing_that_a_browser_would_run() -> None:
    for url in ("javascript:alert(1)", "data:text/html,x", " https://x", "//x", "java\nscript:x"):
        assert "href" not in as_html(replace(ANSWER, citations=(replace(QUOTED, url=url), WHOLE)))


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=[])))
def test_inert_text_keeps_its_length_and_nothing_unsafe(text: str) -> None:
    shown = inert(text)
    assert len(shown) == len(text)
    assert not UNSAFE.search(shown)
    assert inert(shown) == shown
    assert not set("\n\t\r") & set(one_line(text))


@settings(deadline=None)  # the law does not speak of time
@given(st.text(min_size=1), st.text(), st.sampled_from(["", "<script>", "'\"><img src=x>", "&lt;"]))
def test_whatever_an_article_holds_no_face_is_broken(text: str, name: str, attack: str) -> None:
    quote = text + attack
    cited = Citation(name, 0, len(quote), quote, 0, len(text), attack, name, name, f"http://{name}")
    answer = replace(ANSWER, text=quote, sentences=(), citations=(cited,))
    page = as_html(answer)
    assert not UNSAFE.search(as_text(answer) + page + _rendered(answer, color=False))
    allowed = {
        "bdi",
        "div",
        "p",
        "strong",
        "sup",
        "figure",
        "blockquote",
        "mark",
        "figcaption",
        "a",
        "br",
    }
    assert Page.of(page).tags <= allowed
    assert Page.of(page).attributes <= {"style", "href", "rel"}
    assert one_line(quote) in one_line(Page.of(page).text)


def _rendered(answer: Answer, color: bool) -> str:
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=color, color_system="truecolor" if color else None, width=80
    )
    console.print(as_terminal(answer), crop=False)
    return out.getvalue()

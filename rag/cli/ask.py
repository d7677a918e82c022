"""The commands that read: `ask`, `search` and `show`."""

import re
from dataclasses import asdict

import click

from index.errors import InvalidInput
from index.filters import Filters
from index.records import Article
from rag.answer import Citation
from rag.cli.common import (
    WORDS,
    data_option,
    filter_options,
    json_option,
    on_terminal,
    open_engine,
    say,
    say_json,
    say_rich,
    show_command,
)
from rag.display import (
    as_terminal,
    as_text,
    entry_as_terminal,
    entry_as_text,
    inert,
    lead,
    one_line,
)

CONTEXT_CHARACTERS = 400  # shown on either side of a quote, at most


asked_at_option = click.option(
    "--asked-at",
    type=WORDS,
    metavar="TIME",
    help="When it is asked, in ISO 8601; now by default. What was published near it is preferred.",
)


@click.command()
@click.argument("question", type=WORDS)
@click.option(
    "--following",
    type=WORDS,
    multiple=True,
    metavar="QUESTION",
    help="What was asked before, oldest first; give it again for each further one.",
)
@filter_options
@asked_at_option
@json_option
@data_option
def ask(
    question: str,
    following: tuple[str, ...],
    after: str | None,
    before: str | None,
    sources: tuple[str, ...],
    asked_at: str | None,
    as_json: bool,
    data: str | None,
) -> None:
    """Answers QUESTION with quotes, or says that there is no answer.

    An answer that is refused comes with the nearest passages, and is no error.

    \b
      dateline ask "what was the 2018 agreement?"
      dateline ask --after 2024-01-01 --json "who met Vladimir Putin?"
      dateline ask --asked-at 2024-01-16 "who launched a satellite this week?"
      dateline ask "who signed it?" --following "what was the 2018 agreement?"
    """
    from rag.standalone import Turn

    filters = Filters.parse(after, before, sources)
    engine = open_engine(data)
    history = [Turn(earlier) for earlier in following]
    answer = engine.ask(question, history=history, filters=filters, asked_at=asked_at)
    if as_json:
        say_json(answer.as_json())
    elif on_terminal():
        say_rich(as_terminal(answer, show_command(engine)))
    else:
        say(as_text(answer, show_command(engine)))


@click.command()
@click.argument("query", type=WORDS)
@click.option("--limit", type=int, default=10, show_default=True, help="How many, at most 100.")
@filter_options
@asked_at_option
@json_option
@data_option
def search(
    query: str,
    limit: int,
    after: str | None,
    before: str | None,
    sources: tuple[str, ...],
    asked_at: str | None,
    as_json: bool,
    data: str | None,
) -> None:
    """Lists the passages nearest to QUERY, best first.

    Each has its score, from 0 to 1, and the command that prints it in full.

    \b
      dateline search "satellite launch"
      dateline search --limit 3 --source "The Rio Times" "military agreement"
    """
    filters = Filters.parse(after, before, sources)
    engine = open_engine(data)
    found = engine.search(query, filters=filters, asked_at=asked_at, limit=limit)
    if as_json:
        say_json([f.as_json() for f in found])
        return
    if not found:
        say("nothing found", err=True)
    for f in found:
        cited = Citation.of(f.article, f.passage.start, f.passage.end)
        entry = (f"{f.score:.3f}", cited, lead(f.text), show_command(engine))
        if on_terminal():
            say_rich(entry_as_terminal(*entry))
        else:
            say(entry_as_text(*entry) + "\n")


@click.command()
@click.argument("article_id", type=WORDS)
@click.option("--at", "span", type=WORDS, metavar="START:END", help="Only these characters of it.")
@json_option
@data_option
def show(article_id: str, span: str | None, as_json: bool, data: str | None) -> None:
    """Prints an article, or a quote from it.

    An article is its fields, an empty line, and its text. START and END count characters (Unicode
    code points) of the text, from 0; END is the first that is left out. In a pipe, --at prints
    exactly these characters and a newline, to compare a quote with its article; on a terminal it
    shows them in their context.

    \b
      dateline show 000_8f1bdb7aece23af3.txt
      dateline show 000_8f1bdb7aece23af3.txt --at 23:41
    """
    article = open_engine(data).article(article_id)
    if span is None:
        if as_json:
            say_json(asdict(article))
        else:
            say(f"{_heading(article)}\n\n{article.text}")
        return
    start, end = _parse_span(span, article)
    if as_json:
        say_json(Citation.of(article, start, end).as_json(0))
    elif on_terminal():
        _show_in_context(article, start, end)
    else:
        click.echo(article.text[start:end].encode())


def _heading(article: Article) -> str:
    fields = ("id", "title", "source", "author", "published_at", "updated_at", "url")
    values = {field: getattr(article, field) for field in fields}
    return "\n".join(f"{name}: {one_line(value)}" for name, value in values.items() if value)


def _parse_span(span: str, article: Article) -> tuple[int, int]:
    length = len(article.text)
    found = re.fullmatch(r"([0-9]{1,12}):([0-9]{1,12})", span)
    if not found:
        raise InvalidInput(
            f"--at has the value {span!r}; give START:END, from 0:{length} in this article"
        )
    start, end = int(found[1]), int(found[2])
    if not start <= end <= length:
        raise InvalidInput(
            f"--at has the value {span!r}; the article has {length} characters: give a start and "
            f"an end from 0 to {length}"
        )
    return start, end


def _show_in_context(article: Article, start: int, end: int) -> None:
    from rich.text import Text

    # Cut at white space, so that no word is shown in part.
    first, last = max(0, start - CONTEXT_CHARACTERS), end + CONTEXT_CHARACTERS
    before, after = inert(article.text[first:start]), inert(article.text[end:last])
    if first > 0:
        before = "... " + re.sub(r"^\S*\s*", "", before)
    if last < len(article.text):
        after = re.sub(r"\s*\S*$", "", after) + " ..."
    before, span, after = (
        re.sub(r"\n\s*\n", "\n\n", part) for part in (before, inert(article.text[start:end]), after)
    )
    say_rich(Text(f"{_heading(article)}\n", "dim"))
    say_rich(Text.assemble(before.lstrip(), (span, "bold reverse"), after.rstrip()))

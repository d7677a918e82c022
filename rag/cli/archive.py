"""The commands that keep the archive: `ingest`, `remove` and `status`."""

import os
from collections import Counter
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import click

from index.errors import InvalidInput
from rag.cli.common import (
    STOPPED,
    WORDS,
    complain,
    data_option,
    json_option,
    open_engine,
    say,
    say_json,
)
from rag.cli.progress import progress
from rag.display import one_line

if TYPE_CHECKING:
    from index.archive import Outcome
    from rag.engine import Engine


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(), metavar="PATH...")
@click.option(
    "--re-encode", is_flag=True, help="Change the archive to the encoder in the settings first."
)
@click.option("--if-new", is_flag=True, help="Do nothing if the archive has ever held an article.")
@data_option
def ingest(paths: tuple[str, ...], re_encode: bool, if_new: bool, data: str | None) -> int:
    """Stores articles from files, folders or standard input.

    A PATH is a .txt file with one article, a .jsonl or .jsonl.gz file with one on each line, a
    folder of such files, or - for JSON lines on standard input. Articles that are refused are
    named on stderr, and the exit status is then 1; the others are in. An article that is in already
    is left as it is, so a command that was stopped can be repeated.

    \b
      dateline ingest seeds
      dateline ingest --if-new seeds
      dateline ingest --re-encode
    """
    if not paths and not re_encode:
        raise click.UsageError("Missing argument 'PATH...'.", click.get_current_context())
    if re_encode:
        _re_encode(data)
    engine = open_engine(data, create=True)
    if if_new and not engine.archive.is_new():
        say("the archive is not new: nothing was ingested")
        return 0
    outcomes = _outcomes(engine, paths)
    counts: Counter[str] = Counter()
    passages = 0
    try:
        with progress("articles", _count_articles(paths)) as tell:
            for outcome in outcomes:
                counts[outcome.status] += 1
                passages += outcome.passages
                if outcome.problem:
                    # On one line, although a file's name may hold a line feed.
                    say(one_line(str(outcome.problem)), err=True)
                tell(counts.total())
    except KeyboardInterrupt:
        outcomes.close()  # lets the archive bring its indexes up to what it has stored
        stored = counts.total() - counts["rejected"]
        say(f"stopped; {stored} articles are in; run the same command again to go on", err=True)
        return STOPPED
    if paths:
        parts = (f"{counts[name]} {name}" for name in ("added", "updated", "unchanged", "rejected"))
        say(f"{', '.join(parts)} ({passages} passages)")
    return 1 if counts["rejected"] else 0


@click.command()
@click.argument("ids", nargs=-1, required=True, type=WORDS, metavar="ID...")
@data_option
def remove(ids: tuple[str, ...], data: str | None) -> int:
    """Takes articles out of the archive, by id.

    The ids that were there are printed. One that was not is named on stderr, and the exit status is
    then 1.

    \b
      dateline remove 000_8f1bdb7aece23af3.txt
    """
    removed = open_engine(data).remove(*ids)
    for id_ in removed:
        say(f"removed {one_line(id_)}")
    unknown = [id_ for id_ in dict.fromkeys(ids) if id_ not in removed]
    for id_ in unknown:
        complain(f"there is no article {id_!r} in the archive, so none was removed by that id")
    return 1 if unknown else 0


@click.command()
@click.option("--check", is_flag=True, help="Compare all that is stored instead; takes a while.")
@json_option
@data_option
def status(check: bool, as_json: bool, data: str | None) -> int:
    """Shows what the archive holds, and every setting.

    Each setting stands with where its value came from. With --check, the articles, passages,
    vectors and both indexes are read and compared: it prints "sound", or each problem on a line,
    and the exit status is then 1. A server may run meanwhile.

    \b
      dateline status
      dateline status --json
      dateline status --check
    """
    engine = open_engine(data)
    if check:
        return _check(engine, as_json)
    facts = engine.status()
    settings = engine.settings.shown()
    if as_json:
        say_json(facts | {"settings": settings})
        return 0
    for name, fact in facts.items():
        say(f"{name:<10} {'-' if fact is None else one_line(str(fact))}")
    say("")
    for name, setting in settings.items():
        say(f"{name:<12} {one_line(setting['value']) or '-'} ({setting['origin']})")
    return 0


def _check(engine: "Engine", as_json: bool) -> int:
    from index.check import check

    problems = check(engine.archive)
    if as_json:
        say_json({"sound": not problems, "problems": problems})
    else:
        for line in problems or ["sound"]:
            say(one_line(line))
    return 1 if problems else 0


def _outcomes(engine: "Engine", paths: Sequence[str]) -> "Generator[Outcome, None, None]":
    from index.sources import read_paths

    yield from engine.archive.ingest(read_paths(paths))


def _re_encode(data: str | None) -> None:
    from index.encode import load_encoder
    from index.onnx import Workers
    from index.reencode import re_encode
    from rag.settings import Settings

    settings = Settings.load(data=data)
    if not settings.data.is_dir():
        raise InvalidInput(f"{settings.data}: there is no archive; ingest articles to make one")
    encoder = load_encoder(settings.encoder, Workers(settings.workers or None))
    try:
        with progress("passages") as tell:
            count = re_encode(settings.data, encoder, lambda done, _: tell(done))
    except KeyboardInterrupt:
        say("stopped; the archive keeps its encoder; run the same command again", err=True)
        raise
    say(f"{count} passages encoded with {encoder.name}-{encoder.fingerprint}")


def _count_articles(paths: Sequence[str]) -> int | None:
    """About how many articles the paths hold; None where only reading them through would tell."""
    files = []
    for path in paths:
        for parent, folders, names in os.walk(path):
            folders[:] = [name for name in folders if not name.startswith(".")]
            files += [os.path.join(parent, name) for name in names if not name.startswith(".")]
        if not os.path.isdir(path):
            files.append(path)
    count = 0
    for file in files:
        if file.endswith((".gz", ".jsonl")) or file == "-":
            return None
        count += file.lower().endswith(".txt")
    return count

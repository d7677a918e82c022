"""Every parser of what strangers send, under one law each: articles or InvalidRecord, and no more.

    python -m tests.fuzzing MEGABYTES

reads requests from its input (a line `TARGET LENGTH`, then the bytes) and says `ok` on a line for
each; it ends with a traceback where a law is broken or its memory does not suffice. All that it
starts from is invented.
"""

import gzip
import io
import json
import resource
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from api.articles import read_articles
from index.dates import normalise_day, normalise_time
from index.errors import InvalidInput, InvalidRecord
from index.records import Article, content_hash
from index.sources.fields import article_from_fields
from index.sources.jsonl import read_placed_lines
from index.sources.txt import article_from_bytes
from index.split import MAX_UNITS, split_passages
from rag.answer import Answer, Citation
from rag.display import UNSAFE, as_html, as_text, inert, one_line

LANGUAGES = [None, "en", "de", "ja", "am", "xx", "", "no such language"]


def txt(data: bytes) -> None:
    """The text is the decoded file, unchanged; what is no UTF-8 is an error."""
    try:
        article = article_from_bytes(data, "fuzz.txt", "fuzz.txt")
    except InvalidRecord as error:
        _assert_in_words(error)
        return
    assert article.text.encode() == data
    assert article.text[article.body_start :].strip()
    _assert_sound(article)


def jsonl(data: bytes) -> None:
    records = list(read_placed_lines(io.BytesIO(data), "fuzz.jsonl"))
    assert len(records) <= data.count(b"\n") + 1
    _assert_records(record for _, record in records)


def gz(data: bytes) -> None:
    """What stood before damage is read as it is; the damage is one error, and the last."""
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
        places = [(place, record) for place, record in read_placed_lines(stream, "fuzz.gz")]
    _assert_records(record for _, record in places)
    assert all(place != "fuzz.gz" for place, _ in places[:-1])


def http(data: bytes) -> None:
    """`api.body` has parsed the body; here it may be any JSON."""
    try:
        body = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return
    try:
        _assert_records(read_articles(body))
    except InvalidInput as error:
        _assert_in_words(error)


def split(data: bytes) -> None:
    """Each visible character lies in exactly one passage, and none is too large."""
    text, language = data[1:].decode(errors="ignore"), LANGUAGES[sum(data[:1]) % len(LANGUAGES)]
    previous = 0
    for start, end in split_passages(text, 0, language):
        assert previous <= start < end <= len(text)
        assert not text[previous:start].strip()
        assert text[start:end] == text[start:end].strip()
        assert end - start <= 12 * MAX_UNITS or len(text[start:end].split()) > 1
        previous = end
    assert not text[previous:].strip()


def dates(data: bytes) -> None:
    """A date in one of the two forms that the archive keeps, or ValueError with a remedy."""
    text = data.decode(errors="surrogateescape")
    for normalise in (normalise_day, normalise_time):
        words = time = ""
        try:
            time = normalise(text)
        except ValueError as error:
            words = str(error)
        if words:
            assert "give a day as YYYY-MM-DD" in words
            assert len(words) < 500
        else:
            assert normalise_time(time) == time
            assert len(time) in (10, 20)


def display(data: bytes) -> None:
    """Nothing acts on a terminal, and an answer's parts stay apart; ids hold no controls."""
    try:
        text = data.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    assert len(inert(text)) == len(text)
    assert "\n" not in one_line(text)
    quote = Citation("a", 0, len(text), text, None, None, text, text, "2024-01-15", text)
    answer = Answer(text, text, text, False, 0.5, citations=(quote,))
    assert not UNSAFE.search(as_text(answer) + as_html(answer))
    assert as_text(answer).count("\n\n") == 2
    assert not set("[]") & set(as_text(answer).split("\n")[0])


TARGETS: dict[str, Callable[[bytes], None]] = {
    "txt": txt,
    "jsonl": jsonl,
    "gz": gz,
    "http": http,
    "split": split,
    "dates": dates,
    "display": display,
}

_ARTICLE = {
    "id": "invented/1",
    "title": "The harbour of Invented Bay",
    "text": "Gen. Lee said: \u201cWe sail at 5 p.m. Sunday.\u201d\n\nThe U.S. \u6e2f\u3002 3.5 km!",
    "source": "Invented Wire",
    "published_at": "2024-01-15T09:30:00+02:00",
    "url": "https://invented.example/1?a=b",
    "language": "en",
}
_LINE = json.dumps(_ARTICLE).encode()
_LINES = b"\n".join([b"\xef\xbb\xbf" + _LINE, b"", _LINE.replace(b"/1", b"/2"), b"{}"]) + b"\r\n"
SEEDS: dict[str, list[bytes]] = {
    "txt": [
        b" date 2024-01-15 (MENAFN- The Invented Times (UK)) The harbour closed.\r\n\r\nShips."
    ],
    "jsonl": [_LINES],
    "gz": [gzip.compress(_LINES, mtime=0), gzip.compress(_LINE) + gzip.compress(b"\n" + _LINE)],
    "http": [_LINE, b'{"articles": [' + _LINE + b', {"id": 7, "text": "a"}]}'],
    "split": [
        b"\1" + str(_ARTICLE["text"]).encode() * 3,
        b"\1" + "Plan G\u00a0. Ships\u3000.".encode(),
        b"\3\xe6\xb8\xaf\xe3\x80\x82" * 9,
    ],
    "dates": [
        b"2024-01-15",
        b"2024-01-15T09:30:00.123 +02:00",
        b"2024-02-29t23:59z",
        b"0001-01-01T00:00+14:00",
    ],
    "display": ["\x1b]8;;x\x07<b>[1]\u202e\u200f\n\n[2] \ud83d".encode(errors="surrogatepass")],
}


def _assert_records(records: Iterable[Article | InvalidRecord]) -> None:
    for record in records:
        if isinstance(record, InvalidRecord):
            _assert_in_words(record)
        else:
            _assert_sound(record)


def _assert_sound(article: Article) -> None:
    """It can be stored, named and read again as the same."""
    assert article.id.strip()
    assert article.text.strip()
    assert article.sha256 == content_hash(article)
    "".join(value for value in asdict(article).values() if isinstance(value, str)).encode()
    if len(article.text) > 1_000_000:
        return  # to read it again would take more memory than what is measured
    again = article_from_fields(asdict(article), "again")
    assert (again.id, again.text, again.url) == (article.id, article.text, article.url)


def _assert_in_words(error: InvalidInput) -> None:
    assert 0 < len(str(error)) < 2_000


def main() -> None:
    if sys.platform == "linux":
        own = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        most = own + int(sys.argv[1]) * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    while request := sys.stdin.buffer.readline().split():
        TARGETS[request[0].decode()](sys.stdin.buffer.read(int(request[1])))
        print("ok", flush=True)


if __name__ == "__main__":
    main()

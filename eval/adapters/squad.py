"""SQuAD 1.1 and 2.0 -> paragraphs with their cases, or an archive with them.

    {"version", "data": [{"title", "paragraphs": [{"context", "qas": [
        {"id", "question", "answers": [{"text", "answer_start"}], "is_impossible"?}]}]}]}

As in the official evaluation (Rajpurkar et al. 2016 and 2018), a question has an answer exactly if
`answers` holds one, whatever `is_impossible` says; any of them is right, and only their texts
count: one that does not stand at its `answer_start` is no error, but its place is left out.
`plausible_answers` are not right.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

from eval.adapters.nodes import Node, read_json
from eval.cases import Case, Place
from index.errors import InvalidInput
from index.records import Article
from index.sources.fields import seal

_KIND = re.compile(r"\b(how (?:many|much)|how|who(?:m|se)?|when|where|what|which|why)\b", re.I)
_KINDS = {"how much": "how many", "whom": "who", "whose": "who"}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A context and what is asked of it: the reader alone, on the passage that it is given.

    `title` is verbatim, "" if there is none. A case's slices are its title, the kind of its
    question and its cluster: the title, else a hash of the context. It has no evidence and no
    articles, since there is no archive. `spans` says by case id where in the context its answers
    stand, half-open in code points.
    """

    title: str
    context: str
    cases: tuple[Case, ...]
    spans: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)


def read_squad(path: Path) -> list[Paragraph]:
    """The paragraphs of a `.json` or `.json.gz` file, those without questions too.

    Raises InvalidInput, or InvalidRecord with the path inside the file, such as
    `dev.json: data[3].paragraphs[0].qas[2].id: ...`.
    """
    taken: dict[str, str] = {}
    paragraphs = [
        _paragraph(article, paragraph, taken)
        for article in read_json(path, "questions").need("data", "give SQuAD's own form").items()
        for paragraph in article.need("paragraphs").items()
    ]
    if not taken:
        raise InvalidInput(f"{path}: holds no question; give SQuAD's own form, with `qas`")
    return paragraphs


def as_archive(paragraphs: Iterable[Paragraph]) -> tuple[list[Article], list[Case]]:
    """The open task: every paragraph an article, every case with the one that answers it.

    An article's id is its title and a hash of its text, so it is the same in any order; a context
    that stands twice is one article, under its first title. A case that has an answer has the
    answer's places in the article as its evidence; one that has none names no article.
    """
    articles: dict[str, Article] = {}
    cases: list[Case] = []
    for paragraph in paragraphs:
        article = articles.setdefault(paragraph.context, _article(paragraph))
        for case in paragraph.cases:
            places = tuple(Place(article.id, *span) for span in paragraph.spans.get(case.id, ()))
            ids = (article.id,) if case.answerable else ()
            cases.append(replace(case, article_ids=ids, evidence=places))
    return list(articles.values()), cases


def kind_of(question: str) -> str:
    """The first question word: who, when, where, what, which, why, how many, how; else other.

    Whom and whose are who, how much is how many. A rough slice, not a parse.
    """
    found = _KIND.search(" ".join(question.split()))
    word = found[0].lower() if found else "other"
    return _KINDS.get(word, word)


def _paragraph(article: Node, paragraph: Node, taken: dict[str, str]) -> Paragraph:
    given = article.get("title")
    title = given.text() if given else ""
    context = paragraph.need("context").words()
    cluster = title.strip() or _digest(context)
    cases: list[Case] = []
    spans: dict[str, tuple[tuple[int, int], ...]] = {}
    for row in paragraph.need("qas").items():
        id_ = _id(row.need("id"))
        if id_ in taken:
            words = f'"{id_}" stands at {taken[id_]} already; give another'
            raise row.need("id").error(words)
        taken[id_] = row.path
        question = row.need("question").words()
        answers = row.need("answers", "give [] where there is none").items()
        texts = tuple(dict.fromkeys(answer.need("text").words() for answer in answers))
        slices = {"cluster": cluster, "kind": kind_of(question)}
        if title.strip():
            slices["title"] = title
        cases.append(Case(id_, question, texts, bool(texts), slices=slices))
        spans[id_] = tuple(dict.fromkeys(_standing(answers, context)))
    return Paragraph(title, context, tuple(cases), spans)


def _id(given: Node) -> str:
    """Some files have numbers."""
    return str(given.whole()) if type(given.value) is int else given.words()


def _standing(answers: Iterable[Node], context: str) -> Iterator[tuple[int, int]]:
    for answer in answers:
        text = answer.need("text").words()
        start = answer.need("answer_start", "give -1 if it is not known").whole()
        if start >= 0 and context.startswith(text, start):
            yield start, start + len(text)


def _article(paragraph: Paragraph) -> Article:
    # Titles are names of Wikipedia's pages: `Fr%C3%A9d%C3%A9ric_Chopin`.
    title = unquote(paragraph.title).replace("_", " ").strip()
    slug = re.sub(r"[\W_]+", "-", title.casefold()).strip("-")[:80] or "paragraph"
    id_ = f"{slug}-{_digest(paragraph.context)}"
    return seal(Article(id_, paragraph.context, title=title or None))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]

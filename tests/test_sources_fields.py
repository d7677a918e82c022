"""The fields of a line or a request -> an article, or words that say what to mend. All invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import InvalidRecord
from index.records import Article, content_hash
from index.sources.fields import article_from_fields

WORDS = "The harbour closed. Ships waited."


def _one(fields: dict[str, object]) -> Article:
    return article_from_fields(fields, "request")


def test_every_field() -> None:
    article = _one(
        {
            "id": "wire/7",
            "title": " Harbour closes ",
            "text": "\r\n\0 The harbour closed.\n",
            "source": "Harbour Wire",
            "author": "A. Reporter",
            "published_at": "2024-01-15T23:30:00-05:00",
            "updated_at": "2024-01-17",
            "url": "https://example.org/7",
            "language": "en",
            "ingested_at": "ignored, as are fields that have no use here",
            "score": 3,
        }
    )
    expected = Article(
        id="wire/7",
        text="\r\n\0 The harbour closed.\n",
        title=" Harbour closes ",
        source="Harbour Wire",
        author="A. Reporter",
        published_at="2024-01-16T04:30:00Z",
        updated_at="2024-01-17",
        url="https://example.org/7",
        language="en",
        sha256=article.sha256,
    )
    assert article == expected
    assert article.sha256 == content_hash(article)


def test_the_id_is_the_given_one_or_the_url_or_the_hash() -> None:
    url = "https://example.org/7"
    assert _one({"text": WORDS, "id": 7, "url": url}).id == "7"
    assert _one({"text": WORDS, "id": " a b/c ", "url": url}).id == " a b/c "
    assert _one({"text": WORDS, "id": "", "url": url}).id == url
    unnamed = _one({"text": WORDS, "id": None})
    assert unnamed.id == unnamed.sha256 == content_hash(unnamed)
    assert unnamed.id == _one({"text": WORDS, "title": "", "author": None, "url": "  "}).id
    assert unnamed.id != _one({"text": WORDS, "title": "Harbour"}).id


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "text: is missing; give the article's text"),
        ({"text": None}, "text: is missing; give the article's text"),
        ({"text": " \n"}, "text: is empty; give the article's text, or leave it out"),
        ({"text": 5}, "text: is a number; give a string"),
        ({"text": ["a"]}, "text: is a list; give a string"),
        ({"text": "a", "title": {"en": "b"}}, "title: is an object; give a string"),
        ({"text": "a", "source": True}, "source: is true or false; give a string"),
        ({"text": "a", "id": 1.5}, "id: is a number; give a string"),
        ({"text": "a", "id": False}, "id: is true or false; give a string"),
        ({"text": "a", "id": " "}, "id: is blank; give another id"),
        ({"text": "a", "id": "x" * 1001}, "id: is longer than 1,000 characters; give another id"),
        ({"text": "a", "id": 10**5000}, "id: is longer than 1,000 characters; give another id"),
        (
            {"text": "a", "id": "a\nb"},
            "id: holds U+000A at character 1, which no id may hold; give another id",
        ),
        (
            {"text": "a", "url": "x" * 1001},
            "url: stands in for the id that is missing, and is longer than 1,000 characters; "
            "give an id",
        ),
        (
            {"text": "ab\ud800"},
            "text: holds half of a character, U+D800, at character 2, which no store of text can "
            "hold; remove it or write U+FFFD in its stead",
        ),
        (
            {"text": "a", "updated_at": "yesterday"},
            "updated_at: 'yesterday' is not a date; give a day as YYYY-MM-DD, for example "
            "2024-01-15, or a time such as 2024-01-15T09:30:00Z",
        ),
        ({"text": "a", "published_at": 1705312800}, "published_at: is a number; give a string"),
    ],
)
def test_fields_that_are_refused(fields: dict[str, object], error: str) -> None:
    with pytest.raises(InvalidRecord) as raised:
        _one(fields)
    assert str(raised.value) == f"request: {error}"


_KEYS = st.sampled_from(
    ["id", "title", "text", "source", "author", "published_at", "updated_at", "url", "language"]
)
_TEXT = st.text(st.characters())  # lone surrogates too: JSON can write them
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(_KEYS | _TEXT, _TEXT | _JSON))
def test_any_fields_are_an_article_or_an_error(fields: dict[str, object]) -> None:
    try:
        article = _one(fields)
    except InvalidRecord:
        return
    assert article.text == fields["text"]
    assert article.id
    assert "".join([article.id, article.text, article.title or ""]).encode()

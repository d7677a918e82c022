"""Articles over HTTP: given, listed, shown, removed. All articles invented."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from rag.engine import Engine
from tests.problems import client_of

HARBOUR = "The harbour of Port Ansel closed on Monday after a storm."
FERRY = "Two ferries waited outside the harbour until Tuesday."
TOO_LONG = "A storm came. " * 142_858  # 2,000,012 characters


@pytest.fixture
def client(own: Engine) -> TestClient:
    """The application over an archive that is empty."""
    return client_of(create_app(own))


def _give(client: TestClient, body: Any) -> Any:
    # json.dumps escapes half of a character, as a client may; the client's own encoder cannot.
    headers = {"Content-Type": "application/json"}
    return client.post("/v1/articles", content=json.dumps(body), headers=headers)


def test_one_article_and_all_of_it_back(client: TestClient) -> None:
    given = {
        "id": "wire/7",
        "title": "Storm",
        "text": HARBOUR,
        "source": "Ansel Wire",
        "author": "R. Vale",
        "published_at": "2024-01-15T23:30:00-05:00",
        "updated_at": "2024-01-17",
        "url": "https://wire.example/7",
        "language": "en",
        "section": "ignored",
    }
    response = client.post("/v1/articles", json=given)
    assert response.status_code == 200
    assert response.json() == {
        "added": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
        "results": [{"status": "added", "id": "wire/7", "passages": 1}],
    }
    shown = client.get("/v1/articles/wire/7").json()
    assert shown.pop("ingested_at").endswith("Z")
    assert len(shown.pop("sha256")) == 64
    del given["section"]
    assert shown == given | {"published_at": "2024-01-16T04:30:00Z", "body_start": 0}


def test_what_became_of_each_in_order(client: TestClient) -> None:
    client.post("/v1/articles", json=[{"id": "a", "text": HARBOUR}, {"id": "b", "text": FERRY}])
    response = _give(
        client,
        {
            "articles": [
                {"id": "a", "text": HARBOUR},
                {"id": "c", "text": FERRY},
                {"id": "d", "title": "no text"},
                {"id": "b", "text": HARBOUR},
                {"id": "c", "text": HARBOUR},
                "an article",
                {"id": "c", "text": FERRY},
                {"id": "e", "text": FERRY, "published_at": "2024-02-30"},
                {"id": "f", "text": TOO_LONG},
                {"id": "g", "text": "half \ud800"},
            ]
        },
    )
    told = response.json()
    counts = {status: told[status] for status in ("added", "updated", "unchanged", "rejected")}
    assert response.status_code == 200
    assert counts == {"added": 1, "updated": 1, "unchanged": 2, "rejected": 6}
    results = [(r["status"], r["id"], r["passages"]) for r in told["results"]]
    rejected = ("rejected", None, 0)
    assert results[:4] == [("unchanged", "a", 0), ("added", "c", 1), rejected, ("updated", "b", 1)]
    assert results[4:] == [rejected, rejected, ("unchanged", "c", 0), rejected, rejected, rejected]
    problems = {r["place"]: (r["field"], r["problem"]) for r in told["results"] if "place" in r}
    assert problems["articles[2]"] == ("text", "is missing; give the article's text")
    field, words = problems["articles[4]"]
    assert (field, words.partition(" in this run")[0]) == (
        "id",
        '"c" is already claimed by articles[1]',
    )
    assert problems["articles[5]"] == ("article", 'is not an object; give {"text": "..."}')
    assert problems["articles[7]"][0] == "published_at"
    assert problems["articles[8]"][1].startswith("has 2,000,012 characters; over HTTP give at most")
    assert problems["articles[9]"][1].startswith("holds half of a character, U+D800, at character")
    assert client.get("/v1/articles/c").json()["text"] == FERRY
    assert client.get("/v1/articles/d").status_code == 404


def test_the_id_is_the_url_or_the_hash_where_none_is_given(client: TestClient) -> None:
    url = "https://wire.example/8?a=b"
    results = client.post("/v1/articles", json=[{"text": HARBOUR, "url": url}, {"text": FERRY}])
    first, second = (result["id"] for result in results.json()["results"])
    assert first == url
    assert len(second) == 64


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ([], 422, "the list of articles is empty; give an article"),
        ({"articles": []}, 422, "the list of articles is empty"),
        ({"articles": {}}, 422, "the body holds no article"),
        ({"articles": [{"text": FERRY}], "mode": 1}, 422, "'mode' is no field beside articles"),
        ("an article", 422, "the body holds no article"),
        (3, 422, "the body holds no article"),
        ({}, 422, "body: text: is missing"),
        ({"text": 3}, 422, "body: text: is a number; give a string"),
        ({"text": "\ud800"}, 422, "body: text: holds half of a character, U+D800"),
        ({"text": TOO_LONG}, 413, "body: text: has 2,000,012 characters"),
        ([{"text": FERRY}] * 1_001, 413, "the request holds 1,001 articles"),
        ([{"id": 1}, {"text": ""}], 422, "articles[0]: text: is missing; give the article's text"),
    ],
)
def test_nothing_that_could_be_taken(
    client: TestClient, body: Any, status: int, words: str
) -> None:
    response = _give(client, body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"].startswith(words)
    assert client.get("/v1/articles").json() == {"articles": [], "next": None}


def test_all_rejected_lists_each(client: TestClient) -> None:
    problem = client.post("/v1/articles", json=[{"id": 1}, {"text": " "}]).json()
    assert problem["detail"].endswith("give the article's text (and 1 more)")
    assert problem["errors"] == [
        {"place": "articles[0]", "field": "text", "problem": "is missing; give the article's text"},
        {
            "place": "articles[1]",
            "field": "text",
            "problem": "is empty; give the article's text, or leave it out",
        },
    ]


def test_pages(client: TestClient) -> None:
    ids = ["a", "b/1", "b/2", "https://x.example/a?b=c", "é"]
    given = [{"id": id_, "text": f"{FERRY} {i}"} for i, id_ in enumerate(reversed(ids))]
    assert client.post("/v1/articles", json=given).json()["added"] == 5
    seen, after = [], ""
    for size in (2, 2, 1):
        page = client.get("/v1/articles", params={"limit": 2, "after": after}).json()
        assert len(page["articles"]) == size
        assert all("text" not in listed for listed in page["articles"])
        seen += [listed["id"] for listed in page["articles"]]
        after = page["next"]
    assert seen == ids
    assert after is None
    assert client.get("/v1/articles", params={"limit": 5}).json()["next"] is None


def test_a_removed_article_is_found_no_more(client: TestClient) -> None:
    client.post("/v1/articles", json=[{"id": "a", "text": HARBOUR}, {"id": "b", "text": FERRY}])
    removed = client.delete("/v1/articles/a")
    assert (removed.status_code, removed.content) == (204, b"")
    assert client.get("/v1/articles/a").status_code == 404
    assert client.delete("/v1/articles/a").status_code == 404
    found = client.post("/v1/search", json={"query": "harbour"}).json()["results"]
    assert [result["article_id"] for result in found] == ["b"]


def test_a_line_feed_at_the_end_names_another_article(client: TestClient) -> None:
    client.post("/v1/articles", json={"id": "a", "text": HARBOUR})
    for path in ("/v1/articles/a%0A", "/v1/articles/a%0Ab", "/v1/articles/", "/v1/articles/%FF"):
        assert client.delete(path).status_code == 404, path
    assert client.get("/v1/articles/a").status_code == 200

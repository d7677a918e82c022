"""The page as it is sent: what a browser is told to allow, to keep and to ask again for."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import waiting_app
from api.page import FOLDER, TYPES
from rag.settings import Settings
from tests.problems import client_of, is_problem

FILES = sorted(FOLDER.iterdir())
PAGE = (FOLDER / "index.html").read_text("utf-8")


@pytest.fixture
def client() -> TestClient:
    """A server with a key, whose archive is not open yet."""
    return client_of(waiting_app(Settings(api_key="k")))


def test_it_is_there_at_once_and_without_a_key(client: TestClient) -> None:
    said = client.get("/")
    assert said.status_code == 200
    assert said.headers["content-type"] == "text/html; charset=utf-8"
    assert said.text == PAGE
    assert client.head("/").headers["content-length"] == str(len(said.content))
    is_problem(client.get("/v1/articles"), 401)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_file_is_sent_as_what_it_is(client: TestClient, file: Path) -> None:
    said = client.get(f"/page/{file.name}")
    assert said.content == file.read_bytes()
    assert said.headers["content-type"] == TYPES[file.suffix]
    assert said.headers["x-content-type-options"] == "nosniff"
    assert said.headers["referrer-policy"] == "no-referrer"


def test_nothing_else_is_sent(client: TestClient) -> None:
    for path in ("/page/app.py", "/page/..%2Fapp.py", "/page/", "/page/%00", "/index.html"):
        is_problem(client.get(path), 404)
    is_problem(client.post("/"), 405)


def test_the_policy_allows_this_server_alone(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"]
    said = dict(one.split(" ", 1) for one in policy.split("; "))
    allowed = {"script-src", "style-src", "img-src", "connect-src"}
    assert {name for name, value in said.items() if value == "'self'"} == allowed
    none = {"default-src", "base-uri", "form-action", "frame-ancestors", "trusted-types"}
    assert {name for name, value in said.items() if value == "'none'"} == none
    assert said["require-trusted-types-for"] == "'script'"
    assert len(said) == len(allowed | none) + 1


def test_what_a_browser_has_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/page/main.js")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = client.get("/page/main.js", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    for known in ('"other"', tag.strip('"'), ""):
        again = client.get("/page/main.js", headers={"If-None-Match": known})
        assert again.content == first.content
    assert client.get("/page/base.css").headers["etag"] != tag


def test_a_name_of_another_machine_does_not_get_it() -> None:
    client = client_of(waiting_app(Settings()))
    is_problem(client.get("/", headers={"Host": "rebound.example"}), 421)


def test_the_page_names_only_files_that_are_there() -> None:
    named = set(re.findall(r'(?:href|src)="page/([\w.]+)"', PAGE))
    for script in FOLDER.glob("*.js"):
        named |= set(re.findall(r'from "\./([\w.]+)"', script.read_text("utf-8")))
    assert named | {"index.html"} == {file.name for file in FILES}


def test_nothing_in_it_is_inline_and_nothing_makes_markup() -> None:
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", PAGE)
    for script in FOLDER.glob("*.js"):
        text = script.read_text("utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)

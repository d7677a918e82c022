"""A real server on a real port: addresses, ids in paths, bounds of bodies, start and end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from api.app import create_app, waiting_app
from api.errors import AddressUnusable
from api.serve import bind, check_address, serve
from index.archive import Archive
from index.errors import ModelUnusable
from rag.engine import Engine
from rag.errors import UnsafeAddress
from rag.settings import Settings
from tests.served import served

ROOT = Path(__file__).parents[1]
TEXT = "The harbour of Port Ansel closed on Monday after a storm."  # invented


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60) as client:  # the machine may be busy
        yield client


@pytest.fixture(scope="module")
def address(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    archive = Archive(tmp_path_factory.mktemp("served"), engine.archive.encoder)
    own = Engine(archive, engine.reader, engine.calibrator, Settings(data=archive.folder))
    with served(create_app(own)) as address:
        yield address


@pytest.mark.parametrize(
    "id_",
    [
        "wire/2024/7",
        "/wire//2024/",
        "https://x.example/a?b=c&d=e#f",
        "a/../b/./c",
        "100%",
        "a%2Fb",
        "a b+c;d,e",
        "é/日本/🗞",
        "..hidden",
        "\\",
    ],
)
def test_any_id_percent_encoded(http: httpx.Client, address: str, id_: str) -> None:
    path = f"{address}/v1/articles/{quote(id_, safe='')}"
    given = http.post(f"{address}/v1/articles", json={"id": id_, "text": TEXT})
    assert given.json()["results"][0]["id"] == id_
    assert http.get(path).json()["id"] == id_
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404


@pytest.mark.parametrize("id_", ["wire/2024/7", "https://x.example/a", "wire//7/", "é"])
def test_ids_whose_slashes_stand_as_they_are(http: httpx.Client, address: str, id_: str) -> None:
    assert http.post(f"{address}/v1/articles", json={"id": id_, "text": TEXT}).status_code == 200
    assert http.get(f"{address}/v1/articles/{id_}").json()["id"] == id_
    assert http.delete(f"{address}/v1/articles/{id_}").status_code == 204


@pytest.mark.parametrize("id_", [".", ".."])
def test_an_id_of_dots_for_a_client_that_leaves_them(
    http: httpx.Client, address: str, id_: str
) -> None:
    """Most clients shorten such a path before they send it; the server does not."""
    assert http.post(f"{address}/v1/articles", json={"id": id_, "text": TEXT}).status_code == 200
    with socket.create_connection(("127.0.0.1", httpx.URL(address).port or 0)) as connection:
        line = f"DELETE /v1/articles/{id_} HTTP/1.1"
        connection.sendall(f"{line}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        assert connection.recv(1_000).startswith(b"HTTP/1.1 204 ")


def _pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // 100_000):
        yield b" " * 100_000
    yield b" " * (size % 100_000)


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_body_past_its_bound(http: httpx.Client, address: str, is_announced: bool) -> None:
    headers = {"Content-Type": "application/json"}
    if is_announced:
        headers["Content-Length"] = "8000001"
    url = f"{address}/v1/articles"
    response = http.post(url, content=_pieces(8_000_001), headers=headers)
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"].startswith("the request's body is longer than 8,000,000 bytes")
    within = http.post(
        url, content=_pieces(8_000_000), headers={**headers} | {"Content-Length": "8000000"}
    )
    assert within.status_code == 400  # blank, so not JSON


def test_the_key_is_asked_for_before_the_body_is_read(engine: Engine) -> None:
    app = waiting_app(Settings(api_key="k"))
    app.state.engine = engine
    with (
        served(app) as address,
        socket.create_connection(("127.0.0.1", httpx.URL(address).port or 0)) as connection,
    ):
        head = "POST /v1/articles HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n"
        connection.sendall(head.encode())
        connection.settimeout(60)
        assert connection.recv(1_000).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_this_machine_may_be_served_without_a_key(host: str) -> None:
    check_address(Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "", "news.example"])
def test_others_may_not_be_served_without_a_key(host: str) -> None:
    with pytest.raises(UnsafeAddress, match="set DATELINE_API_KEY, or serve at"):
        serve(lambda: pytest.fail("opened"), Settings(host=host))
    check_address(Settings(host=host, api_key="k"))


def test_a_busy_port_is_named_before_anything_is_opened(capsys: pytest.CaptureFixture[str]) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressUnusable) as raised:
            serve(lambda: pytest.fail("opened"), Settings(port=port))
    assert str(raised.value) == (
        f"port {port} of 127.0.0.1 is already in use; take another: `make run PORT=8001`, "
        f"`dateline serve --port 8001`, or 0 for any"
    )
    assert capsys.readouterr() == ("", "")


def test_hosts_that_are_none_of_ours() -> None:
    with pytest.raises(AddressUnusable, match=r"cannot be served at .* with --host"):
        bind("192.0.2.7", 0)  # for documentation alone, RFC 5737
    with pytest.raises(AddressUnusable, match=r"the host 'a\.\.b' is unknown; give one of"):
        bind("a..b", 0)


def test_an_engine_that_does_not_open_ends_the_server() -> None:
    def fail() -> Engine:
        raise ModelUnusable("words")

    with pytest.raises(ModelUnusable, match="words"):
        serve(fail, Settings(port=0))


PROGRAM = """
from pathlib import Path
from api.serve import serve
from rag.engine import open_engine
from rag.settings import Settings

settings = Settings.load({}, data=Path("my news"), port=0)
serve(lambda: open_engine(settings), settings)
"""


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_ends_quietly(
    http: httpx.Client, tmp_path: Path, stop: signal.Signals
) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DATELINE_")}
    server = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    told = [server.stdout.readline().rstrip("\n") for _ in range(3)]
    found = re.fullmatch(
        r"Dateline answers at (http://127\.0\.0\.1:\d+) \(Ctrl-C stops it\)", told[0]
    )
    assert found
    assert told[1] == "The archive is in my news"
    question = '"what was the 2018 agreement?"'
    ask = f".venv/bin/dateline ask --data 'my news' {question}"
    assert told[2] == f"Ask from a second shell: {ask}"
    assert http.get(f"{found[1]}/v1/articles").json() == {"articles": [], "next": None}
    server.send_signal(stop)
    out, err = server.communicate(timeout=120)
    assert out == ""
    (line,) = err.splitlines()  # of the one request, and none of the end
    assert json.loads(line)["route"] == "/v1/articles"
    assert server.returncode == {signal.SIGINT: 0, signal.SIGTERM: 128 + signal.SIGTERM}[stop]

"""Posters at web addresses: from a real server, with limits; and why others are not fetched."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image

from graphrec.common.errors import InputError
from graphrec.config.settings import load_settings
from graphrec.content import fetch
from graphrec.content.address import is_public, resolved
from graphrec.content.fetch import Fetcher
from graphrec.content.store import read_items
from graphrec.db.database import Database

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/ok.png": (200, {"Content-Type": "image/png; q=1"}, PNG),
    "/plain": (200, {}, PNG),
    "/page": (200, {"Content-Type": "text/html"}, b"<html>"),
    "/gone": (404, {}, b""),
    "/large": (200, {"Content-Type": "image/png", "Content-Length": "99999999"}, b""),
    "/endless": (200, {"Content-Type": "image/png"}, bytes(2_000)),
    "/cut": (200, {"Content-Type": "image/png", "Content-Length": "5000"}, bytes(200)),
    "/slow": (200, {"Content-Type": "image/png"}, PNG),
    "/there": (302, {"Location": "/ok.png"}, b""),
    "/round": (302, {"Location": "/round"}, b""),
    "/inside": (302, {"Location": "file:///etc/passwd"}, b""),
    "/a%20b.png?x=%C3%BC%20y": (200, {"Content-Type": "image/png"}, PNG),
}


class Site(BaseHTTPRequestHandler):
    """Answers as :data:`ANSWERS` says, and counts."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Host"]))
        status, headers, body = ANSWERS[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/slow":
            self.wfile.flush()
            self.connection.recv(1)  # until the other side gives up

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()


def test_a_file_is_fetched_once(site: str, tmp_path: Path):
    fetcher = Fetcher(tmp_path / "fetched", private=True)
    for path in ("/ok.png", "/plain", "/there", "/a b.png?x=ü y"):
        file = fetcher.fetch(site + path, "image")
        assert file.read_bytes() == PNG
        assert fetcher.fetch(site + path, "image") == file
    assert Site.asked[0] == ("/ok.png", site.removeprefix("http://"))
    assert len(Site.asked) == 5
    assert fetch.clear(tmp_path / "fetched") == 4 * len(PNG)
    assert not (tmp_path / "fetched").exists()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/page", "its type is text/html, not image"),
        ("/gone", "localhost answers 404"),
        ("/large", "99,999,999 bytes are more than"),
        ("/endless", "more than 1,000 bytes"),
        ("/slow", "took more than 0.2 s"),
        ("/cut", "ends after 200 of 5,000 bytes"),
        ("/round", "more than 3 redirects"),
        ("/inside", "an address of file, not of http or https"),
    ],
)
def test_what_is_not_taken(site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, said: str):
    if path == "/endless":
        monkeypatch.setattr(fetch, "MAX_BYTES", 1_000)
    monkeypatch.setattr(fetch, "SECONDS", 0.2 if path == "/slow" else 30.0)
    with pytest.raises(InputError, match=said):
        Fetcher(tmp_path, private=True).fetch(site + path, "image")
    assert list(tmp_path.iterdir()) == []


def test_a_private_address_is_not_asked(site: str, tmp_path: Path):
    with pytest.raises(InputError, match=r"localhost is (127\.0\.0\.1|::1), which is not a public address"):
        Fetcher(tmp_path).fetch(f"{site}/ok.png", "image")
    assert Site.asked == []


def test_a_host_that_does_not_answer_is_left_alone(tmp_path: Path):
    fetcher = Fetcher(tmp_path, private=True)
    said = []
    for n in range(4):
        with pytest.raises(InputError) as error:
            fetcher.fetch(f"http://127.0.0.1:1/{n}.png", "image")
        said.append(error.value.message)
    assert [text.startswith("cannot be fetched") for text in said] == [True, True, True, False]
    assert "did not answer 3 times" in said[3]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x",
        "http://[::ffff:192.168.0.1]/x",
        "http://[64:ff9b::7f00:1]/x",
        "http://[fec0::1]/x",
        "http://2130706433/x",
        "http://0/x",
        "http://user:word@8.8.8.8/x",
        "http://8.8.8.8:99999/x",
        "http:///x",
        "ftp://8.8.8.8/x",
        "http://[/x",
        "http://exämple.invalid/x",
    ],
)
def test_addresses_that_are_refused(url: str):
    with pytest.raises(InputError):
        resolved(url, private=False)


def test_public_addresses():
    assert [is_public(ip) for ip in ("8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8")] == [True] * 3
    found = resolved("https://8.8.8.8/a b?c#d", private=False)
    assert (found.ips, found.port, found.target, found.secure) == (("8.8.8.8",), 443, "/a%20b?c", True)


GRAPH = """
UNWIND range(1, 4) AS n
CREATE (i:Item {itemId: n, title: 'Film ' + n})-[:IN_GENRE]->(:Genre {name: ['war', 'love', 'toys', 'crime'][n - 1]})
CREATE (:User {userId: n})-[:WROTE]->(:Review {text: 'Dull'})-[:ABOUT]->(i)
CREATE (:Person {name: 'Somebody'})-[:ACTED_IN]->(i)
WITH collect(i) AS items
MATCH (u:User), (g:Genre {name: 'love'}) WITH items, g, collect(u) AS users
FOREACH (u IN users | FOREACH (i IN items | CREATE (u)-[:RATED]->(i)))
FOREACH (i IN items[..1] | CREATE (i)-[:IN_GENRE]->(g))
FOREACH (n IN [0, 1, 2] | FOREACH (i IN items[n..n + 1] | SET i.image = $images[n]))
"""
MAPPING = """
[graph.item]
text = ["title", "(i)-[:IN_GENRE]->(g).name", "(i)<-[:ACTED_IN]-(:Person).name"]
[content]
text = "tfidf"
image = "classical"
"""


def test_content_is_embedded_where_it_is(site: str, db: Database, run: Any, tmp_path: Path):
    picture = io.BytesIO()
    Image.new("RGB", (60, 90), "red").save(picture, "PNG")
    ANSWERS["/red.png"] = 200, {"Content-Type": "image/png"}, picture.getvalue()
    db.write(GRAPH, images=[f"{site}/red.png", base64.b64encode(picture.getvalue()).decode(), "no.png"])
    file = tmp_path / "graphrec.toml"
    file.write_text(MAPPING)
    closed = json.loads(run("embed", "--json").stdout)
    assert (closed["text"]["encoded"], closed["image"]["encoded"]) == (4, 1)
    assert [len(skip["path"]) < 60 for skip in closed["image"]["skipped"]] == [True, True]
    assert "fetch = true" in closed["image"]["skipped"][0]["reason"]
    assert Site.asked == []

    file.write_text(MAPPING + "fetch = true\nfetch_private = true\n")
    opened = json.loads(run("embed", "--json").stdout)
    assert (opened["image"]["encoded"] + opened["image"]["cached"], opened["image"]["kept"]) == (1, 1)
    assert len(Site.asked) == 1
    texts = read_items(db, load_settings().graph)
    assert [item.text for item in texts[:2]] == ["Film 1\nlove, war\nSomebody", "Film 2\nlove\nSomebody"]
    checked = json.loads(run("inspect", "--check", "--json").stdout)
    assert checked["counts"]["content"]["image"] == {"read": 2, "left out": 1, "without": 1}

    for path, said in (
        ("(i)<-[:ABOUT]-(r).text", "its :Review nodes belong to one user each, by (:User)-[:WROTE]-(:Review)"),
        ("(i)<-[:RATED]-(u).userId", "joins users"),
        ("(i)-[:IN_GENER]->(g).name", "did you mean 'IN_GENRE'"),
    ):
        file.write_text(MAPPING.replace("(i)-[:IN_GENRE]->(g).name", path))
        left = run("embed")
        assert (left.exit_code, said in left.stderr) == (2, True), left.stderr
    file.write_text(MAPPING)
    assert run("embed", "--clear-cache").exit_code == 0  # the home is shared by all tests
    assert not (load_settings().home / "cache" / fetch.FOLDER).exists()

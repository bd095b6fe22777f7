"""Neo4j Browser comes along: a real web browser opens it, logs in and draws the graph."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphrec.db.database import Database
from graphrec.db.server import browser_url, ensure

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
]
PATIENCE_S = 90


class WebBrowser:
    """The few commands of the W3C WebDriver protocol that are needed here."""

    def __init__(self, port: int, profile: Path) -> None:
        self._root = f"http://127.0.0.1:{port}/session"
        options = {"args": [*FLAGS, f"--user-data-dir={profile}"]}
        capabilities = {"alwaysMatch": {"goog:chromeOptions": options}}
        self._root += "/" + self._call("POST", "", capabilities=capabilities)["sessionId"]

    def _call(self, method: str, path: str, **body: Any) -> Any:
        data = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(self._root + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.load(response)["value"]

    def open(self, url: str) -> None:
        self._call("POST", "/url", url=url)

    def run(self, script: str) -> Any:
        return self._call("POST", "/execute/sync", script=script, args=[])

    def wait_for(self, script: str) -> Any:
        """Wait until the script returns something true."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := self.run(script)):
            assert time.monotonic() < deadline, (
                f"never true: {script}\nthe page: {self.run('return document.body.innerText')}"
            )
            time.sleep(0.2)
        return found

    def _element(self, css: str) -> str:
        self.wait_for(f"return document.querySelector({css!r}) !== null")
        found = self._call("POST", "/element", using="css selector", value=css)
        return f"/element/{next(iter(found.values()))}"

    def type(self, css: str, text: str) -> None:
        self._call("POST", self._element(css) + "/value", text=text)

    def click(self, css: str) -> None:
        self._call("POST", self._element(css) + "/click")

    def screenshot(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._call("GET", "/screenshot")))

    def close(self) -> None:
        self._call("DELETE", "")


@pytest.fixture
def web_browser(tmp_path: Path) -> Iterator[WebBrowser]:
    """A headless Chromium with a fresh profile."""
    if not (shutil.which("chromium") or shutil.which("google-chrome")) or not shutil.which("chromedriver"):
        pytest.skip("no chromium and chromedriver on PATH (Debian: apt-get install chromium chromium-driver)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as p:
        try:
            deadline = time.monotonic() + PATIENCE_S
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=10).close()
                    break
                except urllib.error.URLError:
                    assert time.monotonic() < deadline, "chromedriver does not answer"
                    time.sleep(0.1)
            browser = WebBrowser(port, tmp_path / "profile")
            yield browser
            browser.close()
        finally:
            p.terminate()


def log_in(web_browser: WebBrowser, password: str) -> None:
    """Fill in the password and connect; again where the page was still trying by itself and swallowed the click."""
    select_all = "\ue009a\ue000"  # WebDriver's code for Ctrl-A
    deadline = time.monotonic() + PATIENCE_S
    while True:
        web_browser.type("[data-testid=password]", select_all + password)
        web_browser.click("[data-testid=connect]")
        for _ in range(50):
            if web_browser.run("return document.body.innerText.includes('You are connected as user neo4j')"):
                return
            time.sleep(0.2)
        assert time.monotonic() < deadline, web_browser.run("return document.body.innerText")


def test_neo4j_browser_logs_in_and_draws_the_graph(
    web_browser: WebBrowser, db: Database, scratch_home: Path, tmp_path: Path
) -> None:
    db.write("CREATE (:Painter {name: 'Frida'})-[:PAINTED]->(:Picture {name: 'Las dos Fridas'})")
    web_browser.open(browser_url(scratch_home))
    web_browser.wait_for("return document.title === 'Neo4j Browser'")
    # The address came with the form filled in, so that only the password is left.
    web_browser.wait_for("return document.querySelector('[data-testid=username]')?.value === 'neo4j'")
    log_in(web_browser, ensure(scratch_home).password)

    web_browser.type("[data-testid=activeEditor] textarea", "MATCH p = (:Painter)-->() RETURN p")
    web_browser.click("[data-testid=editor-Run]")
    web_browser.wait_for("return document.querySelectorAll('g.node').length === 2")
    drawn = web_browser.run("return Array.from(document.querySelectorAll('g.node'), n => n.textContent).join(' ')")
    assert "Frida" in drawn
    assert web_browser.wait_for("return document.querySelectorAll('g.relationship').length") == 1
    assert "ERROR" not in web_browser.run("return document.body.innerText")
    web_browser.screenshot(tmp_path / "browser.png")

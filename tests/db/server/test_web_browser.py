"""Neo4j Browser comes along: a real web browser opens it, logs in and draws the graph."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from graphrec.db.database import Database
from graphrec.db.server import browser_url, ensure
from tests.web_browser import PATIENCE_S, WebBrowser

pytestmark = pytest.mark.long


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

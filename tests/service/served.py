"""A project that is served, and the browser that looks at its page."""

from __future__ import annotations

import json
from typing import NamedTuple

import httpx

from graphrec.db.database import Database
from tests.web_browser import WebBrowser


class Served(NamedTuple):
    """A project that is served, and the browser that looks at it."""

    client: httpx.Client
    browser: WebBrowser
    db: Database
    runs: list[str]

    def open(self, address: str, ready: str = "main h1") -> None:
        self.browser.open(f"{self.client.base_url}{address}")
        self.ready(ready)

    def ready(self, css: str) -> None:
        self.browser.wait_for(
            f"return !!document.querySelector({css!r})"
            " && !document.querySelector('.loading, [aria-busy=true], .poster:not(.pictured):has(+ img)')"
        )

    def text(self, css: str = "main") -> str:
        return str(self.browser.run(f"return document.querySelector({css!r}).innerText"))

    def texts(self, css: str) -> list[str]:
        found = self.browser.run(f"return [...document.querySelectorAll({css!r})].map((one) => one.innerText)")
        return [str(one) for one in found]

    def quiet(self) -> None:
        """The console has no errors, and nothing was asked of another host."""
        assert [line for line in self.browser.log("browser") if "SEVERE" in line or "rror" in line] == []
        asked = []
        for line in self.browser.log("performance"):
            message = json.loads(line)["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"])
        own = (str(self.client.base_url), "data:", "about:", "chrome")
        assert [url for url in asked if not url.startswith(own)] == []

"""A real web browser for tests, driven over the W3C WebDriver protocol."""

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
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest


class _RedrawnError(AssertionError):
    """The page has drawn an element anew since it was found."""


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

    def __init__(self, port: int, profile: Path, *more: str) -> None:
        self._root = f"http://127.0.0.1:{port}/session"
        options = {"args": [*FLAGS, f"--user-data-dir={profile}", *more]}
        logs = {"browser": "ALL", "performance": "ALL"}
        capabilities = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": logs}}
        self._root += "/" + self._call("POST", "", capabilities=capabilities)["sessionId"]

    def _call(self, method: str, path: str, **body: Any) -> Any:
        data = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(self._root + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            told = json.load(error)["value"]
            kind = _RedrawnError if told["error"] == "stale element reference" else AssertionError
            raise kind(f"{told['error']}: {told['message'].splitlines()[0]}") from error

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
        self._on_element(css, "/value", text=text)

    def click(self, css: str) -> None:
        self._on_element(css, "/click")

    def _on_element(self, css: str, what: str, **more: object) -> None:
        """Do something with an element; with the one in its place if the page draws it anew between the two calls."""
        for _ in range(5):
            with suppress(_RedrawnError):
                self._call("POST", self._element(css) + what, **more)
                return
        raise AssertionError(f"the page draws {css} anew all the time")

    def press(self, key: str) -> None:
        """Press a key where the focus is, such as ``\\uE004``, Tab."""
        strokes = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self._call("POST", "/actions", actions=[{"type": "key", "id": "keys", "actions": strokes}])

    def point_at(self, css: str) -> None:
        """Move the pointer to an element."""
        found = self._call("POST", "/element", using="css selector", value=css)
        move = {"type": "pointerMove", "duration": 0, "origin": found, "x": 0, "y": 0}
        self._call("POST", "/actions", actions=[{"type": "pointer", "id": "mouse", "actions": [move]}])

    def emulate(self, width: int, dark: bool = False) -> None:
        """Show pages as a screen of this width does, which may be dark."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])

    def devtools(self, command: str, **params: Any) -> Any:
        """Send a command of the Chrome DevTools Protocol."""
        return self._call("POST", "/goog/cdp/execute", cmd=command, params=params)

    def offline(self) -> None:
        """Cut the network."""
        self.devtools("Network.enable")
        limits = {"latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        self.devtools("Network.emulateNetworkConditions", offline=True, **limits)

    def enter_frame(self, number: int) -> None:
        """Let what follows ask a frame of the page."""
        self._call("POST", "/frame", id=number)

    def log(self, kind: str) -> list[str]:
        """Return the messages since the last call: ``browser`` for the console, ``performance`` for the network."""
        return [entry["message"] for entry in self._call("POST", "/se/log", type=kind)]

    def screenshot(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._call("GET", "/screenshot")))

    def close(self) -> None:
        self._call("DELETE", "")


@pytest.fixture(scope="module")
def web_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebBrowser]:
    """A headless Chromium with a fresh profile, for the tests of a file."""
    require_browser()
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def require_browser() -> None:
    """Skip the test where there is no Chromium."""
    if not (shutil.which("chromium") or shutil.which("google-chrome")) or not shutil.which("chromedriver"):
        pytest.skip("no chromium and chromedriver on PATH (Debian: apt-get install chromium chromium-driver)")


@contextmanager
def browsing(profile: Path, *more: str) -> Iterator[WebBrowser]:
    """Start a headless Chromium with its profile in a folder, and more flags; end it."""
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
            browser = WebBrowser(port, profile, *more)
            yield browser
            browser.close()
        finally:
            p.terminate()

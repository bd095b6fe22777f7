"""Somebody speaks into the page's microphone: a real browser records real sound, which is recognised and answered."""

from __future__ import annotations

import shutil
import subprocess
import time
import wave
from pathlib import Path

import httpx
import pytest

from tests.web_browser import browsing, require_browser

SAID = "recommend something"
#: Chromium hears a file once, from when a page first listens, and asks nobody for leave.
FLAGS = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
PRESSED = "return document.querySelector('#microphone').getAttribute('aria-pressed') === 'true'"


@pytest.mark.long
def test_what_is_spoken_is_heard_and_answered(film_service: httpx.Client, tmp_path: Path) -> None:
    if not shutil.which("espeak-ng"):
        pytest.skip("no espeak-ng on PATH (Debian: apt-get install espeak-ng)")
    require_browser()
    file = tmp_path / "said.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "130", "-w", file, SAID], check=True)
    with wave.open(str(file)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    hears = f"--use-file-for-fake-audio-capture={file}%noloop"
    with browsing(tmp_path / "profile", *FLAGS, hears) as browser:
        browser.open(f"{film_service.base_url}/#/chat")
        browser.wait_for("return !!document.querySelector('.chat .chip')")
        browser.click("#microphone")
        browser.wait_for(PRESSED)
        time.sleep(seconds + 1.5)
        browser.click("#microphone")
        browser.wait_for("return document.querySelectorAll('.chat .said.person').length === 1")
        browser.wait_for("return document.querySelector('.chat').getAttribute('aria-busy') === 'false'")
        heard = browser.run("return document.querySelector('.chat .said.person .words').innerText")
        assert "recommend" in heard.lower()
        assert browser.run("return document.querySelectorAll('.chat .said.assistant .strip li').length") > 0
        assert browser.run("return document.querySelector('.chat .error')") is None
        # What is recorded is over: the microphone is free.
        assert not browser.run(PRESSED)

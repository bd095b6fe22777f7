"""Where no bar is drawn, what takes long says so: in plain lines, and nothing for what is quick."""

from __future__ import annotations

import logging
import re
from threading import Event

import pytest

from graphrec.common import signs as module
from graphrec.common.console import progress, stage


class Heard(logging.Handler):
    """Keep messages, and tell when there are enough."""

    def __init__(self, enough: int) -> None:
        super().__init__()
        self.messages: list[str] = []
        self.enough, self.done = enough, Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())
        if len(self.messages) >= self.enough:
            self.done.set()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Heard:
    """What graphrec logs, with short waits."""
    monkeypatch.setattr(module, "FIRST", 0.001)
    monkeypatch.setattr(module, "EVERY", 0.001)
    caplog.set_level(logging.INFO, "graphrec")
    return Heard(2)


def test_a_long_stage_says_what_it_does_now_and_then(heard: Heard) -> None:
    module.LOGGER.addHandler(heard)
    try:
        with progress() as bar:
            task = bar.add_task("softmax: loss 4.2", total=100)
            bar.update(task, completed=12)
            assert heard.done.wait(60)
        with stage("loading PyTorch"):
            heard.enough, heard.done = len(heard.messages) + 2, Event()
            assert heard.done.wait(60)
    finally:
        module.LOGGER.removeHandler(heard)
    said = {"softmax: loss 4.2 0/100", "softmax: loss 4.2 12/100", "loading PyTorch"}
    found = [re.split(r"(?=, \d+ s so far$)", one) for one in heard.messages]
    plain, again = [one[0] for one in found], [len(one) > 1 for one in found]
    assert set(plain) <= said
    assert "softmax: loss 4.2 12/100" in heard.messages
    assert plain[-1] == "loading PyTorch"
    # A line is repeated only with the time.
    assert again == [here == before for here, before in zip(plain, [None, *plain], strict=False)]
    assert all(message.isprintable() for message in heard.messages)


def test_quick_stages_and_a_quiet_process_say_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "graphrec")
    with stage("loading"), progress() as bar:
        bar.add_task("counting")
    assert caplog.messages == []
    caplog.set_level(logging.WARNING, "graphrec")
    with module.signs(lambda: pytest.fail("quiet processes ask nothing")):
        pass

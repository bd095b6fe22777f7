"""Ctrl-C is heard whenever it comes."""

from __future__ import annotations

import signal
import sys
import time

import pytest

from graphrec.common.interrupt import interruptible


class Goodbye:
    """Whose removal is interrupted."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)
        time.sleep(0)  # where Python looks for signals


def test_it_is_sent_again_where_python_ignored_it() -> None:
    before = sys.unraisablehook
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), interruptible():  # noqa: PT012 - it comes somewhere in here
        Goodbye()
        time.sleep(30)
    assert time.monotonic() - began < 20
    assert sys.unraisablehook is before


def test_what_else_is_ignored_is_said_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: said.append(lost.exc_type))

    class Wrong:
        def __del__(self) -> None:
            raise ValueError

    with interruptible():
        Wrong()
    assert said == [ValueError]

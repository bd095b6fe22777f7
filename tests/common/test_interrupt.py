"""Ctrl-C is heard whenever it comes."""

from __future__ import annotations

import signal
import sys
import time

import pytest

from graphrec.common import interrupt
from graphrec.common.interrupt import held_back, interruptible


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


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def test_a_short_block_ends_before_it_is_interrupted() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), held_back():  # noqa: PT012 - it comes after the block
        press()
        done.append("the block")
    assert done == ["the block"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_long_block_is_interrupted_and_so_is_its_cleaning_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "GRACE", 0.1)
    reached = []
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), held_back():  # noqa: PT012 - it comes somewhere in here
        press()
        try:
            time.sleep(30)
            reached.append("the end")
        finally:
            reached.append("its cleaning up")
            time.sleep(30)
            reached.append("the end of it")
    assert reached == ["its cleaning up"]
    assert time.monotonic() - began < 20
    time.sleep(0.3)  # no interrupt is left over
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_interrupt_acts_at_once() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), held_back():  # noqa: PT012 - it comes somewhere in here
        press()
        press()
        done.append("the block")
    assert done == []


def test_an_interrupt_that_the_caller_handles_is_his(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        with held_back():
            press()
            assert heard == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)

"""What a person sees: progress and notes on stderr, results on stdout.

Progress bars appear only on a terminal, so that logs and pipes stay clean.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

#: Characters of a line that are not for the bar itself: a description of up to 52, and what stands behind the bar.
_BESIDE_BAR = 72
#: Totals above this are shown as a percentage.
_COUNTED = 9999


def stderr() -> Console:
    """Return a console on the current ``sys.stderr`` (looked up late, so that tests can capture it)."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def note(message: str) -> None:
    """Say one line on stderr."""
    stderr().print(message, markup=False)


@contextmanager
def progress() -> Iterator[Progress]:
    """Yield a rich ``Progress`` that draws on stderr, and only on a terminal.

    >>> with progress() as bar:
    ...     for _ in bar.track(range(3), description="counting"):
    ...         pass
    """
    console = stderr()
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=max(6, min(40, console.width - _BESIDE_BAR))),
        _Done(table_column=Column(no_wrap=True, justify="right")),
        _Clock(table_column=Column(no_wrap=True, justify="right")),
        console=console,
        disable=not console.is_terminal,
    )
    with bar:
        yield bar


class _Done(ProgressColumn):
    """How much is done: ``37/100``, ``12%`` of many, ``1,234,567`` of an unknown number."""

    def render(self, task: Task) -> Text:
        if task.total is None:
            return Text(f"{task.completed:,.0f}" if task.completed else "")
        if task.total > _COUNTED:
            return Text(f"{task.percentage:.0f}%")
        return Text(f"{task.completed:.0f}/{task.total:.0f}")


class _Clock(ProgressColumn):
    """The time that is left (``-1:23``), or that has passed where that is not known, or where nothing is left."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        left = task.time_remaining
        if left and not task.finished:
            return Text(f"-{_clock(left)}")
        passed = task.finished_time if task.finished else task.elapsed
        return Text(_clock(passed or 0))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

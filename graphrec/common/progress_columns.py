"""What a progress bar shows beside its description, short enough for a terminal of 80 columns.

rich is imported with this module: only who draws a bar imports it.
"""

from __future__ import annotations

from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

#: Characters of a line that are not for the bar itself: a description of up to 52, and what stands behind the bar.
_BESIDE_BAR = 72
#: Totals above this are shown as a percentage.
_COUNTED = 9999


def columns(width: int) -> list[ProgressColumn]:
    """Return the columns of a bar on a terminal of some characters."""
    return [
        SpinnerColumn(),
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=max(6, min(40, width - _BESIDE_BAR))),
        DoneColumn(table_column=Column(no_wrap=True, justify="right")),
        ClockColumn(table_column=Column(no_wrap=True, justify="right")),
    ]


class DoneColumn(ProgressColumn):
    """How much is done: ``37/100``, ``12%`` of many, ``1,234,567`` of an unknown number."""

    def render(self, task: Task) -> Text:
        """Return the text."""
        if task.total is None:
            return Text(f"{task.completed:,.0f}" if task.completed else "")
        if task.total > _COUNTED:
            return Text(f"{task.percentage:.0f}%")
        return Text(f"{task.completed:.0f}/{task.total:.0f}")


class ClockColumn(ProgressColumn):
    """The time that is left (``-1:23``), or that has passed where that is not known, or where nothing is left."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """Return the text."""
        left = task.time_remaining
        if left and not task.finished:
            return Text(f"-{_clock(left)}")
        passed = task.finished_time if task.finished else task.elapsed
        return Text(_clock(passed or 0))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

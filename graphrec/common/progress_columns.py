"""Columns of a progress bar next to its description, for terminals of at least 80 columns.

This module imports rich, so import it only to draw a bar.
"""

from __future__ import annotations

from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task
from rich.table import Column
from rich.text import Text

from graphrec.common.printable import printable
from graphrec.common.progress_file import Progress as Measured

#: Characters of a line other than the bar: a description of up to 52, and the columns after the bar.
_BESIDE_BAR = 72
#: Totals above this are shown as a percentage.
_COUNTED = 9999


def columns(width: int) -> list[ProgressColumn]:
    """Return the columns of a bar for a terminal of ``width`` characters."""
    return [
        SpinnerColumn(),
        DescriptionColumn(table_column=Column(no_wrap=True)),
        BarColumn(bar_width=max(6, min(40, width - _BESIDE_BAR))),
        DoneColumn(table_column=Column(no_wrap=True, justify="right")),
        ClockColumn(table_column=Column(no_wrap=True, justify="right")),
    ]


class DescriptionColumn(ProgressColumn):
    """Description of the task, which may hold names from the data."""

    def render(self, task: Task) -> Text:
        """Return the text."""
        return Text(printable(task.description), "progress.description")


class DoneColumn(ProgressColumn):
    """Progress: ``37/100``, ``12%`` of a large total, ``1,234,567`` of an unknown total."""

    def render(self, task: Task) -> Text:
        """Return the text."""
        if task.total is None:
            return Text(f"{task.completed:,.0f}" if task.completed else "")
        if task.total > _COUNTED:
            return Text(f"{task.percentage:.0f}%")
        return Text(f"{task.completed:.0f}/{task.total:.0f}")


class ClockColumn(ProgressColumn):
    """Remaining time (``-1:23``), or elapsed time if that is unknown or zero."""

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


def described(bar: Progress) -> str:
    """Return the unfinished tasks of a progress bar in one line: ``softmax: loss 4.2 12/100``."""
    done = DoneColumn()
    parts = [(task.description, done.render(task).plain) for task in bar.tasks if not task.finished]
    return "; ".join(" ".join(filter(None, part)) for part in parts)


def measured(bar: Progress) -> Measured | None:
    """Return the first unfinished task of a progress bar, or else its last one; None: it has none."""
    tasks = bar.tasks
    task = next((one for one in tasks if not one.finished), tasks[-1] if tasks else None)
    return None if task is None else Measured(task.description, task.completed, task.total)

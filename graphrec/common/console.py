"""What a person sees: progress and notes on stderr, results on stdout.

Progress bars appear only on a terminal, so that logs and pipes stay clean.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


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
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with bar:
        yield bar

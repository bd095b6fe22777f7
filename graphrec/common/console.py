"""Everything that is printed: results on stdout, notes and warnings by :mod:`logging`, tables and progress by rich.

Text from the data goes through :mod:`graphrec.common.printable` here, and rich never reads it as markup. Nothing else
prints (ruff refuses ``print``, ``click.echo`` and rich elsewhere).

Every package has a logger with its name, such as ``graphrec.training``. Notes have level INFO, possible problems
WARNING. Nothing is shown until logging is configured: the command line calls :func:`shown`; from Python use, for
example, ``logging.basicConfig(level=logging.INFO)``.

Progress bars appear only on a terminal and in a notebook. Elsewhere, stages that take long say a line now and then
(:mod:`graphrec.common.signs`). A program reads the progress from a file (:mod:`graphrec.common.progress_file`).
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click

from graphrec.common.printable import printable, printable_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

LOGGER = logging.getLogger("graphrec")
LOGGER.addHandler(logging.NullHandler())


class Verbosity(NamedTuple):
    """Lowest level of log records to show, and whether to draw progress bars."""

    level: int
    progress: bool


#: Whether progress bars are enabled.
_progress = True


def echo(text: object = "", *, nl: bool = True, err: bool = False, label: str = "", colour: str | None = None) -> None:
    """Print text on stdout (``err``: on stderr) with visible control characters, after a ``label`` in a colour."""
    _write(_coloured(label, colour) + printable_lines(text), sys.stderr if err else sys.stdout, nl=nl)


def _coloured(text: str, colour: str | None) -> str:
    """Return text in a colour, unless the terminal has none or its user wants none (https://no-color.org)."""
    plain = not text or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    return text if plain else click.style(text, fg=colour)


def echo_json(value: Any, indent: int | None = None) -> None:
    """Print JSON on stdout; values that JSON cannot represent (dates, Neo4j types) become text."""
    text = printable_lines(json.dumps(value, ensure_ascii=False, indent=indent, default=str))
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=indent, default=str)
    _write(text, sys.stdout)


def _write(text: str, stream: IO[str] | None, *, nl: bool = True) -> None:
    """Write to a stream, if it is open; it is named, as click writes UTF-8 on streams of its own choice.

    Raises
    ------
    click.exceptions.Exit
        The reader of the stream is gone (``| head``): the command ends.
    """
    if stream is None:
        return
    try:
        click.echo(text, file=stream, nl=nl)
    except BrokenPipeError as error:
        sys.stdout = None  # what is left cannot be written at shutdown either
        raise click.exceptions.Exit(0) from error


def is_terminal(stream: IO[str] | None) -> bool:
    """Return whether a stream, which may be closed, is a terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def note(message: str) -> None:
    """Log one line at level INFO with the calling package's logger."""
    _log(logging.INFO, message)


#: What :func:`note_once` has said since the command began; None outside commands.
_said: set[str] | None = None


def note_once(message: str) -> None:
    """Log one line at level INFO, in a command only the first time."""
    if _first(message):
        _log(logging.INFO, message)


def warn_once(message: str) -> None:
    """Log one line at level WARNING, in a command only the first time."""
    if _first(message):
        _log(logging.WARNING, message)


def _first(message: str) -> bool:
    if _said is None:
        return True
    new = message not in _said
    _said.add(message)
    return new


def warn(message: str) -> None:
    """Log one line about a possible problem at level WARNING with the calling package's logger."""
    _log(logging.WARNING, message)


#: What the Python API collects of :func:`advise` while it answers.
_advice: ContextVar[list[str] | None] = ContextVar("advice", default=None)


def advise(message: str) -> None:
    """Tell the caller that a request is probably not what was meant: a Python warning, or a log record of a command."""
    collected = _advice.get()
    if collected is None:
        _log(logging.WARNING, message)
    else:
        collected.append(message)


@contextmanager
def advice() -> Iterator[list[str]]:
    """Collect the messages of :func:`advise` instead of logging them."""
    messages: list[str] = []
    token = _advice.set(messages)
    try:
        yield messages
    finally:
        _advice.reset(token)


def _log(level: int, message: str) -> None:
    module = str(sys._getframe(2).f_globals.get("__name__", ""))
    package, _, rest = module.partition(".")
    name = rest.partition(".")[0]
    if package != LOGGER.name:  # graphrec_etl is graphrec.etl
        name = package.removeprefix("graphrec_") if package.startswith("graphrec_") else ""
    logger = logging.getLogger(f"{LOGGER.name}.{name}") if name else LOGGER
    logger.log(level, printable_lines(message), stacklevel=3)


class _Stderr(logging.Handler):
    """Print messages unchanged on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        rich_console(sys.stderr, soft_wrap=True).print(record.getMessage())


@contextmanager
def shown() -> Iterator[None]:
    """Print graphrec's log records on stderr, as the commands do."""
    global _said  # noqa: PLW0603 - one for the command
    if any(isinstance(handler, _Stderr) for handler in LOGGER.handlers):
        yield
        return
    before, handler = verbosity(), _Stderr()
    was = LOGGER.level
    LOGGER.addHandler(handler)
    set_verbosity(Verbosity(logging.INFO, before.progress))
    _said = set()
    try:
        yield
    finally:
        _said = None
        LOGGER.removeHandler(handler)
        set_verbosity(Verbosity(was, before.progress))


def verbosity() -> Verbosity:
    """Return the current verbosity."""
    return Verbosity(LOGGER.getEffectiveLevel(), _progress)


def set_verbosity(wanted: Verbosity) -> None:
    """Set the verbosity of this process."""
    global _progress  # noqa: PLW0603 - one for the process, as the logger is
    LOGGER.setLevel(wanted.level)
    _progress = wanted.progress


def rich_console(stream: IO[str], *, soft_wrap: bool = False) -> Console:
    """Return a console that shows text as it is: markup and ``:emoji:`` are not interpreted."""
    from rich.console import Console

    plain = Console(file=stream, stderr=stream is sys.stderr, highlight=False, markup=False, emoji=False)
    plain.soft_wrap = soft_wrap
    return plain


def _draws(console: Console) -> bool:
    """Return whether the console can show progress bars; in a notebook, rich uses ipywidgets."""
    notebook = console.is_jupyter and importlib.util.find_spec("ipywidgets") is not None
    return _progress and (console.is_terminal or notebook)


@contextmanager
def progress() -> Iterator[Progress]:
    """Yield a rich ``Progress`` that draws only on a terminal and in a notebook.

    >>> with progress() as bar:
    ...     for _ in bar.track(range(3), description="counting"):
    ...         pass
    """
    from rich.progress import Progress

    from graphrec.common.progress_columns import columns, described, measured
    from graphrec.common.progress_file import reported

    console = rich_console(sys.stderr, soft_wrap=True)
    bar = Progress(
        *columns(console.width),
        console=console,
        disable=not _draws(console),
    )
    if _draws(console):
        with bar, reported(lambda: measured(bar)):
            yield bar
        return
    from graphrec.common.signs import signs

    with bar, signs(lambda: described(bar)), reported(lambda: measured(bar)):
        yield bar


@contextmanager
def stage(what: str) -> Iterator[None]:
    """Show what takes long and cannot be counted: an animated line on a terminal, elsewhere a line if it takes long.

    >>> with stage("loading PyTorch"):
    ...     pass
    """
    with activity(what):
        yield


@contextmanager
def activity(first: str) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows the current step: an animated line on a terminal, otherwise a note per step.

    Parameters
    ----------
    first
        Text of the first step.
    """
    from graphrec.common.progress_file import Progress, reported

    console = rich_console(sys.stderr, soft_wrap=True)
    if console.is_terminal and _progress:
        from rich.text import Text

        with console.status(Text(printable(first))) as line:
            yield lambda message: line.update(Text(printable(message)))
        return
    from graphrec.common.signs import signs

    said = ""

    def say(message: str) -> None:
        nonlocal said
        if message != said:
            _log(logging.INFO, message)
            said = message

    # Without a step that says something, the line comes if it takes long.
    with signs(lambda: "" if said else first), reported(lambda: Progress(said or first)):
        yield say

"""Run graphrec's commands as programs: exit codes, and errors without a traceback."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import click

from graphrec.common.console import echo, shown
from graphrec.common.errors import GraphrecError, InputError
from graphrec.common.interrupt import interrupted_by, interruptible
from graphrec.common.machine_error import machine_error
from graphrec.common.printable import message_lines

#: Exit code of an error that nobody foresaw (``EX_SOFTWARE`` of sysexits.h).
UNFORESEEN = 70


class UnknownNameError(click.UsageError):
    """A name of no command; ``hint`` names the nearest ones."""

    def __init__(self, message: str, context: click.Context, hint: str) -> None:
        super().__init__(message, context)
        self.hint = hint


def run_command(command: click.Command, args: Sequence[str] | None = None, *, name: str) -> NoReturn:
    """Run a command and exit: errors print one message and exit with code 2, Ctrl-C with 130.

    An error that nobody foresaw exits with :data:`UNFORESEEN`; its traceback goes to a log file.

    Parameters
    ----------
    command
        The command or group.
    args
        Its arguments; by default those of this process.
    name
        Name of the command in its help.
    """
    _encodable()
    try:
        with interruptible(), shown():
            code = command.main(args=None if args is None else list(args), prog_name=name, standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()  # now, as an error at shutdown could not be explained
        sys.exit(code if isinstance(code, int) else 0)
    except GraphrecError as error:
        _fail(error)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _fail(GraphrecError(_plain(error), hint=_next_step(error)))
    except UnicodeEncodeError as error:
        _fail(
            InputError(
                f"{error.object!r} is not text: character {error.start + 1} cannot be encoded", hint="write it in UTF-8"
            )
        )
    except BrokenPipeError:
        # The reader of stdout is gone (| head): end without a traceback at shutdown.
        sys.stdout = None
        sys.exit(0)
    except (Exception, KeyboardInterrupt) as error:
        # A library that is interrupted while it is imported may raise an error of its own.
        if isinstance(error, click.Abort) or interrupted_by(error) is not None:
            _complain("interrupted")
            sys.exit(130)
        from graphrec.common.libraries import failed_import

        _drop_output()
        known = failed_import(error) or machine_error(error)
        if known is not None:
            _fail(known)
        _fail_unforeseen(error, sys.argv[1:] if args is None else args)


def _encodable() -> None:
    """Let characters that the locale's encoding lacks be printed as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with suppress(OSError, ValueError):  # closed at the other end
                stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Drop what is left of the output if it cannot be written, at shutdown either."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        sys.stdout = None


def _complain(text: str) -> None:
    with suppress(OSError, ValueError):  # stderr may be closed or full as well
        echo(text, err=True)


def _fail(error: GraphrecError) -> NoReturn:
    _complain(f"error: {message_lines(error)}")
    sys.exit(error.exit_code)


def _fail_unforeseen(error: BaseException, args: Sequence[str]) -> NoReturn:
    from graphrec.common.crash_log import origin, write_crash_log

    log = write_crash_log(error, args)
    step = f"please report it with the log {log}" if log else "no log could be written: the disk may be full"
    _complain(f"error: graphrec did not expect this: {message_lines(origin(error))}\n  → {step}")
    sys.exit(UNFORESEEN)


def _plain(error: click.ClickException) -> str:
    """Return click's message in graphrec's style: without an initial capital and a final full stop."""
    text = error.format_message().strip().removesuffix(".")
    text = text.replace("is not a valid integer range", "is not a whole number").replace(
        "is not a valid float range", "is not a number"
    )
    return text[0].lower() + text[1:] if text[1:2].islower() else text


def _next_step(error: click.ClickException) -> str | None:
    """Return alternatives, or the usage of the command."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return None
    if isinstance(error, UnknownNameError):
        return f"{error.hint}{'' if error.hint.endswith('?') else ';'} {context.command_path} --help lists them"
    usage = " ".join(context.get_usage().removeprefix("Usage:").split())
    return f"usage: {usage}; {context.command_path} --help says more"

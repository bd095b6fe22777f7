"""Run graphrec's commands as programs: exit codes, and errors without a traceback."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from graphrec.common.console import shown
from graphrec.common.errors import GraphrecError, InputError
from graphrec.common.interrupt import interrupted_by, interruptible


class UnknownNameError(click.UsageError):
    """A name of no command; ``hint`` names the nearest ones."""

    def __init__(self, message: str, context: click.Context, hint: str) -> None:
        super().__init__(message, context)
        self.hint = hint


def run_command(command: click.Command, args: Sequence[str] | None = None, *, name: str) -> NoReturn:
    """Run a command and exit: errors print one message and exit with code 2, Ctrl-C with 130.

    Parameters
    ----------
    command
        The command or group.
    args
        Its arguments; by default those of this process.
    name
        Name of the command in its help.
    """
    try:
        with interruptible(), shown():
            code = command.main(args=None if args is None else list(args), prog_name=name, standalone_mode=False)
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
        click.echo(f"error: {error.object!r} is not text: character {error.start + 1} cannot be encoded", err=True)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of stdout is gone (| head): end without a traceback at shutdown.
        sys.stdout = None
        sys.exit(0)
    except (Exception, KeyboardInterrupt) as error:
        # A library that is interrupted while it is imported may raise an error of its own.
        if isinstance(error, click.Abort) or interrupted_by(error) is not None:
            click.echo("interrupted", err=True)
            sys.exit(130)
        from graphrec.common.libraries import failed_import

        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            sys.stdout = None  # what is left of the output cannot be written at shutdown either
            _fail(InputError("no space is left where the output goes", hint="make room, then repeat the command"))
        unloadable = failed_import(error)
        if unloadable is None:  # a bug in graphrec: show the traceback
            raise
        _fail(unloadable)


def _fail(error: GraphrecError) -> NoReturn:
    click.echo(f"error: {error}", err=True)
    sys.exit(error.exit_code)


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

"""How a command of ours is run as a program: exit codes, and errors without a traceback."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from graphrec.common.console import shown
from graphrec.common.errors import GraphrecError
from graphrec.common.interrupt import interruptible


def run_command(command: click.Command, args: Sequence[str] | None = None, *, name: str) -> NoReturn:
    """Run a command and exit: graphrec's own errors print one message and exit with code 2, Ctrl-C with 130.

    Parameters
    ----------
    command
        The command or group.
    args
        Its arguments; those of this process where absent.
    name
        What the command is called in its help.
    """
    try:
        with interruptible(), shown():
            code = command.main(args=None if args is None else list(args), prog_name=name, standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except GraphrecError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our stdout is gone (| head): nothing more to say, and no traceback at shutdown.
        sys.stdout = None
        sys.exit(0)
    except Exception as error:
        from graphrec.common.libraries import failed_import

        unloadable = failed_import(error)
        if unloadable is None:  # a mistake of ours, which shows as one
            raise
        click.echo(f"error: {unloadable}", err=True)
        sys.exit(unloadable.exit_code)

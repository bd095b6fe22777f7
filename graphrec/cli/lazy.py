"""Groups of commands that are imported only when they are called, so that ``--help`` costs nothing."""

from __future__ import annotations

import importlib

import click

from graphrec.common.entry_point import UnknownNameError
from graphrec.common.errors import nearest


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it runs.

    Subclasses say what they hold.
    """

    #: Name → what it does, for the help.
    known: dict[str, str]
    #: What one of them is called in an error.
    noun: str

    def place(self, name: str) -> tuple[str, str]:
        """Return the module and the attribute that hold a command."""
        raise NotImplementedError

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(self.known)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None where there is none of that name."""
        if cmd_name not in self.known:
            return None
        module, attribute = self.place(cmd_name)
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.known.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown name is answered with the nearest."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise UnknownNameError(f"no {self.noun} {args[0]!r}", ctx, nearest(args[0], self.known)) from error

"""Command groups that import a command only when it is called, so that ``--help`` is fast."""

from __future__ import annotations

import importlib

import click

from graphrec.common.entry_point import UnknownNameError
from graphrec.common.errors import nearest


class LazyGroup(click.Group):
    """A group that lists its commands by name and imports one when it runs.

    Subclasses define :attr:`known`, :attr:`noun` and :meth:`place`.
    """

    #: Name → one-line help.
    known: dict[str, str]
    #: Word for one of them in error messages.
    noun: str

    def place(self, name: str) -> tuple[str, str]:
        """Return the module and the attribute that hold a command."""
        raise NotImplementedError

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(self.known)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; return None if the name is unknown."""
        if cmd_name not in self.known:
            return None
        module, attribute = self.place(cmd_name)
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command list without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.known.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; suggest the nearest for an unknown name."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise UnknownNameError(f"no {self.noun} {args[0]!r}", ctx, nearest(args[0], self.known)) from error

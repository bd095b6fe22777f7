"""``graphrec load``: files into Neo4j."""

from __future__ import annotations

import importlib

import click

from graphrec.errors import nearest

#: Source → what it reads. The command is the attribute ``command`` of ``etl/<source>.py``.
SOURCES = {
    "atomic": "RecBole's atomic files: .inter .item .user .kg .link.",
    "movielens": "A GroupLens folder: ml-100k, ml-1m, ml-latest, ml-32m.",
    "tables": "Anyone's CSV or Parquet files, as a mapping describes them.",
}


class _Sources(click.Group):
    """Imports a source when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SOURCES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SOURCES:
            return None
        command: click.Command = importlib.import_module(f"etl.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(f"no source {args[0]!r}: {nearest(args[0], SOURCES)}", ctx) from error


@click.group(cls=_Sources)
def load() -> None:
    """Load files into Neo4j: checked first, in batches, and as often as you like."""

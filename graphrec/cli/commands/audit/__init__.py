"""``graphrec audit``: how a run stands up to what should not matter, and to what is meant to harm."""

from __future__ import annotations

import click

from graphrec.cli.lazy import LazyGroup


class _Audits(LazyGroup):
    known = {  # noqa: RUF012 - as in the class above
        "stability": "Train again in another order, with another seed, with less: do the lists stay?",
        "content": "Change an item's text or picture a little: does it rise for everybody?",
    }
    noun = "audit"

    def place(self, name: str) -> tuple[str, str]:
        return f"graphrec.cli.commands.audit.{name}", name


@click.group(cls=_Audits)
def audit() -> None:
    """Measure how a run stands up to changes that should not matter, and to attacks."""

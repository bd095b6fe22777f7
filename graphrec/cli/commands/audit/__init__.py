"""``graphrec audit``: attack a run, and say what to do; one module per command."""

from __future__ import annotations

import click

from graphrec.cli.lazy import LazyGroup

#: Command → one-line help. The command is the attribute of the same name in ``graphrec/cli/commands/audit/<name>.py``.
AUDITS = {
    "poisoning": "Measure how far fake profiles push an item, and how many of them are found.",
}


class _Audits(LazyGroup):
    known = AUDITS
    noun = "audit"

    def place(self, name: str) -> tuple[str, str]:
        return f"graphrec.cli.commands.audit.{name}", name


@click.group(cls=_Audits)
def audit() -> None:
    """Attack a run, measure how far attacks get, and advise."""

"""``graphrec audit``: attack a run, and say what to do; one module per command."""

from __future__ import annotations

import click

from graphrec.cli.lazy import LazyGroup

#: Command → one-line help. The command is the attribute of the same name in ``graphrec/cli/commands/audit/<name>.py``.
AUDITS = {
    "privacy": "Measure what an attacker learns about people from what a run publishes.",
    "stability": "Train again in another order, with another seed, with less: do the lists stay?",
    "content": "Change an item's text or picture a little: does it rise for everybody?",
    "poisoning": "Measure how far fake profiles push an item, and how many of them are found.",
}


class _Audits(LazyGroup):
    known = AUDITS
    noun = "audit"

    def place(self, name: str) -> tuple[str, str]:
        return f"graphrec.cli.commands.audit.{name}", name


@click.group(cls=_Audits)
def audit() -> None:
    """Attack a run or change what should not matter, measure what comes of it, and advise."""

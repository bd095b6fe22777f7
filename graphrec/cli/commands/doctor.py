"""``graphrec doctor``: check that everything graphrec needs is installed."""

from __future__ import annotations

import sys

import click

from graphrec.cli.output import show_json
from graphrec.common.console import echo
from graphrec.diagnostics.check import Check, worst
from graphrec.diagnostics.doctor import examine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> None:
    """Check Python, packages, compiled libraries, GPU, Java, Neo4j, the model hub, disk and memory.

    Prints one line per check (ok, warning or failure) and the next step. Changes nothing and starts no server. Exit
    code 1 if a check fails, else 0.
    """
    found = []
    for check in examine():
        found.append(check)
        if not as_json:
            _show(check)
    status = worst(found)
    if as_json:
        show_json({"status": status, "checks": [check.to_dict() for check in found]})
    sys.exit(1 if status == "failure" else 0)


def _show(check: Check) -> None:
    colour = {"ok": "green", "warning": "yellow", "failure": "red"}[check.status]
    echo(f"{check.name}: {check.message}", label=f"{check.status:<8}", colour=colour)
    if check.hint:
        echo(f"        → {check.hint}")

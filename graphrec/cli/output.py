"""Results on stdout: a table for a person, tab-separated lines for a pipe, JSON for a program."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from graphrec.common.console import echo, echo_json, is_terminal, rich_console
from graphrec.common.printable import printable


def show_json(value: Any) -> None:
    """Print JSON; values that JSON cannot represent (dates, Neo4j types) become text."""
    echo_json(value, indent=2)


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, title: str | None = None) -> None:
    """Print rows as a table on a terminal (none if there are no rows), else as tab-separated values with a header line.

    Parameters
    ----------
    rows
        One mapping per row.
    columns
        The keys to show, in order.
    title
        Title above the table, on a terminal only.
    """
    if not is_terminal(sys.stdout):
        lines = [columns, *([_plain(_cell(row, name)) for name in columns] for row in rows)]
        echo("\n".join("\t".join(line) for line in lines))
        return
    if not rows:
        return
    from rich.table import Table

    table = Table(title=None if title is None else printable(title), title_justify="left", header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if _all_numbers(rows, name) else "left")
    for row in rows:
        table.add_row(*(_plain(_cell(row, name)) for name in columns))
    rich_console(sys.stdout).print(table)


def _cell(row: Mapping[str, Any], name: str) -> Any:
    """Return a value to show; an id that is a whole number stored as FLOAT is shown as one."""
    value = row.get(name)
    if name in ("user", "item") and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}"
    # A tab or a line break inside a title must not look like a new column or row.
    return printable(value)


def _all_numbers(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    return all(isinstance(row.get(name), int | float) for row in rows)

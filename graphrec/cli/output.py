"""Results on stdout: a table for a person, tab-separated lines for a pipe, JSON for a program."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any


def show_json(value: Any) -> None:
    """Print JSON; values that JSON cannot represent (dates, Neo4j types) become text."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


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
    if not sys.stdout.isatty():
        print("\t".join(columns))
        for row in rows:
            print("\t".join(_plain(_cell(row, name)) for name in columns))
        return
    if not rows:
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if _all_numbers(rows, name) else "left")
    for row in rows:
        table.add_row(*(_escaped(_cell(row, name)) for name in columns))
    Console().print(table)


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
    return " ".join(str(value).split()) if isinstance(value, str) else str(value)


def _escaped(value: Any) -> str:
    from rich.markup import escape

    return escape(_plain(value))


def _all_numbers(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    return all(isinstance(row.get(name), int | float) for row in rows)

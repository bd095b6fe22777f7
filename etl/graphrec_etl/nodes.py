"""Convert rows to nodes: one node per row, with a unique key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec_etl import values
from graphrec_etl.files import Row
from graphrec_etl.model import Nodes
from graphrec_etl.rejects import Rejects
from graphrec_etl.values import Parser


@dataclass(frozen=True)
class Column:
    """Conversion of one column to a property."""

    property: str
    parse: Parser

    @classmethod
    def of(cls, role: str, name: str, parse: Parser) -> Column:
        """Return the column of a node's property; ids of other nodes and ages have checks of their own."""
        if role == "item" and name == "entityId":
            return cls(name, values.link)
        return cls(name, values.age(parse) if role == "user" and name == "age" else parse)


def read_nodes(
    nodes: Nodes,
    path: Path,
    *,
    names: Sequence[str],
    rows: Iterable[Row],
    key: str,
    columns: dict[str, Column],
    rejects: Rejects,
    users: bool = False,
) -> int:
    """Read a table of nodes.

    Parameters
    ----------
    nodes
        Receives the new nodes.
    names
        All column names in file order.
    key, columns
        Column of the key, and the columns that become properties.
    users
        Whether the nodes are users, who can be forgotten in the reject files too.

    Returns
    -------
    int
        Number of exact duplicates of earlier rows. A row that repeats a key with other values is rejected.

    Raises
    ------
    InputError
        The table has no row.
    """
    key_at = names.index(key)
    wanted = [(names.index(name), name, column) for name, column in columns.items()]
    lines: dict[int, int] = {}
    repeated = line = 0
    for line, cells in rows:
        if len(cells) != len(names):
            rejects.ragged(path, line, cells, len(names), key_at if users else None)
            continue
        found: dict[str, Any] = {}
        at, name = key_at, key
        try:
            node = values.key(cells[key_at])
            for at, name, column in wanted:  # noqa: B007 - the except below names the cell
                value = column.parse(cells[at])
                if value is not None:
                    found[column.property] = value
        except ValueError as error:
            rejects.add(path, line, name, cells[at], str(error), cells[key_at] if users else "")
            continue
        code = nodes.add(node)
        if code not in lines:
            lines[code] = line
            nodes.properties[code] |= found
        elif nodes.properties[code] == found:
            repeated += 1
        else:
            rejects.add(path, line, key, node, f"is already on line {lines[code]}, with other values")
    if not line:
        raise InputError(f"{path}: holds no rows", hint="fill it, or leave it out")
    return repeated

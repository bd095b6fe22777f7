"""Read CSV or Parquet files as described by a mapping in TOML (``docs/loading.md``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from graphrec.common.entry_point import run_command
from graphrec.common.errors import InputError, nearest
from graphrec_etl import values
from graphrec_etl.behaviours import Behaviours
from graphrec_etl.command import PATH, run_load, shared_options
from graphrec_etl.files import Row, header, rows
from graphrec_etl.mapping import (
    BehaviourTable,
    EntityTable,
    ItemTable,
    Mapping,
    RelationTable,
    Table,
    UserTable,
    read_mapping,
)
from graphrec_etl.media import place
from graphrec_etl.model import EdgeBuilder, Tables
from graphrec_etl.nodes import Column, read_nodes
from graphrec_etl.parquet import parquet
from graphrec_etl.rejects import Reject, Rejects
from graphrec_etl.whole_numbers import TextOrNumber, told

TYPES: dict[str, values.Parser] = {
    "text": values.token,
    "number": values.number,
    "integer": values.whole,
    "texts": values.tokens,
    "numbers": values.numbers,
}

PLURAL = {"user": "users", "item": "items", "entity": "entities"}


def transform(file: Path, rejects: Rejects) -> Tables:
    """Read and check the files of a mapping.

    Parameters
    ----------
    file
        The mapping; its paths are relative to its folder.
    rejects
        Collects the unusable rows.

    Raises
    ------
    InputError
        A file is missing, lacks a column, or cannot be decoded.
    ConfigError
        The mapping has an unknown key or a wrong value.
    """
    mapping = read_mapping(file)
    reader = _Reader(file.absolute().parent, mapping, rejects)
    for table in (mapping.users, mapping.items, *mapping.entities):
        if table:
            reader.nodes(table)
    reader.behaviours(mapping.behaviours)
    for relation in mapping.relations:
        reader.relation(relation)
    reader.tables.orphans.update(rejects.orphans)
    return reader.tables


class _Reader:
    """Read the files of one mapping into tables."""

    def __init__(self, folder: Path, mapping: Mapping, rejects: Rejects) -> None:
        self.folder, self.rejects, self.tables = folder, rejects, Tables()
        #: Column → what reads its cells, of the table that is read.
        self.parsers: dict[str, values.Parser] = {}
        #: Role and reject of the relation's first unknown node, if any.
        self.strangers: list[tuple[str, Reject]] = []
        self.open = {"user": mapping.users is None, "item": mapping.items is None, "entity": not mapping.entities}

    def _open(self, table: Table) -> tuple[Path, list[str], Iterator[Row]]:
        path = self.folder / table.file
        if path.suffix.lower() in {".parquet", ".pq"}:
            names, source = parquet(path)
        else:
            separator = table.separator or ("\t" if path.suffix.lower() in {".tsv", ".tab"} else ",")
            source = rows(path, separator, encoding=table.encoding, quoted=table.quoted and len(separator) == 1)
            names = header(source, path)
        for column in table.needs:
            if column not in names:
                raise InputError(f"{path}:1: no column {column!r} (needs)", hint=nearest(column, names))
        return path, names, self._complete(path, names, source, table.needs) if table.needs else source

    def _complete(self, path: Path, names: list[str], source: Iterator[Row], needs: tuple[str, ...]) -> Iterator[Row]:
        """Yield the rows in which no required column is empty; note how many are left out."""
        at = [names.index(column) for column in needs]
        left_out = 0
        for line, cells in source:
            if len(cells) == len(names) and any(values.empty(cells[number]) for number in at):
                left_out += 1
            else:
                yield line, cells
        if left_out:
            note = f"{left_out} rows of {path.name} without {', '.join(needs)} left out"
            if note not in self.tables.notes:
                self.tables.notes.append(note)

    def _columns(
        self, table: Table, path: Path, names: list[str], taken: dict[str, str | None], fixed: dict[str, str | None]
    ) -> dict[str, Column]:
        """Return the columns that become properties.

        ``taken``: key of the mapping → column with another use; ``fixed``: property → column.
        """
        wanted = {**taken, **fixed, **{f"types: {name}": name for name in table.types}}
        wanted |= {f"properties: {name}": name for name in table.properties or ()}
        for key, column in wanted.items():
            if column is not None and column not in names:
                raise InputError(f"{path}:1: no column {column!r} ({key})", hint=nearest(column, names))
        known = {column: prop for prop, column in fixed.items() if column is not None}
        others = [name for name in names if name not in taken.values()]
        if table.properties is not None:
            others = [name for name in others if name in table.properties or name in known]
            known = {**table.properties, **known}
        label = {UserTable: "User", ItemTable: "Item", EntityTable: "Entity"}.get(type(table), "RATED")
        role = label.lower()
        typed = path.suffix.lower() in {".parquet", ".pq"}
        found = {}
        self.parsers = {}
        for name, prop in values.property_names(others, str(path), label, known).items():
            kind = table.types.get(name)
            default: values.Parser = values.native if typed else TextOrNumber(name)
            if prop in {"title", "description", "name", "image", "audio", "entityId"}:
                default = values.token
            elif prop in {"rating", "weight"}:
                default = values.number
            self.parsers[name] = parse = TYPES[kind] if kind else default
            found[name] = Column.of(role, prop, parse)
        return found

    def nodes(self, table: UserTable | ItemTable | EntityTable) -> None:
        """Read a table of users, items or entities."""
        path, names, source = self._open(table)
        fixed: dict[str, str | None] = {}
        role = "user"
        if isinstance(table, ItemTable):
            role = "item"
            fixed = {
                "title": table.title,
                "description": table.description,
                "image": table.image,
                "audio": table.audio,
                "entityId": table.entity,
            }
        elif isinstance(table, EntityTable):
            role, fixed = "entity", {"name": table.name}
        columns = self._columns(table, path, names, {"key": table.key}, fixed)
        nodes, users = self.tables.nodes(role), role == "user"
        before = len(nodes)
        self.tables.duplicates[table.file] = read_nodes(
            nodes, path, names=names, rows=source, key=table.key, columns=columns, rejects=self.rejects, users=users
        )
        self.tables.notes += told(path.name, self.parsers)
        if isinstance(table, EntityTable) and table.kind:
            for code in range(before, len(nodes)):
                nodes.kinds[code] = {table.kind}
        if isinstance(table, ItemTable):
            base = self.folder / (table.media_root or ".")
            self.tables.notes += place(nodes.properties, base)

    def behaviours(self, given: tuple[BehaviourTable, ...]) -> None:
        """Read all tables of behaviours; join those of the same type."""
        found = Behaviours(
            self.tables, self.rejects, open_users=self.open["user"], open_items=self.open["item"], min_rating=None
        )
        for table in given:
            path, names, source = self._open(table)
            taken = {"user": table.user, "item": table.item, "time": table.time}
            columns = self._columns(table, path, names, taken, {"rating": table.rating, "weight": table.weight})
            identity = tuple(columns[name].property for name in table.distinct if name in columns)
            if len(identity) < len(table.distinct):
                lost = next(name for name in table.distinct if name not in columns)
                raise InputError(f"{path}:1: no property column {lost!r} (distinct)", hint=nearest(lost, columns))
            found.read(
                path,
                names,
                source,
                user=table.user,
                item=table.item,
                time=table.time,
                default=table.type,
                columns=columns,
                identity=identity,
            )
            self.tables.notes += told(path.name, self.parsers)
        found.finish()

    def relation(self, table: RelationTable) -> None:
        """Read a table of knowledge edges or of social edges."""
        path, names, source = self._open(table)
        for key, column in (("from", table.from_), ("to", table.to)):
            if column not in names:
                raise InputError(f"{path}:1: no column {column!r} ({key})", hint=nearest(column, names))
        builder = EdgeBuilder(table.type, table.start, table.end)
        from_at, to_at = names.index(table.from_), names.index(table.to)
        self.strangers.clear()
        line = 0
        for line, cells in source:
            if len(cells) != len(names):
                self.rejects.ragged(path, line, cells, len(names))
                continue
            head = self._end(table.start, table.from_, Reject(path, line, table.from_, "", ""), cells[from_at])
            for cell in _several(cells[to_at], table.many):
                tail = self._end(table.end, table.to, Reject(path, line, table.to, "", ""), cell)
                if head is not None and tail is not None:
                    builder.add(head, tail)
        edges = builder.build()
        if not line:
            self.tables.notes.append(f"{path.name} holds no rows")
        if self.strangers and not len(edges):
            role, reject = self.strangers[0]
            self.rejects.strangers("relations", reject, self.tables.nodes(role).codes)
        self.tables.edges.append(edges)
        self.tables.duplicates[table.type] = edges.duplicates

    def _end(self, role: str, column: str, at: Reject, cell: Any) -> int | None:
        """Return the number of a node; the cell is both key and name of an entity that no table describes."""
        try:
            name = values.key(cell)
        except ValueError as error:
            self.rejects.add(at.path, at.line, column, cell, str(error))
            return None
        nodes = self.tables.nodes(role)
        if self.open[role]:
            added = nodes.add(name)
            if role == "entity":
                nodes.properties[added]["name"] = name
            return added
        code = nodes.codes.get(name)
        if code is None:
            reject = Reject(at.path, at.line, column, name, f"is not a known {role}")
            self.rejects.orphan(f"relations of unknown {PLURAL[role]}", reject)
            if not self.strangers:
                self.strangers.append((role, reject))
        return code


def _several(cell: Any, separator: str | None) -> list[Any]:
    """Return the ends in a cell: the cell itself, or its separated values; none if it is empty."""
    if separator is None:
        return [cell]
    parts = cell if isinstance(cell, list) else cell.split(separator) if isinstance(cell, str) else [cell]
    return [part for part in parts if not values.empty(part)]


@click.command("tables")
@click.argument("mapping", type=PATH)
@shared_options
def command(mapping: Path, **options: Any) -> None:
    """Load the CSV or Parquet files that MAPPING (a TOML file) describes."""
    run_load(lambda rejects: transform(mapping, rejects), **options)


if __name__ == "__main__":
    run_command(command, name="graphrec load tables")

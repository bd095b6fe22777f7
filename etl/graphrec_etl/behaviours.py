"""Convert rows to behaviours: user, item, type, time and properties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec.config.schema import OWN_TYPES
from graphrec_etl import values
from graphrec_etl.files import Row
from graphrec_etl.model import EdgeBuilder, Tables
from graphrec_etl.nodes import Column
from graphrec_etl.parts import PARTS, PROPERTY
from graphrec_etl.rejects import Reject, Rejects


class Behaviours:
    """Collect the behaviours of a data set, one builder per relationship type.

    Parameters
    ----------
    tables
        Already has the users and items; receives the behaviours.
    open_users, open_items
        The source has no table of them, so every id in a behaviour creates a node. Otherwise an unknown id is an
        orphan.
    min_rating
        Skip behaviours with a lower rating.
    """

    def __init__(
        self, tables: Tables, rejects: Rejects, *, open_users: bool, open_items: bool, min_rating: float | None = None
    ) -> None:
        self._tables, self._rejects, self._min_rating = tables, rejects, min_rating
        self._open = {"user": open_users, "item": open_items}
        self._builders: dict[str, EdgeBuilder] = {}
        self._below = 0

    def read(
        self,
        path: Path,
        names: Sequence[str],
        rows: Iterable[Row],
        *,
        user: str,
        item: str,
        time: str | None,
        default: str,
        columns: dict[str, Column],
        kind: str | None = None,
        identity: tuple[str, ...] = (),
        part: str | None = None,
    ) -> None:
        """Read a table of behaviours.

        Parameters
        ----------
        names
            All column names in file order.
        user, item, time, kind
            Columns of both ids, the time and the relationship type (``default`` if the column is absent or empty).
        columns
            Columns that become properties.
        identity
            Properties that distinguish behaviours of the same user, item and time.
        part
            Component of a published split (train, valid or test) that the whole table belongs to.

        Raises
        ------
        InputError
            ``min_rating`` is set but the table has no column ``rating``.
        """
        if self._min_rating is not None and "rating" not in {column.property for column in columns.values()}:
            raise InputError(f"{path}:1: no column 'rating'", hint="leave out --min-rating")
        at = {name: number for number, name in enumerate(names)}
        user_at, item_at = at[user], at[item]
        time_at = -1 if time is None else at[time]
        kind_at = -1 if kind is None else at[kind]
        wanted = [(at[name], name, column.property, column.parse) for name, column in columns.items()]
        numbers = [c.property for c in columns.values() if c.parse is values.number]
        others = [c.property for c in columns.values() if c.parse is not values.number]
        constant = {} if part is None else {PROPERTY: part}
        if part is not None and PROPERTY in {column.property for column in columns.values()}:
            raise InputError(
                f"{path}:1: a column is called {PROPERTY!r}, but the file's name already gives the split",
                hint="rename the column or the file",
            )
        others += constant
        for builder in self._builders.values():  # an earlier file had other columns
            builder.extend(numbers, others)
        types: dict[str, str] = {}
        for line, cells in rows:
            if len(cells) != len(names):
                self._rejects.ragged(path, line, cells, len(names))
                continue
            where, name = user_at, user
            try:
                user_id = values.key(cells[user_at])
                where, name = item_at, item
                item_id = values.key(cells[item_at])
                moment = None
                if time_at >= 0:
                    where, name = time_at, str(time)
                    moment = values.time(cells[time_at])
                found: dict[str, Any] = dict(constant)
                for where, name, prop, parse in wanted:  # noqa: B007 - the except below names the cell
                    found[prop] = parse(cells[where])
                said = default
                if kind_at >= 0:
                    where, name = kind_at, str(kind)
                    cell = values.token(cells[kind_at]) or default
                    said = types.get(cell) or types.setdefault(cell, behaviour_type(cell))
            except ValueError as error:
                self._rejects.add(path, line, name, cells[where], str(error))
                continue
            head, tail = self._end("user", user_id), self._end("item", item_id)
            if head is None or tail is None:
                role, name, unknown = ("user", user, user_id) if head is None else ("item", item, item_id)
                why = f"is not a known {role}"
                self._rejects.orphan(f"behaviours of unknown {role}s", Reject(path, line, name, unknown, why))
                continue
            if self._min_rating is not None and not (found["rating"] or 0) >= self._min_rating:
                self._below += 1
                continue
            if said not in self._builders:
                self._builders[said] = EdgeBuilder(
                    said, "user", "item", numbers=numbers, others=others, identity=identity, fixed=PROPERTY
                )
            self._builders[said].add(head, tail, moment, found)

    def _end(self, role: str, name: str) -> int | None:
        nodes = self._tables.nodes(role)
        return nodes.add(name) if self._open[role] else nodes.codes.get(name)

    def finish(self) -> None:
        """Move the collected behaviours to the tables.

        Raises
        ------
        InputError
            A published split has the same behaviour in two components.
        """
        for name in sorted(self._builders):
            hand_over(self._tables, self._builders.pop(name))
        if self._below:
            self._tables.notes.append(f"{self._below} behaviours rated below {self._min_rating:g} left out")


def hand_over(tables: Tables, builder: EdgeBuilder) -> None:
    """Build the behaviours of one type and check their published split, if any.

    Raises
    ------
    InputError
        The split has the same behaviour in two components.
    """
    edges = builder.build()
    if edges.torn:
        user, item, one, other = edges.torn
        names = list(tables.users.codes)[user], list(tables.items.codes)[item]
        raise InputError(
            f"{edges.type}: the behaviour of user {names[0]!r} and item {names[1]!r} is in two parts of the split: "
            f"{one} and {other}",
            hint="train, valid and test must not overlap: remove it from one",
        )
    tables.edges.append(edges)
    tables.duplicates[edges.type] = edges.duplicates
    if PROPERTY in edges.properties:
        found = Counter(edges.properties[PROPERTY].tolist())
        said = ", ".join(f"{found[name]:,} {name}" for name in PARTS if found[name])
        if said:
            tables.notes.append(
                f"{edges.type} has a published split ({said}): method = 'published' in [split] keeps to it"
            )


def behaviour_type(name: str) -> str:
    """Return a behaviour's name as a relationship type.

    Raises
    ------
    ValueError
        The name has no usable characters, or graphrec itself writes this type.
    """
    found = values.snake(name)
    if not found or not found.isascii():
        raise ValueError("cannot be a relationship type")
    if found in OWN_TYPES:
        raise ValueError("is a relationship type that graphrec writes itself")
    return found

"""Convert rows to behaviours: user, item, type, time and properties."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.common.errors import InputError
from graphrec.config.schema import OWN_TYPES, Behaviour
from graphrec.graph.values import read_number
from graphrec_etl import values
from graphrec_etl.files import Row
from graphrec_etl.guard import AboutUserError
from graphrec_etl.model import EdgeBuilder, Edges, Tables
from graphrec_etl.nodes import Column
from graphrec_etl.parts import PARTS, PROPERTY
from graphrec_etl.rejects import Reject, Rejects
from graphrec_etl.times import Times

#: Properties that may tell likes (1) from dislikes (0); ``label`` is RecBole's.
_LABELS = frozenset({"label", "rating"})


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

    Raises
    ------
    InputError
        ``min_rating`` is not a finite number.
    """

    def __init__(
        self, tables: Tables, rejects: Rejects, *, open_users: bool, open_items: bool, min_rating: float | None = None
    ) -> None:
        if min_rating is not None and not math.isfinite(min_rating):
            raise InputError(f"--min-rating {min_rating} is not a finite number", hint="give a rating, such as 3.5")
        self._tables, self._rejects, self._min_rating = tables, rejects, min_rating
        self._open = {"user": open_users, "item": open_items}
        self._builders: dict[str, EdgeBuilder] = {}
        self._below = 0
        self._empty: list[Path] = []
        self._any = False

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
        numbers = [c.property for c in columns.values() if c.parse is values.number]
        others = [c.property for c in columns.values() if c.parse is not values.number]
        if part is not None and PROPERTY in {column.property for column in columns.values()}:
            raise InputError(
                f"{path}:1: a column is called {PROPERTY!r}, but the file's name already gives the split",
                hint="rename the column or the file",
            )
        constant = {} if part is None else {PROPERTY: part}
        others += constant
        for builder in self._builders.values():  # an earlier file had other columns
            builder.extend(numbers, others)
        user_at = names.index(user)
        reader = _RowReader(names, user, item, time, kind, columns, default)
        line = joined = 0
        stranger: tuple[str, Reject] | None = None
        for line, cells in rows:
            if len(cells) != len(names):
                self._rejects.ragged(path, line, cells, len(names), user_at)
                continue
            try:
                user_id, item_id, moment, said, found = reader.read(cells)
            except ValueError as error:
                bad = cells[names.index(reader.column)]
                self._rejects.add(path, line, reader.column, bad, str(error), cells[user_at])
                continue
            head, tail = self._end("user", user_id), self._end("item", item_id)
            if head is None or tail is None:
                role, name, unknown = ("user", user, user_id) if head is None else ("item", item, item_id)
                reject = Reject(path, line, name, unknown, f"is not a known {role}", user_id)
                self._rejects.orphan(f"behaviours of unknown {role}s", reject)
                stranger = stranger or (role, reject)
                continue
            joined += 1
            if self._min_rating is not None and not (found["rating"] or 0) >= self._min_rating:
                self._below += 1
                continue
            if said not in self._builders:
                self._builders[said] = EdgeBuilder(
                    said, "user", "item", numbers=numbers, others=others, identity=identity, fixed=PROPERTY
                )
            self._builders[said].add(head, tail, moment, found | constant)
        self._end_of(path, line > 0, stranger if not joined else None)

    def _end_of(self, path: Path, filled: bool, stranger: tuple[str, Reject] | None) -> None:
        """Remember whether a file has rows; refuse one that joins nothing."""
        self._any |= filled
        if not filled:
            self._empty.append(path)
        if stranger:
            role, reject = stranger
            self._rejects.strangers("behaviours", reject, self._tables.nodes(role).codes)

    def _end(self, role: str, name: str) -> int | None:
        nodes = self._tables.nodes(role)
        return nodes.add(name) if self._open[role] else nodes.codes.get(name)

    def finish(self, *, required: bool = True) -> None:
        """Move the collected behaviours to the tables.

        Parameters
        ----------
        required
            Whether the source must hold a behaviour.

        Raises
        ------
        InputError
            No file has a row, or a published split has the same behaviour in two components.
        """
        if self._empty and not self._any and required:
            named = ", ".join(str(path) for path in self._empty)
            raise InputError(f"{named}: holds no behaviours", hint="a row must name a user and an item")
        self._tables.notes += [f"{path.name} holds no rows" for path in self._empty]
        for name in sorted(self._builders):
            hand_over(self._tables, self._builders.pop(name))
        if self._below:
            self._tables.notes.append(f"{self._below} behaviours rated below {self._min_rating:g} left out")


class _RowReader:
    """Convert the rows of one file; :attr:`column` is the one being read, for errors."""

    def __init__(
        self,
        names: Sequence[str],
        user: str,
        item: str,
        time: str | None,
        kind: str | None,
        columns: dict[str, Column],
        default: str,
    ) -> None:
        at = {name: number for number, name in enumerate(names)}
        self.column = user
        self._ends = (user, at[user]), (item, at[item])
        self._time = None if time is None else (time, at[time])
        self._times = Times()
        self._kind = None if kind is None else (kind, at[kind])
        self._wanted = [(name, at[name], column.property, column.parse) for name, column in columns.items()]
        self._default = default
        self._types: dict[str, str] = {}

    def read(self, cells: Sequence[Any]) -> tuple[str, str, int | None, str, dict[str, Any]]:
        """Return the ids of user and item, the time, the relationship type and the properties of a row.

        Raises
        ------
        ValueError
            The cell of :attr:`column` is invalid.
        """
        (self.column, place), item = self._ends
        user_id = values.key(cells[place])
        self.column, place = item
        item_id = values.key(cells[place])
        moment = None
        if self._time is not None:
            self.column, place = self._time
            moment = self._times.read(cells[place])
        found: dict[str, Any] = {}
        for name, place, prop, parse in self._wanted:
            self.column = name
            found[prop] = parse(cells[place])
        said = self._default
        if self._kind is not None:
            self.column, place = self._kind
            cell = values.token(cells[place]) or said
            said = self._types.get(cell) or self._types.setdefault(cell, behaviour_type(cell))
        return user_id, item_id, moment, said, found


def hand_over(tables: Tables, builder: EdgeBuilder) -> None:
    """Build the behaviours of one type, check their published split, if any, and note negative labels.

    Raises
    ------
    InputError
        The split has the same behaviour in two components.
    """
    edges = builder.build()
    if edges.torn:
        user, item, one, other = edges.torn
        names = list(tables.users.codes)[user], list(tables.items.codes)[item]
        raise AboutUserError(
            f"{edges.type}: the behaviour of user {names[0]!r} and item {names[1]!r} is in two parts of the split: "
            f"{one} and {other}",
            hint="train, valid and test must not overlap: remove it from one",
            users=names[:1],
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
    for name, said in negatives(edges).items():
        mapped = f'{edges.type} = {{ strength = "{name}", dislike = 0 }}'
        tables.notes.append(f"{said}; if they are dislikes, write below [graph.behaviours]: {mapped}")


def negatives(edges: Edges) -> dict[str, str]:
    """Return the properties that say that behaviours are dislikes, with a note on each.

    RecBole's ``label`` is 1 for what a user liked and 0 for what they saw and did not like. A rating says so only if
    there is none but 0 and 1, or −1 to 1.
    """
    found = {}
    for name in _LABELS & edges.properties.keys():
        numbers = _numbers(edges.properties[name])
        low = int((numbers <= 0).sum())
        if low and (name != "rating" or np.isin(numbers[~np.isnan(numbers)], (-1, 0, 1)).all()):
            said = f"{low:,} of {len(numbers):,} {edges.type} have a {name} of 0 or less"
            found[name] = f"{said} and still count as liked"
    return found


def _numbers(column: NDArray[Any]) -> NDArray[np.float64]:
    """Return a column as numbers, read as training reads them; anything else becomes NaN."""
    if column.dtype == np.float64:
        return column
    found = (read_number(value, Behaviour()) for value in column.tolist())
    return np.fromiter((np.nan if one is None else one[0] for one in found), np.float64, len(column))


def named_type(name: str) -> str:
    """Return a relationship type that somebody typed; unlike those in files it must be a name already.

    Raises
    ------
    ValueError
        It has other characters than letters, digits and _, or graphrec itself writes this type.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("cannot be a relationship type: a name has letters, digits and _ alone")
    return behaviour_type(name)


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

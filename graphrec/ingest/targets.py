"""What events become in a graph: relationships of the types, directions and kinds of times that it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from graphrec.common.calendar import FORMS
from graphrec.common.errors import ConfigError, InputError
from graphrec.config.ids import is_integer
from graphrec.config.roles import ELEMENT_ID, NodeRole
from graphrec.config.schema import OWN_TYPES, TIME, Behaviour, GraphSchema, as_items
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.node_patterns import place_of
from graphrec.graph.mapping import resolve_behaviours
from graphrec.graph.times import time_properties

_SAMPLE = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PER_SECOND = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000, "nanoseconds": 1_000_000_000}
_FORM = {name: form for form, name in FORMS.items()}


@dataclass(frozen=True)
class Target:
    """How events of one type are written.

    Attributes
    ----------
    backward
        Whether the relationships of the graph lead from the item, or search, to the user.
    time
        Property of the time; None: none.
    time_kind
        Kind of the times that are there (:mod:`graphrec.graph.times`).
    strength
        Property of the strength.
    """

    backward: bool
    time: str | None
    time_kind: str
    strength: str | None = None

    def moment(self, milliseconds: int) -> Any:
        """Return a time as the graph has the others of its type."""
        return stored_time(milliseconds, self.time_kind)


@dataclass(frozen=True)
class Targets:
    """What a graph takes: the mapping with its behaviours, and how events of each type are written."""

    schema: GraphSchema
    types: dict[str, Target]
    #: Label → whether the keys are integers; None: no node has one yet.
    integers: dict[str, bool | None]
    #: Types that are no behaviours, by which users block items.
    blocking: frozenset[str] = frozenset()

    @classmethod
    def read(cls, db: Database, schema: GraphSchema, blocked: Sequence[str] = ()) -> Targets:
        """Read them; behaviours that the mapping names need not be in the graph yet.

        Parameters
        ----------
        blocked
            Types by which users block items; events of them are taken like dislikes.

        Raises
        ------
        GraphError, ConfigError
            The mapping names no behaviours, and the graph has none.
        """
        if not schema.behaviours:
            schema = resolve_behaviours(db, schema)
            # Where none has a time yet, those of events are worth keeping.
            timed = {kind: one if one.time else replace(one, time=TIME) for kind, one in schema.behaviours.items()}
            schema = replace(schema, behaviours=timed)
        blocking = frozenset(blocked) - set(schema.behaviours) - set(schema.searches)
        blocks = {kind: Behaviour(negative=True, time="") for kind in blocked if kind in blocking}
        schema = replace(schema, behaviours=schema.behaviours | blocks)
        taken = sorted({*schema.behaviours, *schema.searches} & set(OWN_TYPES))
        if taken:
            raise ConfigError(f"[graph]: {taken[0]!r} is what graphrec itself writes", hint="map another type")
        types = {kind: _target(db, schema, kind, one) for kind, one in schema.behaviours.items() if one.path is None}
        integers = cls.read_keys(db, schema).integers
        for kind in schema.searches:
            searched = as_items(schema, kind)
            types[kind] = _target(db, searched, kind, searched.behaviours[kind])
            integers[kind] = _integers(db, searched.item)
        return cls(schema, types, integers, blocking)

    @classmethod
    def read_keys(cls, db: Database, schema: GraphSchema) -> Targets:
        """Read the types of the keys of users and items alone."""
        roles = {"user": schema.user, "item": schema.item}
        return cls(schema, {}, {name: _integers(db, role) for name, role in roles.items()})

    def new_key(self, part: str, given: Any) -> str | int:
        """Return the id under which a new user or item is stored: of the type that the others have.

        Parameters
        ----------
        part
            ``user`` or ``item``.

        Raises
        ------
        InputError
            The mapping has no one key, or the key is an integer in this graph and the id is none.
        """
        role = self.schema.role(part)
        try:
            label, key = role.single()
        except ConfigError as error:
            raise InputError(f"{part} {given!r} does not exist: {error.message}", hint=error.hint) from error
        if role.condition:
            raise InputError(
                f"{part} {given!r} does not exist, and a new one would not be among {role.condition}",
                hint=f"make the {part} with Cypher, as {place_of(role)} wants it",
            )
        integers = self.integers[part]
        if integers is None:
            return given  # type: ignore[no-any-return]
        if not integers:
            return str(given)
        if not is_integer(str(given)):
            raise InputError(f"{part} {given!r}: {label}.{key} is an integer in this graph", hint="give an integer")
        return int(given)


def stored_time(milliseconds: int, kind: str) -> Any:
    """Return a time as a value of a kind.

    >>> stored_time(1709251200500, "epoch seconds"), stored_time(1709251200500, "epoch milliseconds as text")
    (1709251200, '1709251200500')
    """
    first = kind.split(" and ", maxsplit=1)[0]
    plain = first.removesuffix(" as text")
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    found: Any
    if plain.startswith("epoch "):
        found = milliseconds * _PER_SECOND[plain.removeprefix("epoch ")] // 1_000
    elif plain in _FORM:
        found = int(moment.strftime(_FORM[plain]))
    elif plain == "ISO 8601 text":
        return moment.isoformat()
    elif plain == "LOCAL DATETIME":
        return moment.replace(tzinfo=None)
    elif plain == "DATE":
        return moment.date()
    else:
        return moment
    return str(found) if first != plain else found


def _target(db: Database, schema: GraphSchema, kind: str, mapped: Behaviour) -> Target:
    joined = db.read(queries.load("inspect/joins", schema, RATED=kind))[0]
    backward = joined["backward"] and not joined["forward"] and not schema.shared
    rows = db.read(queries.load("inspect/relationship_keys", RATED=kind), sample=_SAMPLE)
    times = {one.name: one.kind for one in time_properties(row.data() for row in rows)}
    name = mapped.time_property
    return Target(backward, name, times.get(name or "", "ZONED DATETIME"), mapped.strength)


def _integers(db: Database, role: NodeRole) -> bool | None:
    if role.key == ELEMENT_ID:
        return None
    rows = db.read(queries.load("load/key_type", User=role.labels[0], userId=role.keys[0]))
    return isinstance(rows[0]["key"], int | float) if rows else None

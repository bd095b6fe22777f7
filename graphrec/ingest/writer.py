"""Write checked events to Neo4j: find their users and items, leave out what is there, write the rest in few queries."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from graphrec.common.errors import ConnectionLostError, DatabaseError, InputError
from graphrec.config.ids import stored_forms
from graphrec.config.schema import EVENT_KEY, as_items
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.ingest.event import Checked, Id
from graphrec.ingest.faults import Fault
from graphrec.ingest.targets import Targets
from graphrec.pseudonyms.key import PseudonymKey
from graphrec.pseudonyms.noted import note_key

#: Most tries of a batch whose keys another process writes at the same time.
_TRIES = 5
#: Seconds for which a look at the constraints holds.
_HOLDS = 1.0
_MAP = "map it in [graph.behaviours] or [graph.searches]"


class End(NamedTuple):
    """A node: its element id, and its id as it is stored."""

    node: str
    key: Any


class Row(NamedTuple):
    """An event that can be written."""

    event: Checked
    user: Id
    item: End | None


class GraphWriter:
    """Writes events of one graph. One thread uses it at a time.

    Parameters
    ----------
    db
        The database; it does not wait while it is down.
    targets
        What the graph takes.
    key
        Key of the pseudonyms that ids of users are; None: they are none.
    """

    def __init__(self, db: Database, targets: Targets, key: PseudonymKey | None = None) -> None:
        self._db, self.targets, self._key = db, targets, key
        #: Names of the constraints that were there at the last look.
        self._constrained: set[str] = set()
        self._looked = -math.inf

    def plan(self, events: Sequence[Checked], *, again: bool = False) -> list[Row | Fault | None]:
        """Return what is to be written for each event: a row, nothing if it is there already, or why it cannot be.

        Parameters
        ----------
        again
            Whether any of them may have been written before; else only those whose key was given.

        Raises
        ------
        DatabaseError
            Neo4j is away, or refuses.
        """
        items = self._ends("item", (event.item for event in events if event.item is not None))
        users = self._ends("user", (event.user for event in events))
        known = self._known([event for event in events if event.kind != "shown" and (again or event.given)])
        first: dict[str, Checked] = {}
        found: list[Row | Fault | None] = []
        for place, event in enumerate(events):
            if event.kind != "shown" and not self._is_mapped(event):  # any more, when it comes from the disk
                found.append(Fault(place, "invalid", f"{event.type} is not mapped as a {event.kind}", _MAP))
                continue
            user, item = users.get(_form(event.user)), items.get(_form(event.item))
            if event.item is not None and item is None:
                found.append(Fault(place, "missing", *self._missing(event)))
                continue
            try:
                key = user.key if user else self.targets.new_key("user", event.user)
            except InputError as error:
                found.append(Fault(place, "missing", error.message, error.hint))
                continue
            row = Row(event, key, item)
            if event.kind == "shown":
                found.append(row)
                continue
            earlier = first.setdefault(event.key, event)
            same = earlier is event or _same(earlier, event)
            if event.key in known:
                same = self._is_there(row, *known[event.key])
            if not same:
                found.append(Fault(place, "conflict", *_conflict(event)))
            else:
                found.append(row if earlier is event and event.key not in known else None)
        return found

    def write(self, rows: Sequence[Row]) -> list[Row]:
        """Write planned rows, and return those whose user or item has gone meanwhile.

        What another process, or a commit whose answer was lost, has written is not written again.

        Raises
        ------
        DatabaseError
            Neo4j is away, or refuses; some rows may be written.
        """
        users = self._users(rows)
        shown = [row for row in rows if row.event.kind == "shown"]
        if shown:
            self._shown(shown, users)
        gone = [row for row in shown if row.user not in users]
        for kind in ("behaviour", "search"):
            some = [row for row in rows if row.event.kind == kind]
            if some:
                gone += self._keyed(kind, some, users)
        return gone

    def _ends(self, part: str, ids: Iterable[Any]) -> dict[str, End]:
        """Return id as given → node, of the users or items that exist."""
        role = self.targets.schema.role(part)
        given = {_form(one): one for one in ids}
        if not given:
            return {}
        query = queries.load("query/ends", self.targets.schema, role)
        rows = self._db.read(query, users=[stored_forms(one, role) for one in given.values()])
        pairs = zip(given, rows, strict=True)
        return {form: End(row["node"], row["user"]) for form, row in pairs if row["node"] is not None}

    def _known(self, events: Sequence[Checked]) -> dict[str, tuple[str, dict[str, Any]]]:
        """Return key → type and content of the events of these keys that are written, of any type."""
        keys = list(dict.fromkeys(event.key for event in events))
        found: dict[str, tuple[str, dict[str, Any]]] = {}
        types = list(self.targets.types) if keys else []
        if not any(event.given for event in events):  # keys of graphrec's own: of no other type
            types = list(dict.fromkeys(event.type for event in events if event.type in types))
        for kind in types:
            if kind not in self.targets.blocking or any(event.type == kind for event in events):
                self._constrain(kind)
            schema = self.targets.schema
            schema = as_items(schema, kind) if kind in schema.searches else schema
            for row in self._db.read(queries.load("ingest/known", schema, RATED=kind), keys=keys):
                found[row["key"]] = kind, row.data()
        return found

    def _constrain(self, kind: str) -> None:
        """Make the constraint on the keys of a type, unless it is there: ``graphrec db clean`` may have removed it."""
        if time.monotonic() - self._looked > _HOLDS:
            self._constrained = {row["name"] for row in self._db.read(queries.load("own/constraints"))}
            self._looked = time.monotonic()
        name = self._db.index_name(EVENT_KEY + kind)
        if name not in self._constrained:
            self._db.auto(queries.load("ingest/key_constraint", RATED=kind), constraint=name)
            self._constrained.add(name)

    def _is_mapped(self, event: Checked) -> bool:
        return event.type in self.targets.types and (event.type in self.targets.schema.searches) == (
            event.kind == "search"
        )

    def _is_there(self, row: Row, kind: str, stored: dict[str, Any]) -> bool:
        """Return whether what is stored under a key is this event."""
        event, target = row.event, self.targets.types[row.event.type]
        if kind != event.type or stored["user"] != row.user:
            return False
        properties = stored["properties"]
        if event.dated and target.time is not None:
            moment = properties.get(target.time)
            plain = moment.to_native() if hasattr(moment, "to_native") else moment
            if plain != target.moment(event.at):
                return False
        if event.kind == "search":
            return bool(stored["title"] == event.text)
        value = None if target.strength is None else properties.get(target.strength)
        if any(properties.get(name) != value for name, value in event.context.items()):
            return False
        return row.item is not None and stored["item"] == row.item.key and value == event.value

    def _missing(self, event: Checked) -> tuple[str, str]:
        role = self.targets.schema.item
        return f"no ({role.name}) has {role.key_name} {event.item!r}", "make the item first, or correct its id"

    def _users(self, rows: Sequence[Row]) -> dict[Any, End]:
        """Return id → node of the users of some rows; those who do not exist are made."""
        found = {end.key: end for end in self._ends("user", (row.user for row in rows)).values()}
        new = list(dict.fromkeys(row.user for row in rows if row.user not in found))
        if new:
            if not self.targets.schema.user.composite:
                note_key(self._db, self.targets.schema, self._key)
            made = self._db.write_once(queries.load("ingest/users", self.targets.schema), users=new).records
            found |= {row["user"]: End(row["node"], row["user"]) for row in made}
        return found

    def _keyed(self, kind: str, rows: Sequence[Row], users: dict[Any, End]) -> list[Row]:
        """Write behaviours or searches, and return those that could not be matched."""
        for name in {row.event.type for row in rows}:
            self._constrain(name)
        left, query, entry = list(rows), "ingest/behaviours", self._behaviour
        if kind == "search":
            query, entry = "ingest/searches", self._search
        for tries in range(_TRIES):
            values = [entry(row, users[row.user]) for row in left if row.user in users]
            try:
                written = self._db.write_once(queries.load(query, self.targets.schema), rows=values).records
            except DatabaseError as error:
                taken = "ConstraintValidationFailed" in error.message
                if not (taken or isinstance(error, ConnectionLostError)) or tries + 1 == _TRIES:
                    raise
                known = self._known([row.event for row in left])
                unwritten = [row for row in left if row.event.key not in known]
                if taken and len(unwritten) == len(left):  # by a constraint of the graph's owner
                    raise
                left = unwritten
                if not left:
                    return []
                continue
            keys = {record["key"] for record in written}
            return [row for row in left if row.event.key not in keys]
        raise AssertionError("the last try returns or raises")

    def _behaviour(self, row: Row, user: End) -> list[Any]:
        event, target = row.event, self.targets.types[row.event.type]
        assert row.item is not None
        properties: dict[str, Any] = event.context | {EVENT_KEY: event.key}
        if target.time is not None:
            properties[target.time] = target.moment(event.at)
        if target.strength is not None and event.value is not None:
            properties[target.strength] = event.value
        return [*user, *row.item, target.backward, event.type, properties]

    def _search(self, row: Row, user: End) -> list[Any]:
        event, target = row.event, self.targets.types[row.event.type]
        mapped = self.targets.schema.searches[event.type]
        properties: dict[str, Any] = {EVENT_KEY: event.key}
        if target.time is not None:
            properties[target.time] = target.moment(event.at)
        key: Any = event.key
        if self.targets.integers[event.type]:
            key = int.from_bytes(blake2b(event.key.encode(), digest_size=8).digest()) >> 1
        return [
            *user,
            target.backward,
            event.type,
            properties,
            mapped.label,
            {mapped.key: key, mapped.text: event.text},
        ]

    def _shown(self, rows: Sequence[Row], users: dict[Any, End]) -> None:
        unique = {(row.user, row.item, row.event.run, row.event.key): row for row in rows if row.user in users}
        values = []
        for row in unique.values():
            assert row.item is not None
            values.append([*users[row.user], *row.item, row.event.run, row.event.at, row.event.key])
        # The keys that each relationship remembers make it harmless to write them again.
        self._db.write(queries.load("ingest/shown", self.targets.schema), rows=values)


def _form(given: Any) -> str:
    return repr(given)


def _same(one: Checked, other: Checked) -> bool:
    """Return whether two events of one key and request are the same."""
    content = [(e.kind, e.type, _form(e.user), _form(e.item), e.value, e.text, e.context) for e in (one, other)]
    return content[0] == content[1] and (one.at == other.at or not (one.dated and other.dated))


def _conflict(event: Checked) -> tuple[str, str]:
    return (
        f"key {event.key!r} is that of another event",
        "a key names one event, which is written once: give this one a key of its own",
    )

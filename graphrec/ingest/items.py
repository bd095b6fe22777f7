"""Make, replace, change and delete items of the catalogue."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from graphrec.common.calendar import calendar_format
from graphrec.common.errors import ConflictError, InputError, NotFoundError
from graphrec.common.moments import read_text
from graphrec.config.ids import stored_forms
from graphrec.config.schema import GraphSchema, is_own_property
from graphrec.config.serve_settings import ServeSettings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.ingest.event import check_id, read_time
from graphrec.ingest.targets import Targets, stored_time

#: Longest name of a property, longest text and longest list.
_NAME, _TEXT, _LIST = 200, 100_000, 10_000
#: Relationships per transaction when an item is deleted.
_BATCH = 10_000
_LARGEST = 2**63
#: A text that :func:`graphrec.common.moments.read_text` reads as the beginning of a day.
_DAY = re.compile(r"\d{4}([-/])\d\d\1\d\d|\d{4}-?W\d\d(-?\d)?", re.ASCII)
NOT_TAKEN_IN = "its vectors are of the content before; `graphrec embed`, then `graphrec update`, takes the new in"


class Changed(NamedTuple):
    """What became of an item.

    Attributes
    ----------
    item
        The id as stored.
    created
        Whether it is new.
    note
        The next step, where its vectors do not fit its content any more.
    """

    item: Any
    created: bool = False
    note: str | None = None


class Deleted(NamedTuple):
    """What was removed: the item's id, and its relationships by type."""

    item: Any
    relationships: dict[str, int]


class Catalogue:
    """The items of a graph.

    Parameters
    ----------
    db
        The database.
    schema
        The mapping.
    serve
        Names of the properties that take an item out of answers, whose values are checked: ``hidden`` true or false,
        ``stock`` a number, ``expires`` a time as ISO 8601 text or number; a day or a year is stored as a date.
    """

    def __init__(self, db: Database, schema: GraphSchema, serve: ServeSettings) -> None:
        self._db, self._schema = db, schema
        self._readers: dict[str, Callable[[Any], Any]] = {
            serve.hidden: _boolean,
            serve.stock: _number,
            serve.expires: _expiry,
        }

    def create(self, item: Any, properties: Mapping[str, Any]) -> Changed:
        """Make an item.

        Raises
        ------
        ConflictError
            There is one of this id.
        InputError
            The id or a property is none.
        """
        found = self._checked(properties)
        there = self._find(item)
        if there is not None:
            raise self._exists(there[0])
        key = Targets.read_keys(self._db, self._schema).new_key("item", check_id(item, self._schema.item, "item"))
        query = queries.load("ingest/make_item", self._schema)
        plain = {name: value for name, value in found.items() if value is not None}
        if not self._db.write_once(query, item=key, properties=plain).counters.nodes_created:
            raise self._exists(key)
        return Changed(key, created=True, note=self._note(plain))

    def replace(self, item: Any, properties: Mapping[str, Any]) -> Changed:
        """Give an item these properties and no others; make it if there is none. graphrec's own properties stay.

        Raises
        ------
        InputError
            The id or a property is none.
        """
        there = self._find(item)
        if there is None:
            return self.create(item, properties)
        found = self._checked(properties)
        gone = {name: None for name in there[1] if name not in found and self._why_not(name) is None}
        return self._change(there, {**gone, **found})

    def patch(self, item: Any, properties: Mapping[str, Any]) -> Changed:
        """Change some properties of an item; null removes one.

        Raises
        ------
        NotFoundError
            There is no such item.
        InputError
            A property is none.
        """
        found = self._checked(properties)
        there = self._find(item)
        if there is None:
            raise self._missing(item)
        return self._change(there, found)

    def delete(self, item: Any) -> Deleted:
        """Delete an item with its relationships; after an interruption, the same call goes on.

        Raises
        ------
        NotFoundError
            There is no such item.
        """
        there = self._find(item)
        if there is None:
            raise self._missing(item)
        role, items = self._schema.item, [there[0]]
        ties = self._db.read(queries.load("forget/ties", self._schema, role), users=items)
        self._db.write(queries.load("forget/published", self._schema, role), users=items)
        remove = queries.load("forget/remove_ties", self._schema, role)
        while self._db.write(remove, users=items, batch=_BATCH).relationships_deleted:
            pass
        self._db.write(queries.load("forget/remove_user", self._schema, role), users=items)
        return Deleted(there[0], {row["kind"]: row["ties"] for row in ties})

    def _find(self, item: Any) -> tuple[Any, dict[str, Any]] | None:
        given = check_id(item, self._schema.item, "item")
        rows = self._db.read(queries.load("ingest/item", self._schema), items=stored_forms(given, self._schema.item))
        return (rows[0]["item"], rows[0]["properties"]) if rows else None

    def _change(self, there: tuple[Any, dict[str, Any]], properties: dict[str, Any]) -> Changed:
        item, before = there
        # As texts: 1 equals true in Python, and a date equals each time of its day.
        changed = {name: value for name, value in properties.items() if repr(before.get(name)) != repr(value)}
        if (
            changed
            and not self._db.write_once(
                queries.load("ingest/change_item", self._schema), item=item, properties=changed
            ).records
        ):
            raise self._missing(item)
        return Changed(item, note=self._note(changed))

    def _note(self, changed: Mapping[str, Any]) -> str | None:
        """Return the next step if what content is read from has changed."""
        role = self._schema.item
        read = {role.title, role.image, role.audio, *role.text}
        return NOT_TAKEN_IN if read & changed.keys() else None

    def _why_not(self, name: str) -> str | None:
        """Return why a property is not to be changed."""
        if name in self._schema.item.keys:
            return "is the item's key, which never changes"
        if is_own_property(name):
            return "is what graphrec itself writes"
        return "joins the item to its entity" if name == self._schema.entity.key else None

    def _checked(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return properties as they are stored.

        Raises
        ------
        InputError
            One has a name or a value that cannot be stored, or that is not the owner's to change.
        """
        found = {}
        for name, value in properties.items():
            if not name.strip() or len(name) > _NAME or not name.isprintable():
                raise InputError(f"property {name[:_NAME]!r}: no name", hint=f"1 to {_NAME} printable characters")
            why = self._why_not(name)
            if why:
                raise InputError(f"property {name!r} {why}", hint="leave it out")
            try:
                found[name] = None if value is None else self._readers.get(name, _value)(value)
            except ValueError as error:
                raise InputError(f"property {name!r} = {str(value)[:80]!r} {error}", hint=_ALLOWED) from None
        return found

    def _exists(self, item: Any) -> ConflictError:
        return ConflictError(f"an item {item!r} exists", hint="replace it with PUT, or change it with PATCH")

    def _missing(self, item: Any) -> NotFoundError:
        role = self._schema.item
        return NotFoundError(f"no ({role.name}) has {role.key_name} {item!r}", hint="make it first")


_ALLOWED = "a text, a finite number, true or false, or a list of values of one of these kinds; a time: ISO 8601"


def _expiry(value: Any) -> datetime | date:
    """Return when an item expires, in UTC; a date, where a day or a year was given: it is past when that is over."""
    moment: datetime = stored_time(read_time(value), "")
    read = read_text(value.strip()) if isinstance(value, str) else value
    if isinstance(read, int | float):
        form = calendar_format(read)
        return date(moment.year, 12, 31) if form == "%Y" else moment.date() if form == "%Y%m%d" else moment
    return moment.date() if isinstance(value, str) and _DAY.fullmatch(value.strip()) else moment


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")
    return value


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("is no number")
    found: int | float = _scalar(value)
    return found


def _value(value: Any) -> Any:
    if not isinstance(value, list):
        return _scalar(value)
    if len(value) > _LIST:
        raise ValueError(f"has {len(value):,} values, more than {_LIST:,}")
    found = [_scalar(one) for one in value]
    kinds = {type(one) for one in found}
    if kinds == {int, float}:
        return [float(one) for one in found]
    if len(kinds) > 1:
        raise ValueError("has values of several kinds")
    return found


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) > _TEXT:
            raise ValueError(f"has {len(value):,} characters, more than {_TEXT:,}")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("has half of a character, which is no Unicode text") from None
        return value
    if isinstance(value, int) and -_LARGEST <= value < _LARGEST:  # booleans too
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError("cannot be stored")

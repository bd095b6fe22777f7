"""Events and impressions as they are given, and what they are checked to be before anything is asked of Neo4j."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Any, Literal

import msgspec

from graphrec.common.calendar import FORMS, calendar_format, calendar_seconds, counts_per_second
from graphrec.common.errors import InputError, nearest
from graphrec.common.moments import in_calendar, milliseconds, read_text
from graphrec.config.ids import LONGEST_ID
from graphrec.config.roles import NodeRole
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.graph.situation import category
from graphrec.graph.values import is_strength
from graphrec.ingest.faults import Fault, refused

Id = str | int | list[str | int]
Kind = Literal["behaviour", "search", "shown"]

#: Longest key, and longest text of a search, in characters.
LONGEST_KEY, LONGEST_TEXT = 200, 1_000
#: Most milliseconds that a time may lie ahead: clocks differ, and some write dates without a zone.
AHEAD = 86_400_000
_LARGEST = 2**63


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a user did.

    Attributes
    ----------
    user, item
        Ids, stored or typed; ``item`` is of a behaviour.
    type
        A behaviour or a search of the mapping.
    at
        ISO 8601 text, epoch number or datetime; UTC without a zone; None: now.
    value
        Strength, a number or one of the mapping's words.
    text
        Words of a search.
    key
        Names the event: the same key again writes nothing.
    context
        Property of the mapping's ``context`` → text, whole number or boolean.
    """

    user: Any
    type: str
    item: Any = None
    at: str | float | datetime | None = None
    value: float | str | None = None
    text: str | None = None
    key: str | None = None
    context: Mapping[str, Any] | None = None


class Impression(msgspec.Struct, frozen=True, kw_only=True):
    """Items that a user was shown; ``run``: the run that the list was of."""

    user: Any
    items: Sequence[Any]
    run: str = ""
    at: str | float | datetime | None = None
    key: str | None = None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """An event, or one item of an impression, in the form in which it waits to be written.

    ``at``: milliseconds since 1970, ``dated``: whether it was given; ``given``: whether the key was.
    """

    kind: Kind
    user: Id
    type: str = ""
    item: Id | None = None
    at: int = 0
    dated: bool = False
    value: float | int | str | None = None
    text: str | None = None
    key: str = ""
    given: bool = False
    run: str = ""
    context: dict[str, str | int | bool] = {}


def check_events(events: Sequence[Event], schema: GraphSchema) -> list[Checked]:
    """Check events against a mapping with its behaviours.

    Raises
    ------
    RefusedEventsError
        Some are invalid; it lists each with its place.
    """
    now = time.time_ns() // 1_000_000
    found, faults = list[Checked](), list[Fault]()
    for place, event in enumerate(events):
        try:
            found.append(_event(event, schema, now))
        except InputError as error:
            faults.append(Fault(place, "invalid", error.message, error.hint))
    if faults:
        raise refused(faults, len(events))
    return found


def check_impressions(impressions: Sequence[Impression], schema: GraphSchema) -> list[list[Checked]]:
    """Check impressions; each becomes one entry per item.

    Raises
    ------
    RefusedEventsError
        Some are invalid.
    """
    now = time.time_ns() // 1_000_000
    found, faults = list[list[Checked]](), list[Fault]()
    for place, impression in enumerate(impressions):
        try:
            found.append(_impression(impression, schema, now))
        except InputError as error:
            faults.append(Fault(place, "invalid", error.message, error.hint, what="impression"))
    if faults:
        raise refused(faults, len(impressions))
    return found


def _event(event: Event, schema: GraphSchema, now: int) -> Checked:
    user = check_id(event.user, schema.user, "user")
    at, dated = _moment(event.at, now)
    given = event.key is not None
    key = _key(event.key) if event.key is not None else secrets.token_urlsafe(12)
    make = partial(Checked, user=user, type=event.type, at=at, dated=dated, key=key, given=given)
    if event.type in schema.searches:
        if event.item is not None or event.value is not None or event.context:
            raise InputError(f"{event.type} is a search", hint="give its text, and no item, value or context")
        return make(kind="search", text=_text(event.type, event.text))
    mapped = _behaviour(event.type, schema)
    if event.item is None or event.text is not None:
        raise InputError(f"{event.type} is a behaviour", hint="give its item, and no text")
    item = check_id(event.item, schema.item, "item")
    return make(kind="behaviour", item=item, value=_value(event, mapped), context=_context(event, mapped))


def _impression(impression: Impression, schema: GraphSchema, now: int) -> list[Checked]:
    user = check_id(impression.user, schema.user, "user")
    at, dated = _moment(impression.at, now)
    given = impression.key is not None
    # A relationship remembers the keys of its latest impressions, so they are short.
    named = _key(impression.key) if impression.key is not None else secrets.token_hex(8)
    key = blake2b(named.encode(), digest_size=8).hexdigest()
    if not impression.items:
        raise InputError("an impression without items", hint="name the items that were shown")
    if len(impression.run) > LONGEST_KEY:
        raise InputError(f"a run's name has {len(impression.run):,} characters", hint="give the run_id of the answer")
    items = [check_id(item, schema.item, "item") for item in impression.items]
    plain = {str(item): item for item in items}  # an item shown twice in a list is shown once
    return [
        Checked(kind="shown", user=user, item=item, at=at, dated=dated, key=key, given=given, run=impression.run)
        for item in plain.values()
    ]


def check_id(value: Any, role: NodeRole, part: str) -> Id:
    """Return an id of a user or item that can be one.

    Raises
    ------
    InputError
        It cannot be one.
    """
    if isinstance(value, list | tuple):
        if len(value) != len(role.keys) or not role.composite:
            raise InputError(f"{part} {value!r}: a list", hint=f"{part}s have the key {role.key_name}")
        return [_plain_id(one, part) for one in value]
    return _plain_id(value, part)


def _plain_id(value: Any, part: str) -> str | int:
    if isinstance(value, int) and not isinstance(value, bool):
        if not -_LARGEST <= value < _LARGEST:
            raise InputError(f"{part} {value}: more than 64 bits", hint="give such ids as texts")
        return value
    if not isinstance(value, str):
        raise InputError(f"{part} {value!r} is no id", hint="an id is a text or a whole number")
    if not value.strip() or any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in value):
        raise InputError(f"{part} {value!r}: empty, or with a control character", hint="give the id as it is stored")
    if _size(value, part) > LONGEST_ID:
        raise InputError(f"{part}: an id of {len(value):,} characters", hint=f"at most {LONGEST_ID:,} bytes")
    return value


def _size(text: str, part: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise InputError(f"{part}: half of a character, which is no Unicode text", hint="send UTF-8") from None


def _behaviour(kind: str, schema: GraphSchema) -> Behaviour:
    mapped = schema.behaviours.get(kind)
    if mapped is None:
        known = [name for name, one in schema.behaviours.items() if one.path is None]
        raise InputError(f"type {kind!r} is no behaviour or search", hint=nearest(kind, [*known, *schema.searches]))
    if mapped.path is not None:
        raise InputError(
            f"{kind} goes over other nodes ({mapped.path}), which an event does not name",
            hint="write these nodes with Cypher, as your shop does; recommendations take them in at once",
        )
    return mapped


def _value(event: Event, mapped: Behaviour) -> float | str | None:
    if event.value is None:
        return None
    if mapped.strength is None:
        raise InputError(
            f"value {event.value!r}: {event.type} has no strength",
            hint=f'leave value out, or name its property: strength = "…" in [graph.behaviours.{event.type}]',
        )
    number = isinstance(event.value, int | float) and not isinstance(event.value, bool)
    if number and not (math.isfinite(event.value) and 0 <= event.value <= 1e38):  # type: ignore[operator,arg-type]
        raise InputError(f"value {event.value!r}: no strength", hint="a strength is a number, and at least 0")
    if not is_strength(event.value, mapped):
        known = nearest(str(event.value), mapped.values) if mapped.values else "give a number, at least 0"
        raise InputError(f"value {event.value!r}: no strength of {event.type}", hint=known)
    return event.value


def _context(event: Event, mapped: Behaviour) -> dict[str, str | int | bool]:
    """Return the values that the mapping reads as context, as they are stored."""
    found: dict[str, str | int | bool] = {}
    for name, value in (event.context or {}).items():
        if name not in mapped.context:
            known = nearest(name, mapped.context) if mapped.context else "leave it out"
            raise InputError(f"context {name!r}: [graph.behaviours.{event.type}] context does not name it", hint=known)
        if category(value) is None or not isinstance(value, str | int):
            hint = "give a text, whole number or boolean"
            raise InputError(f"context {name} = {value!r:.100}: no category", hint=hint)
        if len(str(value)) > LONGEST_KEY or not str(value).isprintable():
            raise InputError(
                f"context {name}: longer than {LONGEST_KEY} characters, or with a control character",
                hint="a category is a short name",
            )
        _size(str(value), "context")
        found[name] = value
    return found


def _text(kind: str, text: str | None) -> str:
    if text is None or not text.strip():
        raise InputError(f"{kind} without text", hint="give the words that were searched for")
    if len(text) > LONGEST_TEXT:
        raise InputError(f"{kind}: a text of {len(text):,} characters", hint=f"at most {LONGEST_TEXT:,}")
    _size(text, "text")
    return text


def _key(key: str) -> str:
    if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable():
        raise InputError(
            f"key {key[:LONGEST_KEY]!r}: empty, longer than {LONGEST_KEY} characters, or with a control character",
            hint="a key names one event, such as an order's number; leave it out if you have none",
        )
    _size(key, "key")
    return key


def read_time(given: Any) -> int:
    """Return a time in milliseconds since 1970.

    Parameters
    ----------
    given
        A datetime, ISO 8601 text, or a number: epoch seconds or finer, a year, or YYYYMMDD.

    Raises
    ------
    ValueError
        It is no time, or outside the years 1 to 9999.
    """
    read = read_text(given.strip()) if isinstance(given, str) else given
    if isinstance(read, datetime):
        return in_calendar(milliseconds(read))
    if isinstance(read, bool) or not isinstance(read, int | float) or not math.isfinite(read):
        raise ValueError("is no time")
    form = calendar_format(read)
    seconds = read / counts_per_second(read) if form is None else calendar_seconds(read, form)
    if seconds is None:
        raise ValueError(f"is no date, although it looks like {FORMS[str(form)]}")
    return in_calendar(round(seconds * 1000))


def _moment(at: Any, now: int) -> tuple[int, bool]:
    """Return a time in milliseconds, and whether it was given."""
    if at is None:
        return now, False
    try:
        found = read_time(at)
    except (ValueError, OverflowError) as error:
        raise InputError(f"at {_said(at)} {error}", hint="an ISO 8601 time, or seconds since 1970; none: now") from None
    if found > now + AHEAD:
        raise InputError(f"at {_said(at)} is more than a day ahead", hint="give the time at which it happened")
    return found, True


def _said(at: Any) -> str:
    return at.isoformat() if isinstance(at, datetime) else repr(at)

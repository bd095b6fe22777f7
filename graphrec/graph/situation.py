"""When and in what circumstances a list is wanted, as a caller says it; needs no arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

from graphrec.common.errors import InputError, nearest
from graphrec.config.contexts import zone_of
from graphrec.config.schema import GraphSchema

_FORMS = '"now", "18:30" (today), 2026-11-30T18:30 or epoch seconds'


class Situation(NamedTuple):
    """When and in what circumstances a list is wanted.

    Attributes
    ----------
    at
        Epoch seconds; None: any time.
    values
        Property of a context → its value.
    """

    at: int | None = None
    values: Mapping[str, str] = {}

    def __bool__(self) -> bool:
        return self.at is not None or bool(self.values)


#: Any time, in whatever situation.
ANY = Situation()


def situation(schema: GraphSchema, at: Any = None, values: Mapping[str, Any] | None = None) -> Situation:
    """Return a situation as a caller describes it.

    Parameters
    ----------
    schema
        The mapping, with the time zone of times that have none, and the properties of contexts.
    at
        A time: ``"now"``, ``"18:30"`` (today), ISO 8601 text, epoch seconds, or a datetime; None: any.
    values
        Property → value, a text, number or boolean.

    Raises
    ------
    InputError
        This is no time, or no behaviour has such a property as its context.
    """
    found = {name: category(value) for name, value in (values or {}).items()}
    for name, value in found.items():
        if name not in schema.context_names:
            raise InputError(
                f"context {name!r}: no behaviour has such a context",
                hint=nearest(name, schema.context_names)
                if schema.context_names
                else "name it in [graph.behaviours.TYPE] context, and train; hour and weekday come from the time",
            )
        if value is None:
            given = values and values[name]
            said = f"context {name} = {given!r}: not a text, number or boolean"
            raise InputError(said, hint="a category is a short name, such as presence=alone")
    return Situation(read_moment(at, schema.time_zone), {name: value for name, value in found.items() if value})


def named_values(texts: Iterable[str]) -> dict[str, str]:
    """Return the values of ``NAME=VALUE`` texts.

    Raises
    ------
    InputError
        A text has another form, or a name comes twice.

    Examples
    --------
    >>> named_values(["presence=alone", "weather=rain=heavy"])
    {'presence': 'alone', 'weather': 'rain=heavy'}
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (equals and name.strip() and value.strip()):
            raise InputError(f"context {text!r}: not NAME=VALUE", hint="such as presence=alone")
        if name.strip() in found:
            raise InputError(f"context {name.strip()!r} is given twice", hint="a situation has one value of each")
        found[name.strip()] = value.strip()
    return found


def read_moment(at: Any, zone: str) -> int | None:
    """Return a time in epoch seconds; one without a zone is in ``zone``.

    Raises
    ------
    InputError
        It is no time.
    """
    if at is None:
        return None
    place = zone_info(zone)
    try:
        if isinstance(at, datetime):
            return int((at if at.tzinfo else at.replace(tzinfo=place)).timestamp())
        if isinstance(at, int | float) and not isinstance(at, bool):
            datetime.fromtimestamp(at, place)
            return int(at)
        if isinstance(at, str):
            return _read_text(at.strip(), place)
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(f"time {at!r}: not a time", hint=f"give {_FORMS}") from error
    raise InputError(f"time {at!r}: not a time", hint=f"give {_FORMS}")


def _read_text(text: str, place: tzinfo) -> int:
    now = datetime.now(place)
    if text == "now":
        return int(now.timestamp())
    if text.lstrip("-").isdigit():
        datetime.fromtimestamp(int(text), place)
        return int(text)
    if len(text) == len("18:30") and text[2] == ":":
        clock = datetime.strptime(text, "%H:%M")
        return int(now.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0).timestamp())
    found = datetime.fromisoformat(text)
    return int((found if found.tzinfo else found.replace(tzinfo=place)).timestamp())


def zone_info(name: str) -> tzinfo:
    """Return a time zone that the mapping has checked."""
    return UTC if name == "UTC" else zone_of(name)


def category(value: Any) -> str | None:
    """Return the name of a category; None for a missing value, or one that is none.

    >>> category("alone"), category(True), category(2.0), category(""), category(0.5)
    ('alone', 'true', '2', None, None)
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int | str):
        return str(value).strip() or None
    return None

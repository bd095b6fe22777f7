"""The context of a behaviour: hour and weekday by its time, and properties that are read as categories.

A *variable* has numbered values: half-hours of the day (:data:`HALF_HOURS`), weekdays (0 is Monday), or the values of a
property in the order of the mapping's ``contexts``. -1 is an unknown value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from graphrec.common.errors import GraphError
from graphrec.config.contexts import MOST_VALUES, TIMED
from graphrec.config.schema import GraphSchema
from graphrec.graph.situation import category, zone_info
from graphrec.graph.typed import NO_TIME, TypedArrays

if TYPE_CHECKING:
    from graphrec.graph.columns import Ints

#: Values of the variable ``hour``: half-hours.
HALF_HOURS = 48
#: An unknown value of a variable.
UNKNOWN = -1
_DAY = 86_400
#: Weekday of 1 January 1970, a Thursday.
_FIRST_WEEKDAY = 3


def local_seconds(times: Ints, zone: str) -> Ints:
    """Return epoch seconds as seconds of the local clock, int64 ``[n]``; unknown times stay unknown."""
    if zone == "UTC" or not len(times):
        return times
    place = zone_info(zone)
    hours, back = np.unique(times // 3_600, return_inverse=True)
    shift = np.array([_offset(hour, place) for hour in hours.tolist()], np.int64)
    return np.where(times == NO_TIME, times, times + shift[back])


def _offset(hour: int, place: tzinfo) -> int:
    """Return how far the local clock is ahead of UTC, in seconds; 0 for times that no calendar has."""
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
        ahead = moment.astimezone(place).utcoffset()
    except (OverflowError, ValueError):
        return 0
    return int(ahead.total_seconds()) if ahead else 0


def timed_codes(times: Ints, zone: str) -> dict[str, Ints]:
    """Return the values of ``hour`` and ``weekday`` of times in epoch seconds, int64 ``[n]`` each.

    >>> {name: codes.tolist() for name, codes in timed_codes(np.array([0, NO_TIME]), "UTC").items()}
    {'hour': [0, -1], 'weekday': [3, -1]}
    """
    local, known = local_seconds(times, zone), times != NO_TIME
    hour = local % _DAY * HALF_HOURS // _DAY
    weekday = (local // _DAY + _FIRST_WEEKDAY) % 7
    return {name: np.where(known, codes, UNKNOWN) for name, codes in zip(TIMED, (hour, weekday), strict=True)}


def categories(kind: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> NDArray[np.object_]:
    """Return the categories of behaviours, ``[E, P]``, None where a value is missing.

    Parameters
    ----------
    kind
        Type of the behaviours.
    names
        Their properties.
    rows
        The values of each behaviour, in the order of ``names``.

    Raises
    ------
    GraphError
        A value is no category: a list, or a number with decimals.
    """
    found = np.empty((len(rows), len(names)), object)
    known: dict[tuple[type, Any], str | None] = {}
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if value is None:
                continue
            key = (type(value), value) if isinstance(value, str | bool | int | float) else (list, None)
            if key not in known:
                known[key] = category(value)
                if known[key] is None and value != "":
                    raise GraphError(
                        f"{kind}.{names[column]} = {value!r}: not a category: a text, whole number or boolean",
                        hint=f"round it to a few values, or leave it out of context in [graph.behaviours.{kind}]",
                    )
            found[row, column] = known[key]
    return found


def encode(stores: TypedArrays, schema: GraphSchema, read: Mapping[str, NDArray[np.object_]]) -> GraphSchema:
    """Add the values of contexts to the behaviours of a graph; return the mapping with the values of each property.

    Parameters
    ----------
    stores
        Each type of behaviour gets ``context``, int64 ``[E, P]``, a column for each of the mapping's ``context_names``.
    schema
        The mapping. Values of properties that it lists already are kept; others are then unknown.
    read
        Type in ``stores`` → categories in the order of ``stores``, a column for each property of its ``context``.

    Raises
    ------
    GraphError
        A property has more than :data:`graphrec.config.contexts.MOST_VALUES` values, or no behaviour has it.
    """
    names = schema.context_names
    if not names:
        return schema
    columns = {kind: _properties(schema, kind) for kind in read}
    listed = {name: list(schema.contexts.get(name, ())) for name in names}
    for name in names:
        if not listed[name]:
            parts = [read[kind][:, columns[kind].index(name)] for kind in read if name in columns[kind]]
            values = sorted({value for part in parts for value in part.tolist()} - {None})
            _check_values(name, values)
            listed[name] = values
    for kind, given in read.items():
        codes = np.full((len(given), len(names)), UNKNOWN, np.int64)
        for column, name in enumerate(columns[kind]):
            places = {value: place for place, value in enumerate(listed[name])}
            codes[:, names.index(name)] = [places.get(value, UNKNOWN) for value in given[:, column].tolist()]
        stores["user", kind, "item"].context = codes
    return msgspec.structs.replace(schema, contexts={name: tuple(values) for name, values in listed.items()})


def _properties(schema: GraphSchema, kind: str) -> list[str]:
    """Return the properties of the context of a type in a graph, which may be the dislikes among one."""
    mapped = schema.behaviours.get(kind) or schema.behaviours[kind.removesuffix("_DISLIKED")]
    return [str(mapped.key(name)) for name in mapped.context]


def _check_values(name: str, values: Sequence[str]) -> None:
    if not values:
        raise GraphError(
            f"context {name!r}: no behaviour has this property", hint="correct it in [graph.behaviours.TYPE] context"
        )
    if len(values) > MOST_VALUES:
        raise GraphError(
            f"context {name!r} has {len(values)} values, such as {', '.join(map(repr, values[:3]))}: at most "
            f"{MOST_VALUES} are read as categories",
            hint=f'group them in the graph, or list those that matter: {name} = ["…"] in [graph.contexts]',
        )

"""Ids of users and items in graphrec: a text or a whole number; of a composite key, the JSON text of its values.

``["acme",7]`` is the id of a node with ``key = ["tenant", "userId"]``. People type ``acme/7``; JSON and Python give and
take the list ``["acme", 7]``.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphrec.config.roles import NodeRole

_SEPARATOR = "/"
#: Most pieces between slashes that are tried as values.
_MOST = 12
#: Longest id in bytes of UTF-8. An entry of Neo4j's range index holds 8,164.
LONGEST_ID = 8_000
_WHOLE_FLOAT = re.compile(r"(-?[1-9][0-9]*|0)\.0+")


def stored_forms(value: Any, role: NodeRole | None = None) -> list[Any]:
    """Return the forms in which an id may be stored, the given one first.

    Parameters
    ----------
    value
        The id, as typed or as stored.
    role
        The role of its node; a composite key is a list, its JSON text, or its values with a slash between.

    >>> stored_forms("196"), stored_forms("007"), stored_forms("u1"), stored_forms(196), stored_forms("12.0")
    (['196', 196], ['007'], ['u1'], [196, '196'], ['12.0', 12, '12'])
    >>> stored_forms(["acme", 7])
    ['["acme",7]']
    >>> stored_forms("acme/7", NodeRole("User", ("tenant", "userId")))
    ['["acme","7"]', '["acme",7]']
    """
    if role is not None and role.composite:
        return _composite_forms(value, len(role.keys))
    if isinstance(value, list | tuple):  # of a composite key, which this role has not
        return [_text(value)]
    if not isinstance(value, str):
        plain = value.item() if hasattr(value, "item") else value  # a number of NumPy's
        return [plain, str(plain)]
    number = value.removesuffix(".0")  # a whole number stored as FLOAT is shown so, and equals the integer
    if re.fullmatch(r"0|-?[1-9]\d{0,18}", number, re.ASCII) and -(2**63) <= int(number) < 2**63:
        return list(dict.fromkeys([value, int(number), number]))
    return [value]


def without_fraction(text: str) -> str:
    """Return a whole number without its fraction of zeros, any other text unchanged.

    >>> without_fraction("12.0"), without_fraction("012.0"), without_fraction("12.5")
    ('12', '012.0', '12.5')
    """
    found = _WHOLE_FLOAT.fullmatch(text)
    return found[1] if found else text


def is_integer(key: str) -> bool:
    """Return whether a key reads the same as an integer that Neo4j can store."""
    return re.fullmatch(r"0|-?[1-9]\d{0,17}", key, re.ASCII) is not None


def _composite_forms(value: Any, size: int) -> list[Any]:
    given = parts(value) if isinstance(value, str) else value
    if isinstance(given, Sequence) and not isinstance(given, str) and len(given) == size:
        return [_text(given)]
    pieces = str(value).split(_SEPARATOR)[:_MOST]
    if len(pieces) < size:
        return [str(value)]
    found = []
    for ends in itertools.combinations(range(1, len(pieces)), size - 1):  # a value may hold slashes itself
        bounds = zip((0, *ends), (*ends, None), strict=True)
        typed = [_SEPARATOR.join(pieces[start:end]) for start, end in bounds]
        found += [_text(form) for form in itertools.product(*map(stored_forms, typed))]
    return found


def parts(key: Any) -> list[Any] | None:
    """Return the values of a composite key from its JSON text; None if it is not one.

    >>> parts('["acme",7]'), parts("acme")
    (['acme', 7], None)
    """
    if not isinstance(key, str) or not key.startswith("["):
        return None
    try:
        found = json.loads(key, strict=False)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def same_id(one: Any, other: Any, role: NodeRole | None = None) -> bool:
    """Return whether two ids, as typed or as stored, are surely one and the same.

    >>> same_id("196", 196), same_id("12.0", "12")
    (True, False)
    >>> same_id("acme/7", ["acme", 7], NodeRole("User", ("tenant", "userId")))
    True
    """
    return meanings(one, role) == meanings(other, role)


def meanings(value: Any, role: NodeRole | None = None) -> set[tuple[str, ...]]:
    """Return all that an id can mean: the values of its key, numbers as texts.

    >>> meanings(196), sorted(meanings("12.0"))
    ({('196',)}, [('12',), ('12.0',)])
    """
    return {tuple(map(str, parts(form) or (form,))) for form in stored_forms(value, role)}


def with_lists(rows: Iterable[Mapping[str, Any]], users: NodeRole, items: NodeRole) -> list[dict[str, Any]]:
    """Return rows for JSON, with composite keys as lists: ``user``, ``item``, and the list of items ``via``."""
    roles = {"user": users, "item": items, "via": items}
    return [{name: json_id(value, roles.get(name)) for name, value in row.items()} for row in rows]


def with_lists_within(value: Any, users: NodeRole, items: NodeRole) -> Any:
    """Return data of any depth for JSON, with composite keys as lists: at the names of ids."""
    roles = {"user": users, "item": items, "removed": items, "entity": items}
    if isinstance(value, Mapping):
        return {
            name: json_id(one, roles[name]) if name in roles else with_lists_within(one, users, items)
            for name, one in value.items()
        }
    return [with_lists_within(one, users, items) for one in value] if isinstance(value, list | tuple) else value


def json_id(value: Any, role: NodeRole | None) -> Any:
    """Return an id, or a list of ids, for JSON: a composite key is a list."""
    if role is None or not role.composite:
        return value
    return [parts(one) or one for one in value] if isinstance(value, list) else parts(value) or value


def _text(values: Sequence[Any]) -> str:
    """Return the values of a composite key as JSON text, as Cypher writes it."""
    plain = [value.item() if hasattr(value, "item") else value for value in values]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))

"""What is wrong with a request, in plain words: for pydantic's errors, which name classes and branches of unions.

An error has a path through the models. A part of it is the place in what was sent (``body.events.0.user_id``); the rest
are names of branches (``Events``, ``int``). Where none of the branches of a union fits, the one that came furthest
counts; of kinds of values that all do not fit, one sentence names them all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from graphrec.common.errors import nearest

_SPEC = "/v1/openapi.json says what is allowed"
#: Beginning of the type of an error → what the value must be.
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a finite number",
    "bool": "true or false",
    "string": "a text",
    "list": "a list",
    "tuple": "a list",
    "dict": "an object",
    "model": "an object",
    "datetime": "a time, such as 2026-11-30T20:15:00Z",
    "json": "JSON",
}
_ENDINGS = ("type", "parsing", "parsing_size", "from_float", "attributes_type", "from_date_parsing", "invalid")
#: Type → what a bound says, by the name of its value.
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "above"),
    "less_than": ("lt", "below"),
}


class PlainFault(NamedTuple):
    """What is wrong: ``place``: such as ``query.k``; ``value``: what was sent there; ``hint``: the next step."""

    place: str
    detail: str
    value: Any
    hint: str


class _Found(NamedTuple):
    """An error: what is left of its path, its place so far, and what it says; several where kinds are merged."""

    path: tuple[tuple[bool, Any], ...]
    errors: tuple[Mapping[str, Any], ...]
    place: tuple[Any, ...] = ()


def plain_faults(errors: Sequence[Mapping[str, Any]], body: Any) -> list[PlainFault]:
    """Return the faults of a request, one for each place.

    Parameters
    ----------
    errors
        As pydantic lists them.
    body
        What was sent as the body.

    >>> missing = {"type": "missing", "loc": ("body", "Events", "events"), "msg": "Field required", "input": {"a": 1}}
    >>> plain_faults([missing], {"a": 1})[0][:2]
    ('body.events', 'body.events is needed')
    """
    found = _chosen([_Found(_path(one, body), (one,)) for one in errors])
    missing = [str(one.place[-1]) for one in found if one.errors[0]["type"] == "missing"]
    return [_fault(one, missing, body) for one in found]


def _path(error: Mapping[str, Any], body: Any) -> tuple[tuple[bool, Any], ...]:
    """Return the parts of an error's path, each with whether it is a place in the request or the name of a branch."""
    where, *parts = error["loc"]
    path, here = [(True, where)], body
    for n, part in enumerate(parts):
        last = n == len(parts) - 1
        if where != "body" or (last and error["type"] == "missing"):
            path.append((True, part))
        elif (isinstance(here, Mapping) and part in here) or (
            isinstance(here, list) and isinstance(part, int) and part < len(here)
        ):
            path.append((True, part))
            here = here[part]
        else:
            path.append((False, part))
    return tuple(path)


def _chosen(found: Sequence[_Found]) -> list[_Found]:
    """Return the errors that count, without the names of branches."""
    ended = [one for one in found if not one.path]
    groups: dict[tuple[bool, Any], list[_Found]] = {}
    for one in found:
        if one.path:
            (real, part), *rest = one.path
            place = (*one.place, part) if real else one.place
            groups.setdefault((real, part), []).append(_Found(tuple(rest), one.errors, place))
    steps = [one for (real, _), group in groups.items() if real for one in _chosen(group)]
    branches = [_chosen(group) for (real, _), group in groups.items() if not real]
    if branches:
        deepest = max(branches, key=lambda some: (max(len(one.place) for one in some), -len(some)))
        here = min(len(one.place) for some in branches for one in some)
        kinds = [one for some in branches for one in some if len(one.place) == here and _kind(one.errors[0])]
        if len(kinds) == sum(map(len, branches)):
            steps.append(_Found((), tuple(error for one in kinds for error in one.errors), kinds[0].place))
        else:
            steps += deepest
    return ended + steps


def _kind(error: Mapping[str, Any]) -> str | None:
    """Return what a value must be, if the error is about its kind."""
    for name, kind in _KINDS.items():
        said = error["type"]
        if said == name or (said.startswith(f"{name}_") and said[len(name) + 1 :] in _ENDINGS):
            return kind
    return None


def _fault(found: _Found, missing: Sequence[str], body: Any) -> PlainFault:
    error, place = found.errors[0], ".".join(map(str, found.place))
    kind, value = error["type"], error.get("input")
    if kind == "missing":
        return PlainFault(place, f"{place} is needed", None, f"give it; {_SPEC}")
    if kind == "extra_forbidden":
        close = nearest(str(found.place[-1]), missing) if missing else "leave it out"
        return PlainFault(place, f"{place}: there is no such field", value, f"{close}; {_SPEC}")
    kinds = _listed(dict.fromkeys(filter(None, map(_kind, found.errors))))
    if kinds:
        if isinstance(value, bytes):
            value, hint = None, "send JSON with the header `Content-Type: application/json`"
        else:
            hint = f"give {kinds}"
        return PlainFault(place, f"{_said(place, value)} must be {kinds}", value, hint)
    return PlainFault(place, f"{_said(place, value)} {_words(error)}", value, _SPEC)


def _listed(kinds: Collection[str]) -> str:
    """Return kinds of values as a list in words; every whole number is a number."""
    *first, last = [kind for kind in kinds if kind != "a whole number" or "a number" not in kinds] or [""]
    return f"{', '.join(first)} or {last}" if first else last


def _words(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a value that has the right kind."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"must be {words} {context[name]:,}"
    if kind in ("string_too_short", "string_too_long", "too_short", "too_long"):
        few = kind.endswith("short")
        bound = context["min_length" if few else "max_length"]
        what = (
            ("character" if bound == 1 else "characters") if "string" in kind else "entry" if bound == 1 else "entries"
        )
        return f"must have at {'least' if few else 'most'} {bound:,} {what}"
    if kind == "literal_error":
        return f"must be {context['expected']}"
    message = str(error["msg"]).removeprefix("Input ").removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _said(place: str, value: Any) -> str:
    """Return a place with its value, if that is short."""
    short = isinstance(value, str | int | float | bool) and len(str(value)) <= 80
    return f"{place} = {value!r}" if short else place

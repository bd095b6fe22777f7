"""Convert plain data to settings, with errors that name the table, the key, the value and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from graphrec.common.errors import ConfigError, nearest

T = TypeVar("T")

_PLACE = re.compile(r"(?P<said>.*?) - at (?P<key>`key` in )?`\$\.?(?P<path>.*)`\Z", re.DOTALL)
#: Types as msgspec calls them → as people do.
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}
#: Longest value in a message, in characters.
_LONGEST = 80


def convert(data: Any, kind: type[T], where: str) -> T:
    """Convert plain data to a struct.

    Parameters
    ----------
    where
        The file, or the table in brackets, for messages.

    Raises
    ------
    ConfigError
        The data does not fit.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise _explained(str(error), data, kind, where) from error


def _explained(error: str, data: Any, kind: Any, where: str) -> ConfigError:
    match = _PLACE.match(error)
    said, path = (match["said"], match["path"]) if match else (error, "")
    steps, found, wanted = _walk(data, kind, _parts(path))
    unknown = re.search(r"unknown field `(.+?)`", said)
    if unknown:
        place = _table(steps) or where
        known = [field.name for field in msgspec.structs.fields(wanted)] if _is_struct(wanted) else []
        return ConfigError(f"{where}: unknown key {unknown[1]!r} in {place}", hint=nearest(unknown[1], known))
    if isinstance(found, dict) and not said.startswith(("Expected", "Invalid")):  # several keys do not go together
        place = f"{_table(steps)}: " if steps and not said.startswith("[") else ""
        missing = re.search("missing required field `(.+?)`", said)
        return ConfigError(f"{where}: {place}{said}", hint=f"add {missing[1]} = …" if missing else _next(steps, None))
    if match and match["key"] and isinstance(found, dict):
        wanted = next(iter(_of(wanted, dict)), (Any,))[0]
        name = next((key for key in found if not _fits(key, wanted)), None)
        return ConfigError(
            f"{where}: {_table(steps)}: the name {name!r} {_allowed(said, wanted)}", hint=_next([], wanted)
        )
    table = _table(steps[:-1])
    place = where if where.startswith("[") and not table else f"{where}: {table}".rstrip()
    name = f"{steps[-1]} = {_shown(found)}" if steps else "the value"
    return ConfigError(f"{place} {name}: {_allowed(said, wanted)}", hint=_next(steps, wanted))


def _walk(data: Any, kind: Any, parts: list[str]) -> tuple[list[str], Any, Any]:
    """Follow a path; return its steps with the names of free keys, the value there and its type."""
    steps = list[str]()
    for part in parts:
        if part == "...":  # msgspec does not name the key of a free-form table
            kind = next(iter(_of(kind, dict)), (Any, Any))[-1]
            name = next((key for key, value in data.items() if not _fits(value, kind)), None)
            if name is None:
                break
            steps.append(name)
            data = data[name]
        elif part.isdigit():
            kind = next(iter(_of(kind, tuple, list)), (Any,))[0]
            steps[-1:] = [f"{''.join(steps[-1:])}[{part}]"]
            data = data[int(part)]
        else:
            struct = next((one for one in (kind, *get_args(kind)) if _is_struct(one)), None)
            kind = next((f.type for f in msgspec.structs.fields(struct) if f.name == part), Any) if struct else Any
            steps.append(part)
            data = data.get(part) if isinstance(data, dict) else None
    return steps, data, kind


def _of(kind: Any, *origins: type) -> Iterator[tuple[Any, ...]]:
    """Yield the arguments of a type, or of the members of a union, that has one of the origins."""
    for one in (kind, *(get_args(kind) if get_origin(kind) in (Union, type(int | str)) else ())):
        if get_origin(one) in origins:
            yield get_args(one)


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _parts(path: str) -> list[str]:
    """Split ``recommend.boost[0].add`` into its four steps."""
    return re.findall(r"\.\.\.|[^.\[\]]+", path)


def _table(steps: list[str]) -> str:
    """Return steps as the header of a table.

    >>> _table(["graph", "behaviours", "BORROWED BY"])
    '[graph.behaviours."BORROWED BY"]'
    """
    bare = (step if re.fullmatch(r"[A-Za-z0-9_-]+(\[\d+\])?", step) else f'"{step}"' for step in steps)
    return f"[{'.'.join(bare)}]" if steps else ""


def _shown(value: Any) -> str:
    text = "true" if value is True else "false" if value is False else repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _allowed(said: str, wanted: Any = None) -> str:
    """Return what msgspec says in plain words; a pattern is described by its type.

    >>> _allowed("Expected `float`, got `str`"), _allowed("Expected `int` >= 1"), _allowed("Invalid enum value 'tpu'")
    ('must be a number, and is a text', 'must be a whole number, at least 1', 'is none of the allowed values')
    >>> _allowed("Expected `str` of length <= 64")
    'must be a text of at most 64 characters'
    """
    if "matching regex" in said:
        return f"must be {_described(wanted)}"
    if said.startswith("Invalid enum value"):
        return "is none of the allowed values"
    kind = re.match(r"Expected `(?P<kinds>[^`]+)`(?P<more>.*)\Z", said, re.DOTALL)
    if kind is None:
        return said[:1].lower() + said[1:]
    text = f"must be {_named(kind['kinds'])}"
    got = re.fullmatch(r", got `(.+)`", kind["more"])
    if got:
        return f"{text}, and is {_named(got[1])}"
    signs = {">=": "at least", "<=": "at most", ">": "above", "<": "below"}
    bound = re.fullmatch(r" (>=|<=|>|<) (\S+)", kind["more"])
    if bound:
        return f"{text}, {signs[bound[1]]} {_number(bound[2])}"
    length = re.fullmatch(r" of length (>=|<=) (\d+)", kind["more"])
    parts = "characters" if kind["kinds"] == "str" else "entries"
    return f"{text} of {signs[length[1]]} {_number(length[2])} {parts}" if length else text + kind["more"]


def _described(kind: Any) -> str:
    """Return the description of a type with a pattern, or of the members of a union."""
    metas = (meta for one in (kind, *get_args(kind)) for meta in getattr(one, "__metadata__", ()))
    return next((meta.description for meta in metas if meta.description), "a text of another form")


def _number(text: str) -> str:
    """Return a bound as people write it: ``1e+38``, ``0.5``, ``2,147,483,647``."""
    return f"{int(text):,}" if text.isdigit() else f"{float(text):g}"


def _named(kinds: str) -> str:
    return " or ".join(_KINDS.get(kind.strip(), kind.strip()) for kind in kinds.split("|") if kind.strip() != "null")


def _next(steps: list[str], kind: Any) -> str:
    """Return the next step."""
    values = [value for one in (kind, *get_args(kind)) if get_origin(one) is Literal for value in get_args(one)]
    if values:
        return f"one of {', '.join(map(repr, values))}"
    if steps[:1] == ["graph"]:
        return "correct it, or leave it out; graphrec inspect proposes a mapping of this graph"
    return "correct it, or leave it out: the default then applies"


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)

"""The mapping file of ``graphrec load tables``: the role of each file and column. Unknown keys are errors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from graphrec.common.errors import ConfigError, nearest
from graphrec.config.convert import convert
from graphrec.config.schema import NODES, OWN_TYPES
from graphrec.config.toml_file import read_toml

Kind = Literal["text", "number", "integer", "texts", "numbers"]
Type = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]*\Z")]
Label = Annotated[str, Meta(pattern=r"^[A-Z][A-Za-z0-9]*\Z")]
Role = Literal["user", "item", "entity"]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of every table.

    ``properties``: column → property; by default every other column becomes one, in camel case. ``types``: column →
    type. ``separator``: field separator of a text file; by default from the file's extension. ``quoted``: whether
    fields may be in double quotes (CSV); false if a quote is an ordinary character. ``needs``: rows in which one of
    these columns is empty are skipped.
    """

    file: str
    separator: Annotated[str, Meta(min_length=1)] | None = None
    quoted: bool = True
    needs: tuple[str, ...] = ()
    encoding: str = "utf-8"
    properties: dict[str, str] | None = None
    types: dict[str, Kind] = {}


class UserTable(Table, frozen=True, kw_only=True):
    """``[users]``."""

    key: str


class ItemTable(Table, frozen=True, kw_only=True):
    """``[items]``: ``entity`` is the column with the item's knowledge entity."""

    key: str
    title: str | None = None
    description: str | None = None
    image: str | None = None
    audio: str | None = None
    entity: str | None = None
    media_root: str | None = None


class EntityTable(Table, frozen=True, kw_only=True):
    """``[[entities]]``: ``kind`` is a second label for all of them."""

    key: str
    name: str | None = None
    kind: Label | None = None


class BehaviourTable(Table, frozen=True, kw_only=True):
    """``[[behaviours]]``: ``distinct`` columns distinguish behaviours of the same user, item and time."""

    type: Type
    user: str
    item: str
    time: str | None = None
    rating: str | None = None
    weight: str | None = None
    distinct: tuple[str, ...] = ()


class RelationTable(Table, frozen=True, kw_only=True, rename={"from_": "from"}):
    """``[[relations]]``: knowledge edges, or friendships if both ends are users.

    ``many``: separator of several ends in one cell of ``to``, such as tags.
    """

    type: Type
    from_: str
    to: str
    many: Annotated[str, Meta(min_length=1)] | None = None
    start: Role = "item"
    end: Role = "entity"


class Mapping(msgspec.Struct, frozen=True):
    """A complete mapping file."""

    users: UserTable | None
    items: ItemTable | None
    entities: tuple[EntityTable, ...]
    behaviours: tuple[BehaviourTable, ...]
    relations: tuple[RelationTable, ...]


S = TypeVar("S")


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    InputError
        The file is a pipe or a device.
    ConfigError
        The file does not exist, cannot be read, is not TOML, has an unknown key or a wrong value, or names no behaviour
        and no relation.
    """
    raw = read_toml(path, hint="docs/loading.md shows a whole mapping")
    known = [field.name for field in msgspec.structs.fields(Mapping)]
    for key in raw:
        if key not in known:
            raise ConfigError(f"{path}: unknown table {key!r}", hint=nearest(key, known))
    mapping = Mapping(
        _one(raw, "users", UserTable, path),
        _one(raw, "items", ItemTable, path),
        _many(raw, "entities", EntityTable, path),
        _many(raw, "behaviours", BehaviourTable, path),
        _many(raw, "relations", RelationTable, path),
    )
    _check(mapping, path)
    return mapping


def _one(raw: dict[str, Any], name: str, kind: type[S], path: Path) -> S | None:
    return convert(raw[name], kind, f"{path} [{name}]") if name in raw else None


def _many(raw: dict[str, Any], name: str, kind: type[S], path: Path) -> tuple[S, ...]:
    given = raw.get(name, [])
    if not isinstance(given, list):
        raise ConfigError(f"{path}: [{name}] must be a list of tables", hint=f"write [[{name}]]")
    return tuple(convert(one, kind, f"{path} [[{name}]] {number}") for number, one in enumerate(given, 1))


def _check(mapping: Mapping, path: Path) -> None:
    if not (mapping.behaviours or mapping.relations or mapping.items):
        raise ConfigError(f"{path}: maps nothing", hint="give it [items] and [[behaviours]]; docs/loading.md shows how")
    behaviours = {table.type for table in mapping.behaviours}
    for name in sorted(behaviours | {table.type for table in mapping.relations}):
        if name in OWN_TYPES:
            raise ConfigError(f"{path}: type {name!r} is one that graphrec writes itself", hint="choose another")
    for relation in mapping.relations:
        if relation.type in behaviours:
            raise ConfigError(
                f"{path}: type {relation.type!r} is both a behaviour and a relation", hint="give them different types"
            )
        if (relation.start == "user") != (relation.end == "user"):
            raise ConfigError(
                f"{path}: relation {relation.type!r} leads from {relation.start} to {relation.end}",
                hint="users and items are tied by [[behaviours]]; a relation has users at both ends or at none",
            )
    for entity in mapping.entities:
        if entity.kind in NODES:
            raise ConfigError(f"{path}: kind {entity.kind!r} already has another role", hint="choose another label")

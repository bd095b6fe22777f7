"""Personal properties: ``personal = ["User.email", "ORDERED.phone"]`` of ``[graph]``, which leave the database nowhere.

An entry is a label or a relationship type, a dot, and a property. :mod:`graphrec.db.withheld` keeps them out of what
queries return, :mod:`graphrec.db.predicate` out of predicates; here a mapping that itself reads one is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import NamedTuple, Protocol

from graphrec.config.paths import BehaviourPath
from graphrec.config.posts_mapping import Posts
from graphrec.config.roles import EntityRole, ItemRole, UserRole
from graphrec.config.text_paths import parse_text


class Personal(NamedTuple):
    """A personal property: label of its nodes, or type of its relationships, and its name."""

    owner: str
    name: str


class _Behaviour(Protocol):
    @property
    def strength(self) -> str | None: ...
    @property
    def time_property(self) -> str | None: ...
    @property
    def context(self) -> tuple[str, ...]: ...
    @property
    def by_path(self) -> BehaviourPath | None: ...


class _Searches(Protocol):
    @property
    def label(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def text(self) -> str: ...


class _Mapping(Protocol):
    """What a mapping reads (:class:`graphrec.config.schema.GraphSchema`, which imports this module)."""

    @property
    def user(self) -> UserRole: ...
    @property
    def item(self) -> ItemRole: ...
    @property
    def entity(self) -> EntityRole: ...
    @property
    def posts(self) -> Posts: ...
    @property
    def behaviours(self) -> Mapping[str, _Behaviour]: ...
    @property
    def searches(self) -> Mapping[str, _Searches]: ...
    @property
    def personal(self) -> tuple[str, ...]: ...


@cache
def parse_personal(text: str) -> Personal:
    """Parse an entry of ``personal``.

    Raises
    ------
    ValueError
        It is not a label or type, a dot and a property.

    Examples
    --------
    >>> parse_personal("User.email")
    Personal(owner='User', name='email')
    """
    owner, dot, name = text.rpartition(".")
    if not (owner and dot and name):
        raise ValueError(f'[graph] personal: {text!r} names no property of a label or type: write it as "User.email"')
    return Personal(owner, name)


def names(personal: Collection[str]) -> frozenset[str]:
    """Return the names of the properties, whatever has them."""
    return frozenset(parse_personal(text).name for text in personal)


def check_personal(schema: _Mapping) -> None:
    """Refuse a mapping that reads a property which it calls personal: what is read is in files and answers.

    Raises
    ------
    ValueError
        An entry cannot be parsed, or a key of the mapping names the property.
    """
    wanted = {parse_personal(text) for text in schema.personal}
    for setting, owners, name in _read(schema) if wanted else ():
        for owner in owners:
            if (owner, name) in wanted:
                raise ValueError(
                    f"{setting} reads {owner}.{name}, which [graph] personal keeps in the database: "
                    "map another property there, or take it out of personal"
                )


def _read(schema: _Mapping) -> Iterator[tuple[str, Collection[str], str]]:
    """Yield the key of the mapping, the labels or types, and the name of each property that is read."""
    user, item, entity, posts = schema.user, schema.item, schema.entity, schema.posts
    yield from (("[graph.user] key", user.labels, name) for name in user.keys)
    yield from (("[graph.item] key", item.labels, name) for name in item.keys)
    for setting in ("title", "image", "audio"):
        yield f"[graph.item] {setting}", item.labels, getattr(item, setting)
    for text in item.text:
        path = parse_text(text)
        if path is None:
            yield "[graph.item] text", item.labels, text
        elif path.steps[-1].label is not None:
            yield "[graph.item] text", (path.steps[-1].label,), path.name
    yield "[graph.entity] key", (entity.label,), entity.key
    yield "[graph.entity] name", (entity.label,), entity.name
    for kind, search in schema.searches.items():
        yield f"[graph.searches.{kind}] key", (search.label,), search.key
        yield f"[graph.searches.{kind}] text", (search.label,), search.text
    yield "[graph.posts] key", (posts.label,), posts.key
    yield "[graph.posts] text", (posts.label,), posts.text
    for kind, mapped in schema.behaviours.items():
        named = [("strength", mapped.strength), ("time", mapped.time_property)]
        for setting, said in named + [("context", one) for one in mapped.context]:
            place, name = mapped.by_path.owned(said) if mapped.by_path and said else (None, said)
            owner = kind if place is None or mapped.by_path is None else mapped.by_path.elements[place].name
            if name is not None:
                yield f"[graph.behaviours.{kind}] {setting}", (owner,), name

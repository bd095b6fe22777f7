"""The nodes of a graph that are users, items and entities: labels, keys and the properties that are read."""

from __future__ import annotations

import re
from typing import ClassVar

import msgspec

from graphrec.common.errors import ConfigError

#: Key of nodes that no property identifies: Neo4j's own id, good for the lifetime of this store alone.
ELEMENT_ID = "elementId()"


#: What no name of a property in a predicate may hold.
_NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")


class NodeRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The nodes that are users, or items.

    ``label``: one label or several; a node has any of them. ``key``: the property that identifies a node; several that
    do so together; or :data:`ELEMENT_ID`. ``where``: a Cypher predicate on the node, named :attr:`variable`; other
    nodes with the label play no role. ``consent``: a property that must be true, or the node plays no role either.
    """

    label: str | tuple[str, ...]
    key: str | tuple[str, ...]
    where: str = ""
    consent: str = ""

    #: Name of the node in ``where``.
    variable: ClassVar[str]

    def __post_init__(self) -> None:
        """Check that labels and properties are named, each once."""
        for name, values in (("label", self.labels), ("key", self.keys)):
            if not values or len(set(values)) < len(values):
                raise ValueError(f"{name} must name at least one, and each once")
        if _NO_NAME.search(self.consent):
            raise ValueError(f"consent = {self.consent!r}: not the name of a property")

    @property
    def condition(self) -> str:
        """Cypher predicate on :attr:`variable` for the nodes that play the role: ``where`` and consent; or empty."""
        if not self.consent:
            return self.where
        name = self.consent.replace("`", "``")
        agreed = f"coalesce({self.variable}.`{name}` = true, false)"
        return f"({self.where}) AND {agreed}" if self.where else agreed

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels."""
        return (self.label,) if isinstance(self.label, str) else self.label

    @property
    def keys(self) -> tuple[str, ...]:
        """All parts of the key."""
        return (self.key,) if isinstance(self.key, str) else self.key

    @property
    def composite(self) -> bool:
        """Whether several properties together identify a node."""
        return len(self.keys) > 1

    @property
    def name(self) -> str:
        """The labels as text, as Cypher writes them."""
        return "|".join(self.labels)

    @property
    def key_name(self) -> str:
        """The key as text."""
        return ", ".join(self.keys)

    def single(self) -> tuple[str, str]:
        """Return label and key for nodes that are written.

        Raises
        ------
        ConfigError
            The mapping has several labels or a key that is no single property.
        """
        if len(self.labels) > 1 or self.composite or self.key == ELEMENT_ID:
            raise ConfigError(
                f"nodes of ({self.name} {{{self.key_name}}}) are only read: loading writes one label and one key",
                hint="load with a [graph] mapping of one label and one key, or write the nodes with Cypher",
            )
        return self.labels[0], self.keys[0]


class UserRole(NodeRole, frozen=True, forbid_unknown_fields=True):
    """The users' nodes."""

    label: str | tuple[str, ...] = "User"
    key: str | tuple[str, ...] = "userId"

    variable: ClassVar[str] = "u"


class ItemRole(NodeRole, frozen=True, forbid_unknown_fields=True):
    """The items' nodes, and the properties with their content."""

    label: str | tuple[str, ...] = "Item"
    key: str | tuple[str, ...] = "itemId"

    variable: ClassVar[str] = "i"

    title: str = "title"
    text: tuple[str, ...] = ("title", "description")
    image: str = "image"
    audio: str = "audio"


class EntityRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The knowledge nodes that graphrec's loaders write; training uses knowledge nodes of any label."""

    label: str = "Entity"
    key: str = "entityId"
    name: str = "name"

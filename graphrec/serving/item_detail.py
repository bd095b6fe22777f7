"""An item as anybody may see it: its properties, the number of its users, and the knowledge around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphrec.config.roles import ItemRole
from graphrec.config.schema import GraphSchema, is_own_property
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.serving import availability
from graphrec.serving.availability import Availability

#: Most entities of an item.
ENTITIES = 100


class Tie(NamedTuple):
    """An entity that knowledge ties to an item."""

    type: str
    id: Any
    name: str


@dataclass(frozen=True)
class ItemDetail:
    """An item.

    Attributes
    ----------
    item, title
        Id as stored, and title.
    available
        Whether it may be shown now.
    users
        Number of users with a behaviour on it.
    modalities
        Those of text, image and audio that it has a vector of.
    properties
        The catalogue's own.
    entities
        What knowledge ties it to.
    """

    item: Any
    title: str
    available: bool
    users: int
    modalities: tuple[str, ...]
    properties: dict[str, Any]
    entities: tuple[Tie, ...]


def read_detail(db: Database, settings: Settings, schema: GraphSchema, item: Any) -> ItemDetail | None:
    """Return an item; None if it does not exist.

    Parameters
    ----------
    schema
        The mapping with its behaviours and knowledge.
    item
        Id as stored.
    """
    rows = db.read(
        availability.load("query/item_detail", schema, Availability.of(settings, db)),
        item=item,
        behaviours=list(schema.behaviours),
        knowledge=list(schema.knowledge or ()),
        limit=ENTITIES,
    )
    if not rows:
        return None
    row, properties = rows[0], _there(rows[0]["properties"])
    return ItemDetail(
        item=row["item"],
        title=row["title"],
        available=row["available"],
        users=row["users"],
        modalities=tuple(name for name in ("text", "image", "audio") if f"{name}Vector" in properties),
        properties={name: _plain(value) for name, value in properties.items() if _shown(schema.item, name, value)},
        entities=tuple(Tie(one["type"], one["id"], one["name"]) for one in row["entities"]),
    )


def _there(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that are there; those that are withheld are null."""
    return {name: value for name, value in properties.items() if value is not None}


def _shown(role: ItemRole, name: str, value: Any) -> bool:
    """Whether a property is the catalogue's, and short; where pictures and sounds are stored is nobody's business."""
    vector = isinstance(value, list) and len(value) > 20 and isinstance(value[0], float)
    place = name in (role.image, role.audio)
    return not (vector or place or is_own_property(name) or isinstance(value, bytes | bytearray))


def _plain(value: Any) -> Any:
    native = getattr(value, "to_native", None)
    return native().isoformat() if native else value

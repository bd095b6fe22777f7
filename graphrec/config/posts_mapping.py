"""``[graph.posts]``: where posts and reviews stand in a graph, and what they become."""

from __future__ import annotations

from typing import Annotated

import msgspec

from graphrec.config.paths import BehaviourPath, Element, parse

#: Type of the behaviour that posts become, unless the mapping names another.
POSTED = "POSTED"
#: Properties of :data:`POSTED` relationships: what they count, signed, and the key of the post that each comes from.
STRENGTH, POST_KEY = "strength", "postKey"


class Posts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Posts: a path from the user over the post ``p`` to the item, and properties of the post.

    The part before ``p`` leads to its author, the part after it to the item that it is about; posts without the latter
    count for the items that their text names. ``type`` is the behaviour that they become. ``confidence``: least of a
    name in a text that is linked. ``neutral``: a tone nearer to 0 is neither liking nor disliking. ``entities``: labels
    of the nodes whose names are looked for besides items; unset: that of ``[graph.entity]``.
    """

    path: str = "(u)-[:WROTE]->(p:Post)-[:ABOUT]->(i)"
    key: str = "postId"
    text: str = "text"
    time: str = "at"
    type: str = POSTED
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.7
    neutral: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.05
    entities: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Check that the path names the post."""
        at = self._parsed.variables.get("p")
        if at is None or self._parsed.elements[at].kind != "node":
            raise ValueError(f"[graph.posts] path {self.path!r}: call the node with the text p, as in (p:Post)")

    @property
    def _parsed(self) -> BehaviourPath:
        return parse(self.path)

    @property
    def _at(self) -> int:
        return self._parsed.variables["p"]

    @property
    def label(self) -> str:
        """The label of the posts."""
        return self._parsed.elements[self._at].name

    @property
    def to_author(self) -> tuple[Element, ...]:
        """The elements between the user and the post."""
        return self._parsed.elements[: self._at]

    @property
    def to_item(self) -> tuple[Element, ...]:
        """The elements between the post and the item."""
        return self._parsed.elements[self._at + 1 :]

"""The graph that carries a score: the user, their items, what these have in common with the scored item, that item."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Literal

from graphrec.explanation.explanation import Explanation
from graphrec.explanation.named_reason import MODALITIES, Language, NamedReason, Via

Kind = Literal["user", "chosen", "more", "entity", "related", "link", "content", "item", "scored"]

_NAMES = {
    "en": {
        "more": "{} more",
        "link": "directly related",
        "content": "similar {}",
        "item": "{} others chose both",
    },
    "zh": {
        "more": "另外{}个",
        "link": "直接相关",
        "content": "{}相近",
        "item": "另有{}位用户两者都选",
    },
}


@dataclass
class Node:
    """A node.

    Attributes
    ----------
    column
        0: user, 1: the user's items, 2: what is in common, 3: the scored item.
    kind, name
        What it is, and what it is called.
    item
        The id of an item of the user, or of the scored item.
    reasons
        Positions of the reasons whose paths lead over it.
    note
        Types of the edges that lead to it, where a picture has no room for them beside the edges.
    """

    column: int
    kind: Kind
    name: str
    item: Any = None
    reasons: list[int] = field(default_factory=list)
    note: str = ""


@dataclass
class Edge:
    """An edge.

    Attributes
    ----------
    start, end
        Positions of its nodes.
    kind
        The kind of the reason, or ``user`` for what the user did.
    share
        The part of the score that goes along it.
    label
        Types of the edges in the database; ``""`` where it stands for no single one.
    reasons
        Positions of the reasons whose paths lead along it.
    """

    start: int
    end: int
    kind: Kind
    share: float
    label: str = ""
    reasons: list[int] = field(default_factory=list)


class Subgraph:
    """Nodes and edges of an explanation; the widths of all edges into a node of the middle sum to those out of it.

    Attributes
    ----------
    nodes, edges
        The nodes by column, each from top to bottom, and the edges.
    """

    def __init__(self, of: Explanation, language: Language = "en") -> None:
        self._names = _NAMES[language]
        self._language = language
        self.nodes = [Node(0, "user", str(of.user)), Node(3, "scored", of.title, of.item)]
        self.edges: list[Edge] = []
        self._known: dict[Hashable, int] = {}
        for place, reason in enumerate(of.reasons):
            self._add(place, reason)
        self._sort()

    def column(self, number: int) -> list[int]:
        """Return the positions of the nodes of a column, from top to bottom."""
        return [place for place, node in enumerate(self.nodes) if node.column == number]

    def _add(self, place: int, reason: NamedReason) -> None:
        types, link = ", ".join(reason.relations), reason.kind == "link"
        middle = self._node(("middle", place), place, Node(2, reason.kind, self._middle(reason), note=types))
        for via in reason.via:
            done = _done(via)
            chosen = self._node(("item", via.item), place, Node(1, "chosen", via.title, via.item, note=done))
            self._edge(0, chosen, place, "user", via.share, done)
            self._edge(chosen, middle, place, reason.kind, via.share, types if link else ", ".join(via.relations))
        further = 0 if reason.kind == "item" else reason.count - len(reason.via)
        if further > 0:
            rest = reason.share - sum(via.share for via in reason.via)
            more = self._node(("more", place), place, Node(1, "more", self._names["more"].format(further)))
            self._edge(0, more, place, "user", rest)
            self._edge(more, middle, place, reason.kind, rest)
        self._edge(middle, 1, place, reason.kind, reason.share, "" if link else types)

    def _node(self, key: Hashable, place: int, node: Node) -> int:
        at = self._known.setdefault(key, len(self.nodes))
        if at == len(self.nodes):
            self.nodes.append(node)
        self.nodes[at].reasons.append(place)
        return at

    def _edge(self, start: int, end: int, place: int, kind: Kind, share: float, label: str = "") -> None:
        """Add an edge, or its share to the edge that is there already."""
        at = self._known.setdefault(("edge", start, end), len(self.edges))
        if at == len(self.edges):
            self.edges.append(Edge(start, end, kind, 0.0, label))
        self.edges[at].share += share
        self.edges[at].reasons.append(place)

    def _middle(self, reason: NamedReason) -> str:
        match reason.kind:
            case "entity" | "related":
                return str(reason.name or reason.entity)
            case "content":
                modality = MODALITIES[self._language].get(reason.modality, reason.modality)
                return self._names["content"].format(modality)
            case _:
                return self._names[reason.kind].format(reason.count)

    def _sort(self) -> None:
        """Order the items of the user so that few edges cross: by the mean place of their reasons."""
        nodes = self.nodes

        def place(at: int) -> tuple[int, float]:
            node = nodes[at]
            return node.column, sum(node.reasons) / max(len(node.reasons), 1) if node.column == 1 else 0.0

        order = sorted(range(len(nodes)), key=place)
        where = {old: new for new, old in enumerate(order)}
        self.nodes = [nodes[at] for at in order]
        for edge in self.edges:
            edge.start, edge.end = where[edge.start], where[edge.end]


def _done(via: Via) -> str:
    strength = "" if via.strength is None else f" {via.strength:g}"
    return ", ".join(via.behaviours) + strength

"""Write the nodes of a query for a mapping with composite keys, without keys, and with a sub-set of the nodes.

Queries in ``cypher/`` know one key property and all nodes of a label: ``(u:User {userId: $user})`` and ``u.userId``.
Where a mapping says more, :class:`Patterns` replaces these places. A composite key is compared, and returned, as the
JSON text of its values (:mod:`graphrec.config.ids`), so that an id is one value everywhere outside of Cypher.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from graphrec.config.schema import ELEMENT_ID, NodeRole, quoted
from graphrec.db.predicate_scan import scan

_NODE = re.compile(
    r"\((?P<name>[A-Za-z_]\w*)?:(?P<label>User|Item)(?: \{(?P<key>userId|itemId): (?P<value>[^{}]+)\})?\)"
)
_KEY = re.compile(r"\b(?P<name>[A-Za-z_]\w*)\.(?P<key>userId|itemId)\b")
_BEHAVIOUR = re.compile(r"(\((?:u|v)(?::User\b[^()]*)?\)-\[(?:b|r)(?::RATED)?\]-)(\(i:Item\b)")
_BEHAVIOUR_OF_ITEM = re.compile(r"(\(item\))(-\[b\]-\(v:User\b)")
_ITEM_EMBEDDING = re.compile(r"\b((?:i|one)(?:\.|\['))(embedding)")


class Patterns:
    """The places of a query that a mapping changes beyond names.

    Parameters
    ----------
    roles
        Role of each label in the query: ``User`` and ``Item``.
    """

    def __init__(self, roles: Mapping[str, NodeRole]) -> None:
        self._roles = roles
        self._keys = {f"{label.lower()}Id": role for label, role in roles.items() if _by_expression(role)}
        self._inserted: list[str] = []

    def mark(self, query: str, *, subset: bool, shared: bool) -> str:
        """Replace the places by marks, so that a later change of names does not reach into what is inserted.

        Parameters
        ----------
        subset
            Whether nodes outside ``where`` are left out.
        shared
            Whether a node may be both user and item: behaviours then lead from the user to the item, and the item's
            embeddings have names of their own.
        """
        if shared:
            query = _BEHAVIOUR.sub(r"\1>\2", query)
            query = _BEHAVIOUR_OF_ITEM.sub(r"\1<\2", query)
            query = _ITEM_EMBEDDING.sub(r"\1itemEmbedding", query)
        query = _NODE.sub(lambda match: self._node(match, subset), query)
        return _KEY.sub(self._key, query) if self._keys else query

    def fill(self, query: str) -> str:
        """Insert what :meth:`mark` has marked."""
        for place, text in reversed(list(enumerate(self._inserted))):
            query = query.replace(_mark(place), text)
        return query

    def _node(self, match: re.Match[str], subset: bool) -> str:
        label, key = match["label"], match["key"]
        role = self._roles.get(label)
        where = role.where if subset and role is not None else ""
        by_expression = key in self._keys
        if not where and not by_expression:
            return match[0]
        name = match["name"] or f"{label.lower()}{len(self._inserted)}"
        conditions = [f"{name}.{key} = {match['value']}"] if by_expression else []
        if where and role is not None:
            scan(where, place_of(role))
            conditions.append(self._insert(_condition(where, role.variable, name)))
        plain = f" {{{key}: {match['value']}}}" if key and not by_expression else ""
        return f"({name}:{label}{plain} WHERE {' AND '.join(conditions)})"

    def _key(self, match: re.Match[str]) -> str:
        role = self._keys.get(match["key"])
        return match[0] if role is None else self._insert(key_expression(match["name"], role))

    def _insert(self, text: str) -> str:
        self._inserted.append(text)
        return _mark(len(self._inserted) - 1)


def place_of(role: NodeRole) -> str:
    """Return where the predicate of a role is written, for messages."""
    return f"[graph.{'item' if role.variable == 'i' else 'user'}] where"


def key_expression(name: str, role: NodeRole) -> str:
    """Return Cypher for the id of a node, null if it has none; ``name`` is the node's variable."""
    if role.key == ELEMENT_ID:
        return f"elementId({name})"
    return "('[' + " + " + ',' + ".join(_json(f"{name}.{quoted(key)}") for key in role.keys) + " + ']')"


def _json(value: str) -> str:
    """Return Cypher for a text or a whole number as JSON."""
    quoted_text = f"""'"' + replace(replace({value}, '\\\\', '\\\\\\\\'), '"', '\\\\"') + '"'"""
    return f"CASE WHEN {value} IS :: STRING NOT NULL THEN {quoted_text} ELSE toString({value}) END"


def _by_expression(role: NodeRole) -> bool:
    return role.composite or role.key == ELEMENT_ID


def _condition(where: str, variable: str, name: str) -> str:
    return f"({where})" if name == variable else f"all({variable} IN [{name}] WHERE {where})"


def _mark(place: int) -> str:
    return f"§{place}§"

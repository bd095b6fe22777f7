"""Write the nodes of a query for a mapping with composite keys, without keys, and with a sub-set of the nodes.

Queries in ``cypher/`` know one key property and all nodes of a label: ``(u:User {userId: $user})`` and ``u.userId``.
Where a mapping says more, :class:`Patterns` replaces these places. A composite key is compared, and returned, as the
JSON text of its values (:mod:`graphrec.config.ids`), so that an id is one value everywhere outside of Cypher. Neo4j has
no index of such texts, so the values are compared too: ``$user__0`` is the first value of ``$user``, which
:func:`with_parts` adds to the parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from graphrec.config.ids import parts
from graphrec.config.roles import ELEMENT_ID, NodeRole
from graphrec.config.schema import quoted
from graphrec.db.inserted import Inserted
from graphrec.db.predicate_scan import scan

#: Between the name of a parameter and the number of a part of a key.
PART = "__"
_PART = re.compile(rf"\$(\w+?){PART}(\d+)\b")
_NODE = re.compile(
    r"\((?P<name>[A-Za-z_]\w*)?:(?P<label>User|Item)(?: \{(?P<key>userId|itemId): (?P<value>[^{}]+)\})?\)"
)
_COMPARED = re.compile(
    r"\b(?P<name>[A-Za-z_]\w*)\.(?P<key>userId|itemId) (?P<sign>=|IN) \$(?P<parameter>\w+)(?P<place>(?:\[\w+\])*)"
)
_KEY = re.compile(r"\b(?P<name>[A-Za-z_]\w*)\.(?P<key>userId|itemId)\b")
#: Cypher for ``part``, a text or a whole number, as JSON; with a comma after some ``text``.
_JSON = (
    "CASE text WHEN '' THEN '' ELSE ',' END + CASE WHEN part IS :: STRING NOT NULL "
    """THEN '"' + replace(replace(part, '\\\\', '\\\\\\\\'), '"', '\\\\"') + '"' ELSE toString(part) END"""
)
_BEHAVIOUR = re.compile(r"(\((?:u|v)(?::User\b[^()]*)?\)-\[(?:b|r)(?::(?:RATED|BEHAVIOUR))?\]-)(\(i:Item\b)")
_BEHAVIOUR_OF_ITEM = re.compile(r"(\(item\))(-\[b\]-\(v:User\b)")
_ITEM_EMBEDDING = re.compile(r"\b((?:i|one)(?:\.|\['))(embedding)")


class Patterns:
    """The places of a query that a mapping changes beyond names.

    Parameters
    ----------
    roles
        Role of each label in the query: ``User`` and ``Item``.
    texts
        Takes what is inserted.
    """

    def __init__(self, roles: Mapping[str, NodeRole], texts: Inserted) -> None:
        self._roles = roles
        self._keys = {f"{label.lower()}Id": role for label, role in roles.items() if _by_expression(role)}
        self._texts, self._insert = texts, texts.add

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
        return _KEY.sub(self._key, _COMPARED.sub(self._compared, query)) if self._keys else query

    def _node(self, match: re.Match[str], subset: bool) -> str:
        label, key = match["label"], match["key"]
        role = self._roles.get(label)
        where = role.condition if subset and role is not None else ""
        by_expression = key in self._keys
        if not where and not by_expression:
            return match[0]
        name = match["name"] or f"{label.lower()}{len(self._texts)}"
        conditions = [f"{name}.{key} = {match['value']}"] if by_expression else []
        if where and role is not None:
            scan(where, place_of(role))
            conditions.append(self._insert(_condition(where, role.variable, name)))
        plain = f" {{{key}: {match['value']}}}" if key and not by_expression else ""
        return f"({name}:{label}{plain} WHERE {' AND '.join(conditions)})"

    def _compared(self, match: re.Match[str]) -> str:
        """Compare the parts of a composite key too, for which Neo4j may use an index."""
        name, key, sign, parameter, place = match.groups()
        role = self._keys.get(key)
        if role is None or not role.composite:
            return match[0]
        values = [f"{name}.{quoted(part)} {sign} ${parameter}{PART}{n}{place}" for n, part in enumerate(role.keys)]
        return self._insert(f"({' AND '.join(values)} AND {key_expression(name, role)} {sign} ${parameter}{place})")

    def _key(self, match: re.Match[str]) -> str:
        role = self._keys.get(match["key"])
        return match[0] if role is None else self._insert(key_expression(match["name"], role))


def place_of(role: NodeRole) -> str:
    """Return where the predicate of a role is written, for messages."""
    said = " and ".join(name for name in ("where", "consent") if getattr(role, name)) or "where"
    return f"[graph.{'item' if role.variable == 'i' else 'user'}] {said}"


def with_parts(query: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a query with the parts of composite keys that it asks for."""
    wanted = _PART.findall(query) if PART in query else []
    return {**parameters, **{f"{name}{PART}{n}": _part(parameters.get(name), int(n)) for name, n in wanted}}


def _part(value: Any, number: int) -> Any:
    """Return a part of a key, or of each key of a list; null for what is no composite key."""
    if isinstance(value, list | tuple):
        return [_part(one, number) for one in value]
    found = parts(value) or []
    return found[number] if number < len(found) else None


def key_expression(name: str, role: NodeRole) -> str:
    """Return Cypher for the id of a node, null if it has none; ``name`` is the node's variable."""
    if role.key == ELEMENT_ID:
        return f"elementId({name})"
    values = ", ".join(f"{name}.{quoted(key)}" for key in role.keys)
    return f"('[' + reduce(text = '', part IN [{values}] | text + {_JSON}) + ']')"


def _by_expression(role: NodeRole) -> bool:
    return role.composite or role.key == ELEMENT_ID


def _condition(where: str, variable: str, name: str) -> str:
    return f"({where})" if name == variable else f"all({variable} IN [{name}] WHERE {where})"

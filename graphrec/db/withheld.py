"""Keep personal properties out of what queries return: the only place where a query's text is changed for it.

A query that names its properties is safe by :func:`graphrec.config.personal.check_personal`. Here are the others: those
that read all properties of a node (``properties(i)``), any of them by their names (``keys(e)``), or the name of a node
``e`` of whatever label.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from graphrec.config.personal import parse_personal
from graphrec.config.schema import quoted
from graphrec.db.inserted import Inserted
from graphrec.db.literals import literal

#: Folders of queries whose results come into answers, files and models. The others load, change, count and remove what
#: is in the database, export what the mapping names, or look at names and kinds of properties.
FOLDERS = ("query/", "embed/", "posts/", "publish/", "trends/", "quality/", "copy/", "experiment/")

_KEYS = re.compile(r"\bkeys\((?P<node>[A-Za-z_]\w*)\)")
_PROPERTIES = re.compile(r"\bproperties\((?P<node>[A-Za-z_]\w*)\)")
#: A property of a node of any label, which queries call ``e``.
_NAMED = re.compile(r"\be\.(?P<name>[A-Za-z_]\w*)\b(?!\s*\()")
_CHOSEN = re.compile(r"\be\[(?P<name>\$\w+)\]")


def withhold(query: str, personal: Collection[str], names: Mapping[str, str | tuple[str, ...]], texts: Inserted) -> str:
    """Return a query without personal properties in what it reads.

    Parameters
    ----------
    query
        With the default names.
    personal
        Those of the mapping: ``"User.email"``.
    names
        Default name → name in the graph.
    texts
        Takes what is inserted.
    """
    owners: dict[str, list[str]] = {}
    for text in personal:
        owner, name = parse_personal(text)
        owners.setdefault(name, []).append(owner)

    def has_owner(node: str, name: str) -> str:
        return " OR ".join(f"{node}:{quoted(owner)}" for owner in owners[name])

    def is_personal(node: str, key: str) -> str:
        return " OR ".join(f"({key} = {literal(name)} AND ({has_owner(node, name)}))" for name in owners)

    def keys(found: re.Match[str]) -> str:
        node = found["node"]
        return texts.add(f"[one IN keys({node}) WHERE NOT ({is_personal(node, 'one')})]")

    def properties(found: re.Match[str]) -> str:
        node = found["node"]
        kept = (
            f"{quoted(name)}: CASE WHEN NOT ({has_owner(node, name)}) THEN {node}.{quoted(name)} END" for name in owners
        )
        return texts.add(f"{node} {{.*, {', '.join(kept)}}}")

    def named(found: re.Match[str]) -> str:
        name = names.get(found["name"], found["name"])
        if not isinstance(name, str) or name not in owners:
            return found[0]
        return texts.add(f"CASE WHEN NOT ({has_owner('e', name)}) THEN e.{quoted(name)} END")

    def chosen(found: re.Match[str]) -> str:
        return texts.add(f"CASE WHEN NOT ({is_personal('e', found['name'])}) THEN e[{found['name']}] END")

    for pattern, replaced in ((_NAMED, named), (_CHOSEN, chosen), (_PROPERTIES, properties), (_KEYS, keys)):
        query = pattern.sub(replaced, query)
    return query

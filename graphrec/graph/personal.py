"""Find nodes that belong to one user each: orders and their lines, reviews, carts, profiles.

A path through them leads from a user to an item, however many nodes lie between: as knowledge it would leak held-out
behaviour. Places, tags and the like belong to many users, and are no such path.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from types import MappingProxyType

from graphrec.db import queries
from graphrec.db.database import Database

_SAMPLE = 4000
#: Share of the nodes of a label that have an owner, if this alone says something; and share of owners who share.
_OWNED, _SHARED = 0.5, 0.4
#: Most owners of a node on average, where it stands for them by its name.
_FEW_EACH = 3
#: Fewest nodes that would have several owners by chance, where most have none.
_EVIDENCE = 3.0


def personal_labels(
    db: Database,
    users: Collection[str],
    items: Collection[str],
    triples: Collection[tuple[str, str, str]],
    ignored: Collection[str] = (),
    known: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Return each label whose nodes belong to one user, with the path from the user.

    Parameters
    ----------
    db
        The database.
    users, items
        Their labels. Items belong to nobody, even if each has one seller.
    triples
        The (label, type, label) triples of the database.
    ignored
        Types that are not followed.
    known
        Labels whose nodes are known to belong to users, with the path, as on that of a behaviour.
    """
    found = dict(known)
    reached = {**{user: f"(:{user})" for user in users}, **known}
    while reached:
        ends: dict[str, str] = {}
        for owner, path in reached.items():
            for a, kind, b in sorted(triples):
                label = b if a == owner else a
                if owner not in (a, b) or kind in ignored or label in {*users, *items, *found, *ends}:
                    continue
                if belong(db, label, kind, owner):
                    ends[label] = f"{path}-[:{kind}]-(:{label})"
        found |= ends
        reached = ends
    return found


def belong(db: Database, label: str, kind: str, owner: str) -> bool:
    """Return whether nodes of a label have one node of the other each, nodes without any aside."""
    return owned_by_one(*_owners(db, label, kind, owner))


def owned_by_few(db: Database, label: str, kind: str, owner: str) -> bool:
    """Return whether nodes of a label have few nodes of the other each, as a session on a shared device."""
    _, owned, shared, links = _owners(db, label, kind, owner)
    return 0 < owned + links <= _FEW_EACH * (owned + shared)


def _owners(db: Database, label: str, kind: str, owner: str) -> tuple[int, int, int, int]:
    row = db.read(queries.load("inspect/owned", User=owner, RATED=kind, Item=label), sample=_SAMPLE)[0]
    return row["size"], row["owned"], row["shared"], row["links"]


def owned_by_one(size: int, owned: int, shared: int, links: int) -> bool:
    """Return whether nodes have one owner each, rather than those who happen to touch them.

    Orders of guests and anonymous sessions have no owner; a few may have two. Where most have none, a single owner
    means something only if chance would have given several to some.

    Parameters
    ----------
    size
        Number of nodes.
    owned, shared
        Nodes with one owner, and with several.
    links
        Owners of those with several, added up: tags that one user has each are many, but most users share theirs.

    Examples
    --------
    >>> owned_by_one(2400, 780, 20, 40), owned_by_one(2400, 700, 100, 200), owned_by_one(2400, 8, 0, 0)
    (True, False, False)
    """
    some = owned + shared
    if links >= _SHARED * (owned + links):
        return False
    if some >= _OWNED * size:
        return some > 0
    chance = some + math.log(1 - some / size) * (size - some)  # nodes that several would have, each chosen alone
    return chance >= _EVIDENCE and shared <= chance / 2

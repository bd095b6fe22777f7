"""Find nodes that belong to one user each: orders and their lines, reviews, carts, profiles.

A path through them leads from a user to an item, however many nodes lie between: as knowledge it would leak held-out
behaviour. So would one through what a few users share, such as the orders of a household. Places, tags and the like
belong to many users, and are no such path.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from graphrec.db import queries
from graphrec.db.database import Database

_SAMPLE = 4000
#: Share of the nodes of a label that have an owner, if this alone says something; and share of owners who share.
_OWNED, _SHARED = 0.5, 0.3
#: Fewest nodes that would have several owners by chance, where most have none.
_EVIDENCE = 3.0
#: Most users who share a node that stands for them, for most of its users.
_FEW = 10


def personal_labels(
    db: Database,
    users: Collection[str],
    items: Collection[str],
    triples: Collection[tuple[str, str, str]],
    ignored: Collection[str] = (),
    known: Mapping[str, str] = MappingProxyType({}),
    shared: Mapping[str, str] = MappingProxyType({}),
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
    shared
        Labels whose nodes few users share, with the path; what belongs to one of them is as good as a user's own.
    """
    found = dict(known)
    reached = {**{user: f"(:{user})" for user in users}, **shared, **known}
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


def few(owners: Sequence[int], users: int) -> bool:
    """Return whether nodes are shared by so few users that they stand for them, as households and devices do.

    Parameters
    ----------
    owners
        Number of users of each node.
    users
        Number of all users.
    """
    # The median over users, not nodes: most tags have one user, and most users of tags share theirs with many.
    each = sorted(n for n in owners for _ in range(n))
    return bool(each) and each[len(each) // 2] <= max(1, min(_FEW, users // 10))


def shared_by_few(
    db: Database,
    users: Collection[str],
    items: Collection[str],
    triples: Collection[tuple[str, str, str]],
    ignored: Collection[str] = (),
) -> dict[str, str]:
    """Return each label whose nodes few users share, with the path; parameters as in :func:`personal_labels`."""
    found = {}
    total = number_of(db, users)
    for a, kind, b in sorted(triples):
        for user, label in ((a, b), (b, a)):
            if user in users and label not in {*users, *items} and kind not in ignored:
                owners = _owners(db, label, kind, user)
                if few(owners, total) and not few(owners, 1):  # with one user each they are a user's own
                    found[label] = f"(:{user})-[:{kind}]-(:{label})"
    return found


def owned_by_few(db: Database, label: str, kind: str, owner: str) -> bool:
    """Return whether few nodes of the other label share each node of a label, as people do a session on one device."""
    return few(_owners(db, label, kind, owner), number_of(db, [owner]))


def number_of(db: Database, users: Collection[str]) -> int:
    """Return the number of nodes with any of these labels."""
    return int(db.read(queries.load("inspect/label_count", User=tuple(users)))[0]["total"])


def _owners(db: Database, label: str, kind: str, owner: str) -> list[int]:
    """Return the number of owners of each node of a label, in a sample of those that have any."""
    rows = db.read(queries.load("inspect/owners", User=owner, RATED=kind, Item=label), sample=_SAMPLE)
    return [row["owners"] for row in rows]


def belong(db: Database, label: str, kind: str, owner: str) -> bool:
    """Return whether nodes of a label have one node of the other each, nodes without any aside."""
    row = db.read(queries.load("inspect/owned", User=owner, RATED=kind, Item=label), sample=_SAMPLE)[0]
    return owned_by_one(row["size"], row["owned"], row["shared"], row["links"])


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

"""Find nodes that belong to one user each: orders and their lines, reviews, carts, profiles.

A path through them leads from a user to an item, however many nodes lie between: as knowledge it would leak held-out
behaviour. So would one through what a few users share, such as the orders of a household. Places, tags and the like
belong to many users, and are no such path.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from graphrec.db import queries
from graphrec.db.database import Database

_SAMPLE = 1000
#: Share of the nodes of a label that have an owner; and of these, share that may have several, by mistake.
_OWNED, _SHARED = 0.5, 0.01
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
    total = sum(db.read(queries.load("inspect/label_count", User=user))[0]["total"] for user in users)
    for a, kind, b in sorted(triples):
        for user, label in ((a, b), (b, a)):
            if user in users and label not in {*users, *items} and kind not in ignored:
                rows = db.read(queries.load("inspect/owners", User=user, RATED=kind, Item=label), sample=_SAMPLE)
                owners = [row["owners"] for row in rows]
                if few(owners, total) and not few(owners, 1):  # with one user each they are a user's own
                    found[label] = f"(:{user})-[:{kind}]-(:{label})"
    return found


def belong(db: Database, label: str, kind: str, owner: str) -> bool:
    """Return whether most nodes of a label have one node of the other, and (nearly) none has several."""
    row = db.read(queries.load("inspect/owned", User=owner, RATED=kind, Item=label), sample=_SAMPLE)[0]
    return bool(row["owned"] >= max(1, _OWNED * row["size"]) and row["shared"] <= _SHARED * row["owned"])

"""Choose the property that identifies the nodes of a label, and say what is wrong where none does.

A property with a uniqueness constraint comes first, then one whose name says id, then whole numbers and texts without
spaces that no two nodes share, then a name or title, then other short texts. Prose, dates, prices and the like identify
nothing: they are unique by chance, and change. A property that many nodes lack comes after those that say id or are
short and on all. A user's e-mail address, phone number, name and the like come last: the key is in every run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from graphrec.common.console import warn
from graphrec.config.roles import ELEMENT_ID
from graphrec.config.schema import quoted
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.names import id_rank, personal, title_rank, unstable
from graphrec.graph.survey import Label, Property
from graphrec.graph.times import is_date_text

#: Up to this many nodes, uniqueness is counted exactly instead of in a sample.
COUNTABLE = 2_000_000
#: Types of values that identify a node. Whole numbers stored as FLOAT are read as integers.
TYPES = frozenset({"STRING", "INTEGER", "FLOAT"})
#: Fewest nodes with the key, as a share: a property whose name says id, and any other.
_SHARE_OF_ID, _SHARE = 0.5, 0.9
#: Longest mean length of a key whose name does not say id, in characters.
_LONGEST = 48
#: Most values with a space, as a share, of texts that are no phrases.
_SPACED = 0.1
#: Kinds of properties whose names do not say id.
_NUMBER, _WORD, _NAME, _PHRASE = 4, 5, 6, 7
_SAMPLE = 200


@dataclass(frozen=True)
class Key:
    """What identifies nodes, with the reason for choosing it."""

    name: str | tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Fault:
    """Why a property is no key."""

    name: str
    problem: str
    hint: str | None = None


def propose_keys(db: Database, label: Label, part: str) -> list[Key]:
    """Return what identifies the nodes of a label: a property, several together, or else Neo4j's own id.

    Properties that are about as likely as the first are returned too.

    Parameters
    ----------
    db, label
        The database, and a label of its survey.
    part
        Role of the nodes, ``user`` or ``item``, for messages.
    """
    keys, faults = _found(db, label, part)
    if keys:
        return [_said_of(label, key, part) for key in keys]
    if label.together:
        return [Key(label.together[0], "unique together by constraint")]
    pair = _pair(db, label, faults)
    if pair is not None:
        return [Key(pair, "unique together so far: a constraint would keep it so")]
    return [_no_key(label, part, faults)]


def identified(db: Database, together: Label, alone: Label, part: str) -> bool:
    """Return whether one property identifies the nodes of several labels, and no worse than those of one of them."""
    keys, of_one = _found(db, together, part)[0], _found(db, alone, part)[0]
    named = {
        p.name for p in together.properties if id_rank(p.name, together.name) is None and _kind(together, p) >= _NAME
    }
    return bool(keys) and (keys[0].name not in named or keys[0].name in [key.name for key in of_one])


def _found(db: Database, label: Label, part: str) -> tuple[list[Key], list[Fault]]:
    """Return the properties that are keys, those alone that rank alike, and why others are none."""
    keys, faults, first = list[Key](), list[Fault](), None
    for candidate in candidates(label, part):
        rank = _rank(label, candidate, part)
        if label.together and (candidate.name not in label.unique or _is_personal(candidate.name, part)):
            break
        if keys and rank != first:
            break
        found = _judge(db, label, candidate)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            keys.append(found)
            first = rank
    return keys, faults


def _is_personal(name: str, part: str) -> bool:
    return part == "user" and personal(name)


def _said_of(label: Label, key: Key, part: str) -> Key:
    """Warn if a key says who the users are, and say it in its reason."""
    if not isinstance(key.name, str) or not _is_personal(key.name, part):
        return key
    warn(
        f"only {key.name!r} tells the {label.name!r} nodes apart: personal data, which would be in the files of every "
        f"run and in what commands print. To have ids that say nothing, {_new_key(label)}"
    )
    return Key(key.name, f"{key.reason}; personal data, for want of another id")


def candidates(label: Label, part: str) -> list[Property]:
    """Return the properties that may be keys, most likely first; among equals those with the shortest values."""
    ranked = [
        ((*rank, p.spaced > 0, p.length, p.name), p)
        for p in label.properties
        if (rank := _rank(label, p, part)) is not None
    ]
    return [p for _, p in sorted(ranked, key=lambda pair: pair[0])]


def _rank(label: Label, found: Property, part: str) -> tuple[bool, bool, bool, bool, int, bool] | None:
    """Rank a property: personal or not, name or not, on most nodes or not, constraint or not, kind, on all or not.

    The kinds 0 to 3 say id (:func:`graphrec.graph.names.id_rank`); then come those of :func:`_kind`.
    """
    constrained, said = found.name in label.unique, id_rank(found.name, label.name)
    if not constrained and said is None:
        if unstable(found.name) or not set(found.kinds) <= {"STRING", "INTEGER"}:
            return None
        said = _kind(label, found)
    said = 3 if said is None else said
    named, sparse = said >= _NAME, found.share < _SHARE
    return _is_personal(found.name, part), named, sparse, not constrained, said, found.share < 1


def _kind(label: Label, found: Property) -> int:
    """Return the kind of a property whose name does not say id, as in :func:`_rank`."""
    if found.kinds == ("INTEGER",):
        return _NUMBER
    if title_rank(found.name, label.name) is not None:
        return _NAME
    return _WORD if found.spaced <= _SPACED else _PHRASE


def _judge(db: Database, label: Label, found: Property) -> Key | Fault:
    """Return a property as a key, or why it is none."""
    name, kinds = found.name, set(found.kinds)
    constrained, says_id = name in label.unique, id_rank(name, label.name) is not None
    if not kinds <= TYPES:
        return Fault(name, f"holds {'|'.join(sorted(kinds))}")
    if not constrained and not says_id and not _short(db, label, name):
        return Fault(name, "holds long texts or dates")
    why = "unique by constraint" if constrained else "unique so far: a constraint would keep it so"
    if label.count > COUNTABLE:
        if not constrained and found.distinctness < 1:
            return Fault(name, "values occur on several nodes")
        return Key(name, why if constrained else "unique in a sample")
    row = db.read(queries.load("inspect/key_values", User=label.names, userId=name))[0]
    return _counted(db, label, name, row, why, _SHARE_OF_ID if says_id or constrained else _SHARE)


def _counted(db: Database, label: Label, name: str, row: Any, why: str, fewest: float) -> Key | Fault:
    """Judge a property by the values of all nodes; ``row`` is a row of ``inspect/key_values``."""
    total, keyed = row["total"], row["keyed"]
    kinds = {kind.removesuffix(" NOT NULL") for kind in row["kinds"]} - {"NULL"}
    missing = f"{total - keyed:,} of {total:,} nodes {'has' if total - keyed == 1 else 'have'} none"
    if not kinds <= TYPES:
        return Fault(name, f"holds {'|'.join(sorted(kinds))}")
    if row["fractions"]:
        return Fault(name, f"{row['fractions']:,} values of FLOAT are not whole", _as_text(label, name))
    if row["differing"] < keyed:
        again = db.read(queries.load("inspect/key_repeated", User=label.names, userId=name))[0]
        several = "1 value is" if again["values"] == 1 else f"{again['values']:,} values are"
        return Fault(name, f"{several} on several nodes, such as {again['example']!r} on {again['nodes']:,}")
    if keyed < max(1, math.ceil(fewest * total)):
        return Fault(name, missing, "give these nodes a value that no other has, or name another label")
    if keyed < total:
        why += f"; {missing} and {'is' if total - keyed == 1 else 'are'} left out"
    if "FLOAT" in kinds:
        why += "; whole numbers, stored as FLOAT"
    return Key(name, why)


def _short(db: Database, label: Label, name: str) -> bool:
    """Return whether values are short, and no dates."""
    some = db.read(queries.load("inspect/values", User=label.names, userId=name), sample=_SAMPLE)[0]["some"]
    texts = [value for value in some if isinstance(value, str)]
    if not texts:
        return True
    return sum(map(len, texts)) / len(texts) <= _LONGEST and not all(is_date_text(text) for text in texts)


def _no_key(label: Label, part: str, faults: list[Fault]) -> Key:
    """Return Neo4j's own id; say what is wrong with each property, and how to do better."""
    shown = ", ".join(f"{p.name} ({'|'.join(p.kinds)})" for p in label.properties) or "none"
    problem = "".join(f"; {fault.name!r}: {fault.problem}" for fault in faults[:3])
    hint = next((fault.hint for fault in faults if fault.hint), None)
    warn(
        f"{label.name!r} looks like the {part}s, but no property tells its {label.count:,} nodes apart "
        f"(properties: {shown}){problem}; {ELEMENT_ID} does, as long as this store lives: not in a copy of it, nor "
        f"after loading again. To have ids that last, {hint or _new_key(label)}"
    )
    return Key(ELEMENT_ID, "nothing else is unique; good for the lifetime of this store alone")


def _pair(db: Database, label: Label, faults: list[Fault]) -> tuple[str, str] | None:
    """Return two properties that together identify the nodes, the one that says id last."""
    plain = [p.name for p in label.properties if set(p.kinds) <= {"STRING", "INTEGER"} and not unstable(p.name)]
    if label.count > COUNTABLE:
        return None
    first = [fault.name for fault in faults if fault.name in plain]
    for one, other in combinations(dict.fromkeys([*first, *plain]), 2):
        row = db.read(queries.load("inspect/key_pair", User=label.names, userId=one, itemId=other))[0]
        if row["differing"] == row["total"]:
            names = sorted((one, other), key=lambda name: (id_rank(name, label.name) is not None, name))
            return names[0], names[1]
    return None


def _as_text(label: Label, name: str) -> str:
    return f"add their texts as a key: {_set(label, f'toString(n.{quoted(name)})', name)}"


def _new_key(label: Label) -> str:
    return f"add a key: {_set(label, 'randomUUID()')}"


def _set(label: Label, value: str, source: str | None = None) -> str:
    """Return Cypher that adds a property of a new name, and then a constraint, which covers one label."""
    name = next(n for n in _new_names(label) if n not in {p.name for p in label.properties})
    there = "" if source is None else f" AND n.{quoted(source)} IS NOT NULL"
    nodes = "|".join(map(quoted, label.labels or (label.name,)))
    query = f"MATCH (n:{nodes}) WHERE n.{quoted(name)} IS NULL{there} SET n.{quoted(name)} = {value}"
    if label.labels:
        return query
    return f"{query}; CREATE CONSTRAINT FOR (n:{nodes}) REQUIRE n.{quoted(name)} IS UNIQUE"


def _new_names(label: Label) -> Iterator[str]:
    stem = "".join(c if c.isalnum() else "_" for c in label.name[:1].lower() + label.name[1:])
    yield f"{stem}Id"
    yield f"{stem}Key"
    number = 2
    while True:
        yield f"{stem}Key{number}"
        number += 1

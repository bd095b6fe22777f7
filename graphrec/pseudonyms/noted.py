"""What the graph says of its ids: pseudonyms under which key. Others are refused, or people would double."""

from __future__ import annotations

from typing import NamedTuple

from graphrec.common.errors import ConfigError, GraphError
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.pseudonyms.key import PseudonymKey
from graphrec.pseudonyms.pseudonym import BITS

_KEY = 'name its key: --pseudonymise KEYFILE for `graphrec load`, [privacy] pseudonym_key = "KEYFILE" for all commands'


class Noted(NamedTuple):
    """Fingerprint of the key, and of the one that an unfinished rotation puts in its place."""

    fingerprint: str
    next: str | None


def noted(db: Database) -> Noted | None:
    """Return what the graph says; None: its ids are no pseudonyms.

    Raises
    ------
    DatabaseError
        Neo4j refuses or is unreachable.
    """
    rows = db.read(queries.load("pseudonyms/noted"))
    return Noted(rows[0]["fingerprint"], rows[0]["next"]) if rows else None


def require_same(db: Database, key: PseudonymKey | None) -> bool:
    """Refuse a key that is not the graph's, or none where it has one; return whether the graph has one.

    Raises
    ------
    ConfigError
        The ids of the graph are pseudonyms under another key, or under one that is not given.
    DatabaseError
        Neo4j refuses or is unreachable.
    """
    found = noted(db)
    if found is None:
        return False
    if found.next is not None:
        raise ConfigError(
            "the pseudonyms of this graph are being rotated, or a rotation was interrupted",
            hint="give the same `graphrec pseudonyms rotate OLD NEW` again: it goes on",
        )
    if key is None:
        raise ConfigError(
            f"the ids of users in this graph are pseudonyms under the key {found.fingerprint}, and no key is given: "
            "people would be there twice",
            hint=_KEY,
        )
    if key.fingerprint != found.fingerprint:
        raise ConfigError(
            f"the ids of users in this graph are pseudonyms under the key {found.fingerprint}, not {key.fingerprint}: "
            "people would be there twice",
            hint="name the right key; `graphrec pseudonyms fingerprint FILE` says which one a file holds",
        )
    return True


def check_key(db: Database, schema: GraphSchema, key: PseudonymKey | None) -> bool:
    """Check that people may be written under a key, or under none; return whether the graph has noted the key.

    Raises
    ------
    ConfigError
        See :func:`require_same`.
    GraphError
        The graph has users under ids of their own.
    DatabaseError
        Neo4j refuses or is unreachable.
    """
    if require_same(db, key) or key is None:
        return key is not None
    label, name = schema.user.single()
    if db.read(queries.load("load/key_type", User=label, userId=name)):
        raise GraphError(
            f"({label}) nodes have ids of their own in this database; with pseudonyms, people would be there twice",
            hint="load into another database, from the beginning, with --pseudonymise",
        )
    return False


def note_key(db: Database, schema: GraphSchema, key: PseudonymKey | None) -> None:
    """Check a key before people are written, and note it in a graph that has nobody yet; see :func:`check_key`."""
    if not check_key(db, schema, key) and key is not None:
        db.write(queries.load("pseudonyms/note"), fingerprint=key.fingerprint, bits=BITS)

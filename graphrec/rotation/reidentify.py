"""Find whose pseudonyms these are, by trying ids: there is no other way back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from graphrec.common.errors import InputError
from graphrec.common.files import read_text
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.pseudonyms.key import PseudonymKey
from graphrec.pseudonyms.noted import require_same
from graphrec.pseudonyms.pseudonym import Pseudonyms, generation

_BATCH = 10_000


def read_ids(file: Path) -> list[str]:
    """Return the ids of a file, one a line.

    Raises
    ------
    InputError
        It cannot be read, or holds none.
    """
    try:
        found = [line.strip() for line in read_text(file).removeprefix("\ufeff").splitlines() if line.strip()]
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}", hint="check the path") from error
    except ValueError as error:
        raise InputError(f"{file}: cannot be read: {error}", hint="save it as UTF-8") from error
    if not found:
        raise InputError(f"{file}: holds no ids", hint="write one id in each line")
    return list(dict.fromkeys(found))


def among(key: PseudonymKey, candidates: Iterable[str], wanted: Iterable[str]) -> dict[str, str]:
    """Return pseudonym → id for those wanted that a candidate has.

    Raises
    ------
    InputError
        One of those wanted is no pseudonym, or of another generation than the key.
    """
    asked = list(wanted)
    for one in asked:
        if generation(one) != key.generation:
            what = f"of generation {generation(one)}, not {key.generation}" if generation(one) else "no pseudonym"
            raise InputError(f"{one!r} is {what}", hint="name the key that made it, such as the one before a rotation")
    found = Pseudonyms(key).matches(candidates)
    return {one: found[one] for one in asked if one in found}


def in_graph(db: Database, settings: Settings, key: PseudonymKey, candidates: Sequence[str]) -> dict[str, str]:
    """Return pseudonym → id for the users of the graph that a candidate is.

    Raises
    ------
    InputError
        The ids of the graph are no pseudonyms.
    ConfigError
        They are under another key.
    DatabaseError
        Neo4j refuses or is unreachable.
    """
    if not require_same(db, key):
        raise InputError("the ids of users in this graph are no pseudonyms", hint="name the graph that they are of")
    found = Pseudonyms(key).matches(candidates)
    names, query = list(found), queries.load("pseudonyms/known", settings.graph)
    there: set[str] = set()
    for start in range(0, len(names), _BATCH):
        there.update(row["user"] for row in db.read(query, users=names[start : start + _BATCH]))
    return {one: found[one] for one in names if one in there}

"""Propose which properties are personal, by their names and by what some of their values look like; and check a list.

A name such as ``address`` says something of a person only on the nodes of users, and on those that belong to one user
each; ``email`` or ``iban`` says it anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

import msgspec

from graphrec.common.errors import ConfigError, nearest
from graphrec.config.personal import parse_personal
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.catalog import known_names
from graphrec.db.database import Database
from graphrec.graph.names import personal
from graphrec.graph.survey import Survey
from graphrec.graph.vocabulary import BIRTH, CONTACTS, words

_SAMPLE = 50
#: Share of the values that must look so.
_MOST = 0.6
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}\Z")
_PHONE = re.compile(r"(\+|00|\()[\d\s()/.-]{6,22}\d\Z")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\Z")
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}\Z")
_KINDS = (("e-mail addresses", _EMAIL), ("phone numbers", _PHONE), ("IBANs", _IBAN), ("social security numbers", _SSN))


def propose_personal(
    db: Database, found: Survey, schema: GraphSchema, owned: Collection[str] = ()
) -> tuple[tuple[str, ...], str]:
    """Return the properties that are probably personal, as ``personal`` of ``[graph]`` has them, and why.

    Parameters
    ----------
    found
        The survey of the database.
    schema
        The proposed mapping; what it reads is left out.
    owned
        Labels whose nodes belong to one user each.
    """
    people = {*schema.user.labels, *owned}
    reasons: dict[str, str] = {}
    for label in found.labels.values():
        for one in label.properties:
            why = _by_name(one.name, whose=label.name in people)
            if why is None and one.kinds == ("STRING",):
                why = _by_value(db, label.name, one.name)
            if why is not None:
                reasons[f"{label.name}.{one.name}"] = why
    for relation in found.relations:
        if relation.path is None and {relation.head, relation.tail} & people:
            for one in relation.properties:
                if _by_name(one.name, whose=False):
                    reasons[f"{relation.kind}.{one.name}"] = "by its name"
    kept = tuple(text for text in sorted(reasons) if _fits(schema, text))
    return kept, "; ".join(f"{text} {reasons[text]}" for text in kept)


def check_names(db: Database, listed: Iterable[str]) -> None:
    """Refuse a personal property that the database does not know: a misspelled one would protect nothing.

    Raises
    ------
    ConfigError
        The database has no such label or type, or no such property anywhere.
    """
    wanted = [(text, parse_personal(text)) for text in listed]
    known = known_names(db) if wanted else {}
    for text, (owner, name) in wanted:
        owners = [*known["label"], *known["relationship type"]]
        for what, said, names in (("label or relationship type", owner, owners), ("property", name, known["property"])):
            if said not in names:
                raise ConfigError(
                    f"[graph] personal: {text!r}: the database has no {what} {said!r}",
                    hint=f"{nearest(said, names)}; a misspelled name protects nothing",
                )


def _by_name(name: str, *, whose: bool) -> str | None:
    said = words(name)
    return "by its name" if said & CONTACTS or (whose and (personal(name) or said & BIRTH)) else None


def _by_value(db: Database, label: str, name: str) -> str | None:
    some = db.read(queries.load("inspect/values", User=label, userId=name), sample=_SAMPLE)[0]["some"]
    texts = [value.strip() for value in some if isinstance(value, str) and value.strip()]
    for what, form in _KINDS:
        if texts and sum(bool(form.match(text)) for text in texts) >= _MOST * len(texts):
            return f"by its values, {what}"
    return None


def _fits(schema: GraphSchema, text: str) -> bool:
    """Return whether the mapping reads the property nowhere."""
    try:
        msgspec.structs.replace(schema, personal=(text,))
    except ValueError:
        return False
    return True

"""Judge properties by their names: which say an id, a title, or something that neither identifies nor names a node."""

from __future__ import annotations

import re
from collections.abc import Collection

from graphrec.graph.vocabulary import (
    ID_ENDINGS,
    ID_WORDS,
    KEYS,
    NOT_IDS,
    NOT_KEYS,
    NOT_TITLES,
    PERSONAL,
    TITLES,
    parts,
    words,
)

#: Keys by which a person goes in this database alone.
_PUBLIC = ("login", "username", "handle")
#: Scripts that put no space between words: a name there says what its end says.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def plain(name: str) -> str:
    """Return a name in lower case, letters and digits alone."""
    return re.sub(r"[\W_]", "", name.lower())


def id_rank(name: str, label: str) -> int | None:
    """Return how clearly a property's name says id, 0 the most; None if it does not.

    >>> [id_rank(name, "User") for name in ("userId", "uuid", "email", "imdbId", "name", "paid")]
    [0, 1, 2, 3, None, None]
    >>> [id_rank(name, "Track") for name in ("tid", "kundennr", "N° de client", "客户编号", "código", "grid")]
    [3, 3, None, 3, 3, None]
    """
    whole, said = plain(name), parts(name)
    if whole == "id" or _owned(said, whole, label):
        return 0
    if whole in ("email", *_PUBLIC):
        return 2
    if whole in KEYS:
        return 1
    last = said[-1] if said else whole
    ends = re.search(rf"\w{{3}}({'|'.join(ID_ENDINGS)})\Z|\A[a-z]id\Z", last)
    if last in ID_WORDS or (ends and last not in NOT_IDS) or _ends(last, ID_WORDS):
        return 3
    return None


def _owned(said: list[str], whole: str, label: str) -> bool:
    """Return whether a name is a label, or one of its words, and a word that says id; an ending may lengthen the label.

    >>> [_owned(parts(name), plain(name), "AppUser") for name in ("userId", "appuserid", "imdbId", "id")]
    [True, True, False, False]
    >>> _owned(["kunden", "nr"], "kundennr", "Kunde 客户")
    True
    """
    names = {one for name in (plain(label), *parts(label)) if name for one in (name, name.removesuffix("s"))}
    if any(whole.removeprefix(name) in ID_WORDS for name in names if whole.startswith(name)):
        return True
    if not said or said[-1] not in ID_WORDS:
        return False
    owner = "".join(said[:-1])
    return any(owner.startswith(name) and len(owner) - len(name) <= 2 for name in names if len(name) > 2)


def _ends(name: str, known: Collection[str]) -> bool:
    """Return whether a name without spaces between its words ends with one of these."""
    return bool(_UNSPACED.search(name)) and any(name.endswith(word) for word in known if _UNSPACED.search(word))


def personal(name: str) -> bool:
    """Return whether a property of a user says who the person is, outside this database too.

    >>> [personal(name) for name in ("email", "phoneNumber", "full_name", "ssn", "userId", "username", "userName")]
    [True, True, True, True, False, False, False]
    >>> [personal(name) for name in ("Nachname", "客户姓名", "客户编号")]
    [True, True, False]
    """
    return (bool(words(name) & PERSONAL) or _ends(plain(name), PERSONAL)) and plain(name) not in _PUBLIC


def unstable(name: str) -> bool:
    """Return whether a property holds prose, a date, a price or another value that changes."""
    return bool((words(name) & NOT_KEYS) or plain(name) in NOT_KEYS or _ends(plain(name), NOT_KEYS))


def title_rank(name: str, label: str) -> int | None:
    """Return how clearly a property's name says name or title, 0 the most; None if it does not.

    >>> ranks = [title_rank(name, "Product") for name in ("title", "productName", "rdfs__label", "companyName")]
    >>> ranks == sorted(ranks), title_rank("file_name", "Product"), title_rank("Titel", "Buch") is None
    (True, None, False)
    """
    whole, said, owner = plain(name), parts(name), plain(label)
    if whole in TITLES:
        return TITLES.index(whole)
    if not said or set(said[:-1]) & NOT_TITLES or whole in ("username", "filename"):
        return None
    if whole in {owner, *(f"{owner}{word}" for word in TITLES)}:
        return len(TITLES)
    if said[-1] in TITLES or _ends(whole, TITLES) or re.search(r"\w{3}(titel|bezeichnung)\Z", whole):
        first = re.match(r"[a-z0-9]+__", name) or said[0] in ("display", "full", "pref")
        return len(TITLES) + (1 if first else 2)
    return None

"""Judge properties by their names: which say an id, a title, or something that neither identifies nor names a node."""

from __future__ import annotations

import re

from graphrec.graph.vocabulary import ID_WORDS, KEYS, NOT_KEYS, NOT_TITLES, PERSONAL, TITLES, words

#: Keys that say who somebody is, rather than only which node it is.
_PERSONAL = ("email", "login", "username", "handle")


def parts(name: str) -> list[str]:
    """Split a name into lower-case words, in order.

    >>> parts("productID"), parts("rdfs__label"), parts("display_name")
    (['product', 'id'], ['rdfs', 'label'], ['display', 'name'])
    """
    return [word.lower() for word in re.findall(r"[A-Z]?[^\W\dA-Z_]+|[A-Z]+(?![a-z])", name)]


def plain(name: str) -> str:
    """Return a name in lower case without underscores and spaces."""
    return name.lower().replace("_", "").replace(" ", "")


def id_rank(name: str, label: str) -> int | None:
    """Return how clearly a property's name says id, 0 the most; None if it does not.

    >>> [id_rank(name, "User") for name in ("userId", "uuid", "email", "imdbId", "name", "paid")]
    [0, 1, 2, 3, None, None]
    """
    whole, owner = plain(name), plain(label)
    said = parts(name)
    if whole in {f"{owner}{key}" for key in ("id", "uuid", "key", "no", "number", "code")} or whole == "id":
        return 0
    if whole in _PERSONAL:
        return 2
    if whole in KEYS:
        return 1
    if (said and said[-1] in ID_WORDS) or re.search(r"\w{3}id\Z", whole):
        return 3
    return None


def personal(name: str) -> bool:
    """Return whether a property of a user says who the person is, outside this database too.

    >>> [personal(name) for name in ("email", "phoneNumber", "full_name", "ssn", "userId", "username", "userName")]
    [True, True, True, True, False, False, False]
    """
    return bool(words(name) & PERSONAL) and plain(name) not in _PERSONAL[1:]


def unstable(name: str) -> bool:
    """Return whether a property holds prose, a date, a price or another value that changes."""
    return bool((words(name) & NOT_KEYS) or plain(name) in NOT_KEYS)


def title_rank(name: str, label: str) -> int | None:
    """Return how clearly a property's name says name or title, 0 the most; None if it does not.

    >>> [title_rank(name, "Product") for name in ("title", "productName", "rdfs__label", "companyName", "file_name")]
    [0, 6, 7, 8, None]
    """
    whole, said, owner = plain(name), parts(name), plain(label)
    if whole in TITLES:
        return TITLES.index(whole)
    if not said or set(said[:-1]) & NOT_TITLES or whole in ("username", "filename"):
        return None
    last = next((word for word in TITLES if said[-1] == word), None)
    if whole in {owner, *(f"{owner}{word}" for word in TITLES)}:
        return len(TITLES)
    if last is None:
        return None
    return len(TITLES) + (1 if re.match(r"[a-z0-9]+__", name) or said[0] in ("display", "full", "pref") else 2)

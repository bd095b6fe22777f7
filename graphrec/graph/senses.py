"""What the names of behaviours say: that people disliked something, that they made or offer it, or what they did.

Verbs are compared by their stems, so that every usual form counts: ``SKIP``, ``SKIPS``, ``SKIPPED``, ``SKIPPING``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from graphrec.config.paths import parse
from graphrec.config.posts_mapping import POST_KEY
from graphrec.graph.survey import Relation
from graphrec.graph.vocabulary import BEHAVIOURS, STRUCTURE, parts, words

_ENDINGS = re.compile(r"(?:ing|ed|es|s|e)\Z")


def stem(word: str) -> str:
    """Return what the forms of a verb share, at least three letters of it.

    >>> {stem(word) for word in ("skip", "skips", "skipped", "skipping")}, {stem(word) for word in ("hate", "hated")}
    ({'skip'}, {'hat'})
    """
    word = word.lower()
    short = _ENDINGS.sub("", word)
    short = word if len(short) < 3 else short
    return short[:-1] if len(short) > 3 and short[-1] == short[-2] else short


def _stems(text: str) -> frozenset[str]:
    return frozenset(map(stem, text.split()))


#: Nothing but a dislike.
_DISLIKES = _stems(
    "dislike hate skip block hide hid hidden mute ignore reject rejection dismiss decline downvote detest avoid "
    "disapprove negative uninterested disinterested blacklist ban"
)
#: A dislike, most likely; but a book that is returned was read, and an order is cancelled for many reasons.
_DOUBTS = _stems(
    "return cancel cancellation cancelation refund report complain complaint flag remove removal delete drop abandon "
    "uninstall withdraw withdrew dispute chargeback revoke quit"
)
#: Turned round by un- or not.
_WANTED = _stems(
    "like love follow subscribe save favourite favorite bookmark pin star recommend vote upvote friend join enroll "
    "enrol wishlist"
)
#: Dislikes that are something else as the name of a node: a block of houses, a flag of a country.
_THINGS = _stems("block flag drop skip ban hat hide")
_NOT = frozenset({"not", "never", "dont", "didnt", "doesnt"})
_DOWN = (("thumb", "down"), ("vot", "down"), ("swip", "left"))
#: What people do with what is theirs: they made it, have it or offer it to others.
_MAKES = _stems(
    "own sell sold offer list host upload manage post publish create author make made compose submit lend lent "
    "owner seller creator publisher manager host"
)
#: Of these, what is no way to reach items over other nodes either; who makes a list or writes a review likes things.
_OFFERS = _stems("sell sold offer list host upload manage")
_SELLS = _stems("sell sold offer")
#: Words before a verb.
_AUXILIARY = frozenset({"is", "are", "was", "were", "be", "been", "has", "have", "had", "did", "do", "does"})
#: Verbs that name no behaviour, with a node between that does: a rating is given, an order made.
_PALE = _stems("give gave take took make made create write wrote provide add use start open own relate link name call")
#: Verbs whose past does not end in -ed.
_PAST = frozenset({"paid", "went", "chose", "sent", "won", "ate", "drank", "met", "sang", "rode", "flew", "drove"})


def dislike(relation: Relation) -> Literal["sure", "asked"] | None:
    """Return whether a behaviour says that users did not want something: surely, or only its owner knows.

    On a path every type counts, and so do the labels between: products that an order has, and those that it
    ``RETURNED``; or those of a ``Return``.

    >>> [dislike(Relation("User", kind, "Item", 1, ())) for kind in ("UNFOLLOWED", "RETURNED", "NOT_LIKED", "LIKED")]
    ['sure', 'asked', 'sure', None]
    """
    kinds, labels = _names(relation)
    levels = {says_dislike(kind) for kind in kinds} | {says_dislike(label, thing=True) for label in labels}
    return "sure" if "sure" in levels else "asked" if "asked" in levels else None


def says_dislike(name: str, *, thing: bool = False) -> Literal["sure", "asked"] | None:
    """Return whether a name says that something was not wanted; of a node (``thing``), fewer words do."""
    said = parts(name)
    stems = {stem(word) for word in said}
    if thing:
        stems -= _THINGS
    turned = any(word.startswith("un") and stem(word[2:]) in _WANTED for word in said)
    if stems & _DISLIKES or turned or (len(said) > 1 and set(said) & _NOT) or any(stems >= {*two} for two in _DOWN):
        return "sure"
    return "asked" if stems & _DOUBTS else None


def makes(relation: Relation) -> Literal["surely", "maybe"] | None:
    """Return whether users made, have or offer what a behaviour leads to, which is no liking; or may do so.

    >>> [makes(Relation("User", kind, "Item", 1, ())) for kind in ("ACTED_IN", "POSTED", "OWNS", "HAS_SEEN", "RATED")]
    ['surely', 'maybe', 'maybe', None, None]
    """
    kinds, _ = _names(relation)
    if relation.path is not None:
        return "surely" if _verb(kinds[0]) in _OFFERS or _verb(kinds[-1]) in _SELLS else None
    if words(relation.kind) & BEHAVIOURS or any(one.name == POST_KEY for one in relation.properties):
        return None
    if _verb(relation.kind) in _MAKES:
        return "maybe"
    return "surely" if words(relation.kind) & STRUCTURE else None


def _verb(kind: str) -> str:
    """Return the stem of the first word that is no auxiliary."""
    said = parts(kind)
    return stem(next((word for word in said if word not in _AUXILIARY), said[0] if said else ""))


def naming(kinds: Sequence[str]) -> str | None:
    """Return the type on a path that says what users do, if one does; the first are those nearest to the user.

    >>> naming(["HAD", "SKIPPED"]), naming(["APPLIED", "FOR"]), naming(["GAVE", "FOR"])
    ('SKIPPED', 'APPLIED', None)
    """
    disliked = (kind for kind in kinds if says_dislike(kind))
    known = (kind for kind in kinds if words(kind) & BEHAVIOURS)
    first = parts(kinds[0])[:1]
    done = first and (first[0] in _PAST or re.search(r"\w{3}ed\Z", first[0])) and _verb(kinds[0]) not in _MAKES | _PALE
    return next(disliked, None) or next(known, None) or (kinds[0] if done else None)


def _names(relation: Relation) -> tuple[Sequence[str], Sequence[str]]:
    """Return the types of a behaviour, and the labels between users and items."""
    if relation.path is None:
        return (relation.kind,), ()
    path = parse(relation.path)
    return path.types, path.labels

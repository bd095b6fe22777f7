"""Relations of a knowledge graph: readable names, and detection of inverse relations.

Freebase names a relation ``domain.type.property`` and stores many of them twice, once per direction
(``film.film.directed_by`` and ``film.director.film``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count

from graphrec.config.schema import NODES, OWN_TYPES
from graphrec_etl.values import words

Pairs = set[tuple[str, str]]

#: Relation → (relationship type, kind of its tail entities), where the rules would give a clumsy name.
READABLE: dict[str, tuple[str, str]] = {
    "film.film.actor": ("HAS_ACTOR", "Person"),
    "film.film.award_nomination": ("NOMINATED_FOR", "Award"),
    "film.film.award_won": ("WON", "Award"),
    "film.film.cinematography": ("SHOT_BY", "Person"),
    "film.film.production_companies": ("PRODUCED_AT", "Company"),
    "film.film.rating": ("HAS_CONTENT_RATING", "ContentRating"),
    "film.film.prequel": ("HAS_PREQUEL", "Film"),
    "film.film.sequel": ("HAS_SEQUEL", "Film"),
}
_PERSON_VERBS = {"acted", "composed", "created", "directed", "edited", "illustrated", "narrated", "performed"} | {
    "produced",
    "sung",
    "written",
}
_ENDS = {"about", "as", "at", "by", "for", "from", "in", "of", "on", "to", "with"}
_STARTS = {"are", "has", "is", "was", "were"}

#: Two relations are inverse if they share this fraction of all their pairs (one of them reversed).
OVERLAP = 0.9
#: Fewest pairs that count as evidence; relations whose names mirror each other need none.
ENOUGH = 10


@dataclass(frozen=True)
class Name:
    """Names for a relation in the graph: its type, and the kinds of its head and tail entities."""

    type: str
    start_kind: str | None
    end_kind: str | None


def names(relations: Iterable[str], reserved: Iterable[str] = ()) -> dict[str, Name]:
    """Return a unique name for every relation.

    Parameters
    ----------
    relations
        Names as in the file.
    reserved
        Types with another meaning, such as behaviours.

    Returns
    -------
    dict
        Relation → its name. The result does not depend on the order of the relations.
    """
    taken = {*OWN_TYPES, *reserved}
    found: dict[str, Name] = {}
    for relation in sorted(set(relations), key=lambda r: (r not in READABLE, r)):
        short, end = READABLE.get(relation) or _short(relation)
        path = _segments(relation)
        long = "_".join(_ascii_words(" ".join(path))).upper()
        numbered = (f"{short or 'RELATED_TO'}_{number}" for number in count(2))
        choices = chain([short, f"HAS_{long}" if long else "RELATED_TO"], numbered)
        chosen = next(name for name in choices if name and name not in taken)
        taken.add(chosen)
        start = _pascal(path[-2]) if len(path) > 2 else None
        found[relation] = Name(chosen, _kind(start), _kind(end))
    return found


def _segments(relation: str) -> list[str]:
    """Return the segments of a dotted name or a URI."""
    return [part for part in re.split(r"[./#:]+", relation) if part] or [relation]


def _ascii_words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return words(plain)


def _short(relation: str) -> tuple[str, str | None]:
    """Name a relation after its last segment: a verb unchanged, a noun as HAS_<NOUN>."""
    parts = _ascii_words(_segments(relation)[-1])
    if not parts:
        return "", None
    if len(parts) > 1 and (parts[-1] in _ENDS or parts[0] in _STARTS) and not parts[0][0].isdigit():
        person = parts[-1] == "by" and parts[0] in _PERSON_VERBS
        return "_".join(parts).upper(), "Person" if person else None
    parts[-1] = _singular(parts[-1])
    noun = "_".join(parts)
    return f"HAS_{noun.upper()}", None if any(c.isdigit() for c in noun) else _pascal(noun)


def _singular(noun: str) -> str:
    if noun in {"news", "series", "species"} or noun.endswith(("ss", "us", "is")):
        return noun
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("ches", "shes", "sses", "xes")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and len(noun) > 2 else noun


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in _ascii_words(name))


def _kind(name: str | None) -> str | None:
    """Return a valid additional label: no leading digit, and no label with another role."""
    return name if name and not name[0].isdigit() and name not in NODES else None


def merge_inverses(
    relations: dict[str, Pairs], items: set[str]
) -> tuple[dict[str, Pairs], list[tuple[str, str, float]]]:
    """Merge inverse relations.

    They are detected from the data: one relation holds the reversed pairs of the other. A smaller relation that is
    contained in a larger one counts too if their names mirror each other (``film.film.actor``, ``film.actor.film``).

    Parameters
    ----------
    relations
        Relation → its (head, tail) pairs.
    items
        Entities that represent items: the direction that starts at more of them is kept.

    Returns
    -------
    tuple
        The kept relations with all pairs; and for each merge (kept, inverse, share of the smaller in the larger).
    """
    reverse = {name: {(tail, head) for head, tail in pairs} for name, pairs in relations.items()}
    order = sorted(relations)
    candidates = []
    for index, one in enumerate(order):
        for other in order[index:]:
            shared = len(relations[one] & reverse[other])
            smaller = min(len(relations[one]), len(relations[other]))
            overlap = shared / (len(relations[one]) + len(relations[other]) - shared) if shared else 0.0
            mirrored = one != other and _mirrored(one, other)
            if (overlap >= OVERLAP and (smaller >= ENOUGH or mirrored)) or (mirrored and shared >= 0.8 * smaller > 0):
                candidates.append((shared / smaller, one, other))
    kept, merged, done = dict(relations), [], set()
    for overlap, one, other in sorted(candidates, key=lambda c: (-c[0], c[1], c[2])):
        if one in done or other in done:
            continue
        done |= {one, other}
        if one == other:  # symmetric: each pair once, in one order
            kept[one] = {min(pair, pair[::-1]) for pair in relations[one]}
            merged.append((one, one, overlap))
            continue
        first, second = sorted(
            (one, other), key=lambda name: (-sum(head in items for head, _ in relations[name]), name)
        )
        kept[first] = relations[first] | reverse[second]
        del kept[second]
        merged.append((first, second, overlap))
    return kept, merged


def _mirrored(one: str, other: str) -> bool:
    """Return whether two names are ``a.b.c`` and ``a.c.b`` (in singular or plural)."""
    a, b = _segments(one), _segments(other)
    return len(a) == len(b) == 3 and a[0] == b[0] and [_singular(x) for x in a[1:]] == [_singular(x) for x in b[:0:-1]]

"""Propose a ``[graph]`` mapping for an existing database: users, items and behaviours.

Every pair of labels joined by a relationship is a candidate, in both directions. Evidence is: names (``Reader``,
``Book``, ``BORROWED``), a time or rating on the relationship, high degrees at both ends (a book has one author, but
many readers), and the number of relationships.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

from graphrec.common.console import warn
from graphrec.common.printable import printable
from graphrec.config.paths import parse
from graphrec.config.posts_mapping import POST_KEY, STRENGTH
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import TIME, Behaviour, GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.confidence import Confidence, of_behaviour, of_dislike, of_role
from graphrec.graph.end_labels import more_labels, same_reading, strays, with_whole_labels
from graphrec.graph.keys import identified, propose_keys
from graphrec.graph.mapping import STRENGTH_NAMES, find_knowledge, named
from graphrec.graph.opinions import ask_any, ask_having, find_dislikes, is_negative, why_no_liking
from graphrec.graph.own_types import named_like_ours
from graphrec.graph.personal import belong
from graphrec.graph.personal_properties import propose_personal
from graphrec.graph.proposed import Proposal
from graphrec.graph.questions import MOST_READINGS, Interview, Question
from graphrec.graph.readable import not_times, readable_strength, readable_time
from graphrec.graph.routes import find_routes, only_used, within, without_detours
from graphrec.graph.senses import dislike, makes
from graphrec.graph.survey import Label, Relation, Survey, several
from graphrec.graph.times import TimeProperty, looks_like
from graphrec.graph.titles import find_title
from graphrec.graph.vocabulary import (
    AUDIOS,
    BEHAVIOURS,
    BETWEEN,
    IMAGES,
    ITEMS,
    QUANTITIES,
    RATINGS,
    TEXTS,
    USERS,
    words,
)

#: Readings whose scores differ by at most this are about equally likely.
_CLOSE = 0.75


def propose(db: Database, found: Survey, asked: Interview | None = None) -> Proposal:
    """Propose a mapping.

    Parameters
    ----------
    db, found
        The database and its survey.
    asked
        Chooses where two readings are about equally likely; by default the first.

    Raises
    ------
    GraphError
        No users and items are recognised, or they have no key.
    """
    asked = asked or Interview()
    direct = any(_likely(found, relation, backwards) for relation in found.relations for backwards in (False, True))
    routes = find_routes(db, found, direct)
    relation, backwards, rival = _choose(db, found, routes, asked)
    relation = with_whole_labels(db, found, routes, relation, backwards)
    user, item = _ends(found, relation, backwards)
    also = _also if relation.head != relation.tail else _plausible
    direct_ones = [other for other in found.relations if _beside(other, relation)]
    plain = [other for other in direct_ones if other is relation or (also(other) and not _one_each(db, other, user))]
    beside = [r for r in routes if (r.head, r.tail) == (user.name, item.name) and _candidate(found, r)]
    beside, left = without_detours(db, sorted(beside, key=lambda r: r is not relation), plain)
    left += [f"left out: {r}: {why_no_liking(r)}" for r in direct_ones if r not in plain]
    if relation.path is not None and relation not in beside:  # a direct behaviour says the same
        relation = max([r for r in plain if dislike(r) is None] or plain, key=lambda r: r.count)
    reasons = {
        f"{part}.label": f"{label.count:,} nodes; {relation.count / label.count:.1f} {relation.kind} each{said}"
        for part, label, said in (("user", user, _said(user, USERS)), ("item", item, _said(item, ITEMS)))
    }
    behaviours, confidence = {}, dict[str, Confidence]()
    for other in sorted((*plain, *beside), key=lambda r: -r.count):
        negative = other is not relation and is_negative(other, asked)
        if negative is None:
            left.append(f"left out: {other}: by your answer")
            continue
        behaviours[other.kind] = _behaviour(db, other, reasons, asked, negative)
        confidence[f"behaviours.{other.kind}"] = (
            of_dislike(other.kind, certain=dislike(other) == "sure") if negative else _sureness(other, user, item)
        )
    main = _sureness(relation, user, item)
    confidence |= {part: of_role(part, label.name, main, rival) for part, label in (("user", user), ("item", item))}
    user_role = UserRole(user.name, _key(db, user, "user", reasons, asked))
    if user is item:
        reasons["item.key"] = "as of the users, who are the items too"
        item_key = user_role.key
    else:
        item, remark = _with_more_labels(db, found, [*plain, *beside], user, item)
        item_key = _key(db, item, "item", reasons, asked)
        reasons["item.label"] += remark.format(key=item_key if isinstance(item_key, str) else ", ".join(item_key))
    schema = GraphSchema(user=user_role, item=_item(db, item, reasons, item_key), behaviours=behaviours)
    for stray in strays(db, schema):
        warn(f"{stray.message}; {stray.hint}")
    social = tuple(r.kind for r in found.relations if r.head == r.tail == user.name and r.kind not in behaviours)
    schema = msgspec.structs.replace(schema, social=social)
    reasons["social"] = f"joins {user.name!r} nodes with each other; leave out if unrelated to taste"
    kept, unfit = find_knowledge(db, schema, found.shape)
    lines = [found.shape.joins(kind) for kind in kept] or ["nothing but behaviour hangs together with the items"]
    lines += [*(f"left out: {kind}: {why}" for kind, why in unfit.items()), *left, *named_like_ours(db)]
    reasons = {part: printable(reason) for part, reason in reasons.items()}  # names may have line breaks
    reasons["knowledge"] = "\n".join(map(printable, lines))
    schema = msgspec.structs.replace(schema, knowledge=kept)
    among = {label for r in (*plain, *beside) if r.path is not None for label in parse(r.path).labels}
    personal, reasons["personal"] = propose_personal(db, found, schema, among)
    return Proposal(msgspec.structs.replace(schema, personal=personal), reasons, confidence, asked)


def _choose(db: Database, found: Survey, routes: list[Relation], asked: Interview) -> tuple[Relation, bool, str | None]:
    """Return the main behaviour, whether it points from item to user, and another reading left open, if any."""
    between = {label for route in routes for label in parse(str(route.path)).labels}
    candidates = [
        (_score(found, relation, backwards, between), relation, backwards)
        for relation in (*found.relations, *routes)
        for backwards in (False, True)
        if _likely(found, relation, backwards)
    ]
    candidates.sort(key=lambda c: (-c[0], str(c[1]), c[2]))
    close: dict[tuple[str, str], tuple[Relation, bool]] = {}
    best = candidates[0][0] if candidates else 0.0
    for score, relation, backwards in candidates:
        if close and (score < best - _CLOSE or len(close) == MOST_READINGS):
            break
        user, item = _ends(found, relation, backwards)
        if any(way == backwards and same_reading(db, one, relation, way) for one, way in close.values()):
            continue
        if (
            (user.name, item.name) not in close
            and _joined(db, relation)
            and not _repeats(db, close, relation, user, item)
        ):
            best = best if close else score
            close[user.name, item.name] = relation, backwards
    if close:
        texts = [f"{user!r} are the users and {item!r} the items ({close[user, item][0]})" for user, item in close]
        question = Question("user, item", "Who are the users, and what are the items?", tuple(texts))
        chosen = asked.choose(question) if len(close) > 1 else 0
        rival = None if asked.by_owner or len(texts) == 1 else texts[1]
        return *list(close.values())[chosen], rival
    among_people = _among_people(found)
    having = (among_people, False) if among_people is not None else ask_having(found, asked)
    return *(having or ask_any(db, found, asked)), None


def _repeats(
    db: Database, close: dict[tuple[str, str], tuple[Relation, bool]], relation: Relation, user: Label, item: Label
) -> bool:
    """Return whether a reading is no other: people who recommend people, or more people doing the same."""
    same = (name for (name, other), (one, _) in close.items() if other == item.name and one.kind == relation.kind)
    return within(db, item.name, user.name) or any(within(db, name, user.name) for name in same)


def _joined(db: Database, relation: Relation) -> bool:
    """Return whether a relationship joins its labels indeed; a path does."""
    if relation.path is not None:
        return True
    query = queries.load("inspect/joins", User=relation.head, RATED=relation.kind, Item=relation.tail)
    return bool(db.read(query)[0]["forward"])


def _sureness(relation: Relation, user: Label, item: Label) -> Confidence:
    if dislike(relation) or makes(relation):
        return Confidence("a guess", f"{relation.kind} may say something else than liking, and nothing else does")
    named = bool(words(user.name) & USERS and words(item.name) & ITEMS)
    names = [name.rpartition(".")[2] for name in _properties(relation)]
    return of_behaviour(relation.kind, _types(relation), bool(relation.times), names, by_people=named)


def _types(relation: Relation) -> set[str]:
    """Return the words of a relationship type, or of all on a path."""
    kinds = [relation.kind] if relation.path is None else parse(relation.path).types
    return set().union(*map(words, kinds))


def _structure(relation: Relation) -> bool:
    """Return whether a type sounds like authorship or the like; on a path, the first step often does."""
    return makes(relation) is not None


def _one_each(db: Database, relation: Relation, user: Label) -> bool:
    """Return whether every item has one user, and the type says nothing: its maker or owner, not somebody's choice."""
    properties = _properties(relation)
    if _types(relation) & BEHAVIOURS or dislike(relation) or named(properties, RATINGS) or POST_KEY in properties:
        return False
    item = relation.tail if relation.head == user.name else relation.head
    return item != user.name and belong(db, item, relation.kind, user.name)


def _properties(relation: Relation) -> dict[str, str]:
    """Return bare name → name of the properties; on a path, of those nearest to the item."""
    return {p.name if relation.path is None else p.name.partition(".")[2]: p.name for p in relation.properties}


def _beside(other: Relation, main: Relation) -> bool:
    """Return whether a direct relationship joins the labels of the main behaviour; in its direction, or by its name."""
    ends = (other.head, other.tail)
    free = main.path is not None or dislike(other) or _types(other) & BEHAVIOURS
    return ends == (main.head, main.tail) or (bool(free) and ends == (main.tail, main.head))


def _among_people(found: Survey) -> Relation | None:
    """Return the most frequent behaviour of people towards people, such as following: both roles are one label's."""
    own = [r for r in found.relations if r.head == r.tail and words(r.head) & USERS and words(r.kind) & BEHAVIOURS]
    return max(own, key=lambda relation: relation.count, default=None)


def _plausible(relation: Relation) -> bool:
    """Return whether a relationship may be a behaviour, by its name and properties."""
    graded = relation.times or named(_properties(relation), (*RATINGS, *STRENGTH_NAMES))
    return bool(_types(relation) & BEHAVIOURS or (graded and not _structure(relation)))


def _also(relation: Relation) -> bool:
    """Return whether a relationship between the labels of the main behaviour is a behaviour too."""
    return _plausible(relation) or not _structure(relation)


def _likely(found: Survey, relation: Relation, backwards: bool) -> bool:
    """Return whether this may be the main behaviour, considering its labels too."""
    if (relation.path is not None and backwards) or dislike(relation) == "sure":
        return False
    return _candidate(found, relation, backwards)


def _candidate(found: Survey, relation: Relation, backwards: bool = False) -> bool:
    """Return whether this may be a behaviour, liking or disliking, considering its labels too."""
    user, item = _ends(found, relation, backwards)
    if relation.head == relation.tail or (relation.count <= item.count and not words(item.name) & ITEMS):
        return False  # nodes with one user each, such as orders, are not items
    if relation.count <= user.count and not words(user.name) & USERS:
        return False  # nor are nodes with one item each users
    if _structure(relation):
        return _plausible(relation)
    return _plausible(relation) or bool(words(user.name) & USERS and words(item.name) & ITEMS)


def _score(found: Survey, relation: Relation, backwards: bool, between: set[str]) -> float:
    user, item = _ends(found, relation, backwards)
    score = 3.0 * bool(words(user.name) & USERS) + 3.0 * bool(words(item.name) & ITEMS)
    score += 2.0 * bool(_types(relation) & BEHAVIOURS) - 3.0 * _structure(relation) - 3.0 * bool(dislike(relation))
    # Nodes that lie between users and items are neither; the fewer of them, the likelier.
    score -= 3.0 * bool(user.name in between or words(user.name) & BETWEEN) + 3.0 * (item.name in between)
    if relation.path is not None:
        score += math.log10(user.count * item.count) / 3 - 0.5 * len(parse(relation.path).labels)
    score -= 3.0 * bool(words(user.name) & ITEMS) + 3.0 * bool(words(item.name) & USERS)
    score += 1.0 * bool(relation.times) + 1.0 * bool(named(_properties(relation), RATINGS))
    score += min(relation.count / user.count, 2.0) / 2 + min(relation.count / item.count, 2.0) / 2
    score += 0.25 * (bool(user.unique) + bool(item.unique))
    return score + math.log10(relation.count) / 3 - 0.5 * backwards


def _ends(found: Survey, relation: Relation, backwards: bool) -> tuple[Label, Label]:
    """Return the labels that would be user and item."""
    head, tail = found.labels[relation.head], found.labels[relation.tail]
    return (tail, head) if backwards else (head, tail)


def _behaviour(
    db: Database, relation: Relation, reasons: dict[str, str], asked: Interview, negative: bool
) -> Behaviour:
    path = f"behaviours.{relation.kind}"
    names = _properties(relation)
    if POST_KEY in names:
        reasons[path] = f"{relation}, {relation.count:,}"
        reasons[f"{path}.strength"] = "the tone of posts (graphrec load posts); negative ones are dislikes"
        return Behaviour(strength=STRENGTH, dislike=0.0)
    strength, no_strength = readable_strength(
        db, relation, names.get(named(names, (*STRENGTH_NAMES, *QUANTITIES)) or "")
    )
    grades, words_left = (None, "") if strength or negative else find_dislikes(db, relation, asked)
    if grades is not None:
        strength = grades.name
    time, no_time = readable_time(db, relation)
    reasons[path] = f"{relation}, {relation.count:,}"
    reasons[f"{path}.weight"] = "relative to other behaviours" + (
        ""
        if strength or negative or words_left or not named(names, RATINGS)
        else f"; {names[str(named(names, RATINGS))]!r} is not used as strength by default"
    )
    reasons[f"{path}.weight"] += no_strength + words_left
    reasons[f"{path}.negative"] = "what users did not want: never recommended to them for it"
    reasons[f"{path}.strength"] = "multiplies the weight" + ("" if grades else ", by its name")
    if grades is not None:
        reasons[f"{path}.values"] = "words as numbers"
        reasons[f"{path}.dislike"] = f"at most this is a dislike: {grades.disliked:,} of them ({grades.shown()})"
    reasons[f"{path}.time"] = (_no_time(db, relation) if time is None else _said_of(time, relation)) + no_time
    if relation.path is not None:
        used = {name.partition(".")[0] for name in (strength, time and time.name) if name}
        reasons[f"{path}.path"] = "nodes between belong to one user each"
        mapped = Behaviour(
            only_used(parse(relation.path), used), strength=strength, time=None if time is None else time.name
        )
    else:
        # An empty name means no time; otherwise the default would apply.
        none = "" if TIME in names else None
        mapped = Behaviour(strength=strength, time=none if time is None else time.name)
    if negative:
        return msgspec.structs.replace(mapped, negative=True)
    return mapped if grades is None else msgspec.structs.replace(mapped, values=grades.values, dislike=grades.dislike)


def _said_of(time: TimeProperty, relation: Relation) -> str:
    """Return the reason for choosing a property as the time."""
    share = "" if time.share == 1 else f", on {max(time.share, 0.01):.0%} of them"
    others = [other.name for other in relation.times if other != time]
    more = f"; also a time: {', '.join(others[:3])}" if others else ""
    return f"when it was ({time.kind}{share}): splits by time need it{more}"


def _no_time(db: Database, relation: Relation) -> str:
    """Return the reason for finding no time."""
    near = [p.name for p in relation.properties if looks_like(p.name.rpartition(".")[2])]
    found = not_times(db, relation, [name for name in near if name not in {time.name for time in relation.times}][:3])
    return "no time: " + (found or "no property is a date or a time") + "; splits by time cannot be used"


def _item(db: Database, item: Label, reasons: dict[str, str], key: str | tuple[str, ...]) -> ItemRole:
    texts = {p.name for p in item.properties if p.kinds == ("STRING",) and p.share > 0}
    role = ItemRole(item.names, key)
    title = find_title(db, item)
    text = tuple(dict.fromkeys(name for name in (title, *(named(texts, (word,)) for word in TEXTS)) if name))
    # Missing properties may be loaded later, so the defaults stay.
    usual = role.title in text and set(text) <= set(role.text)
    found: dict[str, Any] = {"title": title, "text": None if usual else text}
    for part, stems in (("image", IMAGES), ("audio", AUDIOS)):
        found[part] = named(
            texts, tuple(f"{stem}{end}" for stem in stems for end in ("", "path", "url", "file", "uri"))
        )
        reasons[f"item.{part}"] = f"path or address of the {part}, by its name"
    reasons |= {"item.title": "what people see, by its name", "item.text": "what the text encoder reads"}
    return msgspec.structs.replace(role, **{key: value for key, value in found.items() if value})


def _key(db: Database, label: Label, part: str, reasons: dict[str, str], asked: Interview) -> str | tuple[str, ...]:
    """Return what identifies the nodes, and add the reason."""
    keys = propose_keys(db, label, part)
    texts = tuple(f"{key.name!r} ({key.reason})" for key in keys)
    question = Question(f"{part}.key", f"What identifies a {label.name!r}?", texts)
    key = keys[asked.choose(question) if len(keys) > 1 else 0]
    others = [repr(one.name) for one in keys if one is not key]
    reasons[f"{part}.key"] = key.reason + (f"; as likely: {', '.join(others)}" if others else "")
    return key.name


def _with_more_labels(
    db: Database, found: Survey, relations: list[Relation], user: Label, item: Label
) -> tuple[Label, str]:
    """Return the items with the further labels where behaviours lead, if one key is on all; and a remark."""
    names, remark = more_labels(db, found, relations, user.name, item.name)
    if len(names) == 1:
        return item, ""
    together = several(db, names)
    if identified(db, together, item, "item"):
        return together, f"; {remark}"
    return item, f"; {remark}, left out, as {{key!r}} does not identify both"


def _said(label: Label, known: frozenset[str]) -> str:
    return "; matches by name" if words(label.name) & known else ""

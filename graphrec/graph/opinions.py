"""Tell what a behaviour says about items: liking, disliking, having; ask where only the owner of the graph knows."""

from __future__ import annotations

import json

from graphrec.db.database import Database
from graphrec.graph.grades import Grades, find_grades, holds_words
from graphrec.graph.questions import Interview, Question
from graphrec.graph.senses import dislike, makes
from graphrec.graph.survey import Relation, Survey
from graphrec.graph.vocabulary import USERS, words


def is_negative(relation: Relation, asked: Interview) -> bool | None:
    """Return whether a behaviour is a dislike by its name; None if its owner wants it left out."""
    says = dislike(relation)
    if says != "asked":
        return says == "sure"
    readings = ("users did not want it (negative = true)", "it counts as liking", "neither: leave it out")
    question = Question(f"behaviours.{relation.kind}", f"What does {relation.kind} say about an item?", readings)
    return (True, False, None)[asked.choose(question)]


def find_dislikes(db: Database, relation: Relation, asked: Interview) -> tuple[Grades | None, str]:
    """Return the grades that say what is disliked, and a remark on words; ask where low ones may be weak liking."""
    grades, remark = find_grades(db, relation)
    if grades is None or grades.certain:
        return grades, remark
    text = f"{grades.name} holds {grades.shown()}. What do low ones say?"
    low = f"at most {grades.dislike:g} is a dislike (strength = {json.dumps(grades.name)}, dislike = {grades.dislike})"
    readings = (low, "every one counts as liking") if grades.likely else ("every one counts as liking", low)
    if readings[asked.choose(Question(f"behaviours.{relation.kind}", text, readings))] is low:
        return grades, remark
    return None, holds_words(grades.name, grades.counts) if grades.values else remark


def ask_having(found: Survey, asked: Interview) -> tuple[Relation, bool] | None:
    """Ask whether what users have or made is what they like, where nothing else says so.

    Only where items have several users each: who sells a thing alone likes nothing by it.

    Returns
    -------
    tuple or None
        The relationship, and whether it points from item to user; None if having is no liking.
    """
    having = [
        (relation, bool(words(relation.tail) & USERS or "by" in words(relation.kind)))
        for relation in found.relations
        if makes(relation) == "maybe"
        and relation.head != relation.tail
        and relation.count > max(found.labels[relation.tail].count, found.labels[relation.head].count)
    ]
    if not having:
        return None
    having.sort(key=lambda one: -one[0].count)
    readings = list[str]()
    for relation, backwards in having:
        user, item = (relation.tail, relation.head) if backwards else (relation.head, relation.tail)
        readings.append(f"{user!r} are the users and {item!r} the items ({relation}): it counts as liking")
    text = "Nothing says what users like. Is it what they have or made?"
    chosen = asked.choose(Question("user, item", text, (*readings, "no: propose nothing")))
    return having[chosen] if chosen < len(having) else None


def no_liking(found: Survey) -> str:
    """Return which relationships say something else than liking."""
    kinds = {r.kind for r in found.relations if words(r.head) & USERS and (dislike(r) or makes(r))}
    return f" ({', '.join(sorted(kinds)[:5])} alone: disliking, making or having is no liking)" if kinds else ""


def why_no_liking(relation: Relation) -> str:
    """Return why a direct relationship of users with items is no behaviour."""
    return "it says who made, has or offers what" if makes(relation) else "each has one user, as what somebody owns"

"""Tell what a behaviour says about items: liking, disliking, having; ask where only the owner of the graph knows."""

from __future__ import annotations

from graphrec.common.console import note
from graphrec.common.errors import GraphError
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.toml_file import toml_value
from graphrec.db.database import Database
from graphrec.graph.grades import Grades, find_grades
from graphrec.graph.keys import propose_keys
from graphrec.graph.proposed import Proposal
from graphrec.graph.questions import MOST_READINGS, Interview, Question
from graphrec.graph.readable import holds_words
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
    low = f"at most {grades.dislike:g} is a dislike (strength = {toml_value(grades.name)}, dislike = {grades.dislike})"
    readings = (low, "every one counts as liking") if grades.likely else ("every one counts as liking", low)
    if readings[asked.choose(Question(f"behaviours.{relation.kind}", text, readings))] is low:
        return grades, remark
    return None, holds_words(grades.name, grades.shown()) if grades.values else remark


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
        if makes(relation) == "maybe" and relation.head != relation.tail and _repeated(found, relation)
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


def ask_any(db: Database, found: Survey, asked: Interview) -> tuple[Relation, bool]:
    """Return the relationship that the owner calls a behaviour, where none reads like one; and that it runs forward."""
    if any(dislike(r) == "sure" for r in found.relations):  # the rest is about the items, not what users like
        raise GraphError(
            f"nothing here looks like what users did with items{no_liking(found)}. Found:\n{found.summary()}",
            hint="name them yourself in [graph.user], [graph.item] and [graph.behaviours.TYPE]",
        )
    likely = sorted(found.relations, key=lambda r: (-_repeated(found, r), -r.count, str(r)))[:MOST_READINGS]
    if not likely:
        raise GraphError(
            f"nothing here looks like what users did{no_liking(found)}: no relationship joins two labelled nodes",
            hint="load behaviours first (graphrec load), or write them with Cypher",
        )
    if not asked.answered:
        note("\n\n".join(_tables(db, found, relation) for relation in likely) + "\n")
        raise GraphError(
            f"nothing here looks like what users did with items{no_liking(found)}: which of these relationships is it?",
            hint="put the tables of one into graphrec.toml; --yes takes the first, and a terminal is asked",
        )
    texts = tuple(f"{r.head!r} are the users and {r.tail!r} the items ({r})" for r in likely)
    question = Question("user, item", "Nothing reads like users and items. What did whom?", texts)
    return likely[asked.choose(question) if len(likely) > 1 else 0], False


def _repeated(found: Survey, relation: Relation) -> bool:
    """Return whether both ends have several of these relationships, as users and items do."""
    return relation.count > max(found.labels[relation.head].count, found.labels[relation.tail].count)


def _tables(db: Database, found: Survey, relation: Relation) -> str:
    """Return the tables of ``graphrec.toml`` that make a relationship the behaviour."""
    user, item = (propose_keys(db, found.labels[name], "node")[0].name for name in (relation.head, relation.tail))
    kind = {relation.kind: Behaviour()}
    schema = GraphSchema(user=UserRole(relation.head, user), item=ItemRole(relation.tail, item), behaviours=kind)
    return Proposal(schema, {}).short(str(relation))


def no_liking(found: Survey) -> str:
    """Return which relationships say something else than liking."""
    kinds = {r.kind for r in found.relations if words(r.head) & USERS and (dislike(r) or makes(r))}
    return f" ({', '.join(sorted(kinds)[:5])} alone: disliking, making or having is no liking)" if kinds else ""


def why_no_liking(relation: Relation) -> str:
    """Return why a direct relationship of users with items is no behaviour."""
    return "it says who made, has or offers what" if makes(relation) else "each has one user, as what somebody owns"

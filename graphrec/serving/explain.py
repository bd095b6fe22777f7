"""Why an item is recommended: what connects user and item in the graph, in sentences.

All reasons are read from the graph. ``similar`` shows what the model has learned, as far as it is published (an item's
strongest ``SIMILAR`` edges); the other kinds are evidence that a person can check, not a trace of the model's
computation.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database

#: Users of the item whose other behaviours are read: keeps the query fast for very popular items.
SAMPLE = 1000
#: Items of the user whose edges are read.
HISTORY = 10_000
#: Items not of the user that the item's content is compared with, to tell likeness from chance.
OTHERS = 200

Kind = Literal["published", "done", "link", "similar", "entity", "behaviour", "content"]
_ORDER: tuple[Kind, ...] = get_args(Kind)


class Reason(msgspec.Struct, frozen=True, rename="camel"):
    """One reason; the fields are the columns of ``cypher/query/explain.cypher``."""

    kind: Kind
    via: list[Any]
    via_titles: list[str]
    relations: list[str]
    incoming: list[str]
    entity: str | None
    run_id: str | None
    count: int
    total: int
    score: float

    @property
    def sentence(self) -> str:
        """The reason as a sentence."""
        some = self.kind in {"entity", "similar"}
        titles = _listed(self.via_titles, self.count if some else len(self.via_titles)) if self.via_titles else ""
        match self.kind:
            case "published":
                said = f"rank {self.count} of {self.total} in run {self.run_id}, score {self.score:.3f}"
            case "done":
                said = f"the user has already {self.done} it"
            case "link":
                said = self.joined(titles)
            case "similar":
                said = f"users who chose {titles} tend towards it (model weight {self.score:.2f})"
            case "entity":
                said = f"{self.joined(str(self.entity))}, like {titles} ({self.total} items in all)"
            case "behaviour":
                said = f"{self.count} of {self.total} other users of it also chose {titles}"
            case "content":
                said = f"its content is like that of {titles} (cosine {self.score:.2f})"
        return said

    @property
    def done(self) -> str:
        """The types of the user's behaviours, such as ``ORDERED and RATED``."""
        return " and ".join(sorted(self.relations))

    def joined(self, other: str) -> str:
        """Say from the item's side how it is connected: ``directed by X``, and ``X acted in it`` for the way back."""
        parts = [f"{relation_words(self.relations)} {other}"] if self.relations else []
        parts += [f"{other} {relation_words(self.incoming)} it"] if self.incoming else []
        return " and ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and the sentence."""
        return {"sentence": self.sentence, **msgspec.to_builtins(self)}


def explain(
    db: Database, schema: GraphSchema, user: Any, item: Any, k: int = 5, run_id: str | None = None
) -> list[Reason]:
    """Return the reasons for an item by kind, the most specific of each kind first.

    Parameters
    ----------
    user, item
        Ids as stored (:func:`graphrec.serving.user_status.find_user`, :func:`graphrec.serving.lookup.find_item`).
    k
        Maximum number of reasons per kind.
    run_id
        A published run; None, or one that is not kept: the active one.
    """
    given = parameters(schema, k, run_id)
    rows = db.read(queries.load("query/explain", schema), user=user, item=item, **given)
    reasons = [msgspec.convert(dict(row), Reason) for row in rows]
    return sorted(reasons, key=lambda reason: _ORDER.index(reason.kind))


def parameters(schema: GraphSchema, k: int, run_id: str | None = None) -> dict[str, Any]:
    """Return the parameters of ``cypher/query/explain.cypher`` other than ``user`` and ``item``."""
    return {
        "run": run_id,
        "k": k,
        "sample": SAMPLE,
        "history": HISTORY,
        "others": OTHERS,
        "behaviours": [name for name, behaviour in schema.behaviours.items() if not behaviour.negative] or None,
        "targets": [name for name, behaviour in schema.behaviours.items() if behaviour.target] or None,
        "dislikes": {
            name: [None, None] if behaviour.negative else _disliked(behaviour)
            for name, behaviour in schema.behaviours.items()
            if behaviour.dislike is not None or behaviour.negative
        },
        "knowledge": None if schema.knowledge is None else list(schema.knowledge),
    }


def _disliked(behaviour: Behaviour) -> list[Any]:
    """Return the property of a strength, the highest that is a dislike, and the words that count as one, if any."""
    least = behaviour.dislike
    words = [word for word, count in behaviour.values.items() if least is not None and count <= least]
    return [behaviour.key(behaviour.strength), least, *([words] if words else [])]


def evidence(db: Database, schema: GraphSchema, user: Any, item: Any, run_id: str | None = None) -> str:
    """Return the best reason in one line, other than the rank and what the user has done, or ``""``."""
    reasons = explain(db, schema, user, item, 1, run_id)
    return next((reason.sentence for reason in reasons if reason.kind not in ("published", "done")), "")


def relation_words(relations: list[str]) -> str:
    """Return ``DIRECTED_BY`` and ``WRITTEN_BY`` as "directed by and written by"."""
    return " and ".join(relation.replace("_", " ").lower() for relation in sorted(relations))


def _listed(titles: list[str], count: int) -> str:
    """Return some of ``count`` titles, quoted because titles contain commas, and the number of further ones."""
    shown = [f"“{title}”" for title in titles]
    more = count - len(shown)
    last = f"{more} more" if more > 0 else shown.pop()
    return f"{', '.join(shown)} and {last}" if shown else last

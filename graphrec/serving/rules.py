"""Apply filters and the ``[recommend]`` table of ``graphrec.toml`` to one user's list.

An item is left out if it does not match all filters and the category of the request, if the request excludes it, if the
user has interacted with it (unless ``seen = true``), or if the user has blocked it: by a relationship of one of the
types ``blocked`` to the item, or to an entity that knowledge ties it to. Then every ``boost`` adds to the scores of the
items that match it, in standard deviations of the user's scores of all items. ``max_per_entity`` limits how many items
of one entity a list holds (:mod:`graphrec.serving.rerank`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphrec.common.errors import ConfigError, nearest
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import RecommendSettings
from graphrec.db import queries
from graphrec.db.catalog import known_names
from graphrec.db.database import Database
from graphrec.serving.cypher_filter import Where

if TYPE_CHECKING:
    from graphrec.serving.item_sets import ItemSets
    from graphrec.serving.request import Request
    from graphrec.serving.rerank import Floats, Ints, Mask

_BEYOND = "others are beyond [recommend] max_per_entity, not available now, or no longer there"

#: A predicate, and what it adds to the score.
Boosts = Sequence[tuple[Where, float]]


@dataclass
class Rules:
    """The rules for one user and the items of a run.

    ``allowed``: bool ``[n_items]``, items that may be shown. ``last``: bool ``[n_items]``, those among them that come
    after all others. ``raised``: float32 ``[n_items]``, what boosts add to the
    scores, in standard deviations. ``fits``: number of items that match the filter, None without one; ``late``: how
    many of them are not in the run; ``left_out``: reason → number of items left out for it; ``filter``: the names
    of filters in messages.
    """

    allowed: Mask
    last: Mask
    raised: Floats
    fits: int | None = None
    late: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    filter: str = ""

    def scores(self, scores: Floats) -> Floats:
        """Return the user's scores with boosts added, float32 ``[n_items]``."""
        return scores + self.raised * (scores.std() or 1) if self.raised.any() else scores

    def reason(self, found: int) -> str:
        """Return why a list has only ``found`` items."""
        if self.fits == 0:
            return f"no item fits {self.filter}"
        late = f" ({self.late} more came after the training)" if self.late else ""
        what = f"fit {self.filter}" if self.fits is not None else "are in the run"
        total = len(self.allowed) if self.fits is None else self.fits - self.late
        parts = [f"{total} {what}{late}", *(f"{count} of them {why}" for why, count in self.left_out.items() if count)]
        if found < self.allowed.sum():
            parts.append(_BEYOND)
        return ", ".join(parts)


def read_boosts(db: Database, schema: GraphSchema, settings: RecommendSettings) -> Boosts:
    """Return the boosts of the settings, checked by Neo4j.

    Raises
    ------
    ConfigError
        A predicate is invalid.
    """
    boosts = []
    for n, boost in enumerate(settings.boost):
        where = Where(boost.where, f"[recommend] boost[{n}].where", checked=True)
        where.check(db, schema)
        boosts.append((where, boost.add))
    return boosts


def read_rules(
    sets: ItemSets,
    request: Request,
    user: Any,
    places: Mapping[Any, int],
    done: Ints,
    blocked: Sequence[Any],
    boosts: Boosts,
) -> Rules:
    """Return what a request and the settings allow for a user.

    Parameters
    ----------
    sets
        Reads the items that filters, boosts and categories select.
    request
        Filters, category, and items to exclude or to place last.
    user
        Id as stored; None for an anonymous visitor.
    places
        Item id → index, for each of the run's ``n_items`` items.
    done
        Indices of the user's own items, int64 ``[m]``; none if these may be shown.
    blocked
        Ids of the items that the user blocks (:func:`blocked_items`).
    boosts
        Those of the settings (:func:`read_boosts`).

    Raises
    ------
    ConfigError
        A predicate is invalid.
    NotFoundError
        The category does not exist.
    """
    import numpy as np

    rules = Rules(np.ones(len(places), bool), _mask(request.step_back, places), np.zeros(len(places), np.float32))
    selected = {where.place: sets.matching(where, user) for where in request.where}
    if request.category is not None:
        selected[f"category {request.category!r}"] = sets.category(request.category)
    if selected:
        fitting = set.intersection(*map(set, selected.values()))
        rules.allowed, rules.filter = _mask(fitting, places), " and ".join(selected)
        rules.fits, rules.late = len(fitting), sum(key not in places for key in fitting)
    if request.found:
        _keep_found(rules, request.found, places)
    seen = np.zeros(len(places), bool)
    seen[done] = True
    _leave_out(rules, seen, "done already")
    _leave_out(rules, _mask(blocked, places), "blocked by the user")
    _leave_out(rules, _mask(request.exclude, places), "excluded")
    for predicate, add in boosts:
        rules.raised[_mask(sets.matching(predicate, user), places)] += add
    return rules


def _keep_found(rules: Rules, found: Mapping[Any, float], places: Mapping[Any, int]) -> None:
    """Allow what a search has found alone, and put last what is nearer to the mean of the cosines than to the best."""
    _leave_out(rules, ~_mask(found, places), "not found by the search")
    least = (max(found.values()) + sum(found.values()) / len(found)) / 2
    rules.last |= _mask([key for key, cosine in found.items() if cosine < least], places)


def blocked_items(
    db: Database, schema: GraphSchema, types: Sequence[str], users: Sequence[Any]
) -> dict[Any, list[Any]]:
    """Return user → ids (as stored) of the items that the user blocks, for all users in one query."""
    found: dict[Any, list[Any]] = {}
    if not users:
        return found
    knowledge = None if schema.knowledge is None else list(schema.knowledge)
    query = queries.load("query/blocked", schema, BLOCKED=tuple(types) or "BLOCKED")
    for row in db.read(query, users=list(users), types=list(types), knowledge=knowledge):
        found.setdefault(row["user"], []).append(row["item"])
    return found


def _mask(keys: Iterable[Any], places: Mapping[Any, int]) -> Mask:
    import numpy as np

    mask = np.zeros(len(places), bool)
    mask[[places[key] for key in keys if key in places]] = True
    return mask


def _leave_out(rules: Rules, mask: Mask, why: str) -> None:
    rules.left_out[why] = int((rules.allowed & mask).sum())
    rules.allowed &= ~mask


def check_types(db: Database, schema: GraphSchema, settings: RecommendSettings) -> None:
    """Check that the relationship types or paths named by the rules exist; those of the default need not.

    Raises
    ------
    ConfigError
        A type does not exist; the message names the key.
    """
    named = [
        (f"blocked[{n}] = {kind!r}", kind)
        for n, kind in enumerate(settings.blocked)
        if settings.blocked != type(settings)().blocked
    ]
    named += [(f"max_per_entity.{kind} = {n}", kind) for kind, n in settings.max_per_entity.items()]
    if not named:
        return
    known = [*known_names(db)["relationship type"], *schema.paths]
    for key, kind in named:
        if kind not in known:
            raise ConfigError(
                f"[recommend] {key}: no relationship of the graph has the type {kind!r}", hint=nearest(kind, known)
            )

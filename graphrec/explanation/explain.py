"""Explain the score of a user and an item of a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from graphrec.common.errors import NotFoundError
from graphrec.explanation.attribution import Attribution, UserAttribution
from graphrec.explanation.explanation import Explanation
from graphrec.explanation.named_reason import NamedReason, Via
from graphrec.explanation.reasons import OTHERS, Reason, Reasons
from graphrec.explanation.shares import edges
from graphrec.explanation.sub_profiles import ranks_of
from graphrec.graph.situation import ANY, Situation
from graphrec.model.item_parts import relation_type

if TYPE_CHECKING:
    from graphrec.runs.run import Run

#: Reasons of each kind, and items of the user, unless asked otherwise.
TOP = 5


class Explainer:
    """Explains a run's scores, with the names that the run has: ids.

    Parameters
    ----------
    of
        The run's attribution.
    reason_users
        Other users who must have both items of an ``item`` reason.
    """

    def __init__(self, of: Attribution, reason_users: int = OTHERS) -> None:
        self.of, self.run = of, of.run
        self.reasons = Reasons(of, reason_users)

    @torch.inference_mode()
    def explain(self, row: int, item: int, k: int = TOP, wanted: Situation = ANY) -> Explanation:
        """Return the explanation of a score.

        Parameters
        ----------
        row, item
            Indices of the user and the item.
        k
            Reasons of each kind, and items of the user, at most.
        wanted
            The situation, whose variables are components too; by default none.
        """
        run, user, here = self.run, self.of.user(row), torch.tensor([item])
        summands = {name: share[:, 0] for name, share in user.summands(here).items()}
        components: dict[str, float] = {name: float(share.double().sum()) for name, share in summands.items()}
        components |= {name: float(value) for name, value in user.constants(here).items()}
        by_item = torch.stack(list(summands.values())).sum(0)
        best = by_item.abs().argsort(descending=True, stable=True)[:k]
        scores = run.scores(torch.tensor([row]), "all")
        if wanted and run.context is not None:
            for name, added in run.context.shares(wanted, run.context.evidence(row)).items():
                components[f"context: {name}"] = float(added[item])
                scores = scores + torch.from_numpy(added)
        rank, n_items = self._rank(row, item, scores)
        (found,) = self.reasons.top(row, here, k, each_kind=True)
        return Explanation(
            user=run.users[row],
            item=run.items[item],
            title=str(run.items[item]),
            run_id=run.run_id,
            score=float(scores[0, item]),
            rank=rank,
            n_items=n_items,
            components=components,
            past_items=[(self._via(user, int(user.items[at])), float(by_item[at])) for at in best],
            reasons=[self._named(user, item, reason) for reason in found],
        )

    def _rank(self, row: int, item: int, scores: Tensor) -> tuple[int | None, int]:
        """Return the item's place among the items that are new to the user, if it is, and their number."""
        seen = torch.from_numpy(self.of.seen[[row]].toarray()[0] > 0).nonzero()[:, 0]
        rank = None if item in seen else int(ranks_of(scores, item, seen)[0])
        return rank, scores.shape[1] - len(seen)

    def _via(self, user: UserAttribution, item: int, share: float = 0.0, relations: Iterable[str] = ()) -> Via:
        key = self.run.items[item]
        place = int((user.items == item).nonzero()[0, 0])
        names = self.run.behaviours
        done = tuple(names[column] for column in user.held[place].nonzero()[:, 0].tolist())
        return Via(key, str(key), done, relations=tuple(relations), share=share)

    def _named(self, user: UserAttribution, item: int, reason: Reason) -> NamedReason:
        run = self.run
        entity = name = None
        if reason.entity >= 0:
            entity = name = run.entities[reason.entity]
        elif reason.related >= 0:
            entity = run.items[reason.related]
            name = str(entity)
        relations: list[str] = []
        if reason.kind == "link":
            relations = sorted({*self._relations(item, -1, reason.via[0]), *self._relations(reason.via[0], -1, item)})
        elif reason.kind == "entity":
            relations = self._relations(item, reason.entity, reason.related)
        via = []
        for one, share in zip(reason.via, reason.shares, strict=True):
            mine = self._relations(one, reason.entity, reason.related) if reason.kind == "entity" else ()
            via.append(self._via(user, one, share, mine))
        return NamedReason(
            kind="related" if reason.related >= 0 else reason.kind,
            share=reason.share,
            via=tuple(via),
            count=reason.count,
            entity=entity,
            name=name,
            relations=tuple(relations),
            modality=reason.modality,
        )

    def _relations(self, item: int, entity: int, related: int) -> list[str]:
        """Return the types of the edges along which an item receives messages of an entity or another item."""
        parts = self.of.parts
        if parts is None:
            return []
        _, received, _ = edges(parts, torch.tensor([item]))
        sent: Tensor = parts.entity[received] == entity if entity >= 0 else parts.item[received] == related
        names = self.run.info["relations"]
        return sorted({relation_type(names[n]) for n in parts.relation[received[sent]].tolist()})


def row_of(run: Run, user: Any) -> int:
    """Return the index of a user of a run.

    Raises
    ------
    NotFoundError
        The run does not have the user.
    """
    try:
        return int(run.users.index(user))
    except ValueError:
        raise NotFoundError(
            f"user {str(user)!r} is not in run {run.run_id}", hint="`graphrec update` takes new users in"
        ) from None

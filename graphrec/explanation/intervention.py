r"""Interventions on the model's input: the score of an item without some messages.

A relation, an entity, a related item or a modality is taken out of what the model reads, and nothing is trained:
:math:`do(m = 0)` for the messages that it sends (:mod:`graphrec.model.item_parts`). The vectors of all items lose these
terms, so does the bias, the user is encoded anew from the changed vectors, and all items are ranked anew.

What was computed from the whole stays: the messages of neighbours and hops, which carry the taken messages on from item
to item; the vectors of other entities, which are means over items; friends' messages; ``SIMILAR`` edges, ALS vectors
and vectors of late fusion. It is thus the direct effect of the messages on this score in this trained model. A model
that was trained without them would have learned something else in their place, and how people would have behaved if
the world were different no model can say without an experiment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from graphrec.common.errors import InputError, nearest
from graphrec.explanation.sub_profiles import SubProfiles, placed_scores, ranks_of
from graphrec.model.item_parts import CONTENT, NEIGHBOURS, ItemParts

if TYPE_CHECKING:
    from graphrec.explanation.attribution import Attribution
    from graphrec.runs.run import Run


@dataclass(frozen=True)
class Cut:
    """What is taken out; of several fields, the messages that all of them describe.

    Attributes
    ----------
    relation
        Index in the run's ``relations``.
    entity, related
        Index of an entity, or of an item, that sends messages.
    modality
        Name; alone. Taken out are its content messages, and those of the neighbours that it chose.
    """

    relation: int | None = None
    entity: int | None = None
    related: int | None = None
    modality: str | None = None

    def to_dict(self, run: Run) -> dict[str, Any]:
        """Return plain data with the keys of the run, without what is not named."""
        named = {
            "relation": None if self.relation is None else run.info["relations"][self.relation],
            "entity": None if self.entity is None else run.entities[self.entity],
            "related": None if self.related is None else run.items[self.related],
            "modality": self.modality,
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True)
class Effect:
    """A score and a rank before and after an intervention.

    Attributes
    ----------
    user, item
        Indices in the run.
    cut
        What was taken out.
    before, after
        The scores.
    rank_before, rank_after
        The ranks among the items that the user has not done; 1 is best.
    """

    user: int
    item: int
    cut: Cut
    before: float
    after: float
    rank_before: int
    rank_after: int

    @property
    def change(self) -> float:
        """What the score loses or gains."""
        return self.after - self.before

    def to_dict(self, run: Run) -> dict[str, Any]:
        """Return plain data with the keys of the run."""
        return {
            "user": run.users[self.user],
            "item": run.items[self.item],
            "without": self.cut.to_dict(run),
            "before": self.before,
            "after": self.after,
            "rank_before": self.rank_before,
            "rank_after": self.rank_after,
        }


def intervene(of: Attribution, user: int, item: int, cut: Cut) -> Effect:
    """Return the score and the rank of an item without some messages.

    Parameters
    ----------
    of
        The run's attribution.
    user, item
        Indices in the run.
    cut
        What to take out.

    Raises
    ------
    InputError
        An earlier release made the run; nothing is named; or the model has no messages of that kind.
    """
    return _effects(of, user, item, [cut])[0]


def interventions(of: Attribution, user: int, item: int) -> list[Effect]:
    """Return the effect of each relation and each modality of the run, the largest loss of the score first.

    Parameters and errors as in :func:`intervene`; a run without knowledge and content has none.
    """
    parts = _parts(of)
    cuts = [Cut(relation=relation) for relation in torch.unique(parts.relation).tolist()]
    cuts += [Cut(modality=name) for name in _modalities(parts)]
    return sorted(_effects(of, user, item, cuts), key=lambda effect: effect.change)


@torch.inference_mode()
def _effects(of: Attribution, user: int, item: int, cuts: list[Cut]) -> list[Effect]:
    sub = SubProfiles(of, user)
    scores = [_scores(of, sub, None), *(_scores(of, sub, _removed(of, cut)) for cut in cuts)]
    ranks: list[int] = ranks_of(torch.stack(scores), item, sub.seen).tolist()
    before, *after = (float(one[item]) for one in scores)
    return [
        Effect(user, item, cut, before, score, ranks[0], rank)
        for cut, score, rank in zip(cuts, after, ranks[1:], strict=True)
    ]


@dataclass(frozen=True)
class _Removed:
    """What item vectors lose, float32 ``[n_items, d]``, and biases, float32 ``[n_items]``."""

    source: Tensor
    target: Tensor
    bias: Tensor


def _scores(of: Attribution, sub: SubProfiles, removed: _Removed | None) -> Tensor:
    """Return the user's scores of all items, without some messages, float32 ``[n_items]``."""
    columns, user, tables = of.columns, sub.user, of.run.arrays.items
    _, done = sub.profiles(torch.ones(1, len(sub), dtype=torch.bool))
    vector = user.vector[: columns.side_features.stop].clone()
    if removed is not None:
        item = tables.item.clone()
        item[:, columns.network] -= removed.target * of.factor[:, None]
        item[:, columns.bias] -= (removed.bias * of.factor)[:, None]
        tables = replace(tables, item=item)
        vector[columns.network] -= user.base @ removed.source[user.items]
    return placed_scores(of.run, vector[None], done, tables)[0]


def _removed(of: Attribution, cut: Cut) -> _Removed:
    parts = _parts(of)
    named = {name for name, value in vars(cut).items() if value is not None}
    if not named or (cut.modality is not None and len(named) > 1):
        raise InputError(
            "an intervention takes out a modality, or else a relation, an entity or a related item",
            hint="name one of them, or a relation with an entity or item",
        )
    if cut.modality is not None:
        there = _modalities(parts)
        if cut.modality not in there:
            raise InputError(
                f"run {of.run.run_id} has no content of modality {cut.modality!r}", hint=nearest(cut.modality, there)
            )
        names = [name for name in (CONTENT + cut.modality, NEIGHBOURS + cut.modality) if name in parts.source]
        source, target = (torch.stack([side[name] for name in names]).sum(0) for side in (parts.source, parts.target))
        content = parts.source[CONTENT + cut.modality]
        return _Removed(source, target, torch.zeros(len(source)) if parts.appeal is None else content @ parts.appeal)
    taken = torch.ones(len(parts.messages), dtype=torch.bool)
    for column, value in ((parts.relation, cut.relation), (parts.entity, cut.entity), (parts.item, cut.related)):
        if value is not None:
            taken &= column == value
    if not taken.any():
        raise InputError(
            f"run {of.run.run_id} has no such messages: {_described(of.run, cut)}",
            hint="entities of a single item, and items without relations to others, send none",
        )
    lost = parts.knowledge(taken)
    return _Removed(lost, lost, torch.zeros(len(lost)) if parts.appeal is None else lost @ parts.appeal)


def _described(run: Run, cut: Cut) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in cut.to_dict(run).items())


def _modalities(parts: ItemParts) -> list[str]:
    return [name.removeprefix(CONTENT) for name in parts.source if name.startswith(CONTENT)]


def _parts(of: Attribution) -> ItemParts:
    """Return the terms of the item vectors.

    Raises
    ------
    InputError
        An earlier release made the run.
    """
    if of.parts is None:
        raise InputError(
            f"run {of.run.run_id} does not store what its item vectors are sums of: an earlier release made it",
            hint="train again",
        )
    return of.parts

"""What a trained model's scores are made of, as DataFrames and pictures."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from graphrec.api.face import python_faces
from graphrec.api.ids import check_k, listed, positions, with_tuples
from graphrec.common.errors import InputError
from graphrec.config.ids import with_lists_within

if TYPE_CHECKING:
    from graphrec.explanation.attribution import Attribution
    from graphrec.explanation.explain import Explainer
    from graphrec.presentation.explanation_html import PicturedExplanation
    from graphrec.runs.run import Run


@python_faces
class ExplainedModel:
    """The part of :class:`graphrec.Model` that explains its scores.

    Parameters
    ----------
    run
        A finished run directory.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    def explain(self, user: Hashable, item: Hashable) -> pd.DataFrame:
        """Return what the score of a user and an item is made of, exactly: the shares sum to it.

        It is for those who run the system: single shares rest on other people's behaviour, however few they are. What
        users may see are the reasons of :meth:`explanation`.

        Parameters
        ----------
        user, item
            An id each.

        Returns
        -------
        DataFrame
            ``item_id, behaviour, component, part, relation, entity, modality, share``, the largest shares first.
            ``item_id`` and ``behaviour``: the user's past behaviour; None for terms that belong to no single one.
            ``component``: ``network``, ``similar``, ``als``, ``side_features``, ``bias``, ``popularity``, ``friends``,
            ``placement`` (of cold items) or ``stale_vectors`` (after an update). ``part``: what of the items' vectors
            carries the share: ``own``, ``content``, ``knowledge``, ``neighbours``, ``hop``, or ``whole`` where a
            component has no parts. ``entity``: the entity, or the related item, at the other end of a knowledge edge.

        Raises
        ------
        NotFoundError
            The user or the item is not in the model.
        """
        from graphrec.explanation.frame import share_frame

        row, place = self._place(user, item)
        return with_tuples(share_frame(self._attribution, row, place), self.run.schema)

    def explanation(self, user: Hashable, item: Hashable, k: int = 5) -> PicturedExplanation:
        """Return why an item has its score for a user: components, past behaviours, and the paths that carry it.

        A notebook shows it as a picture.

        Parameters
        ----------
        user, item
            An id each.
        k
            Reasons of each kind, and past behaviours, at most.

        Raises
        ------
        NotFoundError
            The user or the item is not in the model.
        """
        from graphrec.presentation.explanation_html import PicturedExplanation

        check_k(k)
        row, place = self._place(user, item)
        return PicturedExplanation.of(self._explainer.explain(row, place, k))

    def what_if(self, user: Hashable, item: Hashable, k: int = 10) -> dict[str, Any]:
        """Return what an item's place in a user's list depends on; each answer is scored anew with the trained weights.

        Parameters
        ----------
        user, item
            An id each.
        k
            Length of the list.

        Returns
        -------
        dict
            ``rank``; ``without``: the smallest set found of ``removed`` items without which the item is at
            ``rank_without``; ``with_one_more``, if the item is not in the list: the items with which one more behaviour
            brings it furthest; ``interventions``: score and rank without a relation or a modality of the model's input.

        Raises
        ------
        NotFoundError
            The user or the item is not in the model.
        InputError
            The user has done or dislikes the item.
        """
        from graphrec.explanation.what_if import what_if

        check_k(k)
        row, place = self._place(user, item)
        found = what_if(self._attribution, row, place, k).to_dict()
        return dict(with_lists_within(found, self.run.schema.user, self.run.schema.item))

    def shapley(self, user: Hashable, item: Hashable, *, seed: int = 0) -> pd.DataFrame:
        """Return the Shapley values of a user's past behaviours for an item's score.

        Unlike the shares of :meth:`explain`, they count that the length of a profile and its least-squares weights
        change with each behaviour (:mod:`graphrec.explanation.shapley`).

        Parameters
        ----------
        user, item
            An id each.
        seed
            Of the permutations, for long profiles.

        Returns
        -------
        DataFrame
            ``item_id, value, error``, the largest first. ``error``: the standard error, 0 where the value is exact. The
            values sum to the score minus that of an empty profile.

        Raises
        ------
        NotFoundError
            The user or the item is not in the model.
        """
        from graphrec.explanation.shapley import shapley

        row, place = self._place(user, item)
        found = shapley(self._attribution, row, place, seed=seed)
        keys = pd.Series([self.run.items[at] for at in found.items.tolist()], dtype=object)
        frame = pd.DataFrame({"item_id": keys, "value": found.values, "error": found.errors})
        frame = frame.sort_values("value", ascending=False, kind="stable").reset_index(drop=True)
        return with_tuples(frame, self.run.schema)

    def overview(self, k: int = 10) -> pd.DataFrame:
        """Return what carries the scores of all users' lists (:mod:`graphrec.explanation.overview`).

        Parameters
        ----------
        k
            Items of each list.

        Returns
        -------
        DataFrame
            ``by`` (component, behaviour, part, modality or relation), ``name``, and a column of shares of the sum of
            absolute shares for all users, for each quarter of them by activity, and for lists of cold items.
        """
        from graphrec.explanation.overview import overview

        check_k(k)
        return pd.DataFrame([{"by": row.by, "name": row.name} | row.shares for row in overview(self.run, k).rows])

    def _item_positions(self, items: Hashable | Iterable[Hashable]) -> Any:
        role, hint = self.run.schema.item, "train again with these items"
        return positions(listed(items, role), self.run.item_positions, "item", hint, role)

    def _place(self, user: Hashable, item: Hashable) -> tuple[int, int]:
        """Return the indices of a user and an item."""
        role = self.run.schema.user
        rows = positions(listed(user, role), self._user_positions, "user", "update takes new users in", role)
        places = self._item_positions(item)
        for name, found, given in (("user", rows, user), ("item", places, item)):
            if len(found) != 1:
                raise InputError(f"{name}={given!r}: not one id", hint="explain one score at a time")
        return int(rows[0]), int(places[0])

    @cached_property
    def _attribution(self) -> Attribution:
        from graphrec.explanation.attribution import Attribution

        return Attribution(self.run)

    @cached_property
    def _explainer(self) -> Explainer:
        from graphrec.explanation.explain import Explainer

        return Explainer(self._attribution)

    @cached_property
    def _user_positions(self) -> dict[Any, int]:
        return {key: row for row, key in enumerate(self.run.users) if key is not None}

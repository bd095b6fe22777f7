"""Score all items for a user at request time, in the training set or not.

The model scores a user if the published run has any of their interactions. Otherwise the content of their items scores,
else the items' knowledge, and without any interactions popularity. Each item records the source of its score.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from graphrec.common.errors import GraphError
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.history import Interaction
from graphrec.runs.run import Run
from graphrec.serving.rerank import Floats, Ints, Mask

if TYPE_CHECKING:
    from graphrec.serving.fold_in import Folder
    from graphrec.serving.multi_interest import RankedItems

Source = Literal["model", "content", "knowledge", "popularity"]

#: Number of latest interactions to compare by content or knowledge if the run has none of their items.
LATEST = 20
#: Number of nearest items by content, or of items that share the most knowledge.
NEAR = 200


class Scored(NamedTuple):
    """Scores for one user.

    Attributes
    ----------
    scores
        float32 ``[n_items]``.
    done
        int64 ``[m]``: indices of items not to recommend again.
    sources
        ``[n_items]``: source of each item's score.
    interactions
        Interactions and searched items; empty if the scores are the run's own.
    """

    scores: Floats
    done: Ints
    sources: Sequence[Source]
    interactions: tuple[Sequence[Interaction], Sequence[Interaction]] = ((), ())


class LiveRecommender:
    """Scores users with a run; loaded once, it answers in milliseconds.

    Parameters
    ----------
    run
        A finished run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    @cached_property
    def folder(self) -> Folder:
        """The fold-in, loaded at first use."""
        from graphrec.serving.fold_in import Folder

        return Folder(self.run)

    @cached_property
    def _model(self) -> list[Source]:
        """The sources of a user whom the model scores."""
        return ["model"] * len(self.run.items)

    def scores(self, history: Sequence[Interaction], meant: Sequence[Interaction] = ()) -> Scored | None:
        """Return the model's scores for one user: see :meth:`scores_of`."""
        return self.scores_of([history], [meant])[0]

    def scores_of(
        self, histories: Sequence[Sequence[Interaction]], meant: Sequence[Sequence[Interaction]]
    ) -> list[Scored | None]:
        """Return the model's scores for some users; None for a user of whose interactions the run has none.

        Parameters
        ----------
        histories
            Each user's interactions.
        meant
            For each user, items meant by searches: they inform the scores, and may be recommended.
        """
        items = self.run.item_positions
        if not any(act.item in items for acts in (*histories, *meant) for act in acts):
            return [None] * len(histories)
        done_profiles, done = self.folder.profiles(histories)
        profiles = done_profiles
        if any(meant):
            profiles = self.folder.profiles([[*acts, *more] for acts, more in zip(histories, meant, strict=True)])[0]
        known = (profiles.indptr.diff() > 0).tolist()
        scores = self.folder.scores(profiles, done).numpy()
        seen = self.folder.seen(done_profiles)
        bounds, places = seen.indptr.tolist(), seen.items.numpy()
        found = list[Scored | None]()
        for row, acts in enumerate(zip(histories, meant, strict=True)):
            mine = places[bounds[row] : bounds[row + 1]]
            found.append(Scored(scores[row], mine, self._model, acts) if known[row] else None)
        return found

    def multi_interest_list(self, asked: Scored, k: int, most: int, allowed: Mask) -> RankedItems:
        """Return a list in which every interest gets places.

        Parameters
        ----------
        asked
            The model's scores.
        k, most
            Maximum length of the list, and maximum number of interests.
        allowed
            bool ``[n_items]``; other items are left out.
        """
        import torch

        from graphrec.model import UserItemCSR
        from graphrec.serving.multi_interest import multi_interest_lists

        history, meant = asked.interactions
        done = self.folder.profiles([history])[1]
        profiles = self.folder.profiles([[*history, *meant]])[0]
        left = torch.from_numpy(np.flatnonzero(~allowed))
        return multi_interest_lists(
            self.folder, profiles, done, k, most, UserItemCSR(torch.tensor([0, len(left)]), left)
        )[0]

    @cached_property
    def _popularity(self) -> Floats:
        """The logarithm of each item's number of users, 1 for the most popular; float32 ``[n_items]``."""
        users = np.asarray(self.run.seen("all").sum(axis=0)).ravel()
        found: Floats = (np.log1p(users) / math.log1p(max(users.max(initial=0), 1))).astype(np.float32)
        return found

    def fallback(self, db: Database, schema: GraphSchema, history: Sequence[Interaction]) -> Scored:
        """Return scores by content, knowledge and popularity for a user with no interactions in the run."""
        scores = self._popularity.copy()
        sources: list[Source] = ["popularity"] * len(scores)
        done = sorted({self.run.item_positions[act.item] for act in history if act.item in self.run.item_positions})
        wanted = [act for act in history if act.kind not in self.run.schema.negatives]
        latest = sorted(wanted, key=lambda act: act.time, reverse=True)[:LATEST]
        items = list(dict.fromkeys(act.item for act in latest))
        for source, ask in (("content", _alike), ("knowledge", _shared)):
            near = ask(db, schema, items)
            places = [self.run.item_positions[item] for item in near if item in self.run.item_positions]
            if not places:
                continue
            best = max(near.values())
            for place in places:
                # Above items that are only popular; among equally near ones, the popular first.
                scores[place] = 1 + near[self.run.items[place]] / best + 1e-3 * scores[place]
                sources[place] = source  # type: ignore[call-overload]
            break
        return Scored(scores, np.array(done, np.int64), sources)


def _alike(db: Database, schema: GraphSchema, items: Sequence[Any]) -> dict[Any, float]:
    """Return item → the sum of its cosines with the given items, by all content; only nearest neighbours of one."""
    found: dict[Any, float] = {}
    query = queries.load("query/similar_content", schema)
    for item in items:
        for row in db.read(query, item=item, k=NEAR, property="contentVector"):
            if row["score"] > 0:
                found[row["item"]] = found.get(row["item"], 0.0) + row["score"]
    return found


def _shared(db: Database, schema: GraphSchema, items: Sequence[Any]) -> dict[Any, float]:
    """Return item → how much knowledge it shares with the given items."""
    if not items:
        return {}
    knowledge = None if schema.knowledge is None else list(schema.knowledge)
    rows = db.read(queries.load("query/shared_knowledge", schema), items=list(items), knowledge=knowledge, k=NEAR)
    return {row["item"]: row["score"] for row in rows}


def score_histories(
    db: Database,
    recommender: LiveRecommender,
    histories: Sequence[Sequence[Interaction]],
    meant: Sequence[Sequence[Interaction]],
) -> list[Scored]:
    """Return scores for the interactions and searches (:func:`searched_items`) of some users."""
    found = recommender.scores_of(histories, meant)
    return [
        scored or recommender.fallback(db, recommender.run.schema, history)
        for scored, history in zip(found, histories, strict=True)
    ]


def liked(run: Run, items: Sequence[Any], history: Sequence[Interaction] = ()) -> list[Interaction]:
    """Return one interaction per item, of the run's first target behaviour and dated now.

    Each counts as much as the average interaction of that type in ``history``.

    Raises
    ------
    GraphError
        The run has no such type.
    """
    if not items:
        return []
    kind = next((kind for kind, mapped in run.schema.behaviours.items() if mapped.target), None)
    if kind is None:
        raise GraphError(f"run {run.run_id} has no behaviour that recommendations aim at", hint="graphrec train")
    like = [act.weight for act in history if act.kind == kind] or [run.schema.behaviours[kind].weight]
    return [Interaction(item, kind, float(np.mean(like)), int(time.time())) for item in items]


def searched_items(db: Database, settings: Settings, run: Run, searches: Sequence[str]) -> list[Interaction]:
    """Return the items that texts mean; each text counts as one interaction, shared among its items.

    They have a search type, or the first target behaviour if there is none.

    Raises
    ------
    GraphError, EncoderError
        A text cannot be compared with the items.
    """
    return [act for text in searches for act in _meant(db, settings, run, text)]


def _meant(db: Database, settings: Settings, run: Run, text: str) -> list[Interaction]:
    """Return the items that one text means."""
    from graphrec.serving.search import search

    kind, mapped = next(iter(run.schema.searches.items()), (None, None))
    rows = [row for row in search(db, settings, text, 10 if mapped is None else mapped.items) if row["score"] > 0]
    total = sum(row["score"] for row in rows)
    weight = 1.0 if mapped is None else mapped.weight
    kind = kind if kind is not None and kind in run.behaviours else liked(run, [None])[0].kind
    return [Interaction(row["item"], kind, weight * row["score"] / total, int(time.time())) for row in rows]

"""A trained model: recommendations, similar items and metrics as DataFrames, without a database."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch

from graphrec.api.explained_model import ExplainedModel
from graphrec.api.face import python_faces
from graphrec.api.ids import check_k, listed, positions, stored_form, with_tuples
from graphrec.common.errors import InputError, NotFoundError, nearest
from graphrec.config.settings import load_settings
from graphrec.datasets import frames
from graphrec.graph.behaviours import weights
from graphrec.graph.history import Interaction
from graphrec.graph.typed import NO_TIME
from graphrec.publishing.top_k import top_k
from graphrec.runs.evaluate import evaluate_run
from graphrec.runs.store import open_run, read_run
from graphrec.serving.fold_in import Folder
from graphrec_etl.model import NO_TIME as NO_MOMENT


@python_faces
class Model(ExplainedModel):
    """A trained run; its arrays are loaded on first use.

    Created by :meth:`graphrec.Recommender.fit`, :func:`graphrec.fit_frames` or :meth:`Model.load`.

    Parameters
    ----------
    run
        A finished run directory.

    Examples
    --------
    >>> import graphrec, pandas as pd
    >>> model = graphrec.fit_frames(pd.read_csv("ratings.csv"), user="userId", item="movieId")  # doctest: +SKIP
    >>> model.recommend([1, 2], k=5)  # doctest: +SKIP
    """

    def __repr__(self) -> str:
        return f"Model({self.run_id!r}: {len(self.run.users)} users, {len(self.run.items)} items)"

    @classmethod
    def load(cls, run: str | Path, *, config: str | Path | None = None) -> Model:
        """Open a finished run.

        Parameters
        ----------
        run
            Its directory, or its name in the project's folder of runs.
        config
            The project's ``graphrec.toml``; by default searched from the working directory upwards.

        Raises
        ------
        NotFoundError
            The run does not exist, or its training has not finished.
        """
        path = Path(run)
        if (path / "run.json").is_file():
            found = read_run(path.resolve().parent, path.resolve().name)
            if not found.finished:
                raise NotFoundError(
                    f"{path}: the training has not finished", hint="continue with graphrec train --resume"
                )
            return cls(found)
        return cls(open_run(load_settings(None if config is None else Path(config)), str(run)))

    @property
    def run_id(self) -> str:
        """The name of the run."""
        return self.run.run_id

    @property
    def path(self) -> Path:
        """The run's directory."""
        return self.run.path

    @property
    def metrics(self) -> dict[str, Any]:
        """Validation metrics of the training, and test metrics after :meth:`evaluate`."""
        return self.run.metrics

    @property
    def users(self) -> list[Any]:
        """Ids of the users."""
        return [user for user in self.run.users if user is not None]

    @property
    def items(self) -> list[Any]:
        """Ids of the items."""
        return list(self.run.items)

    def recommend(
        self,
        users: Hashable | Iterable[Hashable],
        k: int = 10,
        *,
        filter_seen: bool = True,
        items: Iterable[Hashable] | None = None,
    ) -> pd.DataFrame:
        """Return the top items of users of the model, based on all their interactions.

        Parameters
        ----------
        users
            One id or several.
        k
            Most items per user.
        filter_seen
            Leave out items that a user has interacted with or dislikes.
        items
            Rank only these items.

        Returns
        -------
        DataFrame
            ``user_id, item_id, rank, score``, users in the order given, best first; ``k`` rows per user, or fewer if
            fewer items are left. The score is the model's: higher is better, comparable among the items of one user
            and one run, without a fixed scale.

        Raises
        ------
        NotFoundError
            A user or an item is not in the model.
        """
        check_k(k)
        user = self.run.schema.user
        rows = positions(listed(users, user), self._user_positions, "user", "recommend_cold takes new users", user)
        allowed = None
        if items is not None:
            allowed = torch.zeros(len(self.run.items), dtype=torch.bool)
            allowed[self._item_positions(items)] = True
        seen = self.run.seen("all")
        if not filter_seen:
            seen = type(seen)(seen.shape, dtype=seen.dtype)
        users_at = torch.from_numpy(rows)
        ranked = top_k(lambda part: self.run.scores(part, "all"), users_at, seen, k, allowed=allowed)
        return self._frame([self.run.users[row] for row in rows.tolist()], ranked)

    def recommend_cold(
        self,
        interactions: pd.DataFrame,
        k: int = 10,
        *,
        user: str = "user_id",
        item: str = "item_id",
        behaviour: str | None = None,
        time: str | None = None,
        weight: str | None = None,
    ) -> pd.DataFrame:
        """Return the top items of users that training has not seen, from their interactions (fold-in).

        This trains and stores nothing. Items outside the model are ignored; a user without any known item gets no
        rows.

        Parameters
        ----------
        interactions
            One row per interaction.
        k
            Most items per user.
        user, item, time, weight
            Columns of ``interactions``, as for :func:`graphrec.fit_frames`.
        behaviour
            A column with the type of each behaviour, or the type of all rows; by default the model's first target
            behaviour.

        Returns
        -------
        DataFrame
            ``user_id, item_id, rank, score``; without items that a user has interacted with. The score is as in
            :meth:`recommend`.

        Raises
        ------
        InputError
            A column is missing, or a value is invalid.
        """
        check_k(k)
        targets = [kind for kind, mapped in self.run.schema.behaviours.items() if mapped.target]
        columns = frames.Columns(user, item, targets[0] if behaviour is None else behaviour, time, weight)
        keys, histories = self._histories(interactions, columns)
        folder = Folder(self.run)
        profiles, done = folder.profiles(histories)
        seen = folder.seen(profiles).matrix(len(self.run.items))
        known = (profiles.indptr.diff() > 0).nonzero()[:, 0]
        everybody = folder.vectors(profiles, done)
        ranked = top_k(lambda part: self.run.scores_of(everybody[part], done, part), known, seen, k)
        return self._frame([keys[row] for row in known.tolist()], ranked)

    def similar_items(self, items: Hashable | Iterable[Hashable], k: int = 10) -> pd.DataFrame:
        """Return the items with the nearest learned embeddings, by cosine similarity.

        Parameters
        ----------
        items
            One id or several.
        k
            Most similar items per item.

        Returns
        -------
        DataFrame
            ``item_id, similar_item_id, rank, score``, best first; the score is a cosine.

        Raises
        ------
        NotFoundError
            An item is not in the model.
        """
        check_k(k)
        rows = self._item_positions(items)
        vectors = torch.nn.functional.normalize(self.run.embeddings("all")[1], dim=1)
        scores = vectors[rows] @ vectors.T
        scores[torch.arange(len(rows)), torch.from_numpy(rows)] = -torch.inf
        best = scores.topk(min(k, max(len(vectors) - 1, 0)))
        frame = self._frame([self.run.items[row] for row in rows.tolist()], [(best.indices, best.values)])
        return frame.rename(columns={"item_id": "similar_item_id", "user_id": "item_id"})

    def evaluate(self, on: Literal["test", "valid"] = "test", ks: Sequence[int] = (10, 20)) -> pd.DataFrame:
        """Return the metrics on held-out interactions, ranking all items except those in the user's training.

        The result is also stored in the run's ``evaluation.json``.

        Parameters
        ----------
        on
            The held-out component.
        ks
            List lengths.

        Returns
        -------
        DataFrame
            ``metric, mean, low, high``: the mean over users with its 95 % bootstrap interval; for ``coverage@k``, the
            share of items recommended to at least one user, only the mean.

        Raises
        ------
        GraphError
            The run has no held-out pairs.
        """
        if on not in ("test", "valid"):
            raise InputError(f"on={on!r}: not a held-out part", hint="test or valid")
        if not isinstance(ks, Sequence) or not ks:
            raise InputError(f"ks={ks!r}: no list lengths", hint="for example ks=(10, 20)")
        for k in ks:
            check_k(k)
        result = evaluate_run(self.run, on, ks=sorted(set(ks)))
        rows = [{"metric": name, **values} for name, values in result["metrics"].items()]
        rows += [{"metric": f"coverage@{k}", "mean": share} for k, share in result["coverage"].items()]
        return pd.DataFrame(rows, columns=["metric", "mean", "low", "high"])

    def _histories(
        self, interactions: pd.DataFrame, columns: frames.Columns
    ) -> tuple[list[Any], list[list[Interaction]]]:
        """Return the users of the interactions, with each user's history."""
        named = frames.column_of(interactions, columns.user, "interactions")
        codes, plain, integers = frames.ids_of(named, f"interactions[{columns.user!r}]")
        keys = [int(name) for name in plain] if integers else plain
        column = frames.column_of(interactions, columns.item, "interactions")
        places, texts, _ = frames.ids_of(column, f"interactions[{columns.item!r}]")
        items = [stored_form(text, self.run.item_positions, self.run.schema.item) for text in texts]
        times = np.full(len(interactions), NO_TIME, np.int64)
        if columns.time is not None:
            where = f"interactions[{columns.time!r}]"
            found = frames.times_of(frames.column_of(interactions, columns.time, "interactions"), where)
            times = np.where(found == NO_MOMENT, NO_TIME, found // 1000)
        strengths = np.ones(len(interactions))
        if columns.weight is not None:
            where = f"interactions[{columns.weight!r}]"
            given = frames.weights_of(frames.column_of(interactions, columns.weight, "interactions"), where)
            strengths = np.where(np.isnan(given), 1.0, given)
        histories: list[list[Interaction]] = [[] for _ in keys]
        for kind, rows in frames.kinds_of(interactions, columns.behaviour):
            mapped = self.run.schema.behaviours.get(kind)
            if mapped is None:
                raise InputError(
                    f"the model has no behaviour {kind!r}", hint=nearest(kind, list(self.run.schema.behaviours))
                )
            counted = weights(strengths[rows], kind, mapped)
            for row, weight in zip(rows.tolist(), counted.tolist(), strict=True):
                histories[codes[row]].append(Interaction(items[places[row]], kind, weight, int(times[row])))
        return keys, histories

    def _frame(self, keys: Sequence[Any], ranked: Iterable[tuple[torch.Tensor, torch.Tensor]]) -> pd.DataFrame:
        """Return the ranked items of keys as rows; −∞ marks the end of a short list."""
        ids, scores = zip(*((a.numpy(), b.numpy()) for a, b in ranked), strict=True) if len(keys) else ((), ())
        if not ids:
            return pd.DataFrame({"user_id": [], "item_id": [], "rank": [], "score": []})
        best, values = np.concatenate(ids), np.concatenate(scores)
        row, rank = np.nonzero(values > -np.inf)
        frame = pd.DataFrame(
            {
                "user_id": pd.Series(keys)[row].to_numpy(),
                "item_id": pd.Series(self.run.items)[best[row, rank]].to_numpy(),
                "rank": rank + 1,
                "score": values[row, rank],
            }
        )
        return with_tuples(frame, self.run.schema)

"""A trained model: recommendations, similar items and metrics as DataFrames, without a database."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import torch

from graphrec.api.ids import check_k, listed, positions, stored_form
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

if TYPE_CHECKING:
    from graphrec.runs.run import Run


class Model:
    """A trained run; its arrays are read when they are first asked for.

    Made by :meth:`graphrec.Recommender.fit`, :func:`graphrec.fit_frames` or :meth:`Model.load`.

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

    def __init__(self, run: Run) -> None:
        self.run = run

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
            The project's ``graphrec.toml``; looked for from the working directory upwards where absent.

        Raises
        ------
        NotFoundError
            There is no such run.
        """
        path = Path(run)
        if (path / "run.json").is_file():
            found = read_run(path.resolve().parent, path.resolve().name)
            if not found.finished:
                raise NotFoundError(f"{path}: the training has not finished", hint="graphrec train --resume goes on")
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
        """Validation metrics of the training, and test metrics once :meth:`evaluate` has measured them."""
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
        """Return the best items of some users by all that they have done.

        Parameters
        ----------
        users
            One id or several.
        k
            At most so many items a user.
        filter_seen
            Leave out what a user has done, and what a user dislikes.
        items
            Rank these items only.

        Returns
        -------
        DataFrame
            ``user_id, item_id, rank, score``, the users in the order given, best first; ``k`` rows a user, fewer where
            fewer items are left.

        Raises
        ------
        NotFoundError
            A user or an item is not in the model.
        """
        check_k(k)
        rows = positions(listed(users), self._user_positions, "user", "recommend_cold takes users by what they did")
        allowed = None
        if items is not None:
            allowed = torch.zeros(len(self.run.items), dtype=torch.bool)
            allowed[positions(listed(items), self.run.item_positions, "item", "train again with these items")] = True
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
        """Return the best items of users whom training has not seen, by what they did (fold-in).

        Nothing is trained and nothing is kept. Items that the model does not know are ignored; a user without any
        known item gets no rows.

        Parameters
        ----------
        interactions
            One row an interaction.
        k
            At most so many items a user.
        user, item, time, weight
            Its columns, as :func:`graphrec.fit_frames` takes them.
        behaviour
            A column with the type of each behaviour, or the type of all rows; the first target behaviour of the model
            where absent.

        Returns
        -------
        DataFrame
            ``user_id, item_id, rank, score``; what a user has done is left out.

        Raises
        ------
        InputError
            A column is missing, or a value cannot be understood.
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
        """Return the items whose learned embeddings are nearest, by cosine.

        Parameters
        ----------
        items
            One id or several.
        k
            At most so many similar items each.

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
        rows = positions(listed(items), self.run.item_positions, "item", "train again with these items")
        vectors = torch.nn.functional.normalize(self.run.embeddings("all")[1], dim=1)
        scores = vectors[rows] @ vectors.T
        scores[torch.arange(len(rows)), torch.from_numpy(rows)] = -torch.inf
        best = scores.topk(min(k, max(len(vectors) - 1, 0)))
        frame = self._frame([self.run.items[row] for row in rows.tolist()], [(best.indices, best.values)])
        return frame.rename(columns={"item_id": "similar_item_id", "user_id": "item_id"})

    def evaluate(self, on: Literal["test", "valid"] = "test", ks: Sequence[int] = (10, 20)) -> pd.DataFrame:
        """Return the metrics on held-out interactions: all items ranked, what a user did in training left out.

        The result is kept in the run's ``evaluation.json``, too.

        Parameters
        ----------
        on
            The held-out part.
        ks
            Lengths of the list.

        Returns
        -------
        DataFrame
            ``metric, mean, low, high``: the mean over users with its 95 % bootstrap interval; of ``coverage@k``, the
            share of items that is recommended to anybody, the mean alone.

        Raises
        ------
        GraphError
            Nothing is held out.
        """
        for k in ks:
            check_k(k)
        result = evaluate_run(self.run, on, ks=sorted(set(ks)))
        rows = [{"metric": name, **values} for name, values in result["metrics"].items()]
        rows += [{"metric": f"coverage@{k}", "mean": share} for k, share in result["coverage"].items()]
        return pd.DataFrame(rows, columns=["metric", "mean", "low", "high"])

    @cached_property
    def _user_positions(self) -> dict[Any, int]:
        return {key: row for row, key in enumerate(self.run.users) if key is not None}

    def _histories(
        self, interactions: pd.DataFrame, columns: frames.Columns
    ) -> tuple[list[Any], list[list[Interaction]]]:
        """Return the users of some interactions and what each of them did."""
        named = frames.column_of(interactions, columns.user, "interactions")
        codes, plain, integers = frames.ids_of(named, f"interactions[{columns.user!r}]")
        keys = [int(name) for name in plain] if integers else plain
        column = frames.column_of(interactions, columns.item, "interactions")
        places, texts, _ = frames.ids_of(column, f"interactions[{columns.item!r}]")
        items = [stored_form(text, self.run.item_positions) for text in texts]
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
        """Return ranked items of some keys as rows; −∞ marks that no item was left."""
        ids, scores = zip(*((a.numpy(), b.numpy()) for a, b in ranked), strict=True) if len(keys) else ((), ())
        if not ids:
            return pd.DataFrame({"user_id": [], "item_id": [], "rank": [], "score": []})
        best, values = np.concatenate(ids), np.concatenate(scores)
        row, rank = np.nonzero(values > -np.inf)
        return pd.DataFrame(
            {
                "user_id": pd.Series(keys)[row].to_numpy(),
                "item_id": pd.Series(self.run.items)[best[row, rank]].to_numpy(),
                "rank": rank + 1,
                "score": values[row, rank],
            }
        )

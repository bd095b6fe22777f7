"""Train shadow models: each on a random half of the users, with the settings of the audited run.

Membership in each half is drawn independently, so that the membership of a user in one says nothing of another.
A tenth of the pairs validates, as everything that graphrec chooses is chosen on validation.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphrec.common.console import note
from graphrec.common.errors import ConfigError, InputError
from graphrec.config.settings import PublishSettings, Settings, SplitSettings
from graphrec.experiments.cold_users.people import without
from graphrec.experiments.privacy_audit.world import Floats, Mask, World, halves, listed
from graphrec.graph.hetero import Graph
from graphrec.model import Profiles
from graphrec.publishing.similar_edges import CommonUsers, strongest
from graphrec.runs.run import Run
from graphrec.serving.fold_in import Folder
from graphrec.training.train import train_graph

#: Share of the pairs used for validation.
VALID = 0.1
#: Share of the users whom a shadow model is trained on.
SHARE = 0.5
#: Fewest users, and fewest epochs of a shadow model.
FEWEST, EPOCHS = 20, 5
#: Users scored at once.
_BLOCK = 1024


class Shadows:
    """Trains models on parts of the users of a run.

    Parameters
    ----------
    run, settings, graph
        The audited run, its project and its graph.
    people
        int64: the users whose data is attacked; all users are trained on.
    epochs
        Most epochs of a shadow model; default: as many as were best in the run's training.

    Raises
    ------
    ConfigError
        The graph has social edges.
    InputError
        There are too few users.
    """

    def __init__(
        self, run: Run, settings: Settings, graph: Graph, people: NDArray[np.int64], epochs: int | None = None
    ) -> None:
        if any(kind[0] == kind[2] == "user" for kind in graph.data.edge_types):
            raise ConfigError(
                "users cannot be held out of a graph with social edges", hint="leave [graph] social out, and train"
            )
        self.graph, self.people, self.publish = graph, people, settings.publish
        self.everything = Profiles.of(graph.data)
        self.done = self.everything.only(graph.schema.targets)
        self.pairs: csr_array = self.done.matrix(len(graph.items))
        if int((np.diff(self.pairs.indptr) > 1).sum()) < FEWEST:
            raise InputError(
                f"{run.run_id}: fewer than {FEWEST} users have two items or more", hint="audit a run of more users"
            )
        #: The histories of :attr:`people`.
        self.history: csr_array = self.pairs[people]
        # Whatever tables the run was made with, differential privacy among them where it was.
        tables = {name: run.table(name, type(getattr(settings, name))) for name in run.settings}
        best = max(int(run.metrics.get("epoch", 0)), EPOCHS)
        loss = run.metrics.get("objective", tables["train"].loss)
        self.settings = msgspec.structs.replace(settings, **tables)
        self.settings = self.settings.override("train", loss=loss, epochs=epochs or best, refit=False)
        self.settings = self.settings.override("model", context=False)  # what a context adds is not attacked

    def half(self, seed: int) -> Mask:
        """Return a random half of all users, bool ``[n_users]``."""
        drawn: Mask = np.random.default_rng([seed, 22]).random(self.pairs.shape[0]) < SHARE
        return drawn

    def world(self, members: Mask, seed: int, title: str) -> World:
        """Train on the behaviour of some users, and return what would be published.

        Parameters
        ----------
        members
            bool ``[n_users]``: of all users.
        seed
            Of split and training.
        title
            Noted before it trains.
        """
        note(f"{title}: {int(members.sum()):,} of {len(members):,} users")
        graph = replace(self.graph, data=without(self.graph.data, np.flatnonzero(~members)))
        split = SplitSettings(valid=VALID, test=0.0, seed=seed)
        with TemporaryDirectory() as folder:
            # A folder of its own: what is trained here is no run of the project, and spends nothing of its budget.
            settings = msgspec.structs.replace(
                self.settings, root=Path(folder), runs=Path(folder) / "runs", split=split
            )
            made = train_graph(graph, settings.override("train", seed=seed))
            if made.interrupted:
                raise KeyboardInterrupt
            return self._published(Folder(made.run), members)

    def _published(self, folder: Folder, members: Mask) -> World:
        """Return what a run publishes; who is no member is folded in."""
        run, tables = folder.run, folder.run.arrays.items
        user = folder.vectors(self.everything, self.done)
        people = torch.from_numpy(self.people)
        blocks = [
            listed(run.scores_of(user[some], self.done, some).numpy(), self.pairs[some.numpy()], self.publish.k)
            for some in torch.split(people, _BLOCK)
        ]
        lists, values = (np.concatenate(part) for part in zip(*blocks, strict=True))
        mine = csr_array(self.pairs[np.flatnonzero(members)])
        one, other = (answer(folder, self._kind, part) for part in halves(self.history))
        return World(
            self.history,
            members[self.people],
            np.asarray(mine.sum(axis=0)).ravel().astype(np.float64),
            lists,
            values,
            user[people].numpy(),
            tables.item.numpy(),
            published_edges(tables.similar, self.publish, mine),
            (one, other),
        )

    @property
    def _kind(self) -> str:
        """The behaviour that likes sent to the service become."""
        return next(kind for kind, mapped in self.graph.schema.behaviours.items() if mapped.target)


def published_edges(edges: torch.Tensor | None, publish: PublishSettings, done: csr_array) -> csr_array | None:
    """Return the ``SIMILAR`` edges that publishing would write, csr ``[n_items, n_items]``; None: it would write none.

    Parameters
    ----------
    edges
        The edges of a run.
    publish
        How many are published.
    done
        csr ``[n_users, n_items]``: what the users of the run did.
    """
    if edges is None or not publish.similar:
        return None
    n_items = edges.shape[1]
    common = CommonUsers(done, publish.similar_users) if publish.similar_users else None
    rows, columns, weights = list[int](), list[int](), list[float]()
    for one, others, values in strongest(edges, publish.similar, [True] * n_items, common):
        rows += [one] * len(others)
        columns += others
        weights += values
    return csr_array((np.array(weights, np.float32), (rows, columns)), shape=(n_items, n_items))


def answer(folder: Folder, kind: str, histories: csr_array) -> Floats:
    """Return the scores that the service computes from likes alone, float32 ``[b, n_items]``."""
    found, behaviours = [], folder.run.behaviours
    for start in range(0, histories.shape[0], _BLOCK):
        block = csr_array(histories[start : start + _BLOCK])
        row, item = (torch.from_numpy(ends.astype(np.int64)) for ends in block.nonzero())
        column = torch.full((len(row),), behaviours.index(kind))
        now = torch.zeros(len(row), dtype=torch.int64)  # likes are dated now, all of them
        profiles = Profiles.of_edges(
            torch.stack([row, item]), column, torch.ones(len(row)), now, behaviours, block.shape
        )
        found.append(folder.scores(profiles, profiles.only([kind])).numpy())
    return np.concatenate(found)

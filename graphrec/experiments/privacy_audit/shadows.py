"""Train shadow models: each on a random half of the users, with the settings of the audited run.

Membership in each half is drawn independently, so that the membership of a user in one says nothing of another.
A tenth of the pairs validates, as everything that graphrec chooses is chosen on validation.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphrec.common.console import progress
from graphrec.common.errors import ConfigError, InputError
from graphrec.config.settings import ContentSettings, ModelSettings, SplitSettings, TrainSettings
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.experiments.cold_users.people import without
from graphrec.experiments.privacy_audit.world import Floats, Mask, World, halves, listed
from graphrec.graph.hetero import Graph
from graphrec.model import HeteroRecommender, Profiles
from graphrec.publishing.similar_edges import strongest
from graphrec.runs.run import Run
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.scoring import Scorer
from graphrec.training.train import pick_device
from graphrec.training.trainer import Trainer

#: Share of the pairs used for validation.
VALID = 0.1
#: Share of the users whom a shadow model is trained on.
SHARE = 0.5
#: Fewest users, and fewest epochs of a shadow model.
FEWEST, EPOCHS = 20, 5
#: Users scored at once.
_BLOCK = 1024


@dataclass(frozen=True)
class Publication:
    """How much is published: links per user, and ``SIMILAR`` edges per item."""

    k: int
    similar: int


class Shadows:
    """Trains models on parts of the users of a run.

    Parameters
    ----------
    run, graph
        The audited run and its graph.
    people
        int64: the users whose data is attacked; all users are trained on.
    published
        How much is published.
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
        self, run: Run, graph: Graph, people: NDArray[np.int64], published: Publication, epochs: int | None = None
    ) -> None:
        if any(kind[0] == kind[2] == "user" for kind in graph.data.edge_types):
            raise ConfigError(
                "users cannot be held out of a graph with social edges", hint="leave [graph] social out, and train"
            )
        self.graph, self.people, self.published = graph, people, published
        self.everything = Profiles.of(graph.data)
        self.done = self.everything.only(graph.schema.targets)
        n_items = len(graph.items)
        self.pairs: csr_array = self.done.matrix(n_items)
        if int((np.diff(self.pairs.indptr) > 1).sum()) < FEWEST:
            raise InputError(
                f"{run.run_id}: fewer than {FEWEST} users have two items or more", hint="audit a run of more users"
            )
        #: The histories of :attr:`people`.
        self.history: csr_array = self.pairs[people]
        self._model = run.table("model", ModelSettings)
        self._content = run.table("content", ContentSettings)
        best = max(int(run.metrics.get("epoch", 0)), EPOCHS)
        train = run.table("train", TrainSettings)
        loss = run.metrics.get("objective", train.loss)
        self.train = msgspec.structs.replace(train, loss=loss, epochs=epochs or best, refit=False)
        self._device = pick_device(self.train.device)

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
            Shown while it trains.
        """
        data = without(self.graph.data, np.flatnonzero(~members))
        split = make_split(data, SplitSettings(valid=VALID, test=0.0, seed=seed), self.graph.schema)
        train = msgspec.structs.replace(self.train, seed=seed)
        trainer = Trainer(leak_free_training_graph(data, split), split, self._model, train, self._device, self._content)
        with progress() as bar:
            bar.add_task(title, total=None)
            model = train_objectives(HybridSelector(trainer), bar).model
        return self._published(model, members)

    def _published(self, model: HeteroRecommender, members: Mask) -> World:
        scorer = Scorer(model, self.everything, self.done)
        user, item = scorer.vectors()
        tables, people = scorer.tables(item), torch.from_numpy(self.people)
        blocks = [
            listed(scorer(some).cpu().numpy(), self.pairs[some.numpy()], self.published.k)
            for some in torch.split(people, _BLOCK)
        ]
        lists, values = (np.concatenate(part) for part in zip(*blocks, strict=True))
        edges = None
        if tables.similar is not None and self.published.similar:
            edges = published_edges(tables.similar, self.published.similar)
        mine = csr_array(self.pairs[np.flatnonzero(members)])
        shown, hidden = halves(self.history)
        answers = [answer(model, self.everything.behaviours, self._kind, part) for part in (shown, hidden)]
        return World(
            self.history,
            members[self.people],
            np.asarray(mine.sum(axis=0)).ravel().astype(np.float64),
            lists,
            values,
            user[people].numpy(),
            item.numpy(),
            edges,
            (answers[0], answers[1]),
        )

    @property
    def _kind(self) -> str:
        """The behaviour that likes sent to the service become."""
        return next(kind for kind, mapped in self.graph.schema.behaviours.items() if mapped.target)


def published_edges(edges: torch.Tensor, k: int) -> csr_array:
    """Return the edges that publishing would write, csr ``[n_items, n_items]``."""
    n_items = edges.shape[1]
    rows, columns, weights = list[int](), list[int](), list[float]()
    for one, others, values in strongest(edges, k, [True] * n_items):
        rows += [one] * len(others)
        columns += others
        weights += values
    return csr_array((np.array(weights, np.float32), (rows, columns)), shape=(n_items, n_items))


def answer(model: HeteroRecommender, behaviours: tuple[str, ...], kind: str, histories: csr_array) -> Floats:
    """Return the scores that the service computes from likes alone, float32 ``[b, n_items]``."""
    found = []
    for start in range(0, histories.shape[0], _BLOCK):
        block = csr_array(histories[start : start + _BLOCK])
        row, item = (torch.from_numpy(ends.astype(np.int64)) for ends in block.nonzero())
        column = torch.full((len(row),), behaviours.index(kind))
        # Likes are dated now, all of them.
        profiles = Profiles.of_edges(
            torch.stack([row, item]),
            column,
            torch.ones(len(row)),
            torch.zeros(len(row), dtype=torch.int64),
            behaviours,
            block.shape,
        )
        scorer = Scorer(model, profiles, profiles.only([kind]))
        found.append(scorer(torch.arange(block.shape[0])).cpu().numpy())
    return np.concatenate(found)

"""Measure the model and the baselines on the same cold-start users, each tuned per profile length."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import torch
from scipy.sparse import csr_array, vstack
from torch import Tensor

from graphrec.common.console import progress
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import Settings, SplitSettings
from graphrec.evaluation.ranking import Report, evaluate
from graphrec.evaluation.split import Split, leak_free_training_graph, make_split, only_users
from graphrec.experiments.baselines.base import BaselineInputs, DivergedError, Score
from graphrec.experiments.baselines.random_search import TRIES, Setting, search
from graphrec.experiments.baselines.registry import BASELINES
from graphrec.experiments.benchmark.inputs import given_by
from graphrec.experiments.cold_users.people import People, hold_out, profiles_of, without
from graphrec.graph.hetero import Graph
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.scoring import Scorer
from graphrec.training.trainer import Trainer

METRIC = "ndcg@10"
#: Share of the pairs used for the model's own validation.
OWN_VALIDATION = 0.1


class Newcomers:
    """Held-out users of one graph, and the methods to evaluate on them.

    Parameters
    ----------
    graph
        The whole graph.
    lengths
        Lengths of the profiles.
    seed
        Seed of the held-out users, of every search, and of the training.
    """

    def __init__(self, graph: Graph, lengths: tuple[int, ...], seed: int) -> None:
        self.graph, self.lengths, self.seed = graph, lengths, seed
        whole = make_split(graph.data, SplitSettings(valid=0.0, test=0.0, seed=seed), graph.schema)
        self.people: People = hold_out(whole.matrix("train"), lengths, seed)
        held = np.concatenate([self.people.valid, self.people.test])
        given = given_by(without(graph.data, held), whole)
        self.given = BaselineInputs(self.people.train, given.knowledge, given.content, self.people.profiles)

    def judge(self, score: Score, part: str, k: int) -> Report:
        """Return the report of one part's cold-start users with ``k`` pairs."""
        truth = only_users(self.people.rest, self.people.rows[part, k])
        popularity = self.people.train.sum(axis=0)
        return evaluate(score, self.people.profiles, truth, ks=(10, 20), popularity=popularity, seed=self.seed)

    def peer(self, name: str, tries: int = TRIES) -> dict[int, tuple[Report, Setting]]:
        """Return length → a baseline's report, and the setting that validates best at that length."""
        peer = BASELINES[name](self.given.only(BASELINES[name].needs))
        rows = np.concatenate(list(self.people.rows.values()))
        place = torch.full((len(self.people.owner),), -1)
        place[torch.from_numpy(rows)] = torch.arange(len(rows))
        known: dict[tuple[float, ...], Tensor | None] = {}

        def scores(setting: Setting) -> Tensor | None:
            key = tuple(setting.values())
            if key not in known:
                try:
                    fitted = peer.fit(setting, self.seed, self._mean)
                    known[key] = fitted.score(torch.from_numpy(rows)).float()
                except DivergedError:
                    known[key] = None
            return known[key]

        def score(table: Tensor) -> Score:
            return lambda users: table[place[users]]

        found = {}
        for k in self.lengths:

            def value(setting: Setting, k: int = k) -> float:
                table = scores(setting)
                return -math.inf if table is None else self.judge(score(table), "valid", k).mean(METRIC)

            setting = search(peer.space, peer.defaults, tries, self.seed, value)
            table = scores(setting)
            if table is not None:
                found[k] = self.judge(score(table), "test", k), setting
        return found

    def _mean(self, score: Score) -> float:
        return float(np.mean([self.judge(score, "valid", k).mean(METRIC) for k in self.lengths]))

    def usual(self, name: str, tries: int = TRIES) -> tuple[dict[int, Report], Setting]:
        """Return the results of :meth:`peer` for a baseline with its usual tuning, and its single setting.

        It is tuned as in :mod:`graphrec.experiments.benchmark`: on a tenth of the pairs of all but the test users, like
        the model.
        """
        data, split = self._learned()
        given = given_by(data, split)
        below = csr_array((len(self.people.owner) - split.shape[0], split.shape[1]), dtype=np.float32)
        train, truth = (csr_array(vstack([split.matrix(p), below], format="csr")) for p in ("train", "valid"))
        shown = csr_array(train + self.people.profiles)
        peer = BASELINES[name](BaselineInputs(train, given.knowledge, given.content, shown).only(BASELINES[name].needs))

        def validate(score: Score) -> float:
            return evaluate(score, train, truth, ks=(10,), seed=self.seed).mean(METRIC)

        def value(setting: Setting) -> float:
            try:
                return validate(peer.fit(setting, self.seed, validate).score)
            except DivergedError:
                return -math.inf

        setting = search(peer.space, peer.defaults, tries, self.seed, value)
        score = peer.fit(setting, self.seed, validate).score
        return {k: self.judge(score, "test", k) for k in self.lengths}, setting

    def _learned(self) -> tuple[HeteroData, Split]:
        """Return the graph without the test users, with a tenth of its pairs held out, and the split."""
        data = without(self.graph.data, self.people.test)
        how = SplitSettings(method="random", valid=OWN_VALIDATION, test=0.0, seed=self.seed)
        split = make_split(data, how, self.graph.schema)
        return leak_free_training_graph(data, split), split

    def model(self, settings: Settings, device: torch.device) -> dict[int, Report]:
        """Return length → the model's report, trained with the project's settings on all but the test users."""
        data, split = self._learned()
        train = msgspec.structs.replace(settings.train, seed=self.seed)
        trainer = Trainer(data, split, settings.model, train, device, settings.content)
        with progress() as bar:
            best = train_objectives(HybridSelector(trainer), bar).model
        score = Scorer(best, *profiles_of(self.graph.data, self.people))
        return {k: self.judge(lambda users: score(users).cpu(), "test", k) for k in self.lengths}

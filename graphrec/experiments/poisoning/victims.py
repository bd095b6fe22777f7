"""The recommenders under attack: fitted once on clean data with validation, then again on poisoned data.

What validation chose on clean data is kept: an attacker gains nothing from a validation that the fake profiles take
part in, and all differences are those of the data.
"""

from __future__ import annotations

import math
from typing import Protocol

import msgspec
from scipy.sparse import csr_array, vstack

from graphrec.common.console import progress
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ContentSettings, ModelSettings, TrainSettings
from graphrec.evaluation.ranking import evaluate
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import BaselineInputs, DivergedError, Score
from graphrec.experiments.baselines.random_search import Setting, search
from graphrec.experiments.baselines.registry import BASELINES
from graphrec.experiments.benchmark.inputs import given_by
from graphrec.experiments.poisoning.poisoned import poisoned
from graphrec.graph.hetero import Graph
from graphrec.model import Profiles
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.refit import repeat
from graphrec.training.scoring import Scorer
from graphrec.training.suspicious import only_pairs
from graphrec.training.train import pick_device
from graphrec.training.trainer import Trainer

#: Settings tried for each peer.
TRIES = 8


class Victim(Protocol):
    """A recommender that is fitted on the training pairs and fake profiles."""

    name: str

    def fitted(self, fake: csr_array, learned: csr_array | None = None) -> Score:
        """Return the scores of the real users after a training with fake profiles.

        Parameters
        ----------
        fake
            csr ``[n_fake, n_items]``; may have no rows.
        learned
            The pairs to learn from, csr ``[n_users + n_fake, n_items]``; None: all. Scores are of whole profiles.
        """


class Peer:
    """A baseline."""

    def __init__(self, name: str, data: HeteroData, split: Split, seed: int, tries: int = TRIES) -> None:
        self.name, self.seed = name, seed
        self.given = given_by(data, split).only(BASELINES[name].needs)
        self._seen, self._truth = split.seen("valid"), split.matrix("valid")
        peer = BASELINES[name](self.given)

        def value(setting: Setting) -> float:
            try:
                return self._validate(peer.fit(setting, seed, self._validate).score)
            except DivergedError:
                return -math.inf

        self.setting = search(peer.space, peer.defaults, tries, seed, value)

    def _validate(self, score: Score) -> float:
        return evaluate(score, self._seen, self._truth, ks=(10,), seed=self.seed).mean("ndcg@10")

    def fitted(self, fake: csr_array, learned: csr_array | None = None) -> Score:
        """See :class:`Victim`."""
        shown = csr_array(vstack([self.given.train, fake], format="csr"))
        train = shown if learned is None else learned
        given = BaselineInputs(train, self.given.knowledge, self.given.content, shown)
        return BASELINES[self.name](given).fit(self.setting, self.seed, self._validate).score


class Model:
    """graphrec itself, as a run was trained."""

    name = "graphrec"

    def __init__(
        self,
        data: HeteroData,
        split: Split,
        graph: Graph,
        model: ModelSettings,
        train: TrainSettings,
        content: ContentSettings,
    ) -> None:
        self.data, self.split, self.schema = data, split, graph.schema
        self.train = msgspec.structs.replace(train, refit=False)
        trainer = Trainer(data, split, model, self.train, pick_device(train.device), content)
        self.selector = HybridSelector(trainer)
        with progress() as bar:
            chosen = train_objectives(self.selector, bar)
        self._state, self._model = chosen.progress, chosen.model

    def fitted(self, fake: csr_array, learned: csr_array | None = None) -> Score:
        """See :class:`Victim`."""
        trainer = self.selector.trainer
        data, split = self.data, self.split
        if fake.shape[0]:
            data, split = poisoned(data, split, self.schema, fake, self.train.seed)
        rest = data if learned is None else only_pairs(data, learned)
        other = Trainer(rest, split, trainer.settings, trainer.train, trainer.device, trainer.content)
        model = self._model
        if fake.shape[0] or learned is not None:
            model = repeat(self.selector, self._state, self._model, other)[1]
        # Whoever training does not learn from still gets a list, from the own profile.
        profiles = Profiles.of(data)
        score = Scorer(model, profiles, profiles.only(self.schema.targets))
        return lambda users: score(users).cpu()

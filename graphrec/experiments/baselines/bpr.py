"""BPR: matrix factorisation that ranks observed items above others (Rendle et al. 2009), by ``implicit``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from scipy.sparse import csr_matrix

from graphrec.experiments.baselines.base import BaselineInputs, CannotError, Fitted, Validate
from graphrec.experiments.baselines.early_stopping import Factors, stopped
from graphrec.experiments.baselines.random_search import OneOf, Real, Setting, Space

#: Most validation checks, epochs between them, and checks without improvement before the end.
LOOKS, EVERY, PATIENCE = 40, 25, 3


class BPR:
    """The library's model on one thread, reproducible by seed; the number of epochs by early stopping."""

    space: ClassVar[Space] = {
        "factors": OneOf((16, 32, 64, 128)),
        "lr": Real(0.001, 0.1, log=True),
        "regularisation": Real(1e-4, 0.1, log=True),
    }
    #: The library's learning rate and regularisation.
    defaults: ClassVar[Setting] = {"factors": 64, "lr": 0.01, "regularisation": 0.01}
    seeded: ClassVar[bool] = True
    needs: ClassVar[str | None] = None

    def __init__(self, given: BaselineInputs) -> None:
        try:
            self.library = importlib.import_module("implicit.cpu.bpr")
            self.diverged = importlib.import_module("implicit.recommender_base").ModelFitError
        except ImportError as error:
            raise CannotError("the library implicit is not installed: pip install 'graphrec[benchmark]'") from error
        train = given.train
        indices, indptr = train.indices.astype(np.int32), train.indptr.astype(np.int32)
        self.train = csr_matrix((train.data, indices, indptr), train.shape)

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Train until validation stops improving."""
        return stopped(self._train(setting, seed), validate, PATIENCE, "epochs", EVERY)

    def _train(self, setting: Setting, seed: int) -> Iterator[Factors]:
        """Train in short stretches, each continuing the last; end if the library finds NaN."""
        model = self.library.BayesianPersonalizedRanking(
            factors=int(setting["factors"]),
            learning_rate=setting["lr"],
            regularization=setting["regularisation"],
            iterations=EVERY,
            num_threads=1,
            random_state=np.random.default_rng(seed),  # not an integer, which would make each stretch draw the same
        )
        for _ in range(LOOKS):
            try:
                model.fit(self.train, show_progress=False)
            except self.diverged:
                return
            # Copies, because the next stretch works in place.
            yield torch.from_numpy(model.user_factors.copy()), torch.from_numpy(model.item_factors.copy())

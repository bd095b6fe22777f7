"""BPR: matrix factorisation that ranks what was done above what was not (Rendle et al. 2009), by ``implicit``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from scipy.sparse import csr_matrix

from graphrec.benchmark.peer import CannotError, Fitted, Given, Score, Settings, Validate
from graphrec.benchmark.search import OneOf, Real, Space
from graphrec.benchmark.stopping import inner, stopped

#: At most so many looks at validation, each after so many epochs; and looks without a better one before the end.
LOOKS, EVERY, PATIENCE = 40, 25, 3


class BPR:
    """The library's model on one thread, whose numbers a seed repeats; the number of epochs by early stopping."""

    space: ClassVar[Space] = {
        "factors": OneOf((16, 32, 64, 128)),
        "lr": Real(0.001, 0.1, log=True),
        "regularisation": Real(1e-4, 0.1, log=True),
    }
    seeded: ClassVar[bool] = True
    needs: ClassVar[str | None] = None

    def __init__(self, given: Given) -> None:
        try:
            self.library = importlib.import_module("implicit.cpu.bpr")
        except ImportError as error:
            raise CannotError("the library implicit is not there: pip install 'graphrec[benchmark]'") from error
        train = given.train
        indices, indptr = train.indices.astype(np.int32), train.indptr.astype(np.int32)
        self.train = csr_matrix((train.data, indices, indptr), train.shape)

    def fit(self, settings: Settings, seed: int, validate: Validate) -> Fitted:
        """Train until validation stops improving."""
        return stopped(self._train(settings, seed), validate, PATIENCE, "epochs", EVERY)

    def _train(self, settings: Settings, seed: int) -> Iterator[Score]:
        """Train in short stretches, each going on from the last."""
        model = self.library.BayesianPersonalizedRanking(
            factors=int(settings["factors"]),
            learning_rate=settings["lr"],
            regularization=settings["regularisation"],
            iterations=EVERY,
            num_threads=1,
            random_state=np.random.default_rng(seed),  # not a number, with which each stretch would draw the same
        )
        for _ in range(LOOKS):
            model.fit(self.train, show_progress=False)
            # Copies, as the next stretch works in place; what has diverged scores nothing.
            users, items = (
                torch.from_numpy(x.copy()).nan_to_num(0.0, 0.0, 0.0) for x in (model.user_factors, model.item_factors)
            )
            yield inner(users, items)

r"""RP³β: three-step random walks with a popularity penalty (Christoffel et al. 2015; Paudel et al. 2017).

.. math::

   W = (D_I^{-1} X^\top)^{∘α} (D_U^{-1} X)^{∘α} \mathrm{diag}(n)^{-β}, \qquad \mathrm{score}(u) = x_u W

with :math:`n` the items' numbers of users and powers taken entry by entry (α = 1 is the walk itself). Each item keeps
its k strongest targets. The first step divides a user's whole row by one number and changes no ranking.
"""

from __future__ import annotations

from typing import ClassVar

from graphrec.experiments.baselines.base import BaselineInputs, Fitted, Validate
from graphrec.experiments.baselines.itemknn import along
from graphrec.experiments.baselines.random_search import Real, Setting, Space, Whole
from graphrec.model.random_walk import walks


class RP3Beta:
    """Sums the walks from the user's items."""

    space: ClassVar[Space] = {"k": Whole(20, 2000, log=True), "alpha": Real(0.3, 1.5), "beta": Real(0.1, 0.9)}
    #: Defaults of the evaluation by Ferrari Dacrema et al. (2019).
    defaults: ClassVar[Setting] = {"k": 100, "alpha": 1.0, "beta": 0.6}
    seeded: ClassVar[bool] = False
    needs: ClassVar[str | None] = None

    def __init__(self, given: BaselineInputs) -> None:
        self.train, self.shown = given.train, given.shown

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Compute the walks and keep each item's strongest targets."""
        weights = walks(self.train, int(setting["k"]), setting["alpha"], setting["beta"])
        return Fitted(along(self.shown, weights))

r"""The forms, and the choice on validation.

With :math:`s_L, s_C, s_K` the scores of the learned vectors (including ``SIMILAR`` edges), of content and of knowledge,
each divided by its deviation over the validation users, a form's scores are :math:`γ s_L + δ s_K + ε s_C` with weights
that sum to 1:

================  ==============================================
``learned``       :math:`γ = 1`: the trained vectors alone
``content mean``  :math:`ε = 1`: a reference without learned scores
``concat``        :math:`γ = ε = 1/2`
``weighted``      :math:`γ + ε = 1`, and once with .6 and .4
``knowledge``     :math:`γ + δ = 1`
``all``           all three
================  ==============================================
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from graphrec.experiments.late_fusion.components import CONTENT
from graphrec.model.entity_rows import KNOWLEDGE
from graphrec.training.selection import SURE, ValidationSet

LEARNED = "learned"
#: Weights to try for one further component.
SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
#: Weights to try if there are two.
BOTH = (0.05, 0.1, 0.2, 0.4)

Shares = Mapping[str, float]


@dataclass(frozen=True)
class BlendForm:
    """A form and its validation results.

    Attributes
    ----------
    name
        See the table above.
    shares
        Component → weight of its scores; they sum to 1.
    values
        NDCG of each validation user, float64 ``[m]``.
    """

    name: str
    shares: Shares
    values: NDArray[np.float64]

    def gain(self, other: BlendForm) -> tuple[float, float]:
        """Return the difference of its mean to another form's, and the standard error of that."""
        difference = self.values - other.values
        return float(difference.mean()), float(difference.std() / len(difference) ** 0.5)


def candidates(names: list[str]) -> Iterator[tuple[str, list[Shares]]]:
    """Yield the forms that the components allow, with the weights to try for each."""
    yield LEARNED, [{LEARNED: 1.0}]
    if CONTENT in names:
        tried = [_beside({CONTENT: share}) for share in SHARES]
        yield "content mean", [{CONTENT: 1.0}]
        yield "concat", [_beside({CONTENT: 0.5})]
        yield "weighted .6/.4", [_beside({CONTENT: 0.4})]
        yield "weighted", tried
    if KNOWLEDGE in names:
        yield "knowledge", [_beside({KNOWLEDGE: share}) for share in SHARES]
    if CONTENT in names and KNOWLEDGE in names:
        yield "all", [_beside({KNOWLEDGE: one, CONTENT: other}) for one, other in itertools.product(BOTH, BOTH)]


def _beside(others: dict[str, float]) -> Shares:
    return {LEARNED: round(1.0 - sum(others.values()), 6)} | others


def best_forms(validation: ValidationSet, scores: Mapping[str, Tensor]) -> list[BlendForm]:
    """Return every form with the weights that validate best; ties go to those tried first.

    Parameters
    ----------
    validation
        The validation users.
    scores
        Component → its scores of them, of unit deviation, float32 ``[m, n_items]``.
    """
    found, known = [], {}
    for name, tried in candidates([part for part in scores if part != LEARNED]):
        best: BlendForm | None = None
        for shares in tried:
            key = tuple(sorted(shares.items()))
            if key not in known:
                known[key] = validation.values(mixed(scores, shares))
            form = BlendForm(name, shares, known[key])
            if best is None or form.values.mean() > best.values.mean():
                best = form
        if best is None:
            raise AssertionError("something is tried of every form")
        found.append(best)
    return found


def mixed(scores: Mapping[str, Tensor], shares: Shares) -> Tensor:
    """Return the scores of a form."""
    total: Tensor = sum(share * scores[name] for name, share in shares.items())  # type: ignore[assignment]
    return total


def chosen(forms: list[BlendForm]) -> BlendForm:
    """Return the form that validates best among those significantly better than the learned one, or the learned one.

    Significantly: by :data:`graphrec.training.selection.SURE` standard errors of the paired difference. A form without
    learned scores is a reference and is not chosen.
    """
    learned = forms[0]
    better = [form for form in forms[1:] if LEARNED in form.shares and _surely(form.gain(learned))]
    return max(better, key=lambda form: float(form.values.mean()), default=learned)


def _surely(gain: tuple[float, float]) -> bool:
    return gain[0] > SURE * gain[1]

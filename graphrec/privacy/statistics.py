r"""Statistics of the items, with noise: all that the least-squares part of a private training knows of its users.

Each user's target items are a row of length one, :math:`r_u = x_u / \lVert x_u \rVert`: so a user, with however many
behaviours, adds a vector of length 1 to the counts :math:`p = \sum_u r_u`, and a matrix of Frobenius norm 1 to the
co-occurrences :math:`G = \sum_u r_u r_u^\top`. Both are the sensitivity of adding or removing a user. The noise of
:math:`G` is symmetric: the matrix has half as many numbers as entries, and those beside the diagonal, which count twice
in the norm, have the noise of :math:`σ / \sqrt 2` (Analyze Gauss, Dwork et al. 2014; DPALS, Chien et al. 2021).

Noise of deviation τ beside the diagonal alone has eigenvalues up to :math:`e = 2 τ \sqrt n`. What is below :math:`κ e`
is dropped, and each one above is shrunk to :math:`\sqrt{λ^2 - κ^2 e^2}`: with κ = 1 that estimates a matrix of few
directions best in the Frobenius norm (Gavish and Donoho 2017). As τ is known, nothing has to be chosen on anybody's
data; κ was chosen once, on MovieLens-100K. An item of which the counts say no more than their noise says little of its
co-occurrences either: its row and column are multiplied by :math:`p_i / (p_i + σ)`, with σ the noise of the counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.sparse import csr_array
from scipy.sparse.linalg import eigsh

from graphrec.model.profiles import UserItemCSR
from graphrec.privacy.noise import Noise

Floats = NDArray[np.float64]

#: Most eigenvectors that are kept.
MOST = 256
#: κ: below 1, as what items have in common is concentrated on popular ones, and noise is spread over all.
SHRINKAGE = 0.65


@dataclass(frozen=True)
class ItemStatistics:
    """Noisy statistics, and what was made of them.

    Attributes
    ----------
    popularity
        float64 ``[n_items]``: the counts; where the noise has made less than none of them, 0.
    values, vectors
        float64 ``[r]`` and ``[n_items, r]``: shrunk eigenvalues of the co-occurrences, the largest first, and their
        eigenvectors, with the rows of rare items made smaller.
    noise
        Deviation of the noise of the co-occurrences, on the diagonal.
    """

    popularity: Floats
    values: Floats
    vectors: Floats
    noise: float

    @property
    def gram(self) -> Floats:
        """The co-occurrences, float64 ``[n_items, n_items]``, positive semidefinite."""
        found: Floats = (self.vectors * self.values) @ self.vectors.T
        return found


def unit_rows(pairs: UserItemCSR, n_items: int) -> csr_array:
    """Return each user's items as a row of length 1, float64 ``[n_users, n_items]``."""
    rows = csr_array(pairs.matrix(n_items), dtype=np.float64)
    sizes = np.diff(rows.indptr)
    rows.data /= np.sqrt(np.repeat(sizes, sizes))
    return rows


def noisy_counts(rows: csr_array, deviation: float, noise: Noise) -> Floats:
    """Return the sum of all rows, of sensitivity 1, with noise; float64 ``[n_items]``."""
    found: Floats = np.asarray(rows.sum(axis=0)) + noise.gaussian((rows.shape[1],), deviation)
    return found


def noisy_gram(rows: csr_array, deviation: float, noise: Noise) -> Floats:
    """Return the co-occurrences, of sensitivity 1, with symmetric noise; float64 ``[n_items, n_items]``."""
    gram: Floats = (rows.T @ rows).toarray()
    if deviation:
        n = len(gram)
        above = np.triu_indices(n, 1)
        drawn = np.zeros((n, n))
        drawn[above] = noise.gaussian((len(above[0]),), deviation / 2**0.5)
        gram += drawn
        gram += drawn.T
        gram[np.diag_indices(n)] += noise.gaussian((n,), deviation)
    return gram


def shrunk(gram: Floats, deviation: float) -> tuple[Floats, Floats]:
    """Return eigenvalues and eigenvectors of noisy co-occurrences, shrunk as the noise asks for, the largest first.

    At least one is returned; its value may be 0.
    """
    n = len(gram)
    edge = SHRINKAGE * 2 * deviation / 2**0.5 * n**0.5
    if n > 2 * MOST:
        values, vectors = eigsh(gram, k=MOST, which="LA", v0=np.ones(n))
    else:
        values, vectors = eigh(gram)
    order = np.argsort(-values)
    values, vectors = values[order], vectors[:, order]
    kept = max(1, int((values > max(edge, 1e-9)).sum()))
    values = np.sqrt(np.maximum(values[:kept] ** 2 - edge**2, 0.0))
    return values, vectors[:, :kept]


def item_statistics(pairs: UserItemCSR, n_items: int, deviations: tuple[float, float], noise: Noise) -> ItemStatistics:
    """Release the statistics of the items.

    Parameters
    ----------
    pairs
        The target pairs of each user.
    n_items
        Number of items.
    deviations
        Noise of the counts and of the co-occurrences.
    noise
        Source of the noise.
    """
    rows = unit_rows(pairs, n_items)
    counts = noisy_counts(rows, deviations[0], noise)
    values, vectors = shrunk(noisy_gram(rows, deviations[1], noise), deviations[1])
    popularity = np.maximum(counts, 0.0)
    known = popularity / (popularity + deviations[0]) if deviations[0] else np.ones(n_items)
    return ItemStatistics(popularity, values, vectors * known[:, None], deviations[1])

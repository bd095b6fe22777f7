"""Encode a text that is longer than the encoder's window in several windows, and take the mean of their vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphrec.content.encoder import Vectors


def mean_of_windows(
    vectors: Vectors, owners: NDArray[np.int64], lengths: NDArray[np.int64], n: int, *, unit: bool
) -> Vectors:
    """Return one vector per text: that of its only window, or the mean of its windows weighted by their lengths.

    Parameters
    ----------
    vectors
        float32 ``[w, d]``: the windows.
    owners
        int64 ``[w]``: the text of each, below ``n``.
    lengths
        int64 ``[w]``: its number of tokens.
    n
        Number of texts.
    unit
        Whether vectors have length 1; means then get it too.

    Returns
    -------
    Vectors
        float32 ``[n, d]``; zeros for a text without windows.
    """
    found = np.zeros((n, vectors.shape[1]), np.float32)
    alone = np.bincount(owners, minlength=n)[owners] == 1
    found[owners[alone]] = vectors[alone]
    long = np.unique(owners[~alone])
    if not len(long):
        return found
    total = np.zeros((n, vectors.shape[1]))
    np.add.at(total, owners[~alone], vectors[~alone].astype(np.float64) * lengths[~alone, None])
    size = np.linalg.norm(total[long], axis=1) if unit else np.bincount(owners, lengths, n)[long]
    found[long] = total[long] / np.maximum(size, 1e-12)[:, None]
    return found

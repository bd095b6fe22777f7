"""A small catalogue of tastes, in which fake profiles are planted."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

N_USERS, N_ITEMS, TASTES = 240, 240, 4


def profiles(seed: int = 0) -> csr_array:
    """Return real profiles: most items of the user's taste, popular ones more often; ones, csr."""
    rng = np.random.default_rng(seed)
    same = np.arange(N_USERS)[:, None] % TASTES == np.arange(N_ITEMS) % TASTES
    appeal = 0.15 + 0.85 * rng.random(N_ITEMS) ** 2
    return csr_array((rng.random((N_USERS, N_ITEMS)) < appeal * np.where(same, 0.9, 0.08)).astype(np.float32))

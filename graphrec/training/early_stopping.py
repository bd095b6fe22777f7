"""Early stopping: patience after a warm-up, but not while validation recovers from a fall.

Patience counts epochs, but on a graph with few users an epoch is one or two optimiser steps. In its first steps a
network unlearns the useful structure of its random initialisation: validation falls before it rises, for up to some
hundred steps. So no training stops before :data:`WARM_UP` steps. If validation falls later and then recovers, training
continues as long as the recovery does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: Optimiser steps before which no training stops early.
WARM_UP = 200
#: Window of the running mean that smooths validation, in epochs.
WINDOW = 3
#: Share of the fall since the best epoch that a recovery must regain: less is noise on a plateau.
REGAINED = 0.5


def stops(validation: Sequence[float], patience: int, steps: int) -> bool:
    """Return whether training should end now.

    Parameters
    ----------
    validation
        The validation metric of each epoch so far; at least one.
    patience
        Epochs without improvement before training ends.
    steps
        Optimiser steps so far.
    """
    waited = len(validation) - 1 - int(np.argmax(validation))
    return waited >= patience and steps >= WARM_UP and not recovering(validation)


def recovering(validation: Sequence[float]) -> bool:
    """Return whether smoothed validation has regained half of its fall and is at its highest since the trough.

    Parameters
    ----------
    validation
        The validation metric of each epoch so far. The running mean covers the epochs since the best one.
    """
    best = int(np.argmax(validation))
    since = validation[best + 1 :]
    if len(since) <= WINDOW:
        return False
    smooth = np.convolve(since, np.full(WINDOW, 1 / WINDOW), mode="valid")
    trough = int(smooth.argmin())
    gained, fall = smooth[-1] - smooth[trough], validation[best] - smooth[trough]
    return bool(smooth[-1] == smooth[trough:].max() and gained > 0 and gained >= REGAINED * fall)

"""When a training stops early: patience, after a warm-up, and never while validation recovers from a fall.

Patience counts epochs, but an epoch of a graph with few users is one or two optimiser steps. In its first steps a
network unlearns the useful structure of its random start: validation falls before it rises, for up to some hundred
steps. So no training is judged before :data:`WARM_UP` steps. Where validation falls later and then recovers, training
goes on as long as the recovery does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: Optimiser steps before which no training stops early.
WARM_UP = 200
#: Epochs in the running mean by which validation is smoothed.
WINDOW = 3
#: Share of the fall since the best epoch that must be regained to count as a recovery: less is noise on a plateau.
REGAINED = 0.5


def stops(validation: Sequence[float], patience: int, steps: int) -> bool:
    """Return whether a training should end now.

    Parameters
    ----------
    validation
        The validation metric of each epoch so far; at least one.
    patience
        Epochs without a better one before the end.
    steps
        Optimiser steps so far.
    """
    waited = len(validation) - 1 - int(np.argmax(validation))
    return waited >= patience and steps >= WARM_UP and not recovering(validation)


def recovering(validation: Sequence[float]) -> bool:
    """Return whether smoothed validation has come back half the way from its trough, and is at its highest since.

    Parameters
    ----------
    validation
        The validation metric of each epoch so far. What is looked at is the running mean of the epochs since the best.
    """
    best = int(np.argmax(validation))
    since = validation[best + 1 :]
    if len(since) <= WINDOW:
        return False
    smooth = np.convolve(since, np.full(WINDOW, 1 / WINDOW), mode="valid")
    trough = int(smooth.argmin())
    gained, fall = smooth[-1] - smooth[trough], validation[best] - smooth[trough]
    return bool(smooth[-1] == smooth[trough:].max() and gained > 0 and gained >= REGAINED * fall)

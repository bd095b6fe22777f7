"""Where a training stands, kept in a file so that it can go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from graphrec.common.errors import TrainingError
from graphrec.common.files import replacing
from graphrec.model.loss import Loss

#: Raised whenever a training comes to other figures than it did: what is kept of older ones is not gone on with.
VERSION = "10"

State = dict[str, Any]


@dataclass
class TrainingState:
    """Where a training stands; all that is needed to go on."""

    loss: Loss
    epoch: int = 0
    best: float = -1.0
    best_epoch: int = 0
    seconds: float = 0.0
    #: The validation metric of each epoch so far.
    validation: list[float] = field(default_factory=list)
    weights: State = field(default_factory=dict, repr=False)
    average: State = field(default_factory=dict, repr=False)
    optimiser: State = field(default_factory=dict, repr=False)
    best_weights: State = field(default_factory=dict, repr=False)
    done: bool = False


def save_checkpoint(path: Path, progress: list[TrainingState]) -> None:
    """Write where the training stands, in one step."""
    with replacing(path) as part:
        torch.save({"version": VERSION, "progress": [dict(vars(p)) for p in progress]}, part)


def load_checkpoint(path: Path) -> list[TrainingState]:
    """Read what :func:`save_checkpoint` wrote.

    Raises
    ------
    TrainingError
        There is none, it is damaged, or another version of the model began it.
    """
    try:
        kept = torch.load(path, map_location="cpu", weights_only=True)
        if isinstance(kept, dict) and kept["version"] == VERSION:
            return [TrainingState(**p) for p in kept["progress"]]
    except FileNotFoundError as error:
        raise TrainingError(f"{path}: no checkpoint there", hint="train without --resume") from error
    except Exception as error:
        raise TrainingError(f"{path}: not a checkpoint: {error}", hint="train without --resume") from error
    raise TrainingError(f"{path}: begun by another version of graphrec", hint="train without --resume")

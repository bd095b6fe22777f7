"""The state of a training, saved so that it can be resumed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from graphrec.common.errors import TrainingError
from graphrec.common.files import replacing
from graphrec.model.loss import Loss

#: Raised whenever a change alters a training's figures: checkpoints of older versions are not resumed.
VERSION = "10"

State = dict[str, Any]


@dataclass
class TrainingState:
    """The state of a training: everything needed to resume it."""

    loss: Loss
    epoch: int = 0
    best: float = -1.0
    best_epoch: int = 0
    seconds: float = 0.0
    #: Validation metric of each epoch so far.
    validation: list[float] = field(default_factory=list)
    weights: State = field(default_factory=dict, repr=False)
    average: State = field(default_factory=dict, repr=False)
    optimiser: State = field(default_factory=dict, repr=False)
    best_weights: State = field(default_factory=dict, repr=False)
    done: bool = False


def save_checkpoint(path: Path, progress: list[TrainingState]) -> None:
    """Write the training state, in one step."""
    with replacing(path) as part:
        torch.save({"version": VERSION, "progress": [dict(vars(p)) for p in progress]}, part)


def remove_checkpoint(path: Path) -> None:
    """Remove the state of a training that has ended: nothing reads it any more."""
    path.unlink(missing_ok=True)


def load_checkpoint(path: Path) -> list[TrainingState]:
    """Read what :func:`save_checkpoint` wrote.

    Raises
    ------
    TrainingError
        The checkpoint is missing or damaged, or another version of the model wrote it.
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

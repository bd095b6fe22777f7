"""Log a training's figures: always JSON lines and TensorBoard, Weights & Biases on request."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any

from graphrec.common.errors import ConfigError
from graphrec.common.private import open_private
from graphrec.runs import layout


class Tracker:
    """Writes one record per epoch to ``metrics.jsonl``, to TensorBoard (``tb/``) and on request to Weights & Biases.

    Parameters
    ----------
    folder
        The run's directory; an existing ``metrics.jsonl`` is continued.
    config
        The settings, for Weights & Biases.
    wandb
        Name of the Weights & Biases project; ``WANDB_MODE=offline`` keeps the log on this machine.

    Raises
    ------
    ConfigError
        Weights & Biases is requested and not installed.
    """

    def __init__(self, folder: Path, config: dict[str, Any], wandb: str | None = None) -> None:
        module = import_wandb() if wandb is not None else None
        from torch.utils.tensorboard import SummaryWriter

        self._file = open_private(folder / layout.METRICS, "a", encoding="utf-8")
        self._board = SummaryWriter(str(folder / layout.TENSORBOARD))
        self._wandb: Any = None
        if module is not None:
            self._wandb = module.init(
                project=wandb, id=folder.name, name=folder.name, dir=str(folder), config=config, resume="allow"
            )

    def __enter__(self) -> Tracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._board.close()
        if self._wandb is not None:
            self._wandb.finish()

    def log(self, record: dict[str, Any], step: int) -> None:
        """Write one record; its numbers become curves named after their keys, in the group of its ``objective``."""
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()
        group = record.get("objective", "train")
        numbers = {f"{group}/{k}": v for k, v in record.items() if isinstance(v, float)}
        for name, value in numbers.items():
            self._board.add_scalar(name, value, step)
        if self._wandb is not None:
            self._wandb.log({**numbers, f"{group}/epoch": step})


def import_wandb() -> Any:
    """Return the module of Weights & Biases.

    Raises
    ------
    ConfigError
        Weights & Biases is not installed.
    """
    try:
        import wandb
    except ImportError as error:
        raise ConfigError("--wandb: Weights & Biases is not installed", hint="pip install 'graphrec[wandb]'") from error
    return wandb

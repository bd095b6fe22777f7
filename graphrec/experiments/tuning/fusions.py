"""Search space of the fusion of text, image and audio: the method, and with ``weighted`` the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from graphrec.common.errors import ConfigError, GraphError, nearest
from graphrec.common.pyg import HeteroData
from graphrec.config.schema import MODALITIES, MODALITY_FUSIONS
from graphrec.config.settings import Settings
from graphrec.experiments.tuning.space import LOSS, Choice, chosen
from graphrec.model.loss import losses

if TYPE_CHECKING:
    from optuna import Trial

FUSION, WEIGHTS, WEIGHTED = "content.fusion", "content.weights", "weighted"
#: A smaller share counts as none: the modality is left out.
LEAST = 0.05


class FusionSpace:
    """Search space of the fusion of the items' modalities.

    Parameters
    ----------
    settings
        The project's settings. An open objective is chosen once, on validation with the current fusion.
    data
        The training graph, with vectors.
    only
        Methods to try in addition to the current one; empty: all.

    Raises
    ------
    GraphError
        Fewer than two modalities have vectors.
    ConfigError
        A method is unknown, or the model uses no content.
    """

    def __init__(self, settings: Settings, data: HeteroData, only: Sequence[str] = ()) -> None:
        for name in only:
            if name not in MODALITY_FUSIONS:
                raise ConfigError(f"--only: no fusion {name!r} to try", hint=nearest(name, MODALITY_FUSIONS))
        self._settings = settings
        self.names = [name for name in MODALITIES if name in data["item"]]
        if len(self.names) < 2:
            held = f"only {self.names[0]} has vectors" if self.names else "no item has a content vector"
            raise GraphError(
                f"{held}, so there is nothing to weigh", hint="graphrec embed, with two modalities or more"
            )
        if not settings.model.content:
            raise ConfigError("[model] content = false, so no fusion counts", hint="set it to true")
        self.fusions = tuple(dict.fromkeys(only or MODALITY_FUSIONS))

    def present(self) -> list[Choice]:
        """Return the choices of the current settings, one per objective that they leave open."""
        content = self._settings.content
        weights: Mapping[Any, float] = content.weights
        choice: Choice = {FUSION: content.fusion}
        if content.fusion == WEIGHTED:
            choice[WEIGHTS] = {name: float(weights.get(name, 1.0)) for name in self.names}
        return [{LOSS: loss, **choice} for loss in losses(self._settings.train.loss)]

    def starts(self, now: Choice) -> list[Choice]:
        """Return each method once. ``weighted`` with equal weights would be the mean."""
        return [{LOSS: now[LOSS], FUSION: name} for name in self.fusions if name != WEIGHTED]

    def draw(self, trial: Trial, now: Choice) -> Choice | None:
        """Return weights drawn by the sampler, the only numbers of a fusion; None if they are not searched."""
        if WEIGHTED not in self.fusions:
            return None
        weights = shares({name: trial.suggest_float(name, 0.0, 1.0) for name in self.names})
        return {LOSS: now[LOSS], FUSION: WEIGHTED, WEIGHTS: weights}

    def params(self, choice: Choice) -> dict[str, Any]:
        """Return the sampler's parameters for a choice: none unless it has weights and these are searched."""
        weights = choice.get(WEIGHTS, {}) if WEIGHTED in self.fusions else {}
        most = max(weights.values(), default=0.0) or 1.0
        return {name: weight / most for name, weight in weights.items()}

    def settings(self, choice: Choice) -> Settings:
        """Return the settings with the choice applied."""
        return chosen(self._settings, choice)

    def changes(self, choice: Choice) -> Choice:
        """Return the part of a choice that differs from the settings; the objective is ignored here."""
        present = self.present()[0]
        return {name: value for name, value in choice.items() if name != LOSS and present.get(name) != value}

    def fixed(self) -> Any:
        """Return the settings of model and training, and the fusions to search."""
        tables = [msgspec.to_builtins(table) for table in (self._settings.model, self._settings.train)]
        tables[1].pop("device")
        return [*tables, self.names, self.fusions]


def shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Return weights that sum to 1, rounded to two digits; a share below :data:`LEAST` becomes 0.

    >>> shares({"text": 0.9, "image": 0.9, "audio": 0.01})
    {'text': 0.5, 'image': 0.5, 'audio': 0.0}
    """
    total = sum(weights.values())
    if total <= 0:
        weights, total = dict.fromkeys(weights, 1.0), float(len(weights))
    kept = {name: weight if weight / total >= LEAST else 0.0 for name, weight in weights.items()}
    total = sum(kept.values())
    rounded = {name: round(weight / total, 2) for name, weight in kept.items()}
    largest = max(rounded, key=lambda name: rounded[name])
    rest = sum(weight for name, weight in rounded.items() if name != largest)
    return rounded | {largest: round(1 - rest, 2)}

"""Search space of model and training.

A choice maps dotted names of settings to values (``{"train.lr": 0.01}``). Floats are rounded before training, so that
the values written to ``graphrec.toml`` are the measured ones.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from graphrec.common.errors import ConfigError, nearest
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import Settings
from graphrec.model.content_vectors import modalities
from graphrec.model.knowledge import has_knowledge
from graphrec.model.loss import LOSSES, Loss, losses

if TYPE_CHECKING:
    from optuna import Trial

Choice = dict[str, Any]
LOSS = "train.loss"
#: The smallest weight decay of the search means none, since 0 has no logarithm.
NO_DECAY = 1e-8


class Space(Protocol):
    """A search space."""

    def present(self) -> list[Choice]:
        """Return the choices of the current settings: one, or one per objective that is left open."""

    def starts(self, now: Choice) -> list[Choice]:
        """Return the choices to try after the current ones, ``now`` being the best of these."""

    def draw(self, trial: Trial, now: Choice) -> Choice | None:
        """Return a choice drawn by the sampler; None if there is nothing to draw."""

    def params(self, choice: Choice) -> dict[str, Any]:
        """Return the sampler's parameters for a choice, as far as it could have drawn them."""

    def settings(self, choice: Choice) -> Settings:
        """Return the settings with the choice applied."""

    def changes(self, choice: Choice) -> Choice:
        """Return the part of a choice that differs from the settings."""

    def fixed(self) -> Any:
        """Return, as plain data, everything else that affects the scores: settings not searched, and the bounds."""


@dataclass(frozen=True)
class Dial:
    """One setting: its ``options``, or its range ``low`` to ``high``, rounded to ``digits`` significant digits."""

    name: str
    options: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    digits: int = 2

    @property
    def key(self) -> str:
        """The name without its table."""
        return self.name.partition(".")[2]

    def holding(self, value: Any) -> Dial:
        """Return the dial, widened to include a value."""
        if self.options:
            return replace(self, options=tuple(sorted({*self.options, value})))
        number = self.param(value)
        return replace(self, low=min(self.low, number), high=max(self.high, number))

    def draw(self, trial: Trial) -> Any:
        """Return a value drawn by the sampler."""
        if self.options:
            return trial.suggest_categorical(self.name, self.options)
        number = float(f"{trial.suggest_float(self.name, self.low, self.high, log=self.log):.{self.digits}g}")
        return 0.0 if self.log and number <= NO_DECAY else min(max(number, self.low), self.high)

    def param(self, value: Any) -> Any:
        """Return the sampler's parameter for a value."""
        return max(value, NO_DECAY) if self.log else value


DIALS = (
    Dial(LOSS, LOSSES),
    Dial("train.lr", low=1e-3, high=5e-2, log=True),
    Dial("train.weight_decay", low=NO_DECAY, high=1e-3, log=True),
    Dial("train.batch", (128, 256, 512)),
    Dial("model.dim", (64, 128)),
    Dial("model.alpha", (0.5, 0.75, 1.0)),
    Dial("model.hops", (0, 1, 2)),
    Dial("model.tied", (False, True)),
    # With hops the dropped edges are the targets, so some must be dropped.
    Dial("model.dropout", low=0.2, high=0.9),
    Dial("model.knowledge", (False, True)),
    Dial("model.content", (False, True)),
    Dial("model.neighbours", (0, 10)),
)
NAMES = tuple(dial.key for dial in DIALS)


class ModelSpace:
    """Search space of the most influential settings of ``[model]`` and ``[train]``.

    Parameters
    ----------
    settings
        The project's settings; every dial is widened to include their values.
    data
        The training graph: without knowledge or content, their settings are not searched.
    only
        Keys to search, such as ``lr``; empty: all. An objective that the settings leave open is always searched.

    Raises
    ------
    ConfigError
        A key is unknown, or has no effect on this graph.
    """

    def __init__(self, settings: Settings, data: HeteroData, only: Sequence[str] = ()) -> None:
        self._settings = settings
        asked = {*(only or NAMES), *(["loss"] if settings.train.loss == "auto" else [])}
        missing = _without_effect(settings, data, asked)
        for key in only:
            if key not in NAMES:
                raise ConfigError(f"--only: no setting {key!r} to search", hint=nearest(key, NAMES))
            if key in missing:
                raise ConfigError(f"--only {key}: {missing[key]}", hint=f"leave {key} out")
        dials = [dial for dial in DIALS if dial.key in asked and dial.key not in missing]
        self.dials = tuple(self._wide(dial) for dial in dials)

    def _wide(self, dial: Dial) -> Dial:
        for loss in losses(self._settings.train.loss):
            dial = dial.holding(standing(self._settings, dial.name, loss))
        return dial

    def present(self) -> list[Choice]:
        """Return the choices of the current settings, one per objective that they leave open."""
        return [
            self._told({dial.name: standing(self._settings, dial.name, loss) for dial in self.dials})
            for loss in losses(self._settings.train.loss)
        ]

    def starts(self, now: Choice) -> list[Choice]:
        """Return nothing: the sampler starts at once."""
        return []

    def draw(self, trial: Trial, now: Choice) -> Choice:
        """Return a choice drawn by the sampler."""
        choice: Choice = {}
        for dial in self.dials:
            if choice.get("model.content", True) or dial.name != "model.neighbours":
                choice[dial.name] = dial.draw(trial)
        return choice

    def params(self, choice: Choice) -> dict[str, Any]:
        """Return the sampler's parameters for a choice."""
        return {dial.name: dial.param(choice[dial.name]) for dial in self.dials if dial.name in choice}

    def settings(self, choice: Choice) -> Settings:
        """Return the settings with the choice applied."""
        return chosen(self._settings, choice)

    def changes(self, choice: Choice) -> Choice:
        """Return the changes to write so that the settings equal the choice.

        Values that follow from the objective or the number of hops are not written; those two come first.
        """
        found: Choice = {}
        settings = self._settings
        for name, value in choice.items():
            loss = choice.get(LOSS, settings.train.loss)
            now = settings.train.loss if name == LOSS else standing(settings, name, loss)
            if now != value:
                found[name] = value
                settings = chosen(settings, {name: value})
        return found

    def fixed(self) -> Any:
        """Return the settings not searched, and the dials."""
        searched = {dial.name for dial in self.dials}
        tables = {name: msgspec.to_builtins(getattr(self._settings, name)) for name in ("model", "train")}
        content = self._settings.content
        rest = {
            f"{table}.{key}": value
            for table, values in tables.items()
            for key, value in values.items()
            if f"{table}.{key}" not in searched and key != "device"
        }
        weights = dict(content.weights) if content.fusion == "weighted" else {}
        return [rest, content.fusion, weights, [repr(dial) for dial in self.dials]]

    def _told(self, choice: Choice) -> Choice:
        if not choice.get("model.content", True):
            choice.pop("model.neighbours", None)
        return choice


def standing(settings: Settings, name: str, loss: Loss) -> Any:
    """Return the value of a setting under an objective, if it depends on it."""
    table, _, key = name.partition(".")
    if name == LOSS:
        return loss
    return getattr(settings.model.decided(loss) if table == "model" else getattr(settings, table), key)


def chosen(settings: Settings, choice: Mapping[str, Any]) -> Settings:
    """Return the settings with the choice applied."""
    for name, value in choice.items():
        table, _, key = name.partition(".")
        settings = settings.override(table, **{key: value})
    return settings


def _without_effect(settings: Settings, data: HeteroData, asked: Container[str]) -> dict[str, str]:
    """Return the keys that have no effect on this graph when ``asked`` is searched, and why."""
    missing = {}
    if not settings.model.content and "content" not in asked:
        missing["neighbours"] = "[model] content = false, and without content there are none"
    if not has_knowledge(data):
        missing["knowledge"] = "the graph has no knowledge"
    if not modalities(data, settings.content):
        missing |= dict.fromkeys(("content", "neighbours"), "no item has a content vector")
    return missing

"""Train a model for each objective, and choose the one that validates best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from rich.progress import Progress as Bar  # noqa: TID251 - a type alone

from graphrec.common.console import warn
from graphrec.common.errors import TrainingError
from graphrec.model import HeteroRecommender
from graphrec.model.loss import Loss, losses
from graphrec.training.checkpoint import TrainingState
from graphrec.training.hybrid import HybridSelector
from graphrec.training.trainer import Trainer

#: Called with a training and the metrics of its last epoch.
Watch = Callable[[TrainingState, dict[str, Any]], None]


class Chosen(NamedTuple):
    """The training that validates best, its model, and the models and validation metrics of all objectives."""

    progress: TrainingState
    model: HeteroRecommender
    models: dict[Loss, HeteroRecommender]
    metrics: dict[Loss, dict[str, float]]


def train_objectives(selector: HybridSelector, bar: Bar) -> Chosen:
    """Train every objective from the start, and choose.

    Raises
    ------
    TrainingError
        No objective could be trained.
    """
    trainer = selector.trainer
    states = [TrainingState(loss) for loss in losses(trainer.train.loss)]
    optimise(trainer, states, bar, f"seed {trainer.train.seed}, ")
    return choose(selector, states, bar)


def optimise(
    trainer: Trainer, states: Sequence[TrainingState], bar: Bar, prefix: str = "", watch: Watch | None = None
) -> None:
    """Train every objective to its end; if one diverges, the others still count.

    Parameters
    ----------
    trainer, states
        The trainer, and a training per objective, new or interrupted. They change in place.
    bar
        Shows a line per objective, labelled with ``prefix`` and the objective.
    watch
        Called after each epoch.

    Raises
    ------
    TrainingError
        No objective could be trained.
    """
    name = f"ndcg@{trainer.train.metric_k}"
    failed: TrainingError | None = None
    for state in states:
        task = bar.add_task(f"{prefix}{state.loss}", total=trainer.train.epochs, completed=state.epoch)
        try:
            for record in trainer.run(state):
                if watch is not None:
                    watch(state, record)
                label = epoch_label(state.loss, record, name, state.best)
                bar.update(task, advance=1, description=f"{prefix}{label}")
        except TrainingError as error:
            state.done, failed = True, error
            warn(f"{state.loss}: {error.message}")
    if failed is not None and not any(state.best_weights for state in states):
        raise failed


def choose(selector: HybridSelector, states: Sequence[TrainingState], bar: Bar) -> Chosen:
    """Add to each objective's best network the components that improve validation, and choose the best objective.

    Raises
    ------
    TrainingError
        No epoch of any objective has improved validation.
    """
    models: dict[Loss, HeteroRecommender] = {}
    for state in states:
        if state.best_weights:
            task = bar.add_task(f"{state.loss}: edges and ALS", total=None)
            models[state.loss] = selector.select(state)
            bar.remove_task(task)
    if not models:
        raise TrainingError("no epoch has improved validation", hint="try a lower [train] lr or more --epochs")
    metrics = {loss: selector.trainer.validate(model) for loss, model in models.items()}
    name = f"ndcg@{selector.trainer.train.metric_k}"
    best = max((state for state in states if state.best_weights), key=lambda state: metrics[state.loss][name])
    return Chosen(best, models[best.loss], models, metrics)


def epoch_label(loss: Loss, record: Mapping[str, float], metric: str, best: float) -> str:
    """Return the label before the progress bar of a training: short enough for a terminal of 80 columns."""
    return f"{loss}: loss {record['loss']:.3g}, {metric} {record[metric]:.4f} (best {best:.4f})"

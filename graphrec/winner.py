"""All objectives trained from the start in one go, nothing kept on the way."""

from __future__ import annotations

from rich.progress import Progress as Bar

from graphrec.common.console import note
from graphrec.common.errors import TrainingError
from graphrec.model import HeteroRecommender
from graphrec.model.loss import losses
from graphrec.training.checkpoint import Progress
from graphrec.training.trainer import Fit


def winner(fit: Fit, bar: Bar) -> tuple[HeteroRecommender, Progress]:
    """Return the model that validates best, as ``graphrec train`` would leave it, and its training.

    Raises
    ------
    TrainingError
        No objective came to anything.
    """
    name = f"ndcg@{fit.train.metric_k}"
    failed: TrainingError | None = None
    best: tuple[float, HeteroRecommender, Progress] | None = None
    for loss in losses(fit.train.loss):
        stand = Progress(loss)
        task = bar.add_task(f"seed {fit.train.seed}, {loss}", total=fit.train.epochs)
        try:
            for _ in fit.run(stand):
                bar.advance(task)
        except TrainingError as error:
            note(f"{loss}: {error.message}")
            failed = error
        bar.remove_task(task)
        if not stand.best_weights:
            continue
        model = fit.best(stand)
        value = fit.validate(model)[name]
        if best is None or value > best[0]:
            best = value, model, stand
    if best is None:
        raise failed or TrainingError("no epoch has come to anything")
    return best[1:]

"""Write a run with differential privacy."""

from __future__ import annotations

import shutil
import time
from typing import Any

import msgspec
import torch

from graphrec.common.console import note
from graphrec.config.settings import Settings
from graphrec.evaluation.split import leak_free_training_graph, make_split, merged
from graphrec.graph.hetero import Graph
from graphrec.privacy.ledger import Ledger
from graphrec.privacy.noise import Noise
from graphrec.privacy.plan import Plan
from graphrec.runs.unfinished import held
from graphrec.training.checkpoint import TrainingState
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import Chosen
from graphrec.training.private import make_private, private_settings, validated
from graphrec.training.run_files import Trained, begin, finish
from graphrec.training.trainer import Trainer


def train_private(graph: Graph, settings: Settings, device: torch.device, about: dict[str, Any]) -> Trained:
    """Train with differential privacy, and write a run.

    Parameters
    ----------
    graph
        The whole graph, including held-out behaviours.
    settings
        ``[privacy]`` has an ``epsilon``. With ``[train] refit``, validation is trained on from the start.
    device
        Where scores are computed; the statistics are computed on the CPU.
    about
        Additional content of ``run.json``.

    Raises
    ------
    ConfigError
        The split or ``epsilon`` does not fit.
    LibraryError
        The accountant is not installed.
    TrainingError
        The budget is spent, or there are too many items.
    """
    settings = private_settings(settings)
    plan = Plan.of(settings.privacy, len(graph.users))
    settings = msgspec.structs.replace(settings, privacy=msgspec.structs.replace(settings.privacy, delta=plan.delta))
    began, worked = time.perf_counter(), time.process_time()
    split = make_split(graph.data, settings.split, graph.schema)
    if settings.train.refit:
        split = merged(graph.data, split, graph.schema)
    data = leak_free_training_graph(graph.data, split)
    trainer = Trainer(data, split, settings.model, settings.train, torch.device("cpu"), settings.content)
    run = begin(settings, graph, split, about)
    try:
        with held(run.path):
            total = Ledger(settings.root, settings.privacy.budget).spend(run.run_id, plan)
            spent = plan.plain()
            note(
                f"differential privacy: ε = {spent['epsilon']:.3g}, δ = {plan.delta:.2g} for one user; "
                f"all trainings of this project: ε = {total:.3g}"
            )
            noise = Noise()
            made = make_private(trainer, plan, settings.privacy.clip, noise)
            metrics = validated(trainer, made.model, plan, noise)
            steps = 0 if plan.steps is None else plan.steps.steps
            model = made.model.to(device)
            trainer.device = device
            selector = HybridSelector(trainer, made.config)
            state = TrainingState("softmax", steps, best_epoch=steps)
            chosen = Chosen(state, model, {"softmax": model}, {"softmax": metrics})
            run.update(privacy=spent | {"total": total})
            finish([], chosen, (selector, model), run, graph, False, None, trainer.profiles)
            taken = {"wall": time.perf_counter() - began, "processor": time.process_time() - worked}
            run.update(metrics=run.metrics | taken)
    except BaseException:  # there is nothing to resume; what is spent stays written down
        shutil.rmtree(run.path, ignore_errors=True)
        raise
    return Trained(run, False)

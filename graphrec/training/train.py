"""Train a run on the graph in Neo4j; Neo4j is only read."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec
import torch

from graphrec.common.console import note, progress, warn
from graphrec.common.errors import ConfigError, TrainingError
from graphrec.common.pyg import HeteroData
from graphrec.common.sizes import megabytes
from graphrec.config.privacy_settings import PrivacySettings
from graphrec.config.schema import LEARNED
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.db.own_properties import publish_refusals
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.graph.hetero import Graph, load_graph
from graphrec.model import HeteroRecommender, Profiles
from graphrec.model.item_item import MOST_ITEMS
from graphrec.model.item_item_sparse import SUPPORT
from graphrec.model.loss import Loss, losses
from graphrec.runs import layout
from graphrec.runs.run import Run
from graphrec.runs.unfinished import held, remove_useless
from graphrec.training.checkpoint import TrainingState, load_checkpoint, remove_checkpoint, save_checkpoint
from graphrec.training.context_selection import choose_in_training
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import choose, optimise
from graphrec.training.private_run import train_private
from graphrec.training.refit import refit_on_train_and_valid
from graphrec.training.run_files import TABLES, Trained, begin, finish
from graphrec.training.suspicious import trusted
from graphrec.training.tracking import Tracker, import_wandb
from graphrec.training.trainer import Trainer


def train(db: Database, settings: Settings, resume: Run | None = None, wandb: str | None = None) -> Trained:
    """Train on the graph mapped by ``settings``, and write a run.

    Parameters
    ----------
    db
        The database; nothing is written to it.
    settings
        Mapping, split, model and training.
    resume
        A run whose training was interrupted: continue after its last finished epoch, with its own settings.
    wandb
        A Weights & Biases project to log to as well.

    Raises
    ------
    GraphError
        The graph does not match the mapping.
    LeakageError
        A held-out behaviour would reach training.
    TrainingError
        Nothing to train or validate on, the loss diverged, or the graph is not that of ``resume``.
    ConfigError
        CUDA is requested but not available.
    """
    if resume is not None:
        if not resume.resumable:
            raise TrainingError(
                f"{resume.run_id} has finished, so there is nothing to resume", hint="train without --resume"
            )
        if resume.data is not None:
            raise TrainingError(
                f"{resume.run_id} is trained on the files in {resume.data['folder']}, not on Neo4j",
                hint="resume it with the command that started it: graphrec benchmark --data FOLDER",
            )
        settings = settings_of(resume, settings)
    if wandb is not None:
        import_wandb()  # fail before anything is created
    pick_device(settings.train.device)  # fail before the graph is read
    for refusal in publish_refusals(db, settings.graph, weights=settings.content.fusion in LEARNED):
        warn(f"graphrec publish will refuse the run: {refusal}")
    return train_graph(load_graph(db, settings.graph, settings.split), settings, resume, wandb)


def train_graph(
    graph: Graph,
    settings: Settings,
    resume: Run | None = None,
    wandb: str | None = None,
    about: dict[str, Any] | None = None,
) -> Trained:
    """Train on a graph from any source, and write a run.

    Parameters
    ----------
    graph
        The whole graph, including held-out behaviours.
    settings
        Split, model and training; for a resumed training its original ones.
    resume, wandb
        As in :func:`train`.
    about
        Additional content of ``run.json``.

    Raises
    ------
    LeakageError, TrainingError, ConfigError
        As :func:`train`.
    """
    device = pick_device(settings.train.device)
    if settings.privacy.epsilon is not None:
        _check_private(settings, resume)
        return train_private(graph, settings, device, about or {})
    if resume is not None and resume.fingerprint != graph.fingerprint:
        raise TrainingError(
            f"the graph has changed since {resume.run_id} began, so its training cannot be resumed",
            hint="train without --resume",
        )
    split = resume.split if resume else make_split(graph.data, settings.split, graph.schema)
    shown = leak_free_training_graph(graph.data, split)
    trust = trusted(graph.data, split, settings.train)
    data = shown if trust.data is graph.data else leak_free_training_graph(trust.data, trust.split)
    trainer = Trainer(data, trust.split, settings.model, settings.train, device, settings.content)
    selector = HybridSelector(trainer)
    _note_unfinished(settings, resume)
    run = resume or begin(settings, graph, split, about or {})
    states = (
        load_checkpoint(run.path / layout.CHECKPOINT)
        if resume
        else [TrainingState(loss) for loss in losses(settings.train.loss)]
    )
    earlier = resume.metrics if resume else {}
    name = f"ndcg@{trainer.train.metric_k}"
    interrupted, began, worked = False, time.perf_counter(), time.process_time()
    with held(run.path):
        with _removed_if_empty(run), Tracker(run.path, run.settings, wandb) as tracker, progress() as bar:

            def keep(state: TrainingState, record: dict[str, Any]) -> None:
                save_checkpoint(run.path / layout.CHECKPOINT, states)
                tracker.log(record, state.epoch)
                if state.done:
                    ended = f"best epoch {state.best_epoch} of {state.epoch}, validation {name} {state.best:.4f}"
                    note(f"{state.loss}: {ended} (network alone)")
                    _warn_of_ends(state, trainer.train.epochs)

            try:
                optimise(trainer, states, bar, watch=keep)
            except KeyboardInterrupt:
                interrupted = True
                if not any(p.best_weights for p in states):
                    raise
                again = f"graphrec train --resume {run.run_id}" if run.data is None else "the same command"
                note(f"interrupted: the best weights so far are kept; continue with: {again}")
            chosen = choose(selector, states, bar)
            final = (selector, chosen.model)
            if settings.train.refit and not interrupted:
                task = bar.add_task("once more, validation included", total=chosen.progress.best_epoch)
                final = refit_on_train_and_valid(
                    selector, chosen.progress, chosen.model, trust.data, graph.schema, lambda: bar.advance(task)
                )
        context = choose_in_training(selector.trainer, chosen.model, graph, settings)
        _say_beside(selector, chosen.models)
        heldout = heldout_profiles(final[0].trainer, graph.data, trust.data)
        finish(states, chosen, final, run, graph, interrupted, context, heldout)
        if trust.flagged is not None:
            run.update(suspicious={"how": settings.train.suspicious, "flagged": trust.flagged})
        # Edges, epochs, selection and writing; for a resumed training also the time of its earlier part.
        taken = {"wall": time.perf_counter() - began, "processor": time.process_time() - worked}
        run.update(metrics=run.metrics | {name: earlier.get(name, 0.0) + value for name, value in taken.items()})
        if not interrupted:
            remove_checkpoint(run.path / layout.CHECKPOINT)
    return Trained(run, interrupted)


def pick_device(name: str) -> torch.device:
    """Return the device for ``auto``, ``cpu`` or ``cuda``.

    Raises
    ------
    ConfigError
        No CUDA device is available.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("--device cuda: PyTorch sees no CUDA device here", hint="use --device auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def settings_of(run: Run, settings: Settings) -> Settings:
    """Return the run's original settings; only the device may differ."""
    device = settings.train.device
    # Not overridden one by one: what the run left open stays open, whatever graphrec.toml has today.
    begun = {table: run.table(table, type(getattr(settings, table))) for table in TABLES}
    if "privacy" in run.settings:
        own = run.table("privacy", PrivacySettings)
        settings = msgspec.structs.replace(settings, privacy=settings.privacy.with_training_of(own))
    return msgspec.structs.replace(settings, **begun, graph=run.schema).override("train", device=device)


def _note_unfinished(settings: Settings, resume: Run | None) -> None:
    """Remove what killed trainings left and nothing can continue; name what can be continued."""
    left = [one for one in remove_useless(settings.runs) if resume is None or one.path != resume.path]
    if left:
        size = megabytes(sum(one.size for one in left))
        note(
            f"unfinished in {settings.runs}: {', '.join(one.path.name for one in left)} ({size}); "
            "`graphrec train --resume RUN` continues one, `graphrec runs clean` removes them"
        )


@contextmanager
def _removed_if_empty(run: Run) -> Iterator[None]:
    """Remove a run that fails before its first epoch ends: there is nothing to resume, evaluate or forget."""
    try:
        yield
    except BaseException:
        if not (run.path / layout.CHECKPOINT).exists():
            shutil.rmtree(run.path)
        raise


def _warn_of_ends(p: TrainingState, epochs: int) -> None:
    """Warn if the best epoch is the first or the last allowed one."""
    if p.best_epoch == 1 and p.epoch > 1:
        warn(
            f"{p.loss}: the first epoch is the best, so training did not improve validation; "
            "try a lower [train] lr, more --epochs or a larger [split] valid"
        )
    elif p.best_epoch == p.epoch >= epochs:
        note(f"{p.loss}: validation still improved in the last epoch: more --epochs may help (now {epochs})")


def _say_beside(selector: HybridSelector, models: dict[Loss, HeteroRecommender]) -> None:
    """Report what validation chose in addition to the network."""
    n_items = selector.trainer.split.shape[1]
    if n_items > MOST_ITEMS and selector.trainer.settings.similar:
        note(f"SIMILAR edges between {n_items:,} items: each is regressed on its {SUPPORT} nearest items, not on all")
    if (config := selector.item_item_config) is not None:
        parts = {
            "regularisation": config.ridge,
            "shared knowledge": config.knowledge,
            "closeness in time": config.near,
        } | {f"likeness of {modality}": value for modality, value in config.content.items()}
        if config.walk:
            parts |= {
                "walks": config.walk,
                "penalty of popular ends": config.held,
            }
        note(
            "SIMILAR edges, weights beside common users: "
            + ", ".join(f"{name} {value:g}" for name, value in parts.items())
        )
    for loss, model in models.items():
        if model.als is not None:
            note(f"{loss}: ALS, confidence alpha {model.als.alpha:.3g}, regularisation {model.als.ridge:g}")
        if model.profile_encoder.recency > 0:
            note(f"{loss}: interactions with more than {float(model.profile_encoder.recency):g} newer ones count less")
        for kind, days in model.profile_encoder.half_lives().items():
            if days is not None:
                note(f"{loss}: {kind} counts half after {days:g} days")


def _check_private(settings: Settings, resume: Run | None) -> None:
    """Refuse what differential privacy cannot be combined with."""
    if resume is not None:
        raise ConfigError(
            f"{resume.run_id} began without differential privacy, and [privacy] epsilon is set",
            hint="train without --resume, or leave epsilon out",
        )
    if settings.train.suspicious != "keep":
        raise ConfigError(
            f"[train] suspicious = {settings.train.suspicious!r}, and [privacy] epsilon is set: whom it leaves out "
            "would depend on everybody, which no ε bounds",
            hint='set suspicious = "keep": differential privacy itself bounds what one profile does',
        )


def heldout_profiles(trainer: Trainer, data: HeteroData, trusted_data: HeteroData) -> Profiles:
    """Return the profiles of everybody without what is held out, as a trainer reads them; of suspicious users too.

    Parameters
    ----------
    trainer
        The last one: that of a refit has seen validation.
    data, trusted_data
        The whole graph, and what of it training learns from.
    """
    if trusted_data is data:
        return trainer.profiles
    profiles = Profiles.of(leak_free_training_graph(data, trainer.split))
    return profiles if trainer.settings.weighted else replace(profiles, age=None, days=None)

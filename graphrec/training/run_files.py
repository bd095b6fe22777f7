"""Begin a run's directory, and finish it with what the training has made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import msgspec

from graphrec.config.schema import LEARNED
from graphrec.config.settings import Settings
from graphrec.evaluation.split import Split
from graphrec.graph.fingerprints import item_digests, social_digest
from graphrec.graph.hetero import Graph
from graphrec.model import HeteroRecommender, Profiles
from graphrec.model.item_parts import ItemParts
from graphrec.runs import layout
from graphrec.runs.begin import new_run
from graphrec.runs.layout import EmbeddingArrays, EncoderArrays, Ids, View
from graphrec.runs.run import Run
from graphrec.runs.run_info import FINISHED
from graphrec.runs.stored_context import context_info, context_tensors
from graphrec.training.checkpoint import TrainingState
from graphrec.training.context_selection import ChosenContext
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import Chosen
from graphrec.training.scoring import Scorer

#: Tables of the settings that determine the training.
TABLES = ("split", "model", "train", "content")


@dataclass(frozen=True)
class Trained:
    """A finished run, and whether the user interrupted its training."""

    run: Run
    interrupted: bool


def plain_settings(settings: Settings) -> dict[str, Any]:
    """Return the tables that determine the training as plain data, as in ``run.json``."""
    tables = {table: msgspec.to_builtins(getattr(settings, table)) for table in TABLES}
    del tables["content"]["media_folders"]  # where this machine keeps its images
    if settings.privacy.epsilon is not None:
        tables["privacy"] = msgspec.to_builtins(settings.privacy)
    return tables


def begin(settings: Settings, graph: Graph, split: Split, about: dict[str, Any]) -> Run:
    """Create the run directory, with everything known before the first epoch."""
    counts = {"users": len(graph.users), "items": len(graph.items), "entities": len(graph.entities)}
    counts |= {part: getattr(split, part).shape[1] for part in ("train", "valid", "test")}
    run = new_run(
        settings.runs,
        {
            "settings": plain_settings(settings),
            "schema": msgspec.to_builtins(graph.schema),
            "fingerprint": graph.fingerprint,
            "encoders": graph.encoders,
            "counts": counts,
            "versions": {name: version(name) for name in ("graphrec", "torch", "torch-geometric")},
            **about,
        },
    )
    Ids(graph.users, graph.items).write(run.path)
    split.save(run.path / layout.SPLIT)
    return run


def finish(
    states: list[TrainingState],
    chosen: Chosen,
    final: tuple[HybridSelector, HeteroRecommender],
    run: Run,
    graph: Graph,
    interrupted: bool,
    context: ChosenContext | None,
    heldout: Profiles,
) -> None:
    """Write the weights and everyone's vectors, ``heldout`` without what is held out; then mark the run as finished."""
    selector, model = final
    best, metrics = chosen.progress, chosen.metrics
    trainer = selector.trainer
    name = f"ndcg@{trainer.train.metric_k}"
    weights = {name: value.cpu() for name, value in model.state_dict().items()}
    everything, targets = Profiles.of(graph.data), graph.schema.targets
    views: dict[View, Profiles] = {"heldout": heldout, "all": everything}
    # Items that were viewed but not bought may still be recommended, and are ranked in evaluation too.
    done = {view: profiles.only(targets) for view, profiles in views.items()}
    scorers = {view: Scorer(model, profiles, done[view]) for view, profiles in views.items()}
    vectors = {view: scorer.vectors() for view, scorer in scorers.items()}
    shares = {}
    if model.content is not None and trainer.content.fusion in LEARNED:
        shares = {name: share.cpu() for name, share in model.content.weights().items()}
    embeddings = EmbeddingArrays(
        {view: user for view, (user, _) in vectors.items()},
        done,
        scorers["all"].tables(vectors["all"][1]),
        item_weights=shares,
    )
    encoder = EncoderArrays(
        scorers["all"].encoder().tensors(),
        item_digests(graph.data, graph.items, graph.entities),
        social_digest(graph.data, graph.users),
        warm_items=model.get_buffer("warm_items").cpu() if model.cold_item_rank else None,
    )
    files = {
        layout.WEIGHTS: weights,
        layout.EMBEDDINGS: embeddings.tensors(),
        layout.ENCODER: encoder.tensors(),
        layout.PROFILES: everything.tensors(),
        layout.PARTS: ItemParts.of(model).tensors(),
    }
    if context is not None and context.variables:
        files[layout.CONTEXT] = context_tensors(context.log, context.groups)
    layout.write_arrays(run.path, files)
    known = model.knowledge
    entities = [] if known is None else [graph.entities[place] for place in known.entities.tolist()]
    # Read the ids again: a user may have been forgotten meanwhile.
    replace(Ids.read(run.path), entities=entities).write(run.path)
    # An evaluation left by an interrupted training was measured on other weights.
    (run.path / layout.EVALUATION).unlink(missing_ok=True)
    run.update(
        state=FINISHED,
        trained=datetime.now(UTC).isoformat(timespec="milliseconds"),
        interrupted=interrupted,
        refit=trainer.split.merged,
        device=str(trainer.device),
        similar=selector.item_item_config and selector.item_item_config.plain(),
        interest=None,
        context=context and context_info(context.variables, graph.schema, context.deviation, context.report),
        behaviours=model.profile_encoder.weights(),
        half_lives=model.profile_encoder.half_lives(),
        relations=[] if known is None else list(known.relations),
        modalities={} if model.content is None else model.content.mean_weights(),
        metrics={
            "objective": best.loss,
            "epoch": best.best_epoch,
            **metrics[best.loss],
            "similar": float(model.similar_scale),
            "factors": float(model.als_scale),
            "recency": float(model.profile_encoder.recency),
            "seconds": sum(p.seconds for p in states),
            "candidates": {
                p.loss: {"best": metrics[p.loss][name], "epoch": p.best_epoch} for p in states if p.best_weights
            },
        },
    )

"""``graphrec train``: train a run on the graph in Neo4j."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import get_args

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note, stage
from graphrec.common.errors import ConfigError
from graphrec.config.schema import FUSIONS
from graphrec.config.settings import SplitMethod, load_settings
from graphrec.db.database import connect
from graphrec.graph.mapping import unmapped

SPLITS = get_args(SplitMethod)


@click.command()
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), help="Where to compute; auto: a GPU if any.")
@click.option("--epochs", type=int, help="Most epochs; early stopping may end training sooner.")
@click.option("--seed", type=int, help="Same seed, same machine: same numbers (on the CPU).")
@click.option("--loss", type=click.Choice(["auto", "mse", "softmax"]), help="Objective; auto: validation chooses.")
@click.option("--dim", type=int, help="Dimension of the embeddings.")
@click.option("--lr", type=float, help="Learning rate.")
@click.option("--split", type=click.Choice(SPLITS), help="How interactions are held out.")
@click.option("--split-seed", type=int, help="Seed of the split.")
@click.option("--fusion", type=click.Choice(FUSIONS), help="How text, image and audio are fused.")
@click.option("--resume", is_flag=False, flag_value="", metavar="[RUN]", help="Continue a run; the newest if unnamed.")
@click.option("--refit/--no-refit", default=None, help="Train once more at the end, on train and validation.")
@click.option("--wandb", metavar="PROJECT", help="Log to Weights & Biases too (WANDB_MODE=offline: on disk).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def train(
    device: str | None,
    epochs: int | None,
    seed: int | None,
    loss: str | None,
    dim: int | None,
    lr: float | None,
    split: str | None,
    split_seed: int | None,
    fusion: str | None,
    resume: str | None,
    refit: bool | None,
    wandb: str | None,
    as_json: bool,
) -> None:
    """Train the graph neural network on the graph in Neo4j.

    Options override graphrec.toml. Ctrl-C keeps the best weights so far; --resume continues with the settings that
    the run began with.
    """
    began, worked = time.perf_counter(), time.process_time()
    settings = load_settings()
    if resume is None:
        settings = (
            settings.override("train", device=device, epochs=epochs, seed=seed, loss=loss, lr=lr, refit=refit)
            .override("split", method=split, seed=split_seed)
            .override("model", dim=dim)
            .override("content", fusion=fusion)
        )
        old = None
    else:
        given = {"--epochs": epochs, "--seed": seed, "--loss": loss, "--dim": dim, "--lr": lr, "--split": split}
        _refuse_changes(given | {"--split-seed": split_seed, "--fusion": fusion, "--refit": refit})
        settings = settings.override("train", device=device)
        from graphrec.runs.store import open_resumable

        old = open_resumable(settings, resume or None)
    with connect(settings) as db:
        wrong = unmapped(db, settings.graph) if old is None else None
        if wrong is not None:  # before PyTorch is imported, which takes seconds
            raise wrong
        with stage("loading PyTorch"):
            from graphrec.training.train import train as train_on

        trained = train_on(db, settings, old, wandb)
    run = trained.run
    command = {"wall": time.perf_counter() - began, "processor": time.process_time() - worked}
    if as_json:
        said = {"runId": run.run_id, "path": str(run.path), "interrupted": trained.interrupted, "command": command}
        show_json(said | {"context": run.info.get("context"), "privacy": run.privacy} | run.metrics)
    else:
        k = run.settings["train"]["metric_k"]
        names = (f"ndcg@{k}", f"recall@{k}")
        numbers = {name: run.metrics[name] for name in names if name in run.metrics}
        if run.privacy is None:
            note("validation of the whole model: network, SIMILAR edges and ALS, each as far as it helps")
        else:
            note("validation, with the noise of differential privacy: nothing was chosen by it")
        rows = [{"run": run.run_id, "objective": run.metrics["objective"], "epoch": run.metrics["epoch"], **numbers}]
        show(rows, tuple(rows[0]))
        note(f"the whole command took {command['wall']:.1f} s, {command['processor']:.1f} s of processor time")
        note(f"next: graphrec evaluate {run.run_id}; graphrec publish {run.run_id}")
        note(f"to compare it with tuned baselines on this graph: graphrec benchmark {run.run_id}")
    if trained.interrupted:
        raise KeyboardInterrupt


def _refuse_changes(options: Mapping[str, object]) -> None:
    """Refuse options that a resumed training cannot change."""
    for name, value in options.items():
        if value is not None:
            raise ConfigError(
                f"{name} {value}: a resumed training keeps the settings it began with",
                hint=f"leave {name} out, or train without --resume",
            )

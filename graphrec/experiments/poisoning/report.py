"""The report of ``graphrec audit poisoning``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphrec.common.errors import InputError
from graphrec.config.settings import ContentSettings, ModelSettings, Settings, TrainSettings
from graphrec.evaluation.split import leak_free_training_graph
from graphrec.experiments.benchmark.run_graph import read_graph, require_unchanged
from graphrec.experiments.poisoning.audit import Audit, Plan
from graphrec.experiments.poisoning.victims import Model, Peer, Victim
from graphrec.runs.run import Run


@dataclass(frozen=True)
class Table:
    """Rows to show."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]


def audit_run(run: Run, settings: Settings, plan: Plan, peers: Sequence[str], *, model: bool) -> dict[str, Any]:
    """Return all figures of an audit of a run.

    Parameters
    ----------
    run, settings
        A finished run, and its project.
    plan
        What to try.
    peers
        Baselines to attack.
    model
        Whether to attack graphrec.

    Raises
    ------
    InputError
        The graph has changed since the training, or the run has differential privacy and is to be attacked itself.
    """
    if model and run.privacy is not None:
        raise InputError(
            f"{run.run_id} has differential privacy, which this audit cannot train with",
            hint="--peers-only attacks the baselines alone; or name a run without [privacy] epsilon",
        )
    graph = read_graph(run, settings)
    require_unchanged(run, graph)
    split = run.split
    data = leak_free_training_graph(graph.data, split)
    audit = Audit(split, plan)
    victims: list[Victim] = [Peer(name, data, split, plan.seed) for name in peers]
    if model:
        train = run.table("train", TrainSettings)
        content = run.table("content", ContentSettings)
        victims.append(Model(data, split, graph, run.table("model", ModelSettings), train, content))
    return {"run": run.run_id, "targets": [graph.items[target] for target in audit.targets]} | figures(
        audit, victims, plan
    )


def figures(audit: Audit, victims: Sequence[Victim], plan: Plan) -> dict[str, Any]:
    """Return plain data: what is planted, found, pushed and lost."""
    return {
        "k": plan.k,
        "seed": plan.seed,
        "defences": list(plan.defences),
        "clean": audit.clean(),
        "detection": audit.detection(),
        "hits": [row for victim in victims for row in audit.hits(victim)],
        "accuracy": [audit.cost(victim) for victim in victims] if plan.defences else [],
    }


def about(data: Mapping[str, Any]) -> str:
    """Return one sentence about the data without fake profiles."""
    clean = data["clean"]
    return (
        f"{data['run']}: {clean['flagged']} of {clean['users']:,} real profiles are flagged as it is; "
        f"pushed: {', '.join(map(str, data['targets']))}"
    )


def tables(data: Mapping[str, Any]) -> list[Table]:
    """Return the tables to show; hits are those of ``k`` places, ranks are medians, both means over the targets."""
    ways = ("before", "keep", *data["defences"])
    names = {"before": "before", "keep": "attacked"} | {way: way for way in data["defences"]}
    detection = [{**row, "share": f"{row['share']:.1%}"} for row in data["detection"]]
    found = [Table("Fake profiles found", ("attack", "share", "recall", "precision", "falseAlarms"), detection)]
    if data["hits"]:
        rows = [
            {"system": row["system"], "attack": row["attack"], "share": f"{row['share']:.1%}"}
            | {f"hit@{data['k']} {names[way]}": row[f"hit {way}"] for way in ways}
            | {f"rank {names[way]}": row[f"rank {way}"] for way in ways}
            for row in data["hits"]
        ]
        found.append(Table("Reach of the pushed items among real users", tuple(rows[0]), rows))
    if data["accuracy"]:
        columns = ("system", "keep", *data["defences"])
        found.append(Table("Test NDCG@10 without fake profiles", columns, data["accuracy"]))
    return found

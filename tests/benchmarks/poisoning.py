"""Fake profiles on a published data set: how far they push, how many are found, what a defence gives and costs.

``python tests/benchmarks/poisoning.py FOLDER --shares 1,5 --targets N --systems ease,graphrec`` prints the
tables of ``docs/poisoning.md``. It reads the files of the set, without Neo4j, and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import torch

from graphrec.config.settings import ContentSettings, ModelSettings, SplitSettings, TrainSettings
from graphrec.datasets.folder import DataSet
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.experiments.options import FAKES, PEERS, WAYS, names_of, percentages
from graphrec.experiments.poisoning.audit import Audit, Plan
from graphrec.experiments.poisoning.report import tables
from graphrec.experiments.poisoning.victims import Model, Peer


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--attacks", default="all")
    parser.add_argument("--shares", default="0.5,1,3,5")
    parser.add_argument("--targets", type=int, default=3)
    parser.add_argument("--systems", default="popularity,itemknn,rp3beta,ease,ials,graphrec")
    parser.add_argument("--defences", default="leave out")
    parser.add_argument("--tries", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    found = DataSet.at(given.folder, {})
    settings = found.split(SplitSettings(seed=given.seed), None)
    graph = found.graph(settings)
    split = make_split(graph.data, settings, graph.schema)
    data = leak_free_training_graph(graph.data, split)
    plan = Plan(
        names_of(given.attacks, FAKES, "--attacks", "attack"),
        percentages(given.shares, "--shares"),
        names_of(given.defences, WAYS, "--defences", "defence"),
        targets=given.targets,
        seed=given.seed,
    )
    audit = Audit(split, plan)
    counts = split.matrix("train").sum(axis=0)[audit.targets].tolist()
    _say({"targets": [graph.items[at] for at in audit.targets], "users of them": counts, **audit.clean()})
    figures = {"k": plan.k, "defences": plan.defences, "detection": audit.detection(), "hits": [], "accuracy": []}
    _tables(figures)
    for name in names_of(given.systems, (*PEERS, "graphrec"), "--systems", "system"):
        began = time.process_time()
        if name == "graphrec":
            train = TrainSettings(seed=given.seed, device="cpu")
            victim = Model(data, split, graph, ModelSettings(), train, ContentSettings())
        else:
            victim = Peer(name, data, split, given.seed, given.tries)
        figures |= {"detection": [], "hits": audit.hits(victim), "accuracy": [audit.cost(victim)]}
        _tables(figures)
        _say({"system": name, "processor seconds": round(time.process_time() - began)})


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what, default=str) + "\n")
    sys.stdout.flush()


def _tables(figures: dict) -> None:
    for table in tables(figures):
        if not table.rows:
            continue
        lines = [table.title, "", "| " + " | ".join(table.columns) + " |", "|---" * len(table.columns) + "|"]
        for row in table.rows:
            cells = [row[name] for name in table.columns]
            lines.append(
                "| " + " | ".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells) + " |"
            )
        sys.stdout.write("\n".join(lines) + "\n\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Users whom training has not seen, by profiles of a few items: ``python tests/benchmarks/unknown.py PROJECT [SEEDS]``.

PROJECT is a folder with a graphrec.toml, its database running. Prints a length of profile the NDCG@10 of the model and
of its peers, means over seeds, and how much the model is ahead with the paired 95 % interval. Peers stand there twice:
with one setting, chosen on whole profiles as ``graphrec benchmark`` does, and with one for this length alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.evaluation.metrics import bootstrap, percentiles
from graphrec.evaluation.ranking import Report
from graphrec.experiments.baselines.base import CannotError
from graphrec.experiments.cold_users.measure import METRIC, Newcomers
from graphrec.graph.hetero import load_graph
from graphrec.training.train import pick_device

LENGTHS = (1, 3, 5)
#: What is added to the name of a peer that is tuned for each length apart.
LENGTH = "this length"
PEERS = ("popularity", "itemknn", "rp3beta", "ease", "cease", "gfcf", "ials")


def main(project: Path, seeds: int) -> None:
    """Measure and print."""
    settings = load_settings(project / "graphrec.toml")
    with connect(settings) as db:
        graph = load_graph(db, settings.graph)
    found: dict[str, dict[int, list[Report]]] = {}
    for seed in range(seeds):
        newcomers = Newcomers(graph, LENGTHS, seed)
        for k, report in newcomers.model(settings, pick_device(settings.train.device)).items():
            found.setdefault("graphrec", {}).setdefault(k, []).append(report)
        for name in PEERS:
            try:
                for k, report in newcomers.usual(name)[0].items():
                    found.setdefault(name, {}).setdefault(k, []).append(report)
                for k, (report, _) in newcomers.peer(name).items():
                    found.setdefault(f"{name}, {LENGTH}", {}).setdefault(k, []).append(report)
            except CannotError as error:
                print(f"{name}: {error}", file=sys.stderr)
    for k in LENGTHS:
        own = np.concatenate([report.per_user[METRIC] for report in found["graphrec"][k]])
        for name, reports in found.items():
            values = np.concatenate([report.per_user[METRIC] for report in reports[k]])
            low, high = percentiles(bootstrap((own - values)[:, None], 0), 0.95)
            ahead = f"{own.mean() - values.mean():+.4f} [{low[0]:+.4f}, {high[0]:+.4f}]"
            print(f"{k} items  {name:<24} {values.mean():.4f}  graphrec ahead by {ahead}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 3)

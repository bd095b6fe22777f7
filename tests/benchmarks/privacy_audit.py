"""Audit several runs, and print one table: a column for each ε of differential privacy, means over the runs of each.

``python tests/benchmarks/privacy_audit.py RUN…`` in a project's folder; ``--attribute NAME`` as for ``graphrec audit
privacy``, ``--keep FOLDER`` keeps each report as JSON and takes those that are there. ``--users-file FILE`` has the
attributes of users where the run's data has none: tab-separated, a header, the user's id first.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphrec.common.console import echo
from graphrec.common.markdown import markdown_table
from graphrec.config.settings import load_settings
from graphrec.experiments.options import ATTACKS
from graphrec.experiments.privacy_audit.advice import advice
from graphrec.experiments.privacy_audit.audit import Asked, Audit
from graphrec.experiments.privacy_audit.user_values import user_values
from graphrec.runs.run import Run
from graphrec.runs.store import open_run


def audited(run: Run, args: argparse.Namespace) -> dict[str, Any]:
    """Return the report of one run, from its file if it is there."""
    file = None if args.keep is None else args.keep / f"{run.run_id}.json"
    if file is not None and file.is_file():
        kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return kept
    settings = load_settings()
    if args.users_file is None:
        values = {name: user_values(run, settings, name) for name in args.attribute}
    else:
        with args.users_file.open(encoding="utf-8", newline="") as lines:
            rows = {line[0]: line for line in csv.reader(lines, delimiter="\t")}
        header = next(iter(rows.values()))
        values = {
            name: [rows[str(user)][header.index(name)] if str(user) in rows else None for user in run.users]
            for name in args.attribute
        }
    seed = int(run.settings["train"]["seed"])
    found = Audit(run, settings, Asked(ATTACKS, users=args.users, epochs=args.epochs, seed=seed), values).found()
    found["advice"] = advice(found)
    if file is not None:
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return found


def figures(data: dict[str, Any]) -> dict[str, float]:
    """Return the figures of a report by name."""
    found: dict[str, float] = {}
    for part in ("membership", "difference"):
        for row in data.get(part, ()):
            found[f"{part}: {row['from']}"] = row["auc"]["mean"]
            found[f"{part}: {row['from']}, TPR at 1 % FPR"] = row["tpr"]["mean"]
    for row in data.get("attributes", ()):
        found[f"{row['attribute']}: {row['from']}"] = row["auc"]["mean"]
    for row in data.get("interactions", ()):
        found[f"interactions: {row['from']}"] = row["auc"]["mean"]
    for row in data.get("few_people", ()):
        found[f"{row['what']}, number"] = row["total"]
        found[f"{row['what']}, below {data['people']} people"] = row["few"]
    return found


def main() -> None:
    """Audit, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--attribute", action="append", default=[])
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--users-file", type=Path)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    settings = load_settings()
    by_epsilon: dict[str, list[dict[str, float]]] = defaultdict(list)
    for name in args.runs:
        data = audited(open_run(settings, name), args)
        by_epsilon["∞" if data["epsilon"] is None else f"{data['epsilon']:g}"].append(figures(data))
    columns = [f"ε = {epsilon} ({len(found)} runs)" for epsilon, found in by_epsilon.items()]
    names = list(dict.fromkeys(name for found in by_epsilon.values() for one in found for name in one))
    rows = []
    for name in names:
        cells = {}
        for column, found in zip(columns, by_epsilon.values(), strict=True):
            values = [one[name] for one in found if name in one]
            cells[column] = f"{np.mean(values):.3f} ± {np.std(values):.3f}" if values else "–"
        rows.append({"figure": name} | cells)
    echo(markdown_table(rows, ("figure", *columns)))


if __name__ == "__main__":
    main()

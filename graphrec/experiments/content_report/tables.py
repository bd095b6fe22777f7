"""The report's tables as cells of text, the same for the terminal and for both pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphrec.config.schema import LEARNED
from graphrec.evaluation.reports import interval
from graphrec.experiments.content_report.conditions import NONE, SHUFFLED
from graphrec.experiments.content_report.trial import TAIL, TAIL_ALONE, TAILED, TEST
from graphrec.experiments.content_report.warm import METRIC, OTHER


@dataclass(frozen=True)
class Table:
    """``title`` and ``about`` stand above the cells (one mapping a row, by column), ``below`` under them."""

    title: str
    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    about: str = ""
    below: str = ""


def tables(found: Mapping[str, Any]) -> list[Table]:
    """Return all tables of a report that have rows, in their order."""
    known = [
        encoders_table(found),
        conditions_table(found),
        gains_table(found),
        fusions_table(found),
        shares_table(found),
        neighbours_table(found),
        cold_table(found),
    ]
    return [table for table in known if table.rows]


def encoders_table(found: Mapping[str, Any]) -> Table:
    """Return what made the vectors."""
    rows = [{"modality": m, "encoder": label, "kind": found["kinds"][m]} for m, label in found["encoders"].items()]
    return Table("Encoders", ("modality", "encoder", "kind"), rows)


def conditions_table(found: Mapping[str, Any]) -> Table:
    """Return one row a condition."""
    bases = [f"minus {base}" for base in (NONE, SHUFFLED)]
    tails = {TAILED: "tail among all", TAIL_ALONE: "tail alone"}
    rows = []
    for row in found["conditions"]:
        cells = {"condition": row["condition"], "valid": f"{row['valid']:.4f}"}
        cells |= {f"test {name}": interval(row[TEST][name]) for name in (METRIC, OTHER)}
        for base in bases:
            cells[base] = interval(row[base][TEST], sign=True) if base in row else ""
            cells[f"{OTHER} {base}"] = interval(row[base][OTHER], sign=True) if base in row else ""
        cells |= {title: interval(row[part][METRIC]) for part, title in tails.items() if part in row}
        rows.append(cells)
    others = [f"{OTHER} {base}" for base in bases]
    columns = ("condition", "valid", f"test {METRIC}", f"test {OTHER}", *bases, *others, *tails.values())
    about = (
        "Mean over users of each user's mean over seeds, with the 95 % bootstrap interval; differences are paired. "
        f"Tail: {found['tail links']} test links of {found['tail users']} users to items of at most {TAIL} training "
        f"pairs, {METRIC}: ranked among all items, and such items alone among themselves."
    )
    return Table("Every condition", columns, rows, about)


def gains_table(found: Mapping[str, Any]) -> Table:
    """Return what each modality adds."""
    titles = {"first": "alone minus none", "last": "all minus all without it"}
    rows = []
    for row in found["contributions"]:
        cells = {"modality": _with(row["modality"], row["knowledge"])}
        for key, title in titles.items():
            if key in row:
                cells[title] = interval(row[key][TEST], sign=True)
                if TAILED in row[key]:
                    cells[f"tail: {title}"] = interval(row[key][TAILED], sign=True)
        rows.append(cells)
    wanted = ("modality", *titles.values(), *(f"tail: {title}" for title in titles.values()))
    columns = tuple(name for name in wanted if any(name in cells for cells in rows))
    return Table("What each modality adds", columns, rows, f"Paired differences of test {METRIC}.")


def fusions_table(found: Mapping[str, Any]) -> Table:
    """Return the best fusion beside the plain mean."""
    rows = []
    for row in found["best"]:
        cells = {"best fusion": _with(row["fusion"], row["knowledge"]), f"test {METRIC}": f"{row['test']:.4f}"}
        if "mean" in row:
            cells["plain mean"] = f"{row['mean']:.4f}"
            gain = row.get("minus mean")
            cells["minus plain mean"] = interval(gain[TEST], sign=True) if gain else "the same"
        rows.append(cells)
    columns = ("best fusion", f"test {METRIC}", "plain mean", "minus plain mean")
    return Table("The fusion that validates best", columns, rows)


def shares_table(found: Mapping[str, Any]) -> Table:
    """Return how much each modality counts where that is learned."""
    rows = [
        {"condition": row["condition"]} | {m: f"{w:.2f}" for m, w in row["weights"].items()}
        for row in found["conditions"]
        if row["fusion"] in LEARNED
    ]
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    return Table("Learned shares of the modalities", columns, rows, "Mean over items.")


def neighbours_table(found: Mapping[str, Any]) -> Table:
    """Return how many labels near items share."""
    near = found.get("neighbours") or {"relation": "", "modalities": []}
    rows = []
    for row in near["modalities"]:
        cells = {"vectors": row["modality"], "items": str(row["items"])}
        cells |= {"shared": interval(row | {"mean": row["shared"]}), "chance": f"{row['chance']:.4f}"}
        cells["times chance"] = f"{row['shared'] / row['chance']:.1f}" if row["chance"] else ""
        rows.append(cells)
    title = f"Ten nearest items: shared {near['relation']}"
    columns = ("vectors", "items", "shared", "chance", "times chance")
    about = "Mean Jaccard index of the labels of an item and its ten nearest, and of any ten."
    return Table(title, columns, rows, about)


def cold_table(found: Mapping[str, Any]) -> Table:
    """Return one row a method."""
    rows = []
    for row in found.get("cold", ()):
        cells = {"method": row["method"], "valid": f"{row['valid']:.4f}", "setting": row["setting"]}
        cells[f"test {METRIC}"] = interval(row["test"][METRIC])
        if "minus best peer" in row:
            gain = row["minus best peer"]
            cells["minus best peer"] = f"{interval(gain, sign=True)} ({gain['peer']})"
            cells["minus no content"] = interval(row["minus no content"], sign=True)
        rows.append(cells)
    columns = ("method", "valid", f"test {METRIC}", "minus best peer", "minus no content", "setting")
    about = f"Mean over {len(found['seeds'])} item splits; of each kind of peer the setting that validates best."
    below = (
        f"Whatever graphrec.toml says, the recommender is trained here by {_settings(found.get('cold settings', {}))}."
    )
    return Table("Items that nobody has tried, ranked among themselves", columns, rows, about, below)


def _settings(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Return settings as they would stand in ``graphrec.toml``, on one line.

    >>> _settings({"model": {"hops": 0, "tied": False}, "train": {"loss": "mse"}})
    '[model] hops = 0, tied = false; [train] loss = "mse"'
    """
    told = {
        table: ", ".join(f"{name} = {json.dumps(value)}" for name, value in values.items())
        for table, values in tables.items()
    }
    return "; ".join(f"[{table}] {values}" for table, values in told.items())


def _with(name: str, knowledge: bool) -> str:
    return name if knowledge else f"{name} (no knowledge)"


def facts(found: Mapping[str, Any]) -> Sequence[str]:
    """Return what was measured on what, a sentence each."""
    pairs = ", ".join(f"{count} {part}" for part, count in found["pairs"].items())
    return (
        f"{found['users']} users, {found['items']} items; {found['split']} split, {pairs} pairs.",
        f"Objective {found['objective']} (by {found['objective by']}); seeds {', '.join(map(str, found['seeds']))}.",
        f"Made {found['made']} of the graph {found['fingerprint']}.",
    )

"""The report's tables as text cells, the same for the terminal and for both pages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphrec.config.schema import LEARNED
from graphrec.experiments.content_report.conditions import NONE, SHUFFLED
from graphrec.experiments.content_report.trial import TAIL, TAIL_ALONE, TAILED, TEST
from graphrec.experiments.content_report.warm import METRIC, OTHER


@dataclass(frozen=True)
class Table:
    """``title`` and ``about`` go above the cells (one mapping per row, by column), ``below`` under them."""

    title: str
    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    about: str = ""
    below: str = ""


def tables(found: Mapping[str, Any]) -> list[Table]:
    """Return all non-empty tables of a report, in order."""
    known = [
        conditions_table(found),
        *differences_tables(found),
        tail_table(found),
        *gains_tables(found),
        fusions_table(found),
        shares_table(found),
        encoders_table(found),
        neighbours_table(found),
        *cold_tables(found),
    ]
    return [table for table in known if table.rows]


def interval(value: Mapping[str, float], *, sign: bool = False) -> str:
    """Return ``mean``, ``low`` and ``high`` in three digits, so that a table fits a terminal; the JSON has all.

    >>> interval({"mean": 0.25, "low": 0.2, "high": 0.3})
    '.250 [.200, .300]'
    >>> interval({"mean": 0.01, "low": -0.002, "high": 0.02}, sign=True)
    '+.010 [−.002, +.020]'
    """
    mean, low, high = (_short(value[name], sign) for name in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


def _short(value: float, sign: bool = False) -> str:
    text = f"{value:+.3f}" if sign else f"{value:.3f}"
    return re.sub(r"^([+-]?)0\.", r"\1.", text).replace("-", "−")


def encoders_table(found: Mapping[str, Any]) -> Table:
    """Return the encoders of the vectors."""
    rows = [
        {"modality": m, "encoder": label.partition("@")[0], "kind": found["kinds"][m]}
        for m, label in found["encoders"].items()
    ]
    return Table("Encoders", ("modality", "encoder", "kind"), rows)


def conditions_table(found: Mapping[str, Any]) -> Table:
    """Return one row per condition."""
    rows = [
        {"condition": row["condition"], "valid": _short(row["valid"])}
        | {f"test {name}": interval(row[TEST][name]) for name in (METRIC, OTHER)}
        for row in found["conditions"]
    ]
    columns = ("condition", "valid", f"test {METRIC}", f"test {OTHER}")
    about = (
        "Mean over users of each user's mean over seeds, with the 95 % bootstrap interval. none: no content; all: "
        "every modality; shuffled: as all, but the vectors belong to other items."
    )
    return Table("Every condition", columns, rows, about)


def differences_tables(found: Mapping[str, Any]) -> list[Table]:
    """Return the gain of each condition over no content and over shuffled content, one table per metric."""
    bases = [f"minus {base}" for base in (NONE, SHUFFLED)]
    made = []
    for metric, key in ((METRIC, TEST), (OTHER, OTHER)):
        rows = [
            {"condition": row["condition"]}
            | {base: interval(row[base][key], sign=True) for base in bases if base in row}
            for row in found["conditions"]
            if any(base in row for base in bases)
        ]
        about = f"Paired differences of test {metric}, with the 95 % bootstrap interval over users."
        made.append(Table(f"What each condition adds, {metric}", ("condition", *bases), rows, about))
    return made


def tail_table(found: Mapping[str, Any]) -> Table:
    """Return each condition's results on rare items."""
    titles = {TAILED: "tail among all", TAIL_ALONE: "tail alone"}
    rows = [
        {"condition": row["condition"]}
        | {title: interval(row[part][METRIC]) for part, title in titles.items() if part in row}
        for row in found["conditions"]
        if any(part in row for part in titles)
    ]
    about = (
        f"{found['tail links']} test links of {found['tail users']} users to items of at most {TAIL} training pairs, "
        f"{METRIC}: ranked among all items, and such items alone among themselves."
    )
    return Table("Rare items", ("condition", *titles.values()), rows, about)


def gains_tables(found: Mapping[str, Any]) -> list[Table]:
    """Return what each modality adds, on all test links and on those of rare items."""
    titles = {"first": "alone minus none", "last": "all minus all without it"}
    made = []
    for part, title in ((TEST, "What each modality adds"), (TAILED, "What each modality adds to rare items")):
        rows = []
        for row in found["contributions"]:
            told = {
                name: interval(row[key][part], sign=True) for key, name in titles.items() if part in row.get(key, ())
            }
            rows += [{"modality": _with(row["modality"], row["knowledge"])} | told] if told else []
        columns = ("modality", *(name for name in titles.values() if any(name in cells for cells in rows)))
        made.append(Table(title, columns, rows, f"Paired differences of test {METRIC}."))
    return made


def fusions_table(found: Mapping[str, Any]) -> Table:
    """Return the best fusion compared with the mean."""
    rows = []
    for row in found["best"]:
        cells = {"best fusion": _with(row["fusion"], row["knowledge"]), f"test {METRIC}": _short(row["test"])}
        if "mean" in row:
            cells["plain mean"] = _short(row["mean"])
            gain = row.get("minus mean")
            cells["minus plain mean"] = interval(gain[TEST], sign=True) if gain else "the same"
        rows.append(cells)
    columns = ("best fusion", f"test {METRIC}", "plain mean", "minus plain mean")
    return Table("The fusion that validates best", columns, rows)


def shares_table(found: Mapping[str, Any]) -> Table:
    """Return the weight of each modality where it is learned."""
    rows = [
        {"condition": row["condition"]} | {m: f"{w:.2f}" for m, w in row["weights"].items()}
        for row in found["conditions"]
        if row["fusion"] in LEARNED
    ]
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    return Table("Learned shares of the modalities", columns, rows, "Mean over items.")


def neighbours_table(found: Mapping[str, Any]) -> Table:
    """Return the shared labels of near items."""
    near = found.get("neighbours") or {"relation": "", "modalities": []}
    rows = []
    for row in near["modalities"]:
        cells = {"vectors": row["modality"], "items": str(row["items"])}
        cells |= {"shared": interval(row | {"mean": row["shared"]}), "chance": _short(row["chance"])}
        cells["times chance"] = f"{row['shared'] / row['chance']:.1f}" if row["chance"] else ""
        rows.append(cells)
    title = f"Ten nearest items: shared {near['relation']}"
    columns = ("vectors", "items", "shared", "chance", "times chance")
    about = "Mean Jaccard index of the labels of an item and its ten nearest, and of any ten."
    return Table(title, columns, rows, about)


def cold_tables(found: Mapping[str, Any]) -> list[Table]:
    """Return the tables of cold items: one row per method, the recommender's lead, and the settings."""
    rows = found.get("cold", ())
    methods = [
        {"method": row["method"], "valid": _short(row["valid"]), f"test {METRIC}": interval(row["test"][METRIC])}
        for row in rows
    ]
    ahead = []
    for row in rows:
        if "minus best peer" in row:
            peer, bare = row["minus best peer"], row["minus no content"]
            ahead.append({"minus": f"the best baseline, {peer['peer']}", "difference": interval(peer, sign=True)})
            ahead.append({"minus": "graphrec without content", "difference": interval(bare, sign=True)})
    settings = [{"method": row["method"], "setting": row["setting"]} for row in rows if row["setting"]]
    about = f"Mean over {len(found['seeds'])} item splits; of each kind of baseline the setting that validates best."
    below = (
        f"Whatever graphrec.toml says, the recommender is trained here by {_settings(found.get('cold settings', {}))}."
    )
    return [
        Table("Cold items, ranked among themselves", ("method", "valid", f"test {METRIC}"), methods, about, below),
        Table("Cold items: graphrec ahead by", ("minus", "difference"), ahead, f"Paired differences of test {METRIC}."),
        Table("Cold items: settings of the baselines", ("method", "setting"), settings),
    ]


def _settings(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Return settings as they would appear in ``graphrec.toml``, on one line.

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
    """Return the data, split and settings of the report, one sentence each."""
    pairs = ", ".join(f"{count} {part}" for part, count in found["pairs"].items())
    return (
        f"{found['users']} users, {found['items']} items; {found['split']} split, {pairs} pairs.",
        f"Objective {found['objective']} (by {found['objective by']}); seeds {', '.join(map(str, found['seeds']))}.",
        f"Made {found['made']} of the graph {found['fingerprint']}.",
    )

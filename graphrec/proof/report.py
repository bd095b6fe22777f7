"""``graphrec content report``: what content is worth, as data, as a table and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from graphrec.config import Settings
from graphrec.console import note
from graphrec.db import Database
from graphrec.files import replacing
from graphrec.graph import export
from graphrec.model.objective import Loss
from graphrec.proof.cold import cold
from graphrec.proof.conditions import ALL, NONE, conditions
from graphrec.proof.neighbours import label_relation, shared_labels
from graphrec.proof.trial import TAIL_ALONE, TEST, Counter, Lab, tail_links
from graphrec.proof.warm import METRIC, OTHER, objective_of, warm
from graphrec.run import write_json
from graphrec.split import check_leakage, make_split, training_graph
from graphrec.train import pick_device

COLUMNS = ("condition", "valid", f"test {METRIC}", f"test {OTHER}", "minus none", "minus shuffled", "tail alone")
COLD_COLUMNS = ("method", "valid", f"test {METRIC}", "minus best peer")


def content_report(
    db: Database,
    settings: Settings,
    folder: Path,
    *,
    seeds: int = 3,
    loss: Loss | Literal["auto"] = "auto",
    only: Sequence[str] = (),
    label: str | None = None,
    with_cold: bool = True,
) -> dict[str, Any]:
    """Measure, and leave ``report.json``, ``report.md`` and, where matplotlib is there, ``report.png`` in ``folder``.

    A folder that holds trainings of the same graph and settings is gone on with: nothing is trained twice.

    Raises
    ------
    GraphError
        The graph is not what the mapping says, or no item has a content vector.
    ConfigError
        A condition or relation is unknown.
    """
    graph = export(db, settings.graph, settings.split)
    wanted = conditions(graph.data, settings.content, only)
    relation = label_relation(graph.data, label)
    split = make_split(graph.data, settings.split, graph.schema)
    data = training_graph(graph.data, split)
    check_leakage(data, split)
    device = pick_device(settings.train.device)
    numbers = range(settings.train.seed, settings.train.seed + seeds)
    counter = Counter(len(wanted) * seeds + (2 if loss == settings.train.loss == "auto" else 0))
    lab = Lab(data, split, settings, device, graph.fingerprint, folder, counter)
    asked = settings.train.loss if loss == "auto" else loss
    chosen: Loss = objective_of(lab, wanted, settings.train.seed) if asked == "auto" else asked
    rows = warm(lab, wanted, list(numbers), chosen)
    found: dict[str, Any] = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "fingerprint": graph.fingerprint,
        "encoders": graph.encoders,
        "users": split.shape[0],
        "items": split.shape[1],
        "pairs": {part: getattr(split, part).shape[1] for part in ("train", "valid", "test")},
        "split": settings.split.method,
        "objective": chosen,
        "objective by": "validation" if asked == "auto" else "setting",
        "seeds": list(numbers),
        "tail links": tail_links(split),
        "conditions": rows,
        "best": best_fusions(rows),
    }
    if relation is not None:
        found["neighbours"] = {"relation": relation, "modalities": shared_labels(graph.data, relation)}
    if with_cold:
        found["cold"] = cold(graph, settings, list(numbers), device, note)
    write_json(folder / "report.json", found)
    with replacing(folder / "report.md") as part:
        part.write_text(markdown(found), encoding="utf-8")
    _plot(found, folder / "report.png")
    return found


def best_fusions(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return, with and without knowledge, the fusion of all modalities that validates best, beside the plain mean."""
    best = []
    for knowledge in sorted({row["knowledge"] for row in rows}, reverse=True):
        whole = [r for r in rows if r["knowledge"] == knowledge and r["name"].partition(":")[0] == ALL]
        if whole:
            top, mean = max(whole, key=lambda r: r["valid"]), next((r for r in whole if r["name"] == ALL), whole[0])
            best.append(
                {
                    "knowledge": knowledge,
                    "fusion": top["fusion"],
                    "test": top[TEST][METRIC]["mean"],
                    "mean": mean[TEST][METRIC]["mean"],
                }
            )
    return best


def table(found: dict[str, Any]) -> list[dict[str, str]]:
    """Return the cells of :data:`COLUMNS`, one row a condition."""
    rows = []
    for row in found["conditions"]:
        cells = {"condition": row["condition"], "valid": f"{row['valid']:.4f}"}
        for name in (METRIC, OTHER):
            cells[f"test {name}"] = interval(row[TEST][name])
        for base in (f"minus {NONE}", "minus shuffled"):
            cells[base] = interval(row[base][TEST], sign=True) if base in row else ""
        if TAIL_ALONE in row:
            cells["tail alone"] = interval(row[TAIL_ALONE][METRIC])
        rows.append(cells)
    return rows


def cold_table(found: dict[str, Any]) -> list[dict[str, str]]:
    """Return the cells of :data:`COLD_COLUMNS`."""
    rows = []
    for row in found.get("cold", ()):
        cells = {
            "method": row["method"],
            "valid": f"{row['valid']:.4f}",
            f"test {METRIC}": interval(row["test"][METRIC]),
        }
        if "minus best peer" in row:
            gain = row["minus best peer"]
            cells["minus best peer"] = f"{interval(gain, sign=True)} ({gain['peer']})"
        rows.append(cells)
    return rows


def interval(value: dict[str, float], *, sign: bool = False) -> str:
    """Return mean and 95 % interval as text."""
    form = "+.4f" if sign else ".4f"
    return f"{value['mean']:{form}} [{value['low']:{form}}, {value['high']:{form}}]"


def markdown(found: dict[str, Any]) -> str:
    """Return the page."""
    encoders = "; ".join(f"{m}: {label}" for m, label in found["encoders"].items())
    pairs = ", ".join(f"{count} {part}" for part, count in found["pairs"].items())
    lines = [
        "# What content is worth",
        "",
        f"{found['users']} users, {found['items']} items; {found['split']} split, {pairs} pairs; objective "
        f"{found['objective']} (by {found['objective by']}); seeds {found['seeds']}. Encoders: {encoders}.",
        "",
        "Mean over users of each user's mean over seeds, with the 95 % bootstrap interval; differences are paired. "
        f"Tail: {found['tail links']} test links to items of at most 5 training pairs, ranked among such items.",
        "",
        *_grid(COLUMNS, table(found)),
        "",
    ]
    for best in found["best"]:
        where = "with" if best["knowledge"] else "without"
        lines.append(
            f"Best fusion by validation, {where} knowledge: {best['fusion']}, test {METRIC} {best['test']:.4f}; "
            f"plain mean {best['mean']:.4f}."
        )
    learned = [r for r in found["conditions"] if r["fusion"] in ("gate", "attention")]
    if learned:
        lines += ["", "Learned shares of the modalities (mean over items):", ""]
        lines += [f"- {r['condition']}: " + ", ".join(f"{m} {w:.2f}" for m, w in r["weights"].items()) for r in learned]
    if found.get("neighbours"):
        lines += ["", f"## Ten nearest items: shared {found['neighbours']['relation']} (mean Jaccard)", ""]
        cells = [
            {k: f"{v:.3f}" if isinstance(v, float) else str(v) for k, v in row.items()}
            for row in found["neighbours"]["modalities"]
        ]
        lines += _grid(("modality", "items", "shared", "chance"), cells)
    if found.get("cold"):
        lines += ["", "## Items that nobody has tried, ranked among themselves", ""]
        lines += _grid(COLD_COLUMNS, cold_table(found))
    return "\n".join(lines) + "\n"


def _grid(columns: Sequence[str], rows: Sequence[dict[str, str]]) -> list[str]:
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return lines + ["| " + " | ".join(row.get(name, "") for name in columns) + " |" for row in rows]


def _plot(found: dict[str, Any], path: Path) -> None:
    """Draw the conditions with their intervals."""
    try:
        import matplotlib
    except ImportError:
        note("no plot: matplotlib is not there (pip install 'graphrec[report]')")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = found["conditions"][::-1]
    values = [row[TEST][METRIC] for row in rows]
    figure, axes = pyplot.subplots(figsize=(7, 0.35 * len(rows) + 1))
    spread = [[v["mean"] - v["low"] for v in values], [v["high"] - v["mean"] for v in values]]
    axes.errorbar([v["mean"] for v in values], range(len(rows)), xerr=spread, fmt="o", capsize=3)
    axes.set_yticks(range(len(rows)), [row["condition"] for row in rows])
    axes.set_xlabel(f"test {METRIC}")
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)

"""``graphrec content report``: measure what content adds, and write a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from graphrec.common.console import warn
from graphrec.common.errors import InputError
from graphrec.common.files import replacing, write_json
from graphrec.common.plotting import MATPLOTLIB, can_draw
from graphrec.common.private import private_folder
from graphrec.config.settings import Settings
from graphrec.content.fusion import Block
from graphrec.db.database import Database
from graphrec.evaluation.ranking import held_out
from graphrec.evaluation.split import Split, leak_free_training_graph, make_split
from graphrec.experiments.content_report.cold import cold, cold_settings, trainings
from graphrec.experiments.content_report.conditions import conditions
from graphrec.experiments.content_report.draw import draw_conditions
from graphrec.experiments.content_report.encoders import kinds
from graphrec.experiments.content_report.examples import examples, pictures
from graphrec.experiments.content_report.gains import best_fusions, contributions
from graphrec.experiments.content_report.maps import Colours, colours, maps
from graphrec.experiments.content_report.neighbours import label_relation, labels_of, shared_labels
from graphrec.experiments.content_report.page import markdown
from graphrec.experiments.content_report.spaces import spaces
from graphrec.experiments.content_report.trial import TAIL, TEST, Counter, TrialCache, tail_links
from graphrec.experiments.content_report.verdict import verdict
from graphrec.experiments.content_report.warm import METRIC, objective_of, rows_of, train_all
from graphrec.experiments.content_report.web import html
from graphrec.graph.hetero import load_graph
from graphrec.model.loss import LOSSES, Loss
from graphrec.training.train import pick_device

PLOT = "report.png"


def content_report(
    db: Database,
    settings: Settings,
    folder: Path,
    *,
    seeds: int = 3,
    loss: Loss | Literal["auto"] | None = None,
    only: Sequence[str] = (),
    label: str | None = None,
    with_cold: bool = True,
) -> dict[str, Any]:
    """Measure, and write ``report.json``, ``report.md``, ``report.html`` and, with matplotlib, plots to ``folder``.

    Trainings of the same graph and settings that the folder holds are reused: nothing is trained twice. ``loss``
    defaults to the settings; ``auto`` is the one that validates better.

    Raises
    ------
    GraphError
        The graph does not match the mapping, or no item has a content vector.
    ConfigError
        A condition or relation is unknown, or the content cannot be fused as the settings say.
    InputError
        The folder cannot be written, or holds damaged results.
    """
    graph = load_graph(db, settings.graph, settings.split)
    # Check the request completely before hours of training.
    wanted = conditions(graph.data, settings.content, only)
    relation = label_relation(graph.data, label)
    blocks = spaces(graph, settings, db)
    split = make_split(graph.data, settings.split, graph.schema)
    data = leak_free_training_graph(graph.data, split)
    device = pick_device(settings.train.device)
    # Read everything from the database now: it may change during the trainings.
    labels = None if relation is None else labels_of(graph.data, relation)
    shades = colours(graph, relation, labels, db, settings.graph)
    shown = examples(graph, blocks, split.matrix("train").sum(axis=0), db, settings.graph)
    _make(folder)
    numbers = list(range(settings.train.seed, settings.train.seed + seeds))
    asked = loss or settings.train.loss
    in_all = len(wanted) * seeds + (len(LOSSES) if asked == "auto" else 0) + (trainings(numbers) if with_cold else 0)
    counter = Counter(in_all)
    lab = TrialCache(data, split, settings, device, graph.fingerprint, folder, counter)
    chosen: Loss = objective_of(lab, wanted, settings.train.seed) if asked == "auto" else asked
    trained = train_all(lab, wanted, numbers, chosen)
    found: dict[str, Any] = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "fingerprint": graph.fingerprint,
        "encoders": graph.encoders,
        "kinds": kinds(graph.encoders),
        "fusion": settings.content.fusion,
        "users": split.shape[0],
        "items": split.shape[1],
        "pairs": {part: getattr(split, part).shape[1] for part in ("train", "valid", "test")},
        "split": settings.split.method,
        "objective": chosen,
        "objective by": "validation" if asked == "auto" else "setting",
        "seeds": numbers,
        "tail links": tail_links(split),
        "tail users": _tail_users(split),
        "conditions": rows_of(trained),
        "best": best_fusions(trained),
        "contributions": contributions(trained),
        "examples": shown,
    }
    if labels is not None:
        found["neighbours"] = {"relation": relation, "modalities": shared_labels(blocks, labels)}
    if with_cold:
        found["cold"] = cold(graph, settings, numbers, device, folder, counter)
        found["cold settings"] = cold_settings()
    found["verdict"] = verdict(found)
    _draw(found, blocks, shades, folder, settings.train.seed)
    _write(found, folder, settings.media_folders)
    return found


def _make(folder: Path) -> None:
    try:
        private_folder(folder)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f"--out {folder}: cannot be written: {error.strerror}", hint="name another folder") from error


def _tail_users(split: Split) -> int:
    return len(set(held_out(split, "test", TAIL).nonzero()[0].tolist())) if tail_links(split) else 0


def _draw(found: dict[str, Any], blocks: Mapping[str, Block], shades: Colours, folder: Path, seed: int) -> None:
    """Plot the conditions and the maps if matplotlib is installed; record the plots in ``found``."""
    if not can_draw():
        warn(f"no plots: matplotlib is not installed ({MATPLOTLIB})")
        found |= {"plot": None, "maps": []}
        return
    rows = [{"name": row["condition"]} | row[TEST][METRIC] for row in found["conditions"]]
    draw_conditions(rows, f"test {METRIC}", folder / PLOT)
    found |= {"plot": PLOT, "maps": maps(blocks, shades, folder, seed)}


def _write(found: dict[str, Any], folder: Path, media: Sequence[Path]) -> None:
    shown = pictures(found["examples"], media)
    write_json(folder / "report.json", found)
    for name, text in {"report.md": markdown(found), "report.html": html(found, folder, shown)}.items():
        with replacing(folder / name) as part:
            part.write_text(text, encoding="utf-8", errors="replace")

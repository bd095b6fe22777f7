"""Run every stage once: files → Neo4j → vectors → a trained run → links in Neo4j → recommendations by Cypher.

Each stage calls the function of its own command. This module adds only the order, the timing, and the guard that
keeps a first try out of existing data.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrec.common.console import note
from graphrec.common.errors import GraphError, InputError
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import SAMPLE, Settings
from graphrec.db import queries
from graphrec.db.database import Database, connect

if TYPE_CHECKING:
    from graphrec_etl.model import Nodes, Tables
    from graphrec_etl.rejects import Rejects

#: Number of users whose recommendations are shown, and of items for each.
USERS, K = 2, 5
#: Files that identify a GroupLens folder.
MOVIELENS = ("u.data", "ratings.dat", "ratings.csv")


@dataclass
class Outcome:
    """The result of a quickstart.

    Attributes
    ----------
    data
        The folder that was loaded.
    seconds
        Stage → wall time, in order.
    run_id
        The published run.
    metrics
        Test metrics of the run.
    recommendations
        User → rows, as in :class:`graphrec.serving.recommend.Recommended`.
    """

    data: Path
    seconds: dict[str, float] = field(default_factory=dict)
    run_id: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    recommendations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return {
            "data": str(self.data),
            "seconds": {name: round(value, 2) for name, value in self.seconds.items()},
            "runId": self.run_id,
            "metrics": self.metrics,
            "recommendations": self.recommendations,
        }

    @contextmanager
    def stage(self, name: str, what: str) -> Iterator[None]:
        """Print the start of a stage on stderr, and its duration at the end."""
        note(f"── {name}: {what}")
        began = time.perf_counter()
        # Some libraries print (torch.hub names what it downloads): stdout is for the recommendations.
        with redirect_stdout(sys.stderr):
            yield
        self.seconds[name] = time.perf_counter() - began
        note(f"   {name} took {self.seconds[name]:.1f} s")


def quickstart(settings: Settings, data: Path | None = None, *, force: bool = False) -> Outcome:
    """Run every stage.

    Parameters
    ----------
    settings
        Settings of all stages.
    data
        A folder of atomic or GroupLens files; the generated catalogue, below ``settings.home``, if absent.
    force
        Load even if the database holds other data. Nothing is removed.

    Raises
    ------
    InputError
        The folder holds no known data set.
    GraphError
        The database holds other data, and ``force`` is not given.
    GraphrecError
        Any error of a stage.
    """
    if data is not None:
        reader(data)  # refuse a folder before Neo4j starts
    done = Outcome(data or settings.home / SAMPLE)
    if data is not None:  # named, so its images and sounds may be read
        named = (*settings.content.media_folders, str(data.absolute()))
        settings = settings.override("content", media_folders=named)
    with done.stage("neo4j", settings.neo4j.uri or "the local server"):
        db = connect(settings, create=True)
    with db:
        if data is None:
            from graphrec.datasets.sample import write_sample

            with done.stage("sample", f"a generated catalogue of films in {done.data}"):
                write_sample(done.data)
        with done.stage("load", f"{done.data} into Neo4j"):
            _load(db, settings, done.data, force)
        with done.stage("embed", "text, images and audio into content vectors"):
            _embed(db, settings)
        _learn(db, settings, done)
    return done


def _load(db: Database, settings: Settings, folder: Path, force: bool) -> None:
    from graphrec_etl.command import load

    files = {name: folder / name if (folder / name).is_file() else None for name in ("media.tsv", "entity_names.tsv")}
    read = reader(folder, files["entity_names.tsv"])

    def checked(rejects: Rejects) -> Tables:
        tables = read(rejects)
        if not force:
            refuse_others(db, settings.graph, tables)
        return tables

    report = load(checked, settings=settings, media=files["media.tsv"])
    counts = report.to_dict()
    named = [*counts["nodes"].items(), *counts["relationships"].items()]
    note("   " + ", ".join(f"{n:,} {name}" for name, n in named))


def reader(folder: Path, names: Path | None = None) -> Callable[[Rejects], Tables]:
    """Return the function that reads a folder into tables, chosen by the files in it.

    Raises
    ------
    InputError
        The folder holds no known data set.
    """
    from graphrec_etl import atomic, movielens

    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder", hint="--data DIR names a folder of atomic or GroupLens files")
    if any(folder.glob("*.inter")):
        return lambda rejects: atomic.transform(folder, rejects, names=names)
    if any((folder / name).is_file() for name in MOVIELENS):
        return lambda rejects: movielens.transform(folder, rejects)
    there = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
    raise InputError(
        f"{folder} has neither an .inter file nor one of {', '.join(MOVIELENS)}; it holds {there}",
        hint="for other files write a mapping and use `graphrec load tables MAPPING.toml`, then the stages one by one",
    )


def refuse_others(db: Database, schema: GraphSchema, tables: Tables) -> None:
    """Refuse a database with nodes that loading ``tables`` would not write.

    Raises
    ------
    GraphError
        The database has such nodes; the message names them.
    """
    found = [
        f"{row['nodes']:,} ({''.join(f':{label}' for label in row['labels'])})"
        for row in db.read(queries.load("quickstart/others", schema))
    ]
    roles: tuple[tuple[str, str, str, Nodes, str], ...] = (
        (*schema.user.single(), schema.user.keys[0], tables.users, ""),
        (*schema.item.single(), schema.item.title, tables.items, "title"),
        (schema.entity.label, schema.entity.key, schema.entity.name, tables.entities, "name"),
    )
    for label, key, title, nodes, property_name in roles:
        names = {"Item": label, "itemId": key, "title": title}
        query = queries.load("quickstart/held", None, **names)
        # One row more than the files have is enough, however large the database is.
        for row in db.read(query, most=len(nodes) + 1):
            code = nodes.codes.get(row["key"])
            if code is None:
                found.append(f"(:{label} {{{key}: {row['key']!r}}}), which the files do not have")
                break
            wanted = nodes.properties[code].get(property_name)
            if wanted is not None and row["title"] is not None and row["title"] != wanted:
                found.append(f"(:{label} {{{key}: {row['key']!r}}}) named {row['title']!r}, in the files {wanted!r}")
                break
    if found:
        raise GraphError(
            f"the database holds something else: {'; '.join(found)}",
            hint="name an empty place by GRAPHREC_HOME=DIR (or another NEO4J_URI), or load into this one by --force",
        )


def _embed(db: Database, settings: Settings) -> None:
    from graphrec.content.embed import embed

    report = embed(db, settings)
    for name in ("text", "image", "audio"):
        part = getattr(report, name)
        if part.encoder:
            kept = f", {part.kept} kept" if part.kept else ""
            note(f"   {name}: {part.encoded} encoded{kept} by {part.encoder.partition('@')[0]}")


def _learn(db: Database, settings: Settings, done: Outcome) -> None:
    """Train, evaluate and publish a run, and read its recommendations from Neo4j."""
    from graphrec.publishing.publish import publish
    from graphrec.publishing.publish import report as published
    from graphrec.runs.evaluate import evaluate_run
    from graphrec.serving.recommend import recommend
    from graphrec.training.train import train

    with done.stage("train", "the graph neural network"):
        trained = train(db, settings)
        run = trained.run
        if trained.interrupted:
            raise KeyboardInterrupt
        note(f"   {run.run_id} in {run.path}")
    done.run_id = run.run_id
    with done.stage("evaluate", "on held-out behaviours"):
        result = evaluate_run(run, "test")
        done.metrics = {name: values["mean"] for name, values in result["metrics"].items()}
        note("   " + ", ".join(f"{name} {done.metrics[name]:.3f}" for name in ("ndcg@10", "recall@20", "hit@10")))
    with done.stage("publish", "embeddings and links into Neo4j"):
        note("   " + published(publish(db, run, settings.publish.k, settings.publish.batch, settings)))
    with done.stage("recommend", "by cypher/query/recommend_users.cypher"):
        for user in run.users:
            if len(done.recommendations) == USERS:
                break
            # Skip users who have interacted with every item or are gone from the graph.
            (found,) = recommend(db, settings, [user], K)
            if found.rows:
                done.recommendations[str(user)] = found.rows

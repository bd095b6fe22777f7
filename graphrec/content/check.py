"""Read a graph as training and ``graphrec embed`` do, and report counts and problems before either is run."""

from __future__ import annotations

from collections import Counter

from graphrec.config.schema import LEARNED, MODALITIES
from graphrec.config.settings import Settings
from graphrec.content.fetch import fetcher_of
from graphrec.content.sources import sources
from graphrec.content.store import read_items
from graphrec.content.text_paths import check_text_paths
from graphrec.db.database import Database
from graphrec.db.own_properties import publish_refusals
from graphrec.graph.check import GraphCheck, check_graph
from graphrec.graph.problems import Problem

#: Reasons for missing content that are named for each modality.
_SHOWN = 3


def check(db: Database, settings: Settings) -> GraphCheck:
    """Read everything that the mapping names and count it; nothing is written, encoded or trained.

    Raises
    ------
    DatabaseError
        Neo4j cannot be reached, or refuses a query.
    """
    done = check_graph(db, settings.graph, settings.split)
    for refusal in publish_refusals(db, settings.graph, weights=settings.content.fusion in LEARNED):
        done.problems.add(Problem(f"graphrec publish will refuse: {refusal.message}", refusal.hint, fatal=False))
    if "items" in done.counts.get("nodes", {}):
        with done.problems.warned():
            done.problems.attempt(lambda: _content(db, settings, done))
    return done


def _content(db: Database, settings: Settings, done: GraphCheck) -> None:
    """Count the items with content that can be encoded; content that cannot is a warning."""
    done.problems.attempt(lambda: check_text_paths(db, settings.graph))
    items = read_items(db, settings.graph)
    fetcher = fetcher_of(settings)
    for modality in MODALITIES:
        found, skipped = sources(items, modality, settings.media_folders, fetcher)
        counts = {"read": len(found), "left out": len(skipped), "without": len(items) - len(found) - len(skipped)}
        done.counts.setdefault("content", {})[modality] = counts
        for reason, count in Counter(skip.reason for skip in skipped).most_common(_SHOWN):
            one = next(skip for skip in skipped if skip.reason == reason)
            said = f"{modality} of {count:,} items, such as {one.item!r}: {one.path}: {reason}"
            done.problems.add(Problem(said, fatal=False))

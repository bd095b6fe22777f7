"""Read everything that a mapping names, as training does, and count it; report all problems in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, get_args

import numpy as np
from msgspec.structs import replace

from graphrec.common.console import progress
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import SplitSettings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.behaviours import Edges, packs, read_behaviour
from graphrec.graph.columns import Modality, Nodes, read_edges, read_nodes, read_vectors
from graphrec.graph.end_labels import strays
from graphrec.graph.mapping import resolve, unmapped
from graphrec.graph.own_types import named_like_ours
from graphrec.graph.personal_properties import check_names
from graphrec.graph.problems import Problem, Problems
from graphrec.graph.subset import check_subset
from graphrec.graph.typed import NO_TIME

#: Part of the report → name → what was counted → how many.
Counts = dict[str, dict[str, dict[str, int]]]


@dataclass
class GraphCheck:
    """Result of :func:`check_graph`.

    Attributes
    ----------
    schema
        The mapping, without the parts that do not fit the graph.
    counts
        What was counted: part (``nodes``, ``behaviours``, ``knowledge``, …) → name → counts.
    problems
        What is wrong.
    """

    schema: GraphSchema
    counts: Counts = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)

    @property
    def fatal(self) -> bool:
        """Whether training would end with an error."""
        return any(problem.fatal for problem in self.problems.found)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        said = [{"message": p.message, "hint": p.hint, "fatal": p.fatal} for p in self.problems.found]
        return {"fatal": self.fatal, "counts": self.counts, "problems": said}

    def text(self) -> str:
        """Return counts and problems, one per line."""
        lines = [
            f"{part}\t{name}\t" + ", ".join(f"{count:,} {what}" for what, count in some.items())
            for part, names in self.counts.items()
            for name, some in names.items()
        ]
        lines += [f"{'error' if problem.fatal else 'warning'}\t{problem}" for problem in self.problems.found]
        return "\n".join([*lines, "training would fail" if self.fatal else "nothing stands against training"])


def check_graph(db: Database, schema: GraphSchema, split: SplitSettings) -> GraphCheck:
    """Read the graph of a mapping and count it; nothing is written.

    Parameters
    ----------
    db, schema
        The database and its mapping.
    split
        The split that training would make.

    Raises
    ------
    DatabaseError
        Neo4j cannot be reached, or refuses a query.
    """
    done = GraphCheck(schema)
    with done.problems.warned(), progress() as bar:
        task = bar.add_task("reading the graph", total=None)
        done.schema = _fitting(db, schema, done.problems)
        reader = _Reader(db, done, lambda edges: bar.advance(task, edges))
        users, items = reader.nodes("user"), reader.nodes("item")
        if users is not None and items is not None:
            reader.behaviours(users, items, split)
            for stray in strays(db, done.schema):
                done.problems.add(Problem(stray.message, stray.hint, fatal=False))
            reader.vectors(items)
        reader.types("knowledge", done.schema.knowledge or ())
        reader.types("social", done.schema.social)
        reader.types("searches", tuple(done.schema.searches))
        for said in named_like_ours(db):
            done.problems.add(Problem(said, fatal=False))
    return done


def _fitting(db: Database, schema: GraphSchema, problems: Problems) -> GraphSchema:
    """Return the mapping without the parts that do not fit the graph; each is a problem."""
    problems.attempt(lambda: check_names(db, schema.personal))
    whole = Problems().attempt(lambda: resolve(db, schema))
    if whole is not None:
        return whole
    for role in ("user", "item"):
        error = unmapped(db, schema, (role,))
        if error is not None:
            problems.add(Problem(error.message, error.hint))
    for part in ("user", "item"):
        problems.attempt(partial(check_subset, db, schema.role(part)))
    if problems.found:
        user, item = (replace(role, where="", consent="") for role in (schema.user, schema.item))
        return replace(schema, user=user, item=item, behaviours={}, knowledge=(), social=(), searches={})
    good = replace(schema, behaviours={}, knowledge=(), social=(), searches={})
    for kind, mapped in schema.behaviours.items():
        good = _with(db, good, problems, behaviours={**good.behaviours, kind: mapped})
    if not schema.behaviours:
        good = _with(db, good, problems)
    for kind, search in schema.searches.items():
        good = _with(db, good, problems, searches={**good.searches, kind: search})
    for part in ("social", "knowledge"):
        for kind in getattr(schema, part) or ():
            good = _with(db, good, problems, **{part: (*getattr(good, part), kind)})
    return good if schema.knowledge is not None else _with(db, good, problems, knowledge=None)


def _with(db: Database, good: GraphSchema, problems: Problems, **more: Any) -> GraphSchema:
    """Return a mapping with one part more, if it fits."""
    return problems.attempt(lambda: resolve(db, replace(good, **more))) or good


class _Reader:
    """Reads the parts of a graph one by one, and counts them."""

    def __init__(self, db: Database, done: GraphCheck, advance: Callable[[int], object]) -> None:
        self._db, self._done, self._schema, self._advance = db, done, done.schema, advance
        self._attempt = done.problems.attempt

    def _count(self, part: str, name: str, **counts: int) -> None:
        said = {what.replace("_", " "): int(count) for what, count in counts.items()}
        self._done.counts.setdefault(part, {})[name] = said

    def nodes(self, part: str) -> Nodes | None:
        """Read users or items."""
        if unmapped(self._db, self._schema, (part,)) is not None:
            return None  # a problem already
        role = self._schema.role(part)
        found = self._attempt(lambda: read_nodes(self._db, part, role))
        if found is not None:
            self._count("nodes", f"{part}s", read=len(found.keys), without_key=len(found.keyless))
            if role.condition:
                self._done.counts["nodes"][f"{part}s"]["outside where"] = len(found.outside)
        return found

    def behaviours(self, users: Nodes, items: Nodes, split: SplitSettings) -> None:
        """Read all behaviours; count users and items without any."""
        part = split.property if split.method == "published" else None
        active, tried, targets = set[int](), set[int](), 0
        for kind, edges in self._edges(users, items, part):
            disliked = self._count_edges(kind, edges)
            active.update(np.unique(edges.users).tolist())
            tried.update(np.unique(edges.items).tolist())
            targets += (len(edges.users) - disliked) * self._schema.behaviours[kind].target
            self._check_split(kind, edges, split)
        for name, nodes, known in (("users", users, active), ("items", items, tried)):
            self._done.counts["nodes"][name]["without behaviours"] = len(nodes.keys) - len(known)
        if self._schema.behaviours and not targets and not self._done.fatal:
            said = "no behaviour is left to predict: all types are empty, dislikes or target = false"
            self._done.problems.add(Problem(said, "map a type of behaviour with target = true"))

    def _edges(self, users: Nodes, items: Nodes, part: str | None) -> Iterator[tuple[str, Edges]]:
        """Yield the behaviours of each type that can be read."""
        packed = packs(self._db)

        def read(kind: str) -> Edges:
            return read_behaviour(
                self._db, self._schema, kind, users, items, packed=packed, done=self._advance, part=part
            )

        for kind in self._schema.behaviours:
            edges = self._attempt(partial(read, kind))
            if edges is not None:
                yield kind, edges

    def _count_edges(self, kind: str, edges: Edges) -> int:
        """Count the behaviours of a type; return how many are dislikes."""
        mapped, size = self._schema.behaviours[kind], len(edges.users)
        disliked = 0 if edges.disliked is None else int(np.count_nonzero(edges.disliked))
        disliked = size if mapped.negative else disliked
        counts = {"without_time": int(np.count_nonzero(edges.time == NO_TIME))}
        if mapped.strength is not None:
            counts["without_strength"] = size - edges.graded
        if mapped.negative or mapped.dislike is not None:
            counts["dislikes"] = disliked
        counts["left_out"] = edges.keyless
        if mapped.path is None:
            total = self._db.read(queries.load("inspect/type_count", RATED=kind))[0]["total"]
            counts["between_other_nodes"] = max(total - size - edges.keyless, 0)
        self._count("behaviours", kind, read=size, **counts)
        return disliked

    def _check_split(self, kind: str, edges: Edges, split: SplitSettings) -> None:
        """Report a split by time of behaviours without a time."""
        missing = int(np.count_nonzero(edges.time == NO_TIME))
        if missing and split.method in ("user-time", "global-time"):
            said = f"a split by time needs the time of every behaviour: {missing:,} of {len(edges.time):,} {kind}"
            hint = f"name the property with time = in [graph.behaviours.{kind}], or use method = 'random' in [split]"
            self._done.problems.add(Problem(f"{said} have none", hint))

    def types(self, part: str, kinds: tuple[str, ...]) -> None:
        """Read the relationships of some types."""
        for kind in kinds:
            edges = self._attempt(partial(read_edges, self._db, [kind]))
            if edges is not None:
                self._count(part, kind, read=len(edges[kind][0]))

    def vectors(self, items: Nodes) -> None:
        """Read the content vectors."""
        for modality in get_args(Modality):
            found = self._attempt(partial(read_vectors, self._db, self._schema, modality, items))
            if found is not None:
                self._count("vectors", modality, read=len(found[1]))

"""Remove everything that graphrec ever wrote to a database, except what it loaded, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from graphrec.config.schema import EVENT_KEY, GraphSchema
from graphrec.content.store import STORED
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.own_names import CONSTRAINTS, EMBEDDED, INDEX_LABELS, PUBLISHED, OwnNames, own_names, record
from graphrec.db.own_properties import check_pointer
from graphrec.db.write_lock import exclusive
from graphrec.posts.ends import load


class OwnData(msgspec.Struct, frozen=True):
    """What graphrec has written to a database.

    Attributes
    ----------
    runs
        Number of ``(:Run)`` nodes.
    pointers
        Number of ``(:Recommender)`` nodes, at most one.
    recommended, similar, shown, copies
        Numbers of links to items, of edges between items, of impressions, and of texts of campaigns.
    keyed
        Number of behaviours and searches with the key of an event; they stay, without it.
    posted, mentions, toned
        Numbers of behaviours that posts became, of links to what posts mention, and of posts with a tone; the posts
        stay.
    embeddings, weights
        Label → number of nodes with embeddings, and with weights of modalities.
    vectors
        Modality → number of nodes with a content vector.
    indexes, constraints
        Their names.
    """

    runs: int
    pointers: int
    recommended: int
    similar: int
    shown: int
    copies: int
    keyed: int
    posted: int
    mentions: int
    toned: int
    embeddings: dict[str, int]
    weights: dict[str, int]
    vectors: dict[str, int]
    indexes: tuple[str, ...]
    constraints: tuple[str, ...]

    def __bool__(self) -> bool:
        return any(bool(value) for value in self.to_dict().values())

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return dict(msgspec.to_builtins(self))

    def lines(self) -> list[str]:
        """Return a line for each kind of data, for a person."""
        found = [
            *_counted(self.runs, "(:Run) nodes"),
            *_counted(self.pointers, "(:Recommender) node"),
            *_counted(self.recommended, "RECOMMENDED relationships"),
            *_counted(self.similar, "SIMILAR relationships"),
            *_counted(self.shown, "SHOWN relationships"),
            *_counted(self.copies, "GRAPHREC_COPY relationships"),
            *_counted(self.keyed, "keys of events"),
            *_counted(self.posted, "behaviours that posts became"),
            *_counted(self.mentions, "links to what posts mention"),
            *_counted(self.toned, "tones of posts"),
        ]
        found += [f"embeddings of {n:,} (:{label}) nodes" for label, n in self.embeddings.items()]
        found += [f"modality weights of {n:,} (:{label}) nodes" for label, n in self.weights.items()]
        found += [f"{modality} vectors of {n:,} nodes" for modality, n in self.vectors.items()]
        for kind, names in (("indexes", self.indexes), ("constraints", self.constraints)):
            found += [f"{kind} {', '.join(names)}"] if names else []
        return found


def _counted(n: int, what: str) -> list[str]:
    return [f"{n:,} {what}"] if n else []


def look(db: Database, schema: GraphSchema) -> OwnData:
    """Return what graphrec has written to a database; write nothing.

    Raises
    ------
    DatabaseError
        Neo4j refused.
    """
    names = own_names(db, schema)
    marks = names.marks
    vectors = {m: _count(db, "clean/count_vectors", **_vector(m)) for m in STORED}
    vectors["content"] = _count(db, "clean/count_content")
    labels = names.labels
    weighed = labels if marks.weighed else []
    own, keys = list(_own(names)), _key_constraints(names)
    posts = db.read(load("clean/count_posted", schema))[0]
    return OwnData(
        runs=len(marks.runs),
        pointers=marks.ours,
        recommended=_links(db, "RECOMMENDED", marks.runs),
        similar=_links(db, "SIMILAR", _item_runs(names)),
        shown=int(db.read(queries.load("clean/count_shown"))[0]["links"]),
        copies=int(db.read(queries.load("clean/count_copy"))[0]["links"]),
        keyed=_event_keys(db, keys) if keys else 0,
        **{name: int(posts[name]) for name in ("posted", "mentions", "toned")},
        embeddings=_some({label: _count(db, "own/embedded", Item=label) for label in labels}),
        weights=_some({label: _count(db, "own/weighed", Item=label) for label in weighed}),
        vectors=_some(vectors),
        indexes=tuple(name for base, name in own if base not in CONSTRAINTS),
        constraints=(*(name for base, name in own if base in CONSTRAINTS), *keys.values()),
    )


@exclusive("db clean")
def clean(db: Database, schema: GraphSchema, done: Callable[[str], object] = lambda _: None) -> None:
    """Remove what :func:`look` finds, in batches; after an interruption, the same call resumes.

    Readers see no run from the first step on. What identifies graphrec's data is removed last.

    Parameters
    ----------
    done
        Called with each step that is finished.

    Raises
    ------
    DatabaseError
        Neo4j refused.
    """
    names = own_names(db, schema)
    marks, labels, own = names.marks, names.labels, dict(_own(names))
    if marks.ours:
        check_pointer(marks)
        record(db, schema, own.values(), weights=marks.weighed)
    db.write(queries.load("clean/unpublish"))
    done("unpublished")
    for base, name in own.items():
        if base not in CONSTRAINTS:
            db.auto(queries.load("publish/drop_index"), index=name)
    for label in INDEX_LABELS.values():
        db.auto(queries.load("clean/remove_label", GraphrecItem=label))
    done("indexes dropped")
    for kind, runs in (("RECOMMENDED", marks.runs), ("SIMILAR", _item_runs(names))):
        db.auto(queries.load("publish/remove_links", RECOMMENDED=kind), runIds=runs)
        done(f"{kind} removed")
    db.auto(queries.load("clean/remove_shown"))
    db.auto(queries.load("clean/remove_copy"))
    for kind, name in _key_constraints(names).items():
        db.auto(queries.load("clean/remove_event_keys", RATED=kind))
        db.auto(queries.load("clean/drop_constraint"), name=name)
    done("impressions, texts and keys of events removed")
    for name in ("posted", "mentions", "tones"):
        db.auto(load(f"clean/remove_{name}", schema))
    done("what posts became removed")
    for label in labels:
        db.auto(queries.load("clean/remove_embeddings", Item=label))
        if marks.weighed:
            db.auto(queries.load("clean/remove_weights", Item=label))
    for modality in STORED:
        db.auto(queries.load("clean/remove_vectors", None, **_vector(modality)))
    db.auto(queries.load("clean/remove_content"))
    done("vectors removed")
    db.write(queries.load("clean/remove_runs"))
    for base in CONSTRAINTS:
        if base in own:
            db.auto(queries.load("clean/drop_constraint"), name=own[base])
    db.write(queries.load("clean/remove_recommender"))
    done("runs removed")


def _own(names: OwnNames) -> Iterator[tuple[str, str]]:
    """Yield base name → name of graphrec's own indexes and constraints."""
    for base in (*EMBEDDED, *PUBLISHED):
        found = names.held.get(names.db.index_name(base))
        if found is not None and names.is_ours(base, found):
            yield base, found.name


def _key_constraints(names: OwnNames) -> dict[str, str]:
    """Return type → name of the constraints on keys of events."""
    found = {one.labels[0]: name for name, one in names.held.items() if one.properties == [EVENT_KEY] and not one.nodes}
    return {kind: name for kind, name in found.items() if name == names.db.index_name(EVENT_KEY + kind)}


def _event_keys(db: Database, kinds: Iterable[str]) -> int:
    return int(db.read(queries.load("clean/count_event_keys", RATED=tuple(kinds)))[0]["links"])


def _item_runs(names: OwnNames) -> list[str]:
    """Return the runs that may have written ``SIMILAR`` edges: those shown may be of a run that has been removed."""
    return sorted({*names.marks.runs, *names.marks.item_runs})


def _vector(modality: str) -> dict[str, str]:
    return {f"text{part}": f"{modality}{part}" for part in ("Vector", "Encoder", "Hash")}


def _links(db: Database, kind: str, runs: list[str]) -> int:
    return int(db.read(queries.load("clean/count_links", RECOMMENDED=kind), runIds=runs)[0]["links"])


def _count(db: Database, query: str, **names: str) -> int:
    return int(db.read(queries.load(query, None, **names))[0]["nodes"])


def _some(counts: dict[str, int]) -> dict[str, int]:
    return {name: n for name, n in counts.items() if n}

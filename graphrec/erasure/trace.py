"""Search Neo4j and files for all data of a user, before and after a removal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphrec.common.errors import NotFoundError, nearest
from graphrec.config.ids import stored_forms
from graphrec.config.roles import NodeRole
from graphrec.config.schema import quoted
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.catalog import known_names
from graphrec.db.database import Database
from graphrec.db.literals import literal
from graphrec.erasure import in_answers as answers
from graphrec.erasure import in_cache as cache
from graphrec.erasure import in_conversations as conversations
from graphrec.erasure import in_copy as copy
from graphrec.erasure import in_credentials as credentials
from graphrec.erasure import in_events as events
from graphrec.erasure import in_graph as graph
from graphrec.erasure import in_jobs as jobs
from graphrec.erasure import in_rejects as rejects
from graphrec.erasure import in_runs as runs
from graphrec.erasure.between import Choice
from graphrec.runs.run import Run
from graphrec.runs.store import list_runs
from graphrec.serving.lookup import nearest_ids

REJECTS = "rejects"


@dataclass(frozen=True)
class Wanted:
    """The user to remove, and where to search.

    Attributes
    ----------
    text
        The id as typed.
    forms
        Forms in which the id may be stored.
    own
        Labels of nodes that belong to a user if connected to no other: those of mapped searches, and others.
    also
        Further runs to search, although trained from files or with another mapping of users.
    between
        What happens to the nodes on paths of behaviours that belong to the user alone; None: not chosen yet.
    """

    text: str
    forms: tuple[str | int, ...]
    own: tuple[str, ...] = ()
    also: frozenset[str] = frozenset()
    between: Choice | None = None


@dataclass(frozen=True)
class Trace:
    """The data found.

    Attributes
    ----------
    graph, runs, rejects
        Data in Neo4j, in the run directories, in the reject files.
    cached
        Number of vectors of the user's searches in the cache of encoded content.
    events
        Number of the user's events on the disk: that wait for Neo4j, or could not be written.
    examples
        How often the user is an example in the service's reports on the data.
    answers
        Number of answers of a language model in the user's part of their cache.
    keys
        Number of keys of the service that are for this user alone.
    copies
        Number of texts for the user in files of campaigns.
    conversations
        Number of conversations with the assistant, and of those handed over to a person.
    searched
        Numbers of run directories and reject files searched.
    passed
        Run with that id that was not searched → reason.
    """

    graph: graph.InGraph
    runs: list[runs.InRun]
    rejects: dict[str, int]
    cached: int = 0
    events: int = 0
    examples: int = 0
    answers: int = 0
    keys: int = 0
    copies: int = 0
    conversations: int = 0
    searched: tuple[int, int] = (0, 0)
    passed: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        files = (self.rejects, self.cached, self.events, self.examples, self.answers)
        others = (self.keys, self.copies, self.conversations)
        return bool(self.graph or any(self.runs) or any(files) or any(others))

    def to_dict(self) -> dict[str, Any]:
        """Return the data found as plain data, without the key."""
        return {
            "graph": self.graph.to_dict(),
            "runs": {run.run_id: run.files for run in self.runs if run},
            "rejects": self.rejects,
            "cached": self.cached,
            "events": self.events,
            "examples": self.examples,
            "answers": self.answers,
            "keys": self.keys,
            "copies": self.copies,
            "conversations": self.conversations,
        }

    def lines(self) -> list[str]:
        """Return the same as readable lines."""
        found = []
        if self.graph:
            told = {"nodes": len(self.graph.keys), "embeddings": self.graph.embeddings}
            found.append(f"Neo4j: {counts(told)}; properties {', '.join(self.graph.properties)}")
            if self.graph.reasons:
                found.append(f"Neo4j, reasons of others' recommendations: {self.graph.reasons:,}")
            if self.graph.ties:
                found.append(f"Neo4j, relationships: {counts(self.graph.ties)}")
            if self.graph.posts:
                found.append(f"Neo4j, posts that the user wrote: {self.graph.posts:,}")
            if self.graph.own:
                found.append(f"Neo4j, nodes of this user alone: {counts(self.graph.own)}")
        found += [f"run {run.run_id}: {counts(run.files)}" for run in self.runs if run]
        if self.rejects:
            found.append(f"{REJECTS}, lines: {counts(self.rejects)}")
        counted = {
            "the cache of encoded content: vectors": self.cached,
            "events that wait on the disk, or could not be written": self.events,
            "reports on the data, examples": self.examples,
            "answers of the language model": self.answers,
            "keys of the service for this user": self.keys,
            "texts in files of campaigns": self.copies,
            "conversations with the assistant": self.conversations,
        }
        found += [f"{what}: {n:,}" for what, n in counted.items() if n]
        return found


def search(db: Database, settings: Settings, wanted: Wanted, contents: Collection[str] = ()) -> Trace:
    """Search Neo4j, cache, runs and reject files.

    Parameters
    ----------
    contents
        Hashes of texts known to be the user's alone, in addition to those in Neo4j.

    Raises
    ------
    InputError
        A file is damaged.
    ConfigError
        See :func:`graphrec.erasure.in_graph.look`.
    """
    inside, passed = searched_runs(settings, wanted)
    folder = folder_of(settings)
    there = graph.look(db, settings.graph, wanted.forms, wanted.own)
    return Trace(
        graph=there,
        runs=[runs.look(run, wanted.forms) for run in inside],
        rejects=rejects.look(folder, wanted.text),
        cached=cache.look(settings, there.contents.union(contents)),
        events=events.look(settings, wanted.forms),
        examples=jobs.look(settings, wanted.forms),
        answers=answers.look(settings, wanted.text),
        keys=credentials.look(settings, wanted.forms),
        copies=copy.look(settings, wanted.forms),
        conversations=conversations.look(settings, wanted.forms),
        searched=(len(inside), len(list(folder.glob("*.tsv")))),
        passed=passed,
    )


def searched_runs(settings: Settings, wanted: Wanted) -> tuple[list[Run], dict[str, str]]:
    """Return the runs in which the id is this user, and the others with that id → reason for skipping them."""
    inside, passed = [], {}
    for run in list_runs(settings, finished=False):
        why = "" if run.run_id in wanted.also else _why_not(run, settings)
        if not why:
            inside.append(run)
        elif runs.has(run, wanted.forms):
            passed[run.run_id] = why
    return inside, passed


def folder_of(settings: Settings) -> Path:
    """Return the folder of reject files."""
    return settings.root / REJECTS


def _why_not(run: Run, settings: Settings) -> str:
    if run.data is not None:
        return f"it learned from the files in {run.data['folder']}"
    user, now = run.schema.user, settings.graph.user
    return "" if (user.labels, user.keys) == (now.labels, now.keys) else f"its users were {_of(user)}, not {_of(now)}"


def _of(user: NodeRole) -> str:
    return f"({user.name} {{{user.key_name}}})"


def wanted_of(
    db: Database,
    settings: Settings,
    text: str,
    stored: str | None = None,
    own: Sequence[str] = (),
    also: Collection[str] = (),
    between: Choice | None = None,
) -> Wanted:
    """Return the user that a typed id means.

    Parameters
    ----------
    stored
        ``text`` or ``number``: stored type of the id; by default either.
    own
        Labels in addition to those of the searches.
    also, between
        See :class:`Wanted`.

    Raises
    ------
    NotFoundError
        Two users have that id, one as text and one as number; or a run in ``also`` does not exist, or a label in
        ``own`` while the user does.
    """
    known = {run.run_id for run in list_runs(settings, finished=False)}
    for name in also:
        if name not in known:
            raise NotFoundError(f"no run {name!r} in {settings.runs}", hint="`graphrec runs` lists them")
    labels = known_names(db)["label"] if own else []
    unknown = [label for label in own if label not in labels]
    kinds = {"text": str, "number": int}
    forms = tuple(
        form for form in stored_forms(text, settings.graph.user) if stored is None or isinstance(form, kinds[stored])
    )
    searched = [mapped.label for mapped in settings.graph.searches.values()]
    wanted = Wanted(text, forms, tuple(dict.fromkeys([*searched, *own])), frozenset(also), between)
    inside, _ = searched_runs(settings, wanted)
    places = {"Neo4j": list(graph.look(db, settings.graph, forms).keys)}
    if unknown and places["Neo4j"]:  # when the user is gone, so is what was the user's alone, and perhaps its label
        raise NotFoundError(
            f"--own {unknown[0]}: the database has no such label",
            hint=f"{nearest(unknown[0], labels)}; leave it out if an interrupted forget has removed these nodes",
        )
    places |= {f"run {run.run_id}": runs.has(run, forms) for run in inside}
    for place, keys in places.items():
        if len({isinstance(key, str) for key in keys}) == 2:
            raise NotFoundError(
                f"{place} has two users {text!r}, one as a text and one as a number",
                hint="say which: --stored text, or --stored number",
            )
    return wanted


def nobody(db: Database, settings: Settings, text: str) -> NotFoundError:
    """Return the error for a user without any data that graphrec reads."""
    role = settings.graph.user
    for row in db.read(queries.load("forget/other_types", settings.graph), text=text):
        kind, pattern = row["type"].removesuffix(" NOT NULL"), "|".join(map(quoted, role.labels))
        same = f"toStringOrNull(u.{quoted(role.keys[0])}) = {literal(text)}"
        return NotFoundError(
            f"{row['nodes']:,} ({role.name}) nodes have {role.key_name} {text} as {kind}; "
            "ids are texts and whole numbers, so graphrec reads nothing of these, and has removed nothing",
            hint=f"remove them with Cypher: MATCH (u:{pattern}) WHERE {same} DETACH DELETE u",
        )
    return NotFoundError(
        f"nothing is left, or was ever there, of a ({role.name}) with {role.key_name} {text!r}: not in Neo4j, not in "
        f"{settings.runs}, not in {folder_of(settings)}",
        hint=nearest_ids(db, settings.graph, text),
    )


def counts(found: dict[str, int]) -> str:
    """Return names with their counts as readable text."""
    return ", ".join(f"{name} {count:,}" for name, count in found.items())

"""Remove a user everywhere, then search for remains."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from graphrec.common.console import progress
from graphrec.common.errors import DatabaseError, InputError
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.db.write_lock import exclusive
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
from graphrec.erasure import in_store as store
from graphrec.erasure.between import Choice
from graphrec.erasure.in_store import InStore
from graphrec.erasure.trace import Trace, Wanted, counts, folder_of, search, searched_runs
from graphrec.ingest.withdrawn import Withdrawn

ELSEWHERE = (
    "the files of a Neo4j of your own keep what was deleted until it overwrites them, and so do its transaction logs "
    "and backups"
)
SOURCES = (
    "the files that were loaded, exported lists and pages, texts that were moved or sent, and backups are not touched: "
    "loading or restoring them brings the user back"
)


@dataclass(frozen=True)
class Forgotten:
    """Data found before the removal and by the search afterwards.

    ``beside``: files in the project's folder that hold the id, such as exported lists; they are left alone.
    """

    before: Trace
    after: Trace
    between: Choice | None = None
    store: InStore | None = None
    texts: tuple[str, ...] = field(default=(), repr=False)
    beside: tuple[str, ...] = ()

    @property
    def trained(self) -> dict[str, int]:
        """Return run → number of the user's pairs in its training, for runs trained with any."""
        return {run.run_id: run.trained for run in self.before.runs if run.listed}

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, without the key."""
        return {
            "removed": self.before.to_dict(),
            "left": self.after.to_dict() if self.after else None,
            "searched": dict(zip(("runs", "rejects"), self.after.searched, strict=True)),
            "trainedOn": self.trained,
            "passedOver": self.after.passed,
            "between": self.between if self.before.graph.between else None,
            "store": self.store.to_dict() if self.store else None,
            "beside": list(self.beside),
        }

    def lines(self, *, retrain: bool = False) -> list[str]:
        """Return the same as readable lines; ``retrain``: a training without the user follows."""
        n_runs, n_rejects = self.after.searched
        said = [f"removed from {line}" for line in self.before.lines()]
        said += [f"still there in {line}" for line in self.after.lines()]
        if not self.after:
            where = f"the graph, {n_runs} run directories and {n_rejects} reject files"
            said.append(f"left: nothing, by a search of {where}")
        said += self.store.lines() if self.store else [ELSEWHERE]
        for name, count in self.trained.items():
            said.append(f"run {name}: its weights stay as they were trained, with {count:,} pairs of the user")
        if self.trained and not retrain:
            until = "until the next `graphrec train` and `graphrec publish` (or the same command with --retrain)"
            said.append(f"{until} they shape what others are recommended")
        if self.beside:
            said.append(f"files of yours in the project's folder that hold the id: {', '.join(self.beside)}")
        return [*said, *remarks(self.before, self.between), SOURCES]


def remarks(found: Trace, between: Choice | None) -> list[str]:
    """Return remarks about the searched runs, and on nodes between, for the user of the command."""
    said = []
    if found.graph.between:
        nodes = f"on paths of behaviours, nodes that no other user reaches: {counts(found.graph.between)}"
        said.append(
            {
                "keep": f"{nodes}; they stay, with all their properties, without the user",
                "delete": f"{nodes}; removed with the user",
                None: f"{nodes}; choose with --between keep or --between delete",
            }[between]
        )
    if found.graph.alone:
        said.append(
            f"nodes that no other user is connected to stay, with all their properties: {counts(found.graph.alone)}; "
            "--own LABEL removes such nodes, but not what lies behind them"
        )
    said += [f"passed over: run {name} has that id, but {why} (--run {name})" for name, why in found.passed.items()]
    said += [
        f"run {run.run_id} is unfinished: if its training still runs, forget again when it has ended"
        for run in found.runs
        if run and not run.finished
    ]
    return said


@exclusive("forget")
def forget(db: Database, settings: Settings, wanted: Wanted, batch: int = graph.BATCH) -> Forgotten:
    """Remove a user from cache, Neo4j, run directories and reject files, then search for remains.

    After an interruption, the same call resumes. The files of the project's own Neo4j are searched too.

    Parameters
    ----------
    wanted
        See :func:`graphrec.erasure.trace.wanted_of`.
    batch
        Relationships or nodes per transaction.

    Raises
    ------
    DatabaseError
        Neo4j refused.
    InputError
        A file is damaged, or cannot be replaced; or it is not said what happens to the user's nodes on paths.
    """
    before = search(db, settings, wanted)
    if before.graph.between and wanted.between is None:
        raise InputError(
            f"nodes on paths of behaviours belong to this user alone: {counts(before.graph.between)}; are they kept, "
            "without the user, or deleted?",
            hint="add --between keep, or --between delete",
        )
    local, own = store.is_local(settings), wanted.own
    texts = store.read_texts(db, settings, wanted.forms, own, wanted.between) if local else []
    credentials.remove(settings, wanted.forms)  # at once: nothing of the user comes in by them any more
    cache.remove(settings, before.graph.contents)  # before the nodes that lead to it
    events.remove(settings, wanted.forms)  # before they come into the graph
    with progress() as bar:
        task = bar.add_task("relationships", total=sum(before.graph.ties.values()))
        between = wanted.between or "keep"
        graph.remove(db, settings.graph, wanted.forms, wanted.own, between, batch, lambda n: bar.advance(task, n))
    for run in searched_runs(settings, wanted)[0]:
        runs.remove(run, wanted.forms)
    rejects.remove(folder_of(settings), wanted.text)
    jobs.remove(settings, wanted.forms)
    answers.remove(settings, wanted.text)
    credentials.remove(settings, wanted.forms)  # those made meanwhile
    copy.remove(settings, wanted.forms)
    conversations.remove(settings, wanted.forms)
    Withdrawn(settings.home).note()  # a running service gives no earlier answer any more
    after = search(db, settings, wanted, before.graph.contents)
    kept = store.look(settings, wanted.text, texts) if local else None
    return Forgotten(before, after, wanted.between, kept, tuple(texts), store.beside(settings, wanted.text))


def compact(settings: Settings, wanted: Wanted, done: Forgotten) -> Forgotten:
    """Make the files of the project's own Neo4j free of what was deleted, and search them again; it is restarted.

    Raises
    ------
    ServerError
        See :func:`graphrec.db.server.compact.compact`.
    """
    store.compact(settings)
    return replace(done, store=store.look(settings, wanted.text, done.texts, compacted=True))


def require_nothing(done: Forgotten) -> None:
    """Raise an error if the search after a removal found something.

    Raises
    ------
    DatabaseError
        Data of the user still exists, or exists again.
    """
    if done.after:
        raise DatabaseError(
            "the user is not forgotten: some data still exists, or exists again",
            hint="end other commands that write (load, train, publish), then run the same command",
        )

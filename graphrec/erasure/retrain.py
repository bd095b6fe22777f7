"""Train again without the people who were forgotten, and publish the new run as the old one was.

Nothing that a user taught is subtracted. The closed-form parts (``SIMILAR`` edges, ALS) are fitted again to what is
left, which is exact and as fast as a downdate of their inverse; the network's weights have no such formula at all, so
it is trained again from its seed. The result is, number by number, the run of a graph in which the user never was.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphrec.common.errors import DatabaseError, InputError, NotFoundError
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.erasure import in_runs as runs
from graphrec.erasure.trace import Wanted
from graphrec.publishing.publish import Published, publish
from graphrec.publishing.registry import PublishedRun, active_run
from graphrec.runs.layout import Ids
from graphrec.runs.run import Run
from graphrec.runs.store import list_runs, open_run, published_run


class Base(NamedTuple):
    """The run whose training is repeated, and how it is published; None if no run is."""

    run: Run
    published: PublishedRun | None


@dataclass(frozen=True)
class Retrained:
    """A training without the people who were forgotten.

    Attributes
    ----------
    run, base
        The new run, and the run whose settings it has.
    published
        The result of its publish; None if no run was published before.
    carrying
        Runs trained with somebody who has been forgotten since; their weights and edges still hold what they learned.
    seconds
        Duration of training and publish.
    """

    run: Run
    base: Run
    published: Published | None
    carrying: tuple[str, ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return {
            "runId": self.run.run_id,
            "base": self.base.run_id,
            "published": None if self.published is None else self.published.to_dict(),
            "stillCarrying": list(self.carrying),
            "seconds": self.seconds,
        }

    def lines(self) -> list[str]:
        """Return the same as readable lines."""
        said = f"trained again without the user, with the settings of {self.base.run_id}: run {self.run.run_id}"
        if self.published is None:
            said += f"; no run was published before: graphrec publish {self.run.run_id}"
        else:
            said += f", published with {self.published.links:,} links"
        lines = [f"{said}; {self.seconds:.1f} s"]
        if self.carrying:
            lines.append(
                f"runs that learned from people who are forgotten by now: {', '.join(self.carrying)}; "
                "`graphrec rollback` would bring such a run back: delete their directories, and publish once more "
                "to remove the links that are kept for the rollback"
            )
        return lines


def base_of(db: Database, settings: Settings) -> Base:
    """Return the published run, or the newest if none is published.

    Raises
    ------
    NotFoundError
        There is no run, or the directory of the published one is not on this machine.
    InputError
        The run was trained on files, not on Neo4j; or privately, and the new one would not be.
    TrainingError
        The training would be private, and the budget is spent.
    """
    active = active_run(db)
    if active is None:
        try:
            run = open_run(settings)
        except NotFoundError as error:
            raise NotFoundError(f"--retrain: {error.message}", hint="forget without --retrain") from error
    else:
        run = published_run(
            settings,
            active.run_id,
            needed="--retrain takes the settings of the training from it",
            instead="or forget without --retrain, then train and publish",
        )
    if run.data is not None:
        raise InputError(
            f"--retrain: run {run.run_id} was trained on the files in {run.data['folder']}, not on Neo4j",
            hint="forget without --retrain; then take the user out of these files and train on them again",
        )
    _afford(run, settings)
    return Base(run, active)


def _afford(run: Run, settings: Settings) -> None:
    """Refuse a private training that the budget does not cover, and one without privacy in place of a private one."""
    from graphrec.privacy.ledger import Ledger
    from graphrec.privacy.plan import Plan
    from graphrec.training.train import settings_of

    privacy = settings_of(run, settings).privacy
    if privacy.epsilon is None and run.privacy is not None:
        raise InputError(
            f"--retrain: run {run.run_id} has differential privacy, and [privacy] epsilon is not set: "
            "the new run would have none",
            hint="set epsilon in graphrec.toml, or forget without --retrain, then train and publish",
        )
    if privacy.epsilon is not None:
        left = sum(user is not None for user in run.users) - 1
        Ledger(settings.root, privacy.budget).afford(Plan.of(privacy, left))


def carrying(settings: Settings) -> tuple[str, ...]:
    """Return the runs in which the position of a forgotten user is empty, the newest first."""
    return tuple(run.run_id for run in list_runs(settings, finished=False) if _emptied(run))


def _emptied(run: Run) -> bool:
    try:
        return None in Ids.read(run.path).users
    except (OSError, ValueError, KeyError, TypeError):  # stopped before it began, or damaged
        return False


def retrain(db: Database, settings: Settings, base: Base, wanted: Wanted) -> Retrained:
    """Train with the settings of a run on the graph as it is now, and publish as that run is published.

    Parameters
    ----------
    base
        See :func:`base_of`.
    wanted
        The user who was removed.

    Raises
    ------
    GraphError, TrainingError
        The graph that is left cannot be trained on.
    DatabaseError
        Neo4j refused, or the user is in the graph again.
    """
    from graphrec.training.train import settings_of, train

    began = time.perf_counter()
    trained = train(db, settings_of(base.run, settings))
    if trained.interrupted:
        raise KeyboardInterrupt
    run = trained.run
    if runs.has(run, wanted.forms):
        raise DatabaseError(
            f"the user is in the graph again, and in run {run.run_id}: something was written while it was trained",
            hint="end other commands that write (load, events, posts), then run the same command",
        )
    done = None
    if (old := base.published) is not None:
        told = settings.override("publish", reasons=old.reasons, reason_users=old.reason_users or None)
        done = publish(db, run, old.k, settings.publish.batch, told, old.similar_k)
    return Retrained(run, base.run, done, carrying(settings), time.perf_counter() - began)

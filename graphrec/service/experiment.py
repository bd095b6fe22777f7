"""Published runs side by side: who gets which, and what became of it.

``[serve.experiment]`` names the runs and their shares. A user gets the same run in every request: it follows from a
hash of the user's id and of the runs' names. What was shown is in ``SHOWN`` relationships; a user has converted when
they acted on an item after a run showed it to them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from graphrec.common.errors import ConfigError
from graphrec.common.file_lock import waited_for
from graphrec.common.files import write_json
from graphrec.common.private import private_folder
from graphrec.config.ids import parts
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.publishing.registry import published_runs
from graphrec.service.job import now
from graphrec.service.online_test import MISMATCH, Interval, needed, newcombe, sample_ratio, wilson

#: Relative change of the conversion that the needed number of users is given for.
LIFT = 0.1


class Experiment:
    """Assigns users to runs.

    Parameters
    ----------
    shares
        Run → its share of the users; together 1.

    Raises
    ------
    ConfigError
        There is one run alone, or the shares do not add up to 1.
    """

    def __init__(self, shares: Mapping[str, float]) -> None:
        total = sum(shares.values())
        if shares and (len(shares) < 2 or abs(total - 1) > 1e-9 or min(shares.values()) <= 0):
            raise ConfigError(
                f"[serve.experiment]: {len(shares)} runs with shares of {total:g} together",
                hint="name two or more runs, each with a share above 0, 1 together; or none to end the experiment",
            )
        #: In the order of the names, so that the order in the file does not matter.
        self.shares = dict(sorted(shares.items()))
        self.name = "\n".join(self.shares)

    def __bool__(self) -> bool:
        return bool(self.shares)

    def run_of(self, user: Any) -> str | None:
        """Return the run that a user gets; None: there is no experiment, so the active one.

        Parameters
        ----------
        user
            Id, as it is stored or as it was given: ``196`` and ``"196"`` are the same user.
        """
        if not self.shares:
            return None
        place, end = self.place(user), 0.0
        for run, share in self.shares.items():
            end += share
            if place < end:
                return run
        return run

    def place(self, user: Any) -> float:
        """Return the place of a user among all, uniform from 0 to below 1: another one in another experiment.

        The hash is BLAKE2b (J.-P. Aumasson et al., BLAKE2: simpler, smaller, fast as MD5, ACNS 2013).
        """
        said = f"{self.name}\0{_plain(user)}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest()) / 2**64


def _plain(user: Any) -> str:
    values = parts(user) if isinstance(user, str) else user
    if isinstance(values, list | tuple):
        return "/".join(map(str, values))
    return str(user).removesuffix(".0")


class Arm(msgspec.Struct, frozen=True, rename="camel"):
    """A run in the experiment.

    Attributes
    ----------
    run_id, share
        The run, and its share of the users.
    served
        Whether it is published, so that its users get it; otherwise they get the active run.
    users
        Users of this run to whom it showed something.
    converted
        Those of them who acted on something that it had shown.
    conversion
        Their share, with its interval of 95 %.
    shown, impressions, reacted
        Items shown to users, how often, and how many of them were acted on; beside the conversion, as numbers of
        impressions of one user are not independent.
    needed
        Users that are still missing to show a relative change of a tenth; None: not known yet.
    needed_impressions
        The same in impressions, as many a user as now.
    """

    run_id: str
    share: float
    served: bool
    users: int
    converted: int
    conversion: Interval | None
    shown: int
    impressions: int
    reacted: int
    needed: int | None = None
    needed_impressions: int | None = None


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """What an experiment has shown so far.

    Attributes
    ----------
    since, counted_at
        When it began, and when this was counted, ISO 8601.
    arms
        The runs.
    differences
        Conversion of each run but the first minus that of the first, with its interval of 95 %.
    sample_ratio
        Probability of such numbers of users if they were assigned by the shares.
    trustworthy
        Whether the numbers of users fit the shares.
    left_out
        Users whom a run was shown to that is not theirs.
    undated
        Types of behaviour without a time: nobody can say whether they followed.
    """

    since: str
    counted_at: str
    arms: list[Arm]
    differences: dict[str, Interval | None]
    sample_ratio: float | None
    trustworthy: bool
    left_out: int
    undated: list[str]


def report(db: Database, settings: Settings, experiment: Experiment, schema: GraphSchema) -> Report:
    """Count what was shown and what followed.

    Parameters
    ----------
    db, settings
        The database and the project.
    experiment
        The runs; there must be some.
    schema
        The resolved mapping, whose targets are the reactions.

    Raises
    ------
    DatabaseError
        Neo4j refuses or is unreachable.
    """
    since = began(settings, experiment)
    times = {kind: mapped.key(mapped.time_property) for kind, mapped in schema.behaviours.items() if mapped.target}
    dated = {kind: name for kind, name in times.items() if name is not None}
    rows = db.stream(
        queries.load("experiment/reactions", schema),
        runs=list(experiment.shares),
        since=int(since.timestamp()),
        kinds=list(dated),
        times=dated,
    )
    arms, left_out = _arms(experiment, rows, int(since.timestamp()), set(unserved(db, experiment)))
    probability = sample_ratio([arm.users for arm in arms], [arm.share for arm in arms])
    first, *others = arms
    counted = (first.converted, first.users)
    return Report(
        since=since.isoformat().replace("+00:00", "Z"),
        counted_at=now(),
        arms=arms,
        differences={arm.run_id: newcombe(counted, (arm.converted, arm.users)) for arm in others},
        sample_ratio=probability,
        trustworthy=probability is None or probability >= MISMATCH,
        left_out=left_out,
        undated=sorted(set(times) - set(dated)),
    )


def _arms(experiment: Experiment, rows: Iterable[Any], since: int, missing: set[str]) -> tuple[list[Arm], int]:
    names = ("users", "converted", "shown", "impressions", "reacted")
    counts = {run: dict.fromkeys(names, 0) for run in experiment.shares}
    left_out = 0
    for row in rows:
        own = experiment.run_of(row["user"])
        left_out += any(run != own for _, run, _, _ in row["shown"])
        last = dict(sorted(row["acts"], key=lambda act: act[1]))  # item → when it was last acted on
        mine = [(item, first, times) for item, run, first, times in row["shown"] if run == own]
        if mine and own is not None:
            reacted = sum(last.get(item, -1) >= max(first, since) for item, first, _ in mine)
            counted = (1, int(reacted > 0), len(mine), sum(times for _, _, times in mine), reacted)
            for name, number in zip(names, counted, strict=True):
                counts[own][name] += number
    whole = (sum(part["users"] for part in counts.values()), sum(part["converted"] for part in counts.values()))
    overall = whole[1] / whole[0] if whole[0] else 0.0
    first, *others = experiment.shares.values()
    sizes = [needed(overall, LIFT, other / first) or 0 for other in others]  # of the first run, against each other one
    size = max(sizes)
    arms = []
    for run, share in experiment.shares.items():
        found = counts[run]
        wanted = max(0, math.ceil(size * share / first) - found["users"]) if size else None
        often = found["impressions"] / found["users"] if found["users"] else None
        arms.append(
            Arm(
                run_id=run,
                share=share,
                served=run not in missing,
                conversion=wilson(found["converted"], found["users"]),
                needed=wanted,
                needed_impressions=None if wanted is None or often is None else round(wanted * often),
                **found,
            )
        )
    return arms, left_out


def began(settings: Settings, experiment: Experiment) -> datetime:
    """Return when an experiment began: when the service first ran with it; another one before it is forgotten."""
    path = settings.home / "service" / "experiment.json"
    private_folder(path.parent)
    with waited_for(path.with_suffix(".lock")):
        try:
            name, since = msgspec.json.decode(path.read_bytes(), type=tuple[str, datetime])
        except (OSError, msgspec.DecodeError):
            name, since = "", datetime.now(UTC)
        if name != experiment.name:
            since = datetime.now(UTC)
            write_json(path, [experiment.name, since.isoformat()])
    return since


def unserved(db: Database, experiment: Experiment) -> list[str]:
    """Return the runs of an experiment that are not published, or no longer kept: their users get the active one."""
    served = {run.run_id for run in published_runs(db) if run.state == "ready"}
    return [run for run in experiment.shares if run not in served]

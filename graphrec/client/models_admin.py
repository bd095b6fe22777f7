"""Answers of the operating side of the service: jobs, data quality, overview, experiments."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from graphrec.client.models import Body, Id, Scalar

JobKind = Literal["train", "embed", "update", "publish", "quality"]
JobState = Literal["queued", "running", "done", "failed", "stopped"]


class NewJob(Body):
    """Long work to start.

    Options of `train`: epochs, seed, device, loss, dim, lr, refit, resume; of `embed`: fusion, no_cache; of `update`:
    embed, prune; of `publish`: run (required), k, similar, reasons, if_better; of `quality`: burst. They mean what they
    mean on the command line.
    """

    kind: JobKind
    options: dict[str, Scalar] = Field(default={}, max_length=20, examples=[{"epochs": 20, "seed": 1}])


class JobProgress(BaseModel):
    """What a job does now: `done` of `total`, each null if not known."""

    what: str
    done: float | None = None
    total: float | None = None


class Job(BaseModel):
    """A piece of long work."""

    job_id: str
    kind: str
    options: dict[str, Any]
    state: JobState
    by: str = Field(description="person or schedule")
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    message: str | None = Field(default=None, description="Why it failed.")
    progress: JobProgress | None = None
    result: Any = Field(default=None, description="What the command answered, once it is done.")


class Jobs(BaseModel):
    """The jobs, the newest first."""

    jobs: list[Job]


class JobLog(BaseModel):
    """Part of a job's log, in whole lines."""

    text: str
    offset: int = Field(description="Where to go on.")
    ended: bool = Field(description="Whether nothing more will follow.")


class Estimate(BaseModel):
    """An estimate and its interval of 95 %."""

    mean: float
    low: float
    high: float


class Arm(BaseModel):
    """A run in an experiment; each user counts once."""

    run_id: str
    share: float
    served: bool = Field(description="False: no longer published; its users get the active run.")
    users: int = Field(description="Users of this run to whom it showed something.")
    converted: int = Field(description="Those who acted on something that it had shown.")
    conversion: Estimate | None
    shown: int
    impressions: int
    reacted: int
    needed: int | None = Field(description="Users still missing to show a relative change of a tenth.")
    needed_impressions: int | None


class ExperimentReport(BaseModel):
    """What an experiment has shown so far; without one, no arms."""

    running: bool
    since: datetime | None = None
    counted_at: datetime | None = None
    arms: list[Arm] = []
    differences: dict[str, Estimate | None] = Field(
        default={}, description="Conversion of each run minus that of the first."
    )
    sample_ratio: float | None = Field(default=None, description="Probability of such numbers of users by the shares.")
    trustworthy: bool = True
    left_out: int = Field(default=0, description="Users whom a run was shown to that is not theirs.")
    undated: list[str] = Field(default=[], description="Behaviours without times, which count for nothing.")


class Finding(BaseModel):
    """Something in the data that is probably not meant; count 0: fine."""

    name: str
    count: int
    total: int
    share: float
    examples: list[Any]
    detail: str


class QualityReport(BaseModel):
    """The newest report of a `quality` job; null where none has run."""

    job_id: str | None = None
    at: datetime | None = None
    running: str | None = Field(default=None, description="The job that makes the next report.")
    counts: dict[str, int] = {}
    findings: list[Finding] = []
    cut: list[Finding] = Field(default=[], description="What `[graph.limits]` keeps from training.")
    drift: dict[str, Any] | None = None
    no_drift: str | None = None


class SchemaLabel(BaseModel):
    """A label of the graph, to draw."""

    name: str
    count: int
    role: str


class SchemaRelation(BaseModel):
    """Relationships between two labels, to draw."""

    source: str
    type: str
    target: str
    count: int
    role: str


class GraphOverview(BaseModel):
    """The graph in numbers, and its schema."""

    users: int
    items: int
    entities: int
    behaviours: dict[str, int]
    knowledge: dict[str, int]
    labels: list[SchemaLabel]
    relations: list[SchemaRelation]


class Peer(BaseModel):
    """A model of a benchmark."""

    name: str
    value: float
    seconds: float | None


class Peers(BaseModel):
    """The active run beside its peers; `note` says why there are none."""

    metric: str
    run_id: str | None
    value: float | None
    rows: list[Peer]
    note: str


class Version(BaseModel):
    """A run in the history."""

    run_id: str
    state: str
    active: bool
    created_at: datetime
    published_at: datetime | None
    validation: float | None
    test: float | None
    metric: str
    can: Literal["rollback", "publish"] | None


class Freshness(BaseModel):
    """The age of the active run, and what has come since: more users, items and behaviours than there were."""

    run_id: str | None
    published_at: datetime | None
    seconds: float | None
    counted_since: datetime | None
    users: int
    items: int
    behaviours: int


class Schedule(BaseModel):
    """Updates on a schedule."""

    every: float = Field(description="Seconds.")
    next_at: datetime
    failures: int
    last_job: str | None
    last_state: str | None
    paused: str | None
    message: str | None


class Overview(BaseModel):
    """What the first page shows. `graph` is null where the database is empty or does not fit the mapping."""

    graph: GraphOverview | None
    problem: str | None
    settings: dict[str, Any] | None = Field(description="Of the active run.")
    metrics: dict[str, Any] | None = Field(description="Of the active run.")
    peers: Peers
    history: list[Version]
    freshness: Freshness
    schedule: Schedule | None


class FoundUsers(BaseModel):
    """Users whose id begins like what was typed."""

    users: list[Id]

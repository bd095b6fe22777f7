"""Items, runs, jobs and what an operator looks at: operations for the scope ``admin``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphrec.client.call import AnyId, Call, model, operation, segment
from graphrec.client.models import (
    DeadEvents,
    ItemChanged,
    ItemDeleted,
    Runs,
    Scalar,
    Switched,
    Value,
)
from graphrec.client.models_admin import (
    ExperimentReport,
    FoundUsers,
    Job,
    JobKind,
    JobLog,
    Jobs,
    Overview,
    QualityReport,
)
from graphrec.client.models_page import Comparison, ItemUsers
from graphrec.client.models_trends import Trends


class Cataloguing:
    """Items made, changed and deleted."""

    @operation
    def create_item(self, item_id: AnyId, properties: Mapping[str, Value] | None = None) -> Call[ItemChanged]:
        """Make an item.

        Raises
        ------
        ConflictError
            It exists.
        """
        body = {"item_id": item_id, "properties": dict(properties or {})}
        return Call("POST", "/v1/items", model(ItemChanged), body=body, repeatable=False)

    @operation
    def replace_item(self, item: AnyId, properties: Mapping[str, Value]) -> Call[ItemChanged]:
        """Give an item these properties and no others; make it if it does not exist."""
        return Call("PUT", f"/v1/items/{segment(item)}", model(ItemChanged), body={"properties": dict(properties)})

    @operation
    def change_item(self, item: AnyId, properties: Mapping[str, Value]) -> Call[ItemChanged]:
        """Change some properties of an item, such as its price, stock or whether it is hidden; None removes one."""
        return Call("PATCH", f"/v1/items/{segment(item)}", model(ItemChanged), body={"properties": dict(properties)})

    @operation
    def delete_item(self, item: AnyId) -> Call[ItemDeleted]:
        """Delete an item with its relationships, users' behaviours too. To only take it out of answers, hide it."""
        return Call("DELETE", f"/v1/items/{segment(item)}", model(ItemDeleted), repeatable=False)

    @operation
    def item_users(self, item: AnyId, k: int = 20) -> Call[ItemUsers]:
        """Return users of an item, and what they did."""
        return Call("GET", f"/v1/items/{segment(item)}/users", model(ItemUsers), {"k": k})

    @operation
    def find_users(self, q: str = "", k: int = 20) -> Call[FoundUsers]:
        """Return users whose id begins so."""
        return Call("GET", "/v1/users", model(FoundUsers), {"q": q, "k": k})

    @operation
    def dead_events(self, k: int = 100) -> Call[DeadEvents]:
        """Return the events that were on the disk and could not be written when Neo4j was back, the latest first."""
        return Call("GET", "/v1/events/dead", model(DeadEvents), {"k": k})


class Running:
    """Runs, jobs, and reports."""

    @operation
    def runs(self) -> Call[Runs]:
        """Return the runs published in the database, the active one first, and the trained ones that are not."""
        return Call("GET", "/v1/runs", model(Runs))

    @operation
    def publish(self, run: str) -> Call[Job]:
        """Publish a trained run, as a job."""
        return Call("POST", f"/v1/runs/{segment(run)}/publish", model(Job), repeatable=False)

    @operation
    def rollback(self) -> Call[Switched]:
        """Switch readers back to the run published before the active one."""
        return Call("POST", "/v1/runs/rollback", model(Switched), repeatable=False)

    @operation
    def compare(self, user: AnyId, run: Sequence[str], k: int = 10) -> Call[Comparison]:
        """Return what published runs recommend to a user, side by side."""
        return Call("GET", f"/v1/comparison/{segment(user)}", model(Comparison), {"run": list(run), "k": k})

    @operation
    def start_job(self, kind: JobKind, options: Mapping[str, Scalar] | None = None) -> Call[Job]:
        """Start long work; of a kind one runs and one waits at most.

        Raises
        ------
        BusyError
            One waits already.
        """
        body = {"kind": kind, "options": dict(options or {})}
        return Call("POST", "/v1/jobs", model(Job), body=body, repeatable=False)

    @operation
    def jobs(self) -> Call[Jobs]:
        """Return the jobs, the newest first."""
        return Call("GET", "/v1/jobs", model(Jobs))

    @operation
    def job(self, job: str) -> Call[Job]:
        """Return a job: its state, progress and result."""
        return Call("GET", f"/v1/jobs/{segment(job)}", model(Job))

    @operation
    def job_log(self, job: str, offset: int = 0) -> Call[JobLog]:
        """Return what a job has said, from an offset on."""
        return Call("GET", f"/v1/jobs/{segment(job)}/log", model(JobLog), {"offset": offset})

    @operation
    def stop_job(self, job: str) -> Call[Job]:
        """Ask a job to stop, as Ctrl-C does."""
        return Call("DELETE", f"/v1/jobs/{segment(job)}", model(Job))

    @operation
    def overview(self) -> Call[Overview]:
        """Return the graph in numbers, the active run beside its peers, all runs, and freshness."""
        return Call("GET", "/v1/overview", model(Overview))

    @operation
    def quality(self) -> Call[QualityReport]:
        """Return the newest report on the data; a job of kind ``quality`` makes one."""
        return Call("GET", "/v1/quality", model(QualityReport))

    @operation
    def trends(self, entity: str | None = None, *, days: int = 90, k: int = 10, rate: float = 0.01) -> Call[Trends]:
        """Return the volume and the tone of posts by day, and sudden changes.

        Parameters
        ----------
        entity
            Id or name of an item or entity; None: all posts, and what has most of them.
        days
            Days up to that of the newest post.
        k
            Items and entities, those with the most posts.
        rate
            Chance of a false alarm in a series (the volume or the tone of one subject) without a change.

        Raises
        ------
        NotFoundError
            There is no such item or entity.
        GraphError
            No post has been read.
        """
        params = {"entity": entity, "days": days, "k": k, "rate": rate}
        return Call("GET", "/v1/trends", model(Trends), params)

    @operation
    def experiment(self) -> Call[ExperimentReport]:
        """Return what was shown by each run of an experiment and what followed, with intervals of 95 %."""
        return Call("GET", "/v1/experiment", model(ExperimentReport))

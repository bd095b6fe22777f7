"""What a process of the service holds while it runs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from fastapi import Request

from graphrec.assistant.assistant import Assistant
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database, connect
from graphrec.ingest.store import EventStore
from graphrec.posts.trends import read_trends
from graphrec.pseudonyms.door import open_door
from graphrec.pseudonyms.noted import check_key
from graphrec.service.access import Access
from graphrec.service.answers import Answers
from graphrec.service.experiment import Experiment, began, report
from graphrec.service.jobs import recover
from graphrec.service.kept import Kept
from graphrec.service.published import PublishedLinks
from graphrec.serving.listings import item_time, ranking
from graphrec.serving.named_filters import NamedFilters

#: Seconds for which what takes long to read is kept.
_KEPT = 60.0

if TYPE_CHECKING:
    from graphrec.copywriting.write import Writer


class Opened(NamedTuple):
    """The database of a project, and what its ``[serve]`` says of it, which fits it."""

    database: Database
    filters: NamedFilters
    experiment: Experiment


def open_checked(settings: Settings) -> Opened:
    """Open the database of a project, and check the filters and the experiment of ``[serve]``.

    Raises
    ------
    ConfigError
        A filter is not a valid predicate, or the experiment's shares do not add up.
    DatabaseError, ServerError
        The database cannot be opened.
    """
    filters, experiment = NamedFilters(settings.serve.filters), Experiment(settings.serve.experiment)
    database = connect(settings)
    try:
        filters.check(database.hurried(), settings.graph)
        door = open_door(settings)
        if door.pseudonyms is not None:
            check_key(database.hurried(), settings.graph, door.pseudonyms.key)
        elif not settings.graph.user.composite:
            check_key(database.hurried(), settings.graph, None)
    except BaseException:
        database.close()
        raise
    return Opened(database, filters, experiment)


class Service:
    """The settings, the database and what reads from it.

    Parameters
    ----------
    settings
        The project's settings.
    keyed
        Whether another process of the service has seen a key.

    Raises
    ------
    ConfigError, DatabaseError, ServerError
        See :func:`open_checked`.
    """

    def __init__(self, settings: Settings, keyed: bool = False) -> None:
        self.settings = settings
        #: Makes pseudonyms of ids, where the project has a key of them.
        self.door = open_door(settings)
        self.access = Access(settings, keyed)
        recover(settings)
        self.database, self.filters, self.experiment = open_checked(settings)
        #: Without waiting while it is down: a request is answered at once.
        self.db = self.database.hurried()
        self.published = PublishedLinks(self.db, settings, lambda: self.resolved)
        self.events = EventStore(self.database, settings)
        self.answers = Answers(self.db, settings, self.filters)
        self.assistant = Assistant(self.db, settings, self.answers.live, self.experiment.run_of, lambda: self.resolved)
        if self.experiment:
            began(settings, self.experiment)
        # These read every behaviour, or the properties of many items.
        self.experiment_report = Kept(lambda: report(self.db, settings, self.experiment, self.resolved), _KEPT)
        self.ranking = Kept(lambda: ranking(self.db, self.settings), _KEPT)
        #: It compares thousands of orders of days.
        self.trends = Kept(lambda: read_trends(self.db, settings), _KEPT)
        #: It looks at all properties of many items.
        self.item_time = Kept(lambda: item_time(self.db, settings), _KEPT)

    @cached_property
    def resolved(self) -> GraphSchema:
        """The mapping with the behaviours and the knowledge that the graph has."""
        from graphrec.graph.mapping import resolve

        return resolve(self.db, self.settings.graph)

    @cached_property
    def writer(self) -> Writer:
        """What writes personal copy; it opens the models that the settings name when it is first asked."""
        from graphrec.copywriting.write import Writer

        return Writer(self.db, self.settings, lambda: self.resolved)

    def close(self) -> None:
        """End the threads, and close the database."""
        if (writer := self.__dict__.get("writer")) is not None:
            writer.close()
        self.published.close()
        self.assistant.close()
        self.answers.close()
        self.events.close()
        self.database.close()


def service_of(request: Request) -> Service:
    """Return the service of a request."""
    found: Service = request.app.state.service
    return found

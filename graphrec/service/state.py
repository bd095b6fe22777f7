"""What a process of the service holds while it runs."""

from __future__ import annotations

from functools import cached_property

from fastapi import Request

from graphrec.assistant.assistant import Assistant
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database, connect
from graphrec.ingest.store import EventStore
from graphrec.service.access import Access
from graphrec.service.answers import Answers
from graphrec.service.experiment import Experiment, began, report
from graphrec.service.jobs import recover
from graphrec.service.kept import Kept
from graphrec.service.published import PublishedLinks
from graphrec.serving.listings import item_time, ranking
from graphrec.serving.named_filters import NamedFilters

#: Seconds for which the report of an experiment is kept, and the name of the property with the items' times.
_KEPT = 60.0


class Service:
    """The settings, the database and what reads from it.

    Parameters
    ----------
    settings
        The project's settings.

    Raises
    ------
    ConfigError
        A filter is not a valid predicate.
    DatabaseError, ServerError
        The database cannot be opened.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.filters = NamedFilters(settings.serve.filters)
        self.folder = settings.home / "service"
        self.access = Access(settings)
        self.experiment = Experiment(settings.serve.experiment)
        recover(settings)
        self.database: Database = connect(settings)
        #: Without waiting while it is down: a request is answered at once.
        self.db = self.database.hurried()
        self.filters.check(self.db, settings.graph)
        self.published = PublishedLinks(self.db, settings)
        self.events = EventStore(self.database, settings)
        self.answers = Answers(self.db, settings, self.filters)
        self.assistant = Assistant(self.db, settings, self.answers.live, self.experiment.run_of)
        if self.experiment:
            began(settings, self.experiment)
        #: It looks at every behaviour.
        self.experiment_report = Kept(lambda: report(self.db, settings, self.experiment, self.resolved), _KEPT)
        #: It looks at all properties of many items.
        #: It reads every behaviour, too.
        self.ranking = Kept(lambda: ranking(self.db, self.settings), _KEPT)
        self.item_time = Kept(lambda: item_time(self.db, settings), _KEPT)

    @cached_property
    def resolved(self) -> GraphSchema:
        """The mapping with the behaviours and the knowledge that the graph has."""
        from graphrec.graph.mapping import resolve

        return resolve(self.db, self.settings.graph)

    def close(self) -> None:
        """End the threads, and close the database."""
        self.published.close()
        self.assistant.close()
        self.answers.close()
        self.events.close()
        self.database.close()


def service_of(request: Request) -> Service:
    """Return the service of a request."""
    found: Service = request.app.state.service
    return found

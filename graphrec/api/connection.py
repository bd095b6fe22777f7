"""An open graph: the connection that queries and work share."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from graphrec.api.face import python_faces
from graphrec.api.journal import journaled_calls
from graphrec.common.errors import DatabaseError
from graphrec.config.settings import Settings

if TYPE_CHECKING:
    from graphrec.db.database import Database


@python_faces
@journaled_calls
class GraphConnection:
    """An open graph.

    Parameters
    ----------
    settings
        Settings of the connection and the mapping.
    given
        Names of the arguments that were given to ``connect``, for messages.
    """

    def __init__(self, settings: Settings, given: frozenset[str] = frozenset()) -> None:
        from graphrec.db.local import has_database, require_names

        self.settings = settings
        self._given = given
        self._closed = False
        self._opened: Database | None = None
        require_names(settings)
        if has_database(settings):  # otherwise load() creates it
            self._open()

    def _open(self, *, create: bool = False) -> Database:
        from graphrec.db.database import connect as open_database

        if self._closed:
            raise DatabaseError("this connection is closed", hint="call graphrec.connect() again")
        if self._opened is None:
            self._opened = open_database(self.settings, create=create)
        return self._opened

    @property
    def _db(self) -> Database:
        return self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; a local server keeps running (``graphrec db stop`` stops it)."""
        self._closed = True
        self._disconnect()

    def _disconnect(self) -> None:
        """Close the connection; the next call opens it again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @property
    def database(self) -> Database:
        """The open database, for queries of your own.

        Raises
        ------
        DatabaseError
            The project has no database yet; :meth:`load` creates it.
        """
        return self._db

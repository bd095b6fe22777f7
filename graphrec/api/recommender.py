"""A graph in Neo4j as a recommender: load, train, publish, query."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import msgspec

from graphrec.api.face import given_arguments, python_face, python_faces
from graphrec.api.fit import Device, with_settings
from graphrec.api.journal import journaled_calls
from graphrec.api.reader import GraphReader
from graphrec.common.errors import InputError
from graphrec.config.settings import Neo4jSettings, SplitMethod, load_settings

if TYPE_CHECKING:
    from pandas import DataFrame

    from graphrec.api.model import Model
    from graphrec.assistant.conversation import Conversation
    from graphrec.config.schema import GraphSchema
    from graphrec.content.embed import Report as EmbedReport
    from graphrec.erasure.erase import Forgotten
    from graphrec.graph.check import GraphCheck
    from graphrec.publishing.publish import Published
    from graphrec.updating.update import Updated
    from graphrec_etl.report import Report as LoadReport


@python_face
def connect(
    uri: str | None = None,
    *,
    auth: tuple[str, str] | None = None,
    database: str | None = None,
    config: str | Path | None = None,
) -> Recommender:
    """Connect to a graph.

    Parameters
    ----------
    uri
        URI of a Neo4j server, such as ``neo4j://localhost:7687``. None: ``NEO4J_URI``, or else the project's local
        server.
    auth
        User and password; by default ``NEO4J_USERNAME`` and ``NEO4J_PASSWORD``.
    database
        Database; by default ``NEO4J_DATABASE``, or the server's default.
    config
        The project's ``graphrec.toml`` with the mapping; by default searched from the working directory upwards.

    Returns
    -------
    Recommender
        A context manager; otherwise close it after use.

    Raises
    ------
    ConfigError
        ``graphrec.toml`` is invalid, or the environment has misspelled variables for a server.
    DatabaseError
        The server cannot be reached, refuses the password, is too old, or lacks the database.
    ServerError
        The local server cannot be installed or started.

    Examples
    --------
    >>> import graphrec
    >>> with graphrec.connect() as graph:  # doctest: +SKIP
    ...     graph.load(ratings, items=films)
    ...     graph.publish(graph.fit())
    ...     graph.recommend([1, 2], k=5)
    """
    settings = load_settings(None if config is None else Path(config))
    given = settings.neo4j
    if auth is not None and (isinstance(auth, str) or len(auth) != 2):
        raise InputError("auth is not a pair of user and password", hint='auth=("neo4j", password)')
    username, password = auth or (given.username, given.password)
    named = {"NEO4J_URI": uri, "NEO4J_USERNAME": auth, "NEO4J_PASSWORD": auth, "NEO4J_DATABASE": database}
    misnamed = {name: right for name, right in given.misnamed.items() if named[right] is None}
    neo4j = Neo4jSettings(uri or given.uri, username, password, database or given.database, misnamed)
    given_here = given_arguments(uri=uri, auth=auth, database=database)
    return Recommender(msgspec.structs.replace(settings, neo4j=neo4j), given_here)


@python_faces
@journaled_calls
class Recommender(GraphReader):
    """A graph in Neo4j, with all of graphrec's operations.

    Created by :func:`connect`. Methods correspond to the commands of the same names; errors are
    :class:`graphrec.GraphrecError`.

    Parameters
    ----------
    settings
        Settings of the connection, the mapping and the training.
    given
        Names of the arguments that were given to :func:`connect`, for messages.
    """

    def load(
        self,
        interactions: DataFrame,
        *,
        items: DataFrame | None = None,
        users: DataFrame | None = None,
        triples: DataFrame | None = None,
        user: str = "user_id",
        item: str = "item_id",
        behaviour: str = "RATED",
        time: str | None = None,
        weight: str | None = None,
    ) -> LoadReport:
        """Write DataFrames to Neo4j; loading again adds new data and updates changed data.

        Integer ids are stored as integers, others as text. Without ``NEO4J_URI``, a project that has no database
        gets a local one.

        Parameters
        ----------
        interactions, items, users, triples, user, item, behaviour, time, weight
            As for :func:`graphrec.fit_frames`; see :func:`graphrec.datasets.frames.tables_of`.

        Returns
        -------
        LoadReport
            Summary of what was written; see its ``to_dict()`` and ``text()``.

        Raises
        ------
        InputError
            A column is missing, or a value is invalid; nothing has been written.
        DatabaseError
            Neo4j refuses or is unreachable. Committed batches stay; loading again resumes after them.
        """
        from graphrec.config.project import leave_file
        from graphrec.datasets.frames import Columns, tables_of
        from graphrec_etl.command import write

        columns = Columns(user, item, behaviour, time, weight)
        tables = tables_of(interactions, columns, items=items, users=users, triples=triples, base=self.settings.root)
        report = write(self._open(create=True), self.settings.graph, tables, root=self.settings.root)
        leave_file(self.settings)
        return report

    @overload
    def inspect(self, *, check: Literal[False] = False) -> GraphSchema: ...

    @overload
    def inspect(self, *, check: Literal[True]) -> GraphCheck: ...

    def inspect(self, *, check: bool = False) -> GraphSchema | GraphCheck:
        """Return graphrec's proposed mapping of the graph: the roles of labels and types.

        Parameters
        ----------
        check
            Read everything by the mapping of ``graphrec.toml`` instead, as training does, and return counts and all
            problems.

        Raises
        ------
        GraphError
            No users, items or behaviours are recognised; never with ``check``, which returns this as a problem.
        """
        if check:
            from graphrec.content.check import check as check_all

            return check_all(self._db, self.settings)
        from graphrec.graph.proposal import propose
        from graphrec.graph.survey import survey

        return propose(self._db, survey(self._db)).schema

    def embed(self) -> EmbedReport:
        """Encode the items' text, images and audio as content vectors, as set in ``[content]``, and index them.

        Raises
        ------
        EncoderError
            An encoder cannot be loaded.
        GraphError
            The graph has no items.
        """
        from graphrec.content.embed import embed

        return embed(self._db, self.settings)

    def fit(
        self, *, split: SplitMethod | None = None, seed: int | None = None, device: Device | None = None, **model: Any
    ) -> Model:
        """Train on the graph without writing to Neo4j.

        Parameters
        ----------
        split
            Method of holding out pairs; by default ``[split]`` of ``graphrec.toml``, or random.
        seed, device
            See :func:`graphrec.fit_frames`; by default ``[train]``.
        **model
            Settings of ``[model]`` and ``[train]``, such as ``dim=128, epochs=20``.

        Raises
        ------
        GraphError
            The graph does not match the mapping.
        LeakageError
            Held-out behaviour would reach training.
        TrainingError
            The data is too small to train on, or the loss diverged.
        KeyboardInterrupt
            Training was interrupted; ``graphrec train --resume`` continues it.
        """
        from graphrec.api.model import Model
        from graphrec.training.train import train

        trained = train(self._db, with_settings(self.settings, split, seed, device, model))
        if trained.interrupted:
            raise KeyboardInterrupt
        return Model(trained.run)

    def publish(self, model: Model, *, k: int | None = None) -> Published:
        """Write a model's embeddings, top-k links and ``SIMILAR`` edges to Neo4j, and activate them in one step.

        Parameters
        ----------
        model
            A model trained on this graph.
        k
            Links per user; by default ``[publish] k``, or 20.

        Raises
        ------
        InputError
            ``model`` is not a :class:`Model`, or ``k`` no list length.
        GraphError
            The model's users or items are not in this database.
        DatabaseError
            Neo4j refuses, or another publish has taken over; the active run is unchanged.
        """
        from graphrec.api.model import Model
        from graphrec.publishing.publish import publish

        if not isinstance(model, Model):
            raise InputError(f"{model!r} is not a model", hint="give what fit() returns, or Model.load(run)")
        settings = self.settings.override("publish", k=k)
        wanted = settings.publish
        return publish(self._db, model.run, wanted.k, wanted.batch, settings, wanted.similar)

    def rollback(self) -> str:
        """Reactivate the previously published run and return its name.

        Raises
        ------
        NotFoundError
            There is no earlier published run.
        """
        from graphrec.publishing.registry import rollback

        return rollback(self._db)[0]

    def chat(self, user: Hashable | None = None) -> Conversation:
        """Begin a conversation with the assistant.

        Parameters
        ----------
        user
            Id; None: a visitor.

        Returns
        -------
        Conversation
            ``say(words)`` returns an answer with ``text``, ``rows``, ``action``, ``facts``. Close it after use.
        """
        from graphrec.assistant.conversation import Conversation

        return Conversation(self._db, self.settings, user)

    def update(self) -> Updated:
        """Update the published run with the changes in the graph, without training, and publish the result.

        Returns
        -------
        Updated
            The new run and the changes; the same run if nothing has changed.

        Raises
        ------
        NotFoundError
            There is no published run to update.
        TrainingError
            The changes in the graph need a new training.
        """
        from graphrec.db.write_lock import writing
        from graphrec.publishing.registry import active_run
        from graphrec.updating.current_graph import base_run
        from graphrec.updating.published import update_published

        with writing(self._db, "update"):
            active = active_run(self._db)
            done, _ = update_published(self._db, self.settings, base_run(self.settings, None, active), active)
        return done

    def forget(
        self,
        user: Hashable,
        *,
        stored: Literal["text", "number"] | None = None,
        between: Literal["keep", "delete"] | None = None,
        compact: bool = False,
    ) -> Forgotten:
        """Remove a user from Neo4j, all run directories and the reject files, and prove it by a search.

        This cannot be undone. Learned weights stay until the next training, and a :class:`Model` that is open keeps
        what it has read: load it again.

        Parameters
        ----------
        user
            The id.
        stored
            Type of the stored id, needed only if both ``"196"`` and ``196`` exist.
        between
            What happens to nodes on paths of behaviours, such as orders, that only this user has; needed only if there
            are any.
        compact
            Also remove from the files of the project's own Neo4j what was deleted, also when the user is forgotten
            already. The server is restarted, so connections of other programs are lost.

        Raises
        ------
        InputError
            It is not said what happens to these nodes; or ``compact`` for a server that graphrec does not run.
        NotFoundError
            The user does not exist, or is ambiguous.
        DatabaseError
            Neo4j refuses, or some data is left.
        ServerError
            ``compact`` was not possible, for example for want of room; the store is as it was.
        """
        from graphrec.erasure.erase import compact as rewrite
        from graphrec.erasure.erase import forget, require_nothing
        from graphrec.erasure.in_store import require_local
        from graphrec.erasure.trace import nobody, search, wanted_of

        if compact:
            require_local(self.settings)
        typed = "/".join(map(str, user)) if isinstance(user, tuple) else str(user)
        wanted = wanted_of(self._db, self.settings, typed, stored, between=between)
        if not search(self._db, self.settings, wanted) and not compact:
            raise nobody(self._db, self.settings, typed)
        done = forget(self._db, self.settings, wanted)
        if compact:
            self._disconnect()  # the server is restarted
            done = rewrite(self.settings, wanted, done)
        require_nothing(done)
        return done

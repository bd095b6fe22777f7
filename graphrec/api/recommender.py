"""A graph in Neo4j as a recommender: load, train, publish, ask."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from graphrec.api.fit import Device, Split, with_settings
from graphrec.common.errors import InputError
from graphrec.config.settings import Neo4jSettings, Settings, load_settings

if TYPE_CHECKING:
    from pandas import DataFrame

    from graphrec.api.model import Model
    from graphrec.config.schema import GraphSchema
    from graphrec.content.embed import Report as EmbedReport
    from graphrec.db.database import Database
    from graphrec.erasure.erase import Forgotten
    from graphrec.publishing.publish import Published
    from graphrec.updating.update import Updated
    from graphrec_etl.report import Report as LoadReport

By = Literal["embedding", "content", "text", "image", "audio"]


def connect(
    uri: str | None = None,
    *,
    auth: tuple[str, str] | None = None,
    database: str | None = None,
    config: str | Path | None = None,
) -> Recommender:
    """Open a graph.

    Parameters
    ----------
    uri
        Address of a Neo4j server, such as ``neo4j://localhost:7687``. None: ``NEO4J_URI``, or else the project's local
        server.
    auth
        User and password; ``NEO4J_USERNAME`` and ``NEO4J_PASSWORD`` where absent.
    database
        ``NEO4J_DATABASE``, or the server's default, where absent.
    config
        The project's ``graphrec.toml``, which maps the graph; looked for from the working directory upwards where
        absent.

    Returns
    -------
    Recommender
        Use it as a context manager, or close it.

    Raises
    ------
    ConfigError
        ``graphrec.toml`` cannot be used, or the environment names a server by variables that graphrec does not read.
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
    ...     graph.recommend([196, 186], k=5)
    """
    settings = load_settings(None if config is None else Path(config))
    given = settings.neo4j
    username, password = auth or (given.username, given.password)
    named = {"NEO4J_URI": uri, "NEO4J_USERNAME": auth, "NEO4J_PASSWORD": auth, "NEO4J_DATABASE": database}
    misnamed = {name: right for name, right in given.misnamed.items() if named[right] is None}
    neo4j = Neo4jSettings(uri or given.uri, username, password, database or given.database, misnamed)
    return Recommender(msgspec.structs.replace(settings, neo4j=neo4j))


class Recommender:
    """A graph in Neo4j, and everything that graphrec does with it.

    Made by :func:`connect`. Its methods do what the commands of the same names do; errors are
    :class:`graphrec.GraphrecError`.

    Parameters
    ----------
    settings
        Where the graph is, how it is mapped, and how models are trained.
    """

    def __init__(self, settings: Settings) -> None:
        from graphrec.db.local import has_database, require_names

        self.settings = settings
        self._opened: Database | None = None
        require_names(settings)
        if has_database(settings):  # else load() makes it
            self._open()

    def _open(self, *, create: bool = False) -> Database:
        from graphrec.db.database import connect as open_database

        if self._opened is None:
            self._opened = open_database(self.settings, create=create)
        return self._opened

    @property
    def _db(self) -> Database:
        return self._open()

    def __enter__(self) -> Recommender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; a local server goes on (``graphrec db stop`` ends it)."""
        if self._opened is not None:
            self._opened.close()

    @property
    def database(self) -> Database:
        """The open database, for queries of your own.

        Raises
        ------
        DatabaseError
            The project has no database yet: :meth:`load` makes it.
        """
        return self._db

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
        """Write DataFrames into Neo4j; loading again adds what is new and changes what is different.

        Integer ids are stored as integers, all others as text. Without ``NEO4J_URI``, a project that has no database
        gets a local one.

        Parameters
        ----------
        interactions, items, users, triples, user, item, behaviour, time, weight
            As :func:`graphrec.fit_frames` takes them; see :func:`graphrec.datasets.frames.tables_of`.

        Returns
        -------
        LoadReport
            What was written: ``to_dict()`` or ``text()``.

        Raises
        ------
        InputError
            A column is missing, or a value cannot be understood; nothing is written then.
        DatabaseError
            Neo4j refuses or is gone; what was acknowledged stays, and loading again goes on from there.
        """
        from graphrec.config.project import leave_file
        from graphrec.datasets.frames import Columns, tables_of
        from graphrec_etl.command import write

        columns = Columns(user, item, behaviour, time, weight)
        tables = tables_of(interactions, columns, items=items, users=users, triples=triples, base=self.settings.root)
        report = write(self._open(create=True), self.settings.graph, tables)
        leave_file(self.settings)
        return report

    def inspect(self) -> GraphSchema:
        """Return the mapping that graphrec proposes for the graph: which labels and types play which part.

        Raises
        ------
        GraphError
            No users, items or behaviours can be made out.
        """
        from graphrec.graph.proposal import propose
        from graphrec.graph.survey import survey

        return propose(self._db, survey(self._db)).schema

    def embed(self) -> EmbedReport:
        """Encode the items' text, images and audio into content vectors, as ``[content]`` says, and index them.

        Raises
        ------
        EncoderError
            An encoder cannot be loaded.
        GraphError
            There are no items.
        """
        from graphrec.content.embed import embed

        return embed(self._db, self.settings)

    def fit(
        self, *, split: Split | None = None, seed: int | None = None, device: Device | None = None, **model: Any
    ) -> Model:
        """Train on the graph; Neo4j is only read.

        Parameters
        ----------
        split
            What is held out; ``[split]`` of ``graphrec.toml``, or random, where absent.
        seed, device
            See :func:`graphrec.fit_frames`; ``[train]`` where absent.
        **model
            Settings of ``[model]`` and ``[train]``, such as ``dim=128, epochs=20``.

        Raises
        ------
        GraphError
            The graph is not what the mapping says.
        LeakageError
            Held-out behaviour would reach training.
        TrainingError
            There is too little to learn from, or the loss diverged.
        KeyboardInterrupt
            Training was interrupted; ``graphrec train --resume`` goes on.
        """
        from graphrec.api.model import Model
        from graphrec.training.train import train

        trained = train(self._db, with_settings(self.settings, split, seed, device, model))
        if trained.interrupted:
            raise KeyboardInterrupt
        return Model(trained.run)

    def publish(self, model: Model, *, k: int | None = None) -> Published:
        """Write a model's embeddings, top-k links and ``SIMILAR`` edges into Neo4j, and let readers see them at once.

        Parameters
        ----------
        model
            Trained on this graph.
        k
            Links a user; ``[publish] k``, or 20, where absent.

        Raises
        ------
        GraphError
            The model's users or items are not in this database.
        DatabaseError
            Neo4j refuses, or another publish has taken over; readers see what they saw.
        """
        from graphrec.publishing.publish import publish

        settings = self.settings.override("publish", k=k)
        wanted = settings.publish
        return publish(self._db, model.run, wanted.k, wanted.batch, settings, wanted.similar)

    def rollback(self) -> str:
        """Go back to the run that was published before; return its name.

        Raises
        ------
        NotFoundError
            There is none to go back to.
        """
        from graphrec.publishing.registry import rollback

        return rollback(self._db)[0]

    def recommend(
        self,
        users: Hashable | Iterable[Hashable] | None = None,
        k: int = 10,
        *,
        where: str | None = None,
        likes: Sequence[Hashable] = (),
        searches: Sequence[str] = (),
        now: bool = False,
    ) -> DataFrame:
        """Return recommendations from the published run; the rules of ``[recommend]`` hold.

        Parameters
        ----------
        users
            One id or several; None with ``likes`` or ``searches``: an anonymous visitor.
        k
            At most so many items a user.
        where
            A Cypher predicate on an item ``i``, such as ``"i.year >= 1990"``.
        likes
            Ids or titles of items that count as done.
        searches
            Texts; the items that they mean count as interest.
        now
            Count what the users have done since the run was published.

        Returns
        -------
        DataFrame
            ``user_id, item_id, rank, score, title, source``, best first. ``source`` says where a row comes from:
            ``model``, or for users of whom the model knows nothing ``content``, ``knowledge`` or ``popularity``.

        Raises
        ------
        NotFoundError
            No run is published, or there is no such user or item.
        ConfigError
            ``where`` is no predicate.
        """
        import pandas as pd

        from graphrec.api.ids import check_k, listed
        from graphrec.serving.recommend import recommend

        check_k(k)
        if users is None and (now or not (likes or searches)):
            raise InputError("nobody to recommend to", hint="give users; or likes or searches, without now=True")
        asked = None if users is None else listed(users)
        found = recommend(self._db, self.settings, asked, k, where=where, likes=likes, searches=searches, now=now)
        rows = [{"user_id": one.user, **row} for one in found for row in one.rows]
        frame = pd.DataFrame(rows, columns=["user_id", "item", "rank", "score", "title", "source"])
        return frame.rename(columns={"item": "item_id"})

    def similar_items(self, items: Hashable | Iterable[Hashable], k: int = 10, *, by: By = "embedding") -> DataFrame:
        """Return the items most like some items.

        Parameters
        ----------
        items
            Ids or titles, one or several.
        k
            At most so many similar items each.
        by
            ``embedding``: who likes them, by the published run; otherwise what they are.

        Returns
        -------
        DataFrame
            ``item_id, similar_item_id, rank, score, title``; the score is a cosine.

        Raises
        ------
        NotFoundError
            No run is published, there is no such item, or it has no such vector.
        """
        import pandas as pd

        from graphrec.api.ids import listed
        from graphrec.serving.lookup import find_item
        from graphrec.serving.similar_items import similar

        rows: list[dict[str, Any]] = []
        for item in listed(items):
            key, _ = find_item(self._db, self.settings.graph, str(item))
            found = similar(self._db, self.settings.graph, key, k, by)
            rows += [{"item_id": key, "rank": rank, **row} for rank, row in enumerate(found, start=1)]
        frame = pd.DataFrame(rows, columns=["item_id", "item", "rank", "score", "title"])
        return frame.rename(columns={"item": "similar_item_id"})

    def search(self, text: str, k: int = 10) -> DataFrame:
        """Return the items whose content is nearest to a text.

        Returns
        -------
        DataFrame
            ``rank, item_id, title, score``.

        Raises
        ------
        GraphError
            The items are not embedded yet.
        EncoderError
            The encoder that made their vectors cannot be loaded, or understands no texts.
        """
        import pandas as pd

        from graphrec.serving.search import search

        if not text.strip():
            raise InputError("the text to search for is empty", hint="describe what to look for")
        rows = search(self._db, self.settings, text, k)
        return pd.DataFrame(rows, columns=["rank", "item", "title", "score"]).rename(columns={"item": "item_id"})

    def explain(self, user: Hashable, item: Hashable, k: int = 5) -> DataFrame:
        """Return why an item is, or is not, for a user: the evidence in the graph.

        Parameters
        ----------
        user
            An id.
        item
            An id or a title.
        k
            At most so many reasons of each kind.

        Returns
        -------
        DataFrame
            ``kind, sentence, score, count, total, entity, via``: the most specific reason of each kind first.

        Raises
        ------
        NotFoundError
            No run is published, or there is no such user or item.
        """
        import pandas as pd

        from graphrec.serving.explain import explain
        from graphrec.serving.lookup import find_item
        from graphrec.serving.user_status import find_user

        key, _ = find_user(self._db, self.settings.graph, str(user))
        found, _ = find_item(self._db, self.settings.graph, str(item))
        reasons = [reason.to_dict() for reason in explain(self._db, self.settings.graph, key, found, k)]
        return pd.DataFrame(reasons, columns=["kind", "sentence", "score", "count", "total", "entity", "via"])

    def update(self) -> Updated:
        """Take in what has changed in the graph since the published run, without training, and publish the result.

        Returns
        -------
        Updated
            The new run and what had changed; the same run where nothing had.

        Raises
        ------
        NotFoundError
            No run is there to update.
        TrainingError
            The graph has changed in a way that needs a new training.
        """
        import time

        from graphrec.publishing.publish import publish
        from graphrec.publishing.registry import active_run
        from graphrec.updating.current_graph import base_run, today
        from graphrec.updating.update import update

        began = time.perf_counter()
        active = active_run(self._db)
        base = base_run(self.settings, None, active)
        done = update(self.settings, base, today(self._db, self.settings, base), began)
        wanted = self.settings.publish
        k, similar = (active.k, active.similar_k) if active else (wanted.k, wanted.similar)
        publish(self._db, done.run, k, wanted.batch, self.settings, similar)
        return done

    def forget(self, user: Hashable) -> Forgotten:
        """Remove a user from Neo4j, from every run directory and from the reject files, and prove it by a search.

        It cannot be undone. What weights have learned stays until the next training.

        Raises
        ------
        NotFoundError
            There is no such user.
        DatabaseError
            Neo4j refused, or something is left.
        """
        from graphrec.erasure.erase import forget, require_nothing
        from graphrec.erasure.trace import nobody, search, wanted_of

        wanted = wanted_of(self._db, self.settings, str(user), None, (), ())
        if not search(self._db, self.settings, wanted):
            raise nobody(self._db, self.settings, str(user))
        done = forget(self._db, self.settings, wanted)
        require_nothing(done)
        return done

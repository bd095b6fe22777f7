"""Say why: explanations, evidence, what would change a list, and copy. torch is imported only if needed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graphrec.api.connection import GraphConnection
from graphrec.api.face import python_faces
from graphrec.api.journal import journaled_calls
from graphrec.config.copy_settings import Kind, Lang, Tone
from graphrec.config.ids import with_lists_within

if TYPE_CHECKING:
    from pandas import DataFrame

    from graphrec.explanation.explanation import Explanation
    from graphrec.presentation.explanation_html import PicturedExplanation


@python_faces
@journaled_calls
class GraphExplainer(GraphConnection):
    """An open graph that says why."""

    def explain(
        self,
        user: Hashable,
        item: Hashable,
        k: int = 5,
        *,
        at: str | float | datetime | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> DataFrame:
        """Return the paths that carry the score of an item for a user, as sentences with their shares of it.

        Parameters
        ----------
        user
            An id.
        item
            An id or a title.
        k
            Most reasons of each kind.
        at, context
            The time and the situation that the score is for, as for :meth:`recommend`.

        Returns
        -------
        DataFrame
            ``kind, sentence, share, count, name, via, exists``, the largest share first. ``exists``: whether every edge
            of the path is in the database now. :meth:`explanation` has the rest of the score.

        Raises
        ------
        NotFoundError
            No run is published, its directory is not here, or the user or item does not exist or is not in it.
        InputError
            The run is damaged, or of an early release.
        """
        import pandas as pd

        from graphrec.api.ids import with_tuple

        rows = [
            {
                "kind": reason.kind,
                "sentence": reason.sentence(),
                "share": reason.share,
                "count": reason.count,
                "name": reason.name,
                "via": [with_tuple(via.item, self.settings.graph.item) for via in reason.via],
                "exists": reason.exists,
            }
            for reason in self._explained(user, item, k, at, context).reasons
        ]
        return pd.DataFrame(rows, columns=["kind", "sentence", "share", "count", "name", "via", "exists"])

    def explanation(
        self,
        user: Hashable,
        item: Hashable,
        k: int = 5,
        *,
        at: str | float | datetime | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> PicturedExplanation:
        """Return what the score of an item for a user is made of, with titles and paths as the graph has them now.

        A notebook shows it as a picture, with the items' images that are on this machine.

        Parameters
        ----------
        user, item, k, at, context
            As for :meth:`explain`.

        Raises
        ------
        NotFoundError, InputError
            As :meth:`explain`.
        """
        from graphrec.presentation.explanation_html import PicturedExplanation, pictured
        from graphrec.presentation.recommendation_page import posters

        found = self._explained(user, item, k, at, context)
        images = posters(self._db, self.settings.graph, pictured(found), self.settings.media_folders)
        return PicturedExplanation.of(found, images)

    def _explained(
        self, user: Hashable, item: Hashable, k: int, at: Any, context: Mapping[str, Any] | None
    ) -> Explanation:
        from graphrec.api.ids import check_k
        from graphrec.graph.situation import situation
        from graphrec.serving.explain_score import explain_score

        check_k(k)
        return explain_score(self._db, self.settings, user, item, k, situation(self.settings.graph, at, context))

    def write(
        self,
        user: Hashable | None,
        item: Hashable,
        *,
        kind: Kind | None = None,
        lang: Lang | None = None,
        tone: Tone | None = None,
        segment: str | None = None,
    ) -> dict[str, Any]:
        """Return a text about an item for a user, from facts of the graph, with the verdict on every sentence.

        Parameters
        ----------
        user
            An id; None: for everybody, from facts about the item alone.
        item
            An id or a title.
        kind, lang, tone
            ``blurb``, ``email``, ``push`` or ``article``; ``en`` or ``zh``; ``neutral``, ``warm``, ``playful`` or
            ``formal``; by default as ``segment``, or ``[copy]``, says.
        segment
            A name of ``[copy.segments]``.

        Returns
        -------
        dict
            ``text``; ``how``: ``template``, or ``model NAME``; ``why`` a template took the model's place; ``share`` of
            the sentences that are supported; ``sentences`` with the verdict on each; ``facts`` that the text states,
            with the element ids of their nodes and relationships; and ``user, item, title, kind, lang, tone, segment,
            run_id``.

        Raises
        ------
        NotFoundError
            No run is published, its directory is not here, or there is no such user, item or segment.
        EncoderError, ConfigError
            A model that the settings name cannot be opened.
        """
        from graphrec.copywriting.write import write_copy

        found = write_copy(self._db, self.settings, user, item, kind=kind, lang=lang, tone=tone, segment=segment)
        return dict(with_lists_within(found.to_dict(), self.settings.graph.user, self.settings.graph.item))

    def what_if(self, user: Hashable, item: Hashable, k: int = 10) -> dict[str, Any]:
        """Return what an item's place in a user's list depends on: see :meth:`graphrec.Model.what_if`.

        Parameters
        ----------
        user, item
            As for :meth:`explain`.
        k
            Length of the list.

        Raises
        ------
        NotFoundError
            As :meth:`explain`.
        InputError
            The user has done or dislikes the item.
        """
        from graphrec.api.ids import check_k
        from graphrec.serving.explain_score import what_if_score

        check_k(k)
        found = what_if_score(self._db, self.settings, user, item, k)[0].to_dict()
        return dict(with_lists_within(found, self.settings.graph.user, self.settings.graph.item))

    def evidence(self, user: Hashable, item: Hashable, k: int = 5) -> DataFrame:
        """Return what connects a user with an item in the graph, whatever the model makes of it.

        Parameters
        ----------
        user
            An id.
        item
            An id or a title.
        k
            Most reasons of each kind.

        Returns
        -------
        DataFrame
            ``kind, sentence, score, count, total, entity, via``: the most specific reason of each kind first.

        Raises
        ------
        NotFoundError
            No run is published, or the user or item does not exist.
        """
        import pandas as pd

        from graphrec.api.ids import check_k
        from graphrec.serving.explain import explain
        from graphrec.serving.lookup import find_item
        from graphrec.serving.user_status import find_user

        check_k(k)
        key, _ = find_user(self._db, self.settings.graph, user)
        found, _ = find_item(self._db, self.settings.graph, item)
        reasons = [reason.to_dict() for reason in explain(self._db, self.settings.graph, key, found, k)]
        return pd.DataFrame(reasons, columns=["kind", "sentence", "score", "count", "total", "entity", "via"])

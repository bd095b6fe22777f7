"""Why an item is recommended to a person, in sentences: what its score is made of, or else what the graph knows."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graphrec.assistant.actions import Id, Language
from graphrec.assistant.phrases import say
from graphrec.common.errors import GraphrecError, NotFoundError
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.explanation.named_reason import NamedReason, Via
from graphrec.serving.explain import Reason, explain
from graphrec.serving.user_status import read_statuses

if TYPE_CHECKING:
    from graphrec.explanation.explain import Explainer
    from graphrec.explanation.explanation import Explanation

#: Reasons that are told, and reasons of each kind that they are chosen from.
TOLD, _EACH = 2, 2
#: Kind of evidence in the graph → kind of reason with sentences in every language.
_KINDS: dict[str, Any] = {"entity": "entity", "link": "link", "content": "content", "behaviour": "item"}


class Reasons:
    """Explains; the run is opened at the first question, and held until another is active.

    Parameters
    ----------
    db, settings
        The database and the project's settings.
    """

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._lock = threading.Lock()
        self._state: tuple[object, ...] = ()
        self._explainer: Explainer | None = None

    def sentences(self, user: Id, item: Id, found: Explanation | None, language: Language) -> list[str]:
        """Return the strongest reasons; none where none may be told.

        Parameters
        ----------
        found
            What the score is made of (:meth:`explained`).
        """
        if found is not None and found.reasons:
            reasons = [(one, one.share / found.score if found.score > 0 else 0.0) for one in found.reasons]
        else:
            reasons = [(one, 0.0) for one in self._evidence(user, item)]
        return [_said(one, share, language) for one, share in reasons[:TOLD]]

    def rank(self, user: Id, item: Id) -> int | None:
        """Return the place of an item among all that are new to a user; None where it has none."""
        found = self._explained(user, item, 1)
        return None if found is None else found.rank

    def explained(self, user: Id, item: Id) -> Explanation | None:
        """Return what a score is made of; None where the run does not have the user or the item, or is not here.

        Its reasons are those that are told. Reasons that rest on others' behaviour are the last choice: how many others
        there are is counted in the graph, which takes long for popular items.
        """
        from graphrec.explanation.in_graph import named

        found = self._explained(user, item, _EACH)
        if found is None:
            return None
        by_kind = sorted(found.reasons, key=lambda reason: reason.kind == "item")
        chosen = replace(found, reasons=by_kind[:TOLD])
        return named(self._db, self._settings.graph, chosen, None, self._settings.publish.reason_users)

    def _explained(self, user: Id, item: Id, k: int) -> Explanation | None:
        """Return what a score is made of, by ids; ``k``: reasons of each kind."""
        from graphrec.explanation.explain import row_of

        try:
            (status,) = read_statuses(self._db, self._settings.graph, [user])
            if status is None or not status.known:
                return None
            explainer = self._opened(status.run_id)
        except NotFoundError:
            return None
        place = explainer.run.item_positions.get(item)
        return None if place is None else explainer.explain(row_of(explainer.run, status.user), place, k)

    def _opened(self, run_id: str) -> Explainer:
        from graphrec.explanation.attribution import Attribution
        from graphrec.explanation.explain import Explainer
        from graphrec.runs.store import published_run
        from graphrec.serving.explain_score import INSTEAD, NEEDED
        from graphrec.serving.live_answers import files_of

        with self._lock:
            run = None if self._explainer is None else self._explainer.run
            if self._explainer is None or run is None or self._state != (run_id, *files_of(run)):
                run = published_run(self._settings, run_id, needed=NEEDED, instead=INSTEAD)
                run.require_encoder()
                self._explainer = Explainer(Attribution(run), self._settings.publish.reason_users)
                self._state = (run_id, *files_of(run))
            return self._explainer

    def _evidence(self, user: Id, item: Id) -> list[NamedReason]:
        try:
            found = explain(self._db, self._settings.graph, user, item, k=1)
        except GraphrecError:
            return []
        return [_named(one) for one in found if one.kind in _KINDS]


def _named(reason: Reason) -> NamedReason:
    """Return evidence of the graph as a reason that is worded in every language."""
    via = tuple(Via(item, title) for item, title in zip(reason.via, reason.via_titles, strict=True))
    relations = (*reason.relations, *reason.incoming)
    modality = "reading" if reason.kind == "content" else ""
    return NamedReason(_KINDS[reason.kind], 0.0, via, reason.count, None, reason.entity, relations, modality)


def _said(reason: NamedReason, share: float, language: Language) -> str:
    sentence = reason.sentence(language)
    if not 0.005 <= share <= 1:
        return sentence
    return say(language, "why.share", sentence=sentence, share=f"{share:.0%}")

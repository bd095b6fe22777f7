"""The operations of the service as methods, named as in its OpenAPI document, and described once for both clients."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from graphrec.client.call import AnyId, Call, model, operation, segment, typed
from graphrec.client.models import (
    By,
    CatalogueItem,
    Health,
    Listed,
    Modality,
    Recommendations,
    Scalar,
    SessionEvent,
    SimilarItems,
    User,
)
from graphrec.client.models_copy import Kind, Lang, PersonalCopy, Tone
from graphrec.client.models_page import About, Pictures
from graphrec.client.operations_admin import Cataloguing, Running
from graphrec.client.operations_chat import Chatting
from graphrec.client.operations_events import Sending

#: For where an argument is called ``segment``.
_path = segment


class Reading:
    """Operations for the scope ``read``, and those that are open to everybody."""

    @operation
    def recommend(
        self,
        user: AnyId,
        k: int = 10,
        *,
        where: Sequence[str] = (),
        exclude: Sequence[AnyId] = (),
        category: str | None = None,
        explain: bool = False,
        now: bool = False,
        at: str | None = None,
        context: Mapping[str, Scalar] | None = None,
    ) -> Call[Recommendations]:
        """Return a user's recommendations from the published run.

        Parameters
        ----------
        user
            Id of the user.
        k
            Most items.
        where
            Names of filters of ``[serve.filters]``; all must fit.
        exclude
            Items to leave out.
        category
            Id or name of an entity that the items are tied to.
        explain
            Whether to give the reasons of each item.
        now
            Whether to count what the user did since the run was published.
        at
            The time that the list is for: ``now``, ``18:30`` (today), ISO 8601, or epoch seconds.
        context
            Values of the filters' parameters, and of the context of behaviours.

        Raises
        ------
        NotFoundError
            There is no such user or filter, or no published run.
        """
        params = {
            "k": k,
            "where": list(where),
            "exclude": [typed(one) for one in exclude],
            "category": category,
            "explain": explain or None,
            "now": now or None,
            "at": at,
            "context": [f"{name}={_written(value)}" for name, value in (context or {}).items()],
        }
        return Call("GET", f"/v1/users/{segment(user)}/recommendations", model(Recommendations), params)

    @operation
    def recommend_anonymous(
        self,
        k: int = 10,
        *,
        likes: Sequence[AnyId] = (),
        searches: Sequence[str] = (),
        events: Sequence[SessionEvent] = (),
        context: Mapping[str, Scalar] | None = None,
        where: Sequence[str] = (),
        exclude: Sequence[AnyId] = (),
        category: AnyId | None = None,
        at: str | None = None,
    ) -> Call[Recommendations]:
        """Return recommendations to an anonymous visitor.

        Parameters
        ----------
        k
            Most items.
        likes, searches, events
            Items that the visitor likes, words they looked for, and what they did, in order.
        context, where, exclude, category, at
            As in :meth:`recommend`.
        """
        body = changes(k, likes, searches, events, context, where, exclude, category, at)
        return Call("POST", "/v1/recommendations", model(Recommendations), body=body)

    @operation
    def preview(
        self,
        user: AnyId,
        k: int = 10,
        *,
        likes: Sequence[AnyId] = (),
        dislikes: Sequence[AnyId] = (),
        searches: Sequence[str] = (),
        events: Sequence[SessionEvent] = (),
        context: Mapping[str, Scalar] | None = None,
        where: Sequence[str] = (),
        exclude: Sequence[AnyId] = (),
        category: AnyId | None = None,
        at: str | None = None,
    ) -> Call[Recommendations]:
        """Return what a user would be recommended after further likes, dislikes or searches; nothing is stored.

        The arguments are those of :meth:`recommend_anonymous`.
        """
        body = changes(k, likes, searches, events, context, where, exclude, category, at) | {"dislikes": list(dislikes)}
        return Call("POST", f"/v1/users/{segment(user)}/preview", model(Recommendations), body=body)

    @operation
    def explain(
        self, user: AnyId, item: AnyId, *, k: int = 5, lang: Literal["en", "zh"] = "en"
    ) -> Call[dict[str, Any]]:
        """Return what the score of an item for a user is made of.

        Parameters
        ----------
        user, item
            Ids.
        k
            Most reasons of each kind.
        lang
            Language of the sentences.
        """
        path = f"/v1/users/{segment(user)}/items/{segment(item)}/explanation"
        return Call("GET", path, lambda answer: json.loads(answer.content), {"k": k, "lang": lang})

    @operation
    def copy(
        self,
        user: AnyId,
        item: AnyId,
        *,
        kind: Kind | None = None,
        lang: Lang | None = None,
        tone: Tone | None = None,
        segment: str | None = None,
    ) -> Call[PersonalCopy]:
        """Return a text about an item for a user, from facts of the graph, with the verdict on every sentence.

        Parameters
        ----------
        user, item
            Ids.
        kind, lang, tone
            By default as ``segment`` says, or the service's ``[copy]``.
        segment
            A name of ``[copy.segments]``.
        """
        params = {"kind": kind, "lang": lang, "tone": tone, "segment": segment}
        return Call("GET", f"/v1/users/{_path(user)}/items/{_path(item)}/copy", model(PersonalCopy), params)

    @operation
    def user(self, user: AnyId, *, k: int = 50) -> Call[User]:
        """Return what a user did, the latest ``k`` first."""
        return Call("GET", f"/v1/users/{segment(user)}", model(User), {"k": k})

    @operation
    def item(self, item: AnyId) -> Call[CatalogueItem]:
        """Return an item by its id or title: its properties, and the knowledge around it."""
        return Call("GET", f"/v1/items/{segment(item)}", model(CatalogueItem))

    @operation
    def item_image(self, item: AnyId) -> Call[bytes]:
        """Return an item's picture as a small JPEG."""
        return Call("GET", f"/v1/items/{segment(item)}/image", lambda answer: answer.content)

    @operation
    def similar(self, item: AnyId, k: int = 10, *, by: By = "embedding") -> Call[SimilarItems]:
        """Return the items most similar to one, by users' behaviour or by content; the score is a cosine."""
        return Call("GET", f"/v1/items/{segment(item)}/similar", model(SimilarItems), {"k": k, "by": by})

    @operation
    def find_items(self, q: str, k: int = 10) -> Call[Listed]:
        """Return the items whose title begins with a text or holds it."""
        return Call("GET", "/v1/items", model(Listed), {"q": q, "k": k})

    @operation
    def search(
        self,
        q: str,
        k: int = 10,
        *,
        by: Modality | None = None,
        user: AnyId | None = None,
        at: str | None = None,
        context: Mapping[str, Scalar] | None = None,
    ) -> Call[Listed]:
        """Return the items whose content is nearest to words, by cosine; or ranked for a user, and a time."""
        asked = {"q": q, "k": k, "by": by, "user": None if user is None else typed(user), "at": at}
        asked["context"] = [f"{name}={value}" for name, value in (context or {}).items()]
        return Call("GET", "/v1/search", model(Listed), asked)

    @operation
    def search_by_file(self, file: Path, modality: Literal["image", "audio"], k: int = 10) -> Call[Listed]:
        """Return the items whose picture or sound is nearest to that of a file; the score is a cosine."""
        files = {"file": (file.name, file.read_bytes())}
        return Call("POST", "/v1/search", model(Listed), {"k": k}, form={"modality": modality}, files=files)

    @operation
    def popular(self, k: int = 10, *, where: Sequence[str] = (), category: str | None = None) -> Call[Listed]:
        """Return the items with the most users; the score is their number."""
        return Call("GET", "/v1/popular", model(Listed), {"k": k, "where": list(where), "category": category})

    @operation
    def latest(self, k: int = 10, *, where: Sequence[str] = (), category: str | None = None) -> Call[Listed]:
        """Return the newest items."""
        return Call("GET", "/v1/latest", model(Listed), {"k": k, "where": list(where), "category": category})

    @operation
    def pictures(self, item: Sequence[AnyId]) -> Call[Pictures]:
        """Return the pictures of many items at once, as ``data:`` addresses; items without one are left out."""
        return Call("GET", "/v1/pictures", model(Pictures), {"item": [typed(one) for one in item]})

    @operation
    def about(self) -> Call[About]:
        """Return what requests may name (behaviours, searches, filters), and what the caller may do."""
        return Call("GET", "/v1/about", model(About))

    @operation
    def live(self) -> Call[Health]:
        """Say that the process runs."""
        return Call("GET", "/health/live", model(Health))

    @operation
    def ready(self) -> Call[Health]:
        """Say whether recommendations can be answered; ``status`` is ``unavailable`` where they cannot."""
        return Call("GET", "/health/ready", model(Health), accepts=frozenset({503}))

    @operation
    def metrics(self) -> Call[str]:
        """Return the service's numbers in Prometheus' text format."""
        return Call("GET", "/metrics", lambda answer: answer.text)


class Operations(Reading, Chatting, Sending, Cataloguing, Running):
    """All operations."""


def _written(value: Scalar) -> str:
    """Return a value as text; booleans as in JSON."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def changes(
    k: int,
    likes: Sequence[AnyId],
    searches: Sequence[str],
    events: Sequence[SessionEvent],
    context: Mapping[str, Scalar] | None,
    where: Sequence[str],
    exclude: Sequence[AnyId],
    category: AnyId | None,
    at: str | None,
) -> dict[str, Any]:
    """Return the body of what somebody did since, or did without being known."""
    return {
        "k": k,
        "likes": list(likes),
        "searches": list(searches),
        "events": [event.model_dump(mode="json", exclude_none=True) for event in events],
        "context": dict(context or {}),
        "where": list(where),
        "exclude": list(exclude),
        "category": category,
        "at": at,
    }

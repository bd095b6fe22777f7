"""Bodies and answers of the service, as pydantic models: the service serves them, the client returns them.

Ids are what the graph stores: texts or numbers; a composite key is a list.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = int | float | str | list[int | float | str]
#: Ids in requests: ``"196"`` finds ``196`` and the other way round.
GivenId = Annotated[int | str | list[int | str], Field(examples=["196"])]
ShortText = Annotated[str, Field(min_length=1, max_length=1_000)]
Scalar = str | int | float | bool
#: Where the type of a problem begins that names one of graphrec's errors.
KIND = "urn:graphrec:error:"
By = Literal["embedding", "content", "text", "image", "audio"]
Modality = Literal["text", "image", "audio"]
TokenScope = Literal["read", "events"]


class Body(BaseModel):
    """Base of what is sent: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Item(BaseModel):
    """An item in a list.

    ``score`` is the model's, or a cosine: higher is better, comparable within one list. ``source`` says what it rests
    on: ``model``, ``content``, ``knowledge`` or ``popularity``.
    """

    rank: int
    item_id: Id
    title: str
    score: float
    source: str | None = None
    interest: int | None = Field(default=None, description="Number of the interest, where several take turns.")
    match: float | None = Field(default=None, description="Cosine with what a user searched for.")
    why: list[str] | None = Field(default=None, description="Reasons, the strongest first; with `explain` only.")


class Recommendations(BaseModel):
    """Recommendations from one published run."""

    user_id: Id | None = Field(description="As stored; null for an anonymous visitor.")
    run_id: str
    stale: bool = Field(default=False, description="Neo4j is away: this is an earlier answer.")
    reason: str = Field(default="", description="Why there are fewer items than asked for.")
    items: list[Item]


class SessionEvent(Body):
    """Something that an anonymous visitor did."""

    type: ShortText = Field(examples=["RATED"])
    item_id: GivenId
    at: datetime | None = Field(default=None, description="Null: now. Events without times are in the order given.")
    value: float | None = Field(default=None, description="The strength, such as a rating.")


class AnonymousRequest(Body):
    """What an anonymous visitor likes, looked for or did."""

    likes: list[GivenId] = Field(default=[], max_length=1_000)
    searches: list[ShortText] = Field(default=[], max_length=20)
    events: list[SessionEvent] = Field(default=[], max_length=1_000)
    context: dict[str, Scalar] = Field(
        default={}, max_length=50, description="Values of the filters' parameters, and of the context of behaviours."
    )
    at: ShortText | None = Field(default=None, description="The time that the list is for; null: any time.")
    k: int = Field(default=10, ge=1, le=1_000)
    where: list[str] = Field(default=[], max_length=20, description="Names of filters of `[serve.filters]`.")
    exclude: list[GivenId] = Field(default=[], max_length=1_000)
    category: GivenId | None = Field(default=None, description="Id or name of an entity that the items are tied to.")


class SimilarItems(BaseModel):
    """Items similar to one."""

    item_id: Id
    by: By
    items: list[Item]


class Listed(BaseModel):
    """Items in an order: found by a search, nearest first; or the same for everybody: the most users, or the newest."""

    items: list[Item]


class Past(BaseModel):
    """A behaviour of a user."""

    item_id: Id
    title: str
    type: str
    weight: float
    at: datetime | None = None


class User(BaseModel):
    """A user: what they did, the latest first."""

    user_id: Id
    in_run: bool = Field(description="Whether the active run includes the user; false where none is published.")
    total: int
    behaviours: list[Past]


class CatalogueItem(BaseModel):
    """An item as it is in the graph."""

    item_id: Id
    title: str
    available: bool
    users: int = Field(description="Number of users with a behaviour on it.")
    modalities: list[str] = Field(description="Content vectors that it has.")
    properties: dict[str, Any]
    entities: list[dict[str, Any]] = Field(description="Knowledge around it: type, id, name.")


class Run(BaseModel):
    """A published run."""

    run_id: str
    active: bool
    state: str
    created_at: datetime
    published_at: datetime | None
    users: int
    items: int
    links: int
    k: int
    metrics: dict[str, Any]


class Runs(BaseModel):
    """The runs published in the database, and the trained ones that are not."""

    active: str | None
    runs: list[Run]
    unpublished: list[str]


class Switched(BaseModel):
    """The run that readers see now."""

    run_id: str
    before: str | None


class TokenRequest(Body):
    """Whom a token is for."""

    user_id: GivenId
    expires_in: int = Field(default=3_600, ge=1, le=86_400, description="Seconds.")
    scopes: list[TokenScope] | None = Field(
        default=None, min_length=1, max_length=2, description="Null: those of the key that asks, without `admin`."
    )


class Token(BaseModel):
    """A token for one user, to be sent as `Authorization: Bearer TOKEN`."""

    token: str
    user_id: GivenId
    scopes: list[TokenScope]
    expires_in: int = Field(description="Seconds.")


class Health(BaseModel):
    """Whether the service can answer."""

    status: Literal["ok", "unavailable"]
    run_id: str | None = None
    detail: str = ""


class Problem(BaseModel):
    """An error (RFC 9457): what was wrong, where, and what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    value: Any = Field(default=None, description="The value that is wrong.")
    place: str | None = Field(default=None, description="Where it was given, such as `query.k` or `body.likes.0`.")
    hint: str | None = Field(default=None, description="The next step.")
    errors: list[dict[str, Any]] | None = Field(default=None, description="All faults, where there are several.")


class Event(Body):
    """Something that a user did: a behaviour on an item, or a search for words."""

    user_id: GivenId
    type: ShortText = Field(description="A behaviour or search of the graph's mapping.", examples=["RATED"])
    item_id: GivenId | None = Field(default=None, description="Of a behaviour.", examples=["50"])
    at: datetime | None = Field(default=None, description="UTC without a time zone; null: now.")
    value: float | str | None = Field(default=None, description="The strength, such as a rating.")
    text: ShortText | None = Field(default=None, description="Of a search.")
    context: dict[str, str | int | bool] = Field(
        default={},
        max_length=8,
        description="The circumstances, of a behaviour: properties of the mapping's `context`.",
    )
    key: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Names the event, such as an order's number: sent again, it is not stored again.",
    )


class Events(Body):
    """Several events, stored as a whole."""

    events: list[Event] = Field(min_length=1, max_length=1_000)


class Impression(Body):
    """Items that a user was shown in one list."""

    user_id: GivenId
    item_ids: list[GivenId] = Field(min_length=1, max_length=1_000)
    run_id: str | None = Field(default=None, max_length=200, description="`run_id` of the answer that was shown.")
    at: datetime | None = Field(default=None, description="UTC without a time zone; null: now.")
    key: str | None = Field(default=None, min_length=1, max_length=200, description="Sent again, it counts once.")


class Impressions(Body):
    """Several impressions, stored as a whole."""

    impressions: list[Impression] = Field(min_length=1, max_length=1_000)


class Taken(BaseModel):
    """What became of events: ``stored`` in Neo4j, or ``queued`` on the disk, in order, until Neo4j is back."""

    status: Literal["stored", "queued"]
    count: int


class DeadEvent(BaseModel):
    """An event that was queued and could not be written."""

    user_id: Id
    type: str
    item_id: Id | None = None
    text: str | None = None
    key: str
    at: datetime
    reason: str


class DeadEvents(BaseModel):
    """Events that could not be written, the latest first, and how many there are."""

    total: int
    events: list[DeadEvent]


Value = Scalar | list[Scalar] | None
Properties = Annotated[
    dict[str, Value], Field(max_length=200, examples=[{"title": "Duel", "price": 9.5, "stock": 3, "hidden": False}])
]


class NewItem(Body):
    """An item to make."""

    item_id: GivenId
    properties: Properties = {}


class ItemChange(Body):
    """Properties of an item: name to value; null removes one."""

    properties: Properties


class ItemChanged(BaseModel):
    """What became of an item."""

    item_id: Id
    created: bool
    note: str | None = Field(default=None, description="The next step, where its vectors are of older content.")


class ItemDeleted(BaseModel):
    """What was removed with an item: its relationships by type."""

    item_id: Id
    relationships: dict[str, int]

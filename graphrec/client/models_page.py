"""Bodies and answers that the page of the service asks for; other clients may use them too."""

from __future__ import annotations

from pydantic import BaseModel, Field

from graphrec.client.models import AnonymousRequest, GivenId, Id, Item


class BehaviourType(BaseModel):
    """A type of behaviour, and how an event of it says that somebody likes or dislikes an item."""

    type: str
    negative: bool = Field(description="Whether every behaviour of this type is a dislike.")
    strength: str | None = Field(description="Property of the strength, if it has one.")
    likes: float | None = Field(description="A strength that is no dislike; null: none is needed.")
    dislikes: float | None = Field(description="A strength that is a dislike; null: no strength is one.")
    recordable: bool = Field(description="Whether events of this type can be stored.")


class NamedFilter(BaseModel):
    """A filter of `[serve.filters]`."""

    name: str
    parameters: list[str]


class About(BaseModel):
    """What requests may name, and what the caller may do."""

    version: str
    run_id: str | None = Field(description="The active run; null: nothing is published yet.")
    scopes: list[str]
    user: Id | None = Field(description="The only user that the caller may read, if any.")
    behaviours: list[BehaviourType]
    searches: list[str] = Field(description="Types of search events.")
    filters: list[NamedFilter]
    hidden: str = Field(description="Property of an item that hides it; empty: none does.")
    stock: str = Field(description="Property of an item with its stock; empty: none has it.")
    media: list[str] = Field(description="Modalities of the items: text, image, audio.")


class ItemUser(BaseModel):
    """A user of an item, and what they did."""

    user_id: Id
    type: str


class ItemUsers(BaseModel):
    """Users of an item."""

    item_id: Id
    users: list[ItemUser]


class Picture(BaseModel):
    """A small picture of an item."""

    item_id: Id
    image: str = Field(description="A `data:` address of a JPEG.")


class Pictures(BaseModel):
    """Pictures of those of the items that have one on the machine of the service."""

    pictures: list[Picture]


class Preview(AnonymousRequest):
    """Changes to try on a user; nothing of them is stored."""

    dislikes: list[GivenId] = Field(default=[], max_length=1_000)


class RunList(BaseModel):
    """What one run recommends to the user of a comparison."""

    run_id: str
    known: bool = Field(description="Whether the run includes the user.")
    items: list[Item]


class Comparison(BaseModel):
    """What published runs recommend to one user."""

    user_id: Id
    runs: list[RunList]

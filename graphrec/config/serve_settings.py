"""``[serve]`` of ``graphrec.toml``: the service (:mod:`graphrec.service`)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from graphrec.config.table import NonNegative, NonNegativeInt, Positive, Table

Port = Annotated[int, Meta(ge=0, le=65_535)]
Name = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$",
        description="a letter, and then letters, digits, _ and -, together at most 64",
    ),
]
#: As browsers send it: no path, no final slash, no wildcard.
Origin = Annotated[
    str,
    Meta(
        pattern=r"^https?://[a-z0-9.\[\]:-]+$",
        description="an origin as browsers send it, such as https://shop.example:8443: in lower case, "
        "without a path or a final slash",
    ),
]
#: A number and ``s``, ``m``, ``h`` or ``d``; empty: never.
Interval = Annotated[
    str,
    Meta(
        pattern=r"^([1-9][0-9]{0,5}[smhd])?$",
        description="a number and s, m, h or d, such as 15m or 6h; an empty text: never",
    ),
]


class ServeSettings(Table, frozen=True):
    """Settings of ``graphrec serve``."""

    host: str = "127.0.0.1"
    #: 0: any free port.
    port: Port = 8000
    #: Processes that answer.
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    #: Name → Cypher predicate on an item ``i``: the only filters that requests may use, by their names.
    filters: dict[Name, str] = {}
    #: Properties that take an item out of every answer at once: true; a time in the past; a number of 0 or less.
    #: Empty: no such property.
    hidden: str = "hidden"
    expires: str = "expiresAt"
    stock: str = "stock"
    #: An item shown this often without a reaction steps back behind the others; 0: never.
    cool_down: NonNegativeInt = 0
    #: Days for which a showing counts.
    cool_down_days: Positive = 7
    #: Published run → its share of the users; empty: everybody gets the active run.
    experiment: dict[str, NonNegative] = {}
    #: How often changes in the graph are taken in: ``15m``, ``6h``.
    update_every: Interval = ""
    #: Requests a minute of one key, or of one address without keys; 0: any number.
    rate: NonNegativeInt = 0
    #: Largest body of a request, in bytes.
    body: Positive = 1_048_576
    #: Largest upload of a picture or a sound, in bytes.
    upload: Positive = 16_777_216
    #: Seconds for a request to arrive and to be answered.
    timeout: Annotated[float, Meta(gt=0, le=3600)] = 30.0
    #: Origins of other web pages that may call the service.
    cors: tuple[Origin, ...] = ()
    #: Whether each process opens the run at its start, so that its first live answer takes no longer than others.
    preload: bool = False
    #: Answers kept in memory by each process, for the time when Neo4j is away.
    remember: NonNegativeInt = 10_000

"""What is said by day: the volume of posts and their tone, and sudden changes of either."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from graphrec.common.errors import GraphError, InputError, NotFoundError
from graphrec.config.ids import stored_forms
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.posts.changes import FEWEST, Floats, find_changes, without_weekdays
from graphrec.posts.ends import load
from graphrec.posts.trend_limits import DAYS, LEAST_RATE, MOST, RATE

Measure = Literal["volume", "tone"]


@dataclass(frozen=True)
class Day:
    """The posts of a day: their number, and their mean tone, from -1 to 1; None: none has one."""

    day: date
    posts: int
    judged: int
    tone: float | None


@dataclass(frozen=True)
class Alert:
    """A sudden change.

    Attributes
    ----------
    measure
        ``volume``, posts a day, or ``tone``.
    since, until
        First and last day of the change; ``until`` None: it goes on.
    before, within
        Mean of the days beside it, and of its own.
    p
        How often the same days in another order differ as much.
    """

    measure: Measure
    since: date
    until: date | None
    before: float
    within: float
    p: float


@dataclass(frozen=True)
class Trend:
    """What is said about one thing, or in all posts.

    Attributes
    ----------
    kind
        ``all``, ``item`` or ``entity``.
    subject
        Id of the item or entity; None: all posts.
    name
        Title or name.
    """

    kind: Literal["all", "item", "entity"]
    subject: Any
    name: str | None
    days: list[Day]
    alerts: list[Alert] = field(default_factory=list)

    @property
    def posts(self) -> int:
        """Number of posts."""
        return sum(day.posts for day in self.days)

    @property
    def tone(self) -> float | None:
        """Mean tone of all posts that have one."""
        judged = sum(day.judged for day in self.days)
        return sum(day.judged * (day.tone or 0.0) for day in self.days) / judged if judged else None


@dataclass(frozen=True)
class Trends:
    """Several trends.

    Attributes
    ----------
    rate
        Stated chance of a false alarm in each series without a change.
    series
        Number of series in which changes were looked for: ``rate * series`` false alarms are expected at most, where
        nothing changes.
    """

    since: date | None
    until: date | None
    rate: float
    series: int
    trends: list[Trend]


def read_trends(
    db: Database,
    settings: Settings,
    subject: str | None = None,
    *,
    days: int = DAYS,
    most: int = MOST,
    rate: float = RATE,
) -> Trends:
    """Return the trends of all posts and of what has most of them; or of one item or entity.

    Parameters
    ----------
    subject
        Id or name of an item or entity; None: all posts, and what has most of them.
    days
        Days that are looked at, up to that of the newest post.
    most
        Items and entities, those with the most posts.
    rate
        Chance of a false alarm in a series without a change.

    Raises
    ------
    GraphError
        No post has been read.
    InputError
        The rate is no chance, or smaller than can be told.
    NotFoundError
        There is no such item or entity.
    """
    if not LEAST_RATE <= rate < 1:
        raise InputError(f"a rate of {rate} false alarms", hint=f"give one from {LEAST_RATE} to 1, such as 0.01")
    schema = settings.graph
    newest = db.read(load("trends/newest", schema))[0]["newest"]
    if newest is None:
        raise GraphError(
            "no post with a time has been read",
            hint="graphrec load posts reads files of posts, or, without files, those that [graph.posts] maps",
        )
    last = _date(newest)
    first = last - timedelta(days=days - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    least = schema.posts.confidence
    found: list[Trend] = []
    if subject is None:
        rows = db.read(load("trends/all", schema), since=since)
        found.append(Trend("all", None, None, _days(row.data() for row in rows)))
        top = db.read(load("trends/most", schema), since=since, confidence=least, most=most)
        nodes = [row["node"] for row in top]
    else:
        nodes = [_find(db, settings, subject)]
    found += _of_nodes(db, settings, nodes, since)
    series = 0
    for number, trend in enumerate(found):
        found[number], looked = _with_alerts(trend, first, last, rate)
        series += looked
    return Trends(first, last, rate, series, found)


def _find(db: Database, settings: Settings, subject: str) -> str:
    """Return the element id of an item or entity; of several with the name, the one with the most posts."""
    ids = stored_forms(subject, settings.graph.item)
    rows = db.read(load("trends/subject", settings.graph), ids=list(ids), name=subject)
    if not rows:
        raise NotFoundError(
            f"no item and no entity {subject!r}", hint="give an id or a whole title; graphrec trends lists some"
        )
    return str(rows[0]["node"])


def _of_nodes(db: Database, settings: Settings, nodes: Sequence[str], since: datetime) -> list[Trend]:
    schema = settings.graph
    told = {row["node"]: row.data() for row in db.read(load("trends/named", schema), nodes=list(nodes))}
    by: dict[str, list[Mapping[str, Any]]] = {}
    for row in db.read(load("trends/of", schema), nodes=list(nodes), since=since, confidence=schema.posts.confidence):
        by.setdefault(row["node"], []).append(row.data())
    found = []
    for node in nodes:
        about = told[node]
        is_item = about["item"] is not None
        subject = about["item"] if is_item else about["entity"]
        found.append(Trend("item" if is_item else "entity", subject, about["name"], _days(by.get(node, ()))))
    return found


def _days(rows: Iterable[Mapping[str, Any]]) -> list[Day]:
    return [Day(_date(row["day"]), row["posts"], row["judged"], row["tone"]) for row in rows]


def _date(value: Any) -> date:
    """Return a date or time of Neo4j as a date."""
    return date(value.year, value.month, value.day)


def _with_alerts(trend: Trend, first: date, last: date, rate: float) -> tuple[Trend, int]:
    """Return a trend with its alerts, and in how many series they were looked for."""
    begun = min((day.day for day in trend.days), default=last)
    alerts = volume_alerts(trend.days, max(first, begun), last, rate)
    alerts += tone_alerts(trend.days, rate)
    judged = sum(day.tone is not None for day in trend.days)
    looked = ((last - max(first, begun)).days + 1 >= FEWEST) + (judged >= FEWEST)
    alerts.sort(key=lambda alert: (alert.since, alert.measure))
    return Trend(trend.kind, trend.subject, trend.name, trend.days, alerts), looked


def volume_alerts(days: Sequence[Day], first: date, last: date, rate: float = RATE) -> list[Alert]:
    """Return the changes of the number of posts, days without any included.

    Counts vary more where they are larger; their square roots do not. The days of the week are compared with their own
    kind.
    """
    size = (last - first).days + 1
    counts = np.zeros(size)
    for day in days:
        counts[(day.day - first).days] = day.posts
    values, kinds = without_weekdays(2 * np.sqrt(counts + 3 / 8), first.weekday())
    dates = [first + timedelta(days=n) for n in range(size)]
    return _alerts("volume", values, np.ones(size), counts, dates, rate, kinds)


def tone_alerts(days: Sequence[Day], rate: float = RATE) -> list[Alert]:
    """Return the changes of the mean tone, over the days that have one; each counts by its posts."""
    some = [day for day in days if day.tone is not None]
    values = np.array([day.tone for day in some], float)
    weights = np.array([day.judged for day in some], float)
    return _alerts("tone", values, weights, values, [day.day for day in some], rate, None)


def _alerts(
    measure: Measure,
    values: Floats,
    weights: Floats,
    shown: Floats,
    dates: Sequence[date],
    rate: float,
    kinds: NDArray[np.int64] | None,
) -> list[Alert]:
    """Return changes of ``values`` as alerts, with the means of what is shown."""
    shuffles = max(999, round(5 / rate) - 1)
    found = []
    for change in find_changes(values, weights, kinds, rate=rate, shuffles=shuffles):
        ends = change.end == len(dates)
        found.append(
            Alert(
                measure,
                dates[change.start],
                None if ends else dates[change.end - 1],
                *change.means(shown, weights),
                change.p,
            )
        )
    return found

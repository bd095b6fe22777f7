"""Exclusions, categories, named filters and items that step back: exact over all scores of the run."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from graphrec.common.errors import ConfigError, InputError, NotFoundError
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.graph.history import Interaction
from graphrec.runs.run import Run
from graphrec.serving.listings import latest, popular
from graphrec.serving.named_filters import NamedFilters
from graphrec.serving.recommend import answer
from graphrec.serving.request import Event, Request
from graphrec.serving.session import session_history
from graphrec.serving.user_status import user_statuses

FILTERS = NamedFilters(
    {
        "recent": "i.year >= $since",
        "shop": "i.title <> '$nothing' AND i.title STARTS WITH $letter",
        "young": "u.born > 1980 AND i.year > 1990",
    }
)


def test_the_list_is_the_best_of_what_is_asked_for(shop: tuple[Settings, Database]) -> None:
    # anna's order is bcdefgh; the links are bc. Horror: c, e. Crime: a, b, c, d. Poetry: f, g.
    settings, db = shop
    FILTERS.check(db, settings.graph)

    def listed(k: int = 8, **asked: Any) -> str:
        (found,) = answer(db, settings, user_statuses(db, settings.graph, ["anna"]), k, Request(**asked))
        assert [row["rank"] for row in found.rows] == list(range(1, len(found.rows) + 1))
        reasons.append(found.reason)
        return "".join(row["item"] for row in found.rows)

    reasons: list[str] = []
    pick = FILTERS.pick
    assert listed(3, exclude=["b", "d", "none"]) == "cef"
    assert listed(category="Horror") == listed(category="g.Horror") == "ce"
    assert reasons[-1] == "2 fit category 'g.Horror'"
    assert listed(category="Crime", exclude=["b"]) == "cd"
    assert listed(where=pick(["recent"], {"since": 1995})) == "defg"
    assert listed(where=pick(["recent", "shop"], {"since": 1991, "letter": "E"})) == "eg"
    assert listed(where=pick(["young"], {})) == "defg"
    assert listed(category="Poetry", where=pick(["recent"], {"since": 2006})) == "g"
    assert listed(4, step_back=["b", "d"]) == "cefg"
    assert listed(step_back=["b", "d"]) == "cefghbd"
    assert listed(2, step_back=["b"], category="Crime", exclude=["c"]) == "db"
    with pytest.raises(NotFoundError, match="no category 'Romance'"):
        listed(category="Romance")
    assert [row["item"] for row in popular(db, settings, 8, where=pick(["recent"], {"since": 1985}))] == ["b"]
    newest = latest(db, settings, 8, category="Horror")
    assert [(row["item"], row["at"]) for row in newest] == [("e", "2000"), ("c", "1990")]


@pytest.mark.parametrize(
    ("names", "context", "said"),
    [
        (["recnt"], {}, "no filter has the name 'recnt'.*did you mean 'recent'"),
        (["recent"], {}, r"\[serve.filters\] recent: needs the parameter 'since'.*give context.since"),
        (["recent"], {"since": 1, "sinse": 2}, "context.sinse: the filters recent have no such parameter.*'since'"),
        ([], {"since": 1}, "context.since: a request without a filter has no such parameter"),
        (["recent"], {"since": [1]}, r"context.since = \[1\]: not a text, number or boolean"),
        (["recent"], {"since": None}, "context.since = None"),
    ],
)
def test_parameters_are_what_the_filters_need(names: list[str], context: dict[str, Any], said: str) -> None:
    with pytest.raises((InputError, NotFoundError)) as caught:
        FILTERS.pick(names, context)

    assert re.search(said, f"{caught.value.message} → {caught.value.hint}")


@pytest.mark.parametrize("text", ["i.year >= $", "i.x = $a; RETURN 1", "i.x = $a // b", "$a)", "apoc.x($a)"])
def test_a_filter_is_checked_as_any_predicate(text: str) -> None:
    with pytest.raises(ConfigError, match=r"\[serve.filters\] wrong"):
        NamedFilters({"wrong": text})


def test_a_value_stays_a_value(shop: tuple[Settings, Database]) -> None:
    settings, db = shop
    for value in ("x' OR true OR '", "E", True, 1):
        (where,) = FILTERS.pick(["shop"], {"letter": value})
        assert where.items(db, settings.graph, None) == (["e", "g"] if value == "E" else [])


def test_a_session_has_the_weights_and_the_order_of_its_events(make_run: Callable[..., Run]) -> None:
    kinds = {
        "RATED": Behaviour(weight=2.0, strength="stars", dislike=2.0, values={"good": 4.0}),
        "VIEWED": Behaviour(weight=0.5, target=False),
    }
    run = make_run([], ["a"], [], [[1.0]], schema=GraphSchema(behaviours=kinds))
    events = [
        Event("VIEWED", "a"),
        Event("RATED", "b", strength=3),
        Event("RATED", "c", 1_700_000_000, "good"),
        Event("RATED", "d", strength=2),
        Event("RATED", "e"),
    ]
    now = int(time.time())
    first, second, third, fourth, last = session_history(run, events)
    assert first == Interaction("a", "VIEWED", 0.5, 1_699_999_998)
    assert second == Interaction("b", "RATED", 6.0, 1_699_999_999)
    assert third == Interaction("c", "RATED", 8.0, 1_700_000_000)
    assert (fourth.kind, fourth.weight) == ("RATED_DISLIKED", 2.0)
    assert (last.weight, last.time - fourth.time) == (2.0, 1)
    assert now <= last.time <= now + 60
    with pytest.raises(InputError, match="event type 'RATD'"):
        session_history(run, [Event("RATD", "a")])
    with pytest.raises(InputError, match="strength = 'bad'"):
        session_history(run, [Event("RATED", "a", strength="bad")])

"""Several users at once: the same answers as one by one, rules and blocks observed, and few queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from graphrec.common.errors import ConfigError, InputError, NotFoundError
from graphrec.config.settings import Boost, RecommendSettings, Settings
from graphrec.db.database import Database
from graphrec.serving.recommend import Recommended, recommend

Shop = tuple[Settings, Database]
USERS = ["ben", "anna", "dora", "anna"]
RULES = {
    "none": RecommendSettings(),
    "seen": RecommendSettings(seen=True),
    "most": RecommendSettings(max_per_entity={"HAS_GENRE": 1}),
    "boost": RecommendSettings(boost=(Boost(where="i.year >= 2010", add=2.0),)),
    "blocked by another type": RecommendSettings(blocked=("HATES",)),
}


@pytest.fixture
def crowd(shop: Shop, change: Callable[[str, str], None]) -> Shop:
    """Anna blocks horror, Ben hates one book, and Dora came after the training."""
    change("CREATE (:User {userId: 'dora'})", "MATCH (u:User {userId: 'dora'}) DETACH DELETE u")
    change(
        "MATCH (u:User {userId: 'anna'}), (e:Entity {name: 'Horror'}) CREATE (u)-[:BLOCKED]->(e)",
        "MATCH ()-[b:BLOCKED]->() DELETE b",
    )
    change(
        "MATCH (u:User {userId: 'ben'}), (i:Item {itemId: 'h'}) CREATE (u)-[:HATES]->(i)",
        "MATCH ()-[b:HATES]->() DELETE b",
    )
    return shop


def _items(found: Recommended) -> str:
    return "".join(row["item"] for row in found.rows)


@pytest.mark.parametrize("where", [None, "i.year > 1984 OR u.userId = 'ben'"])
@pytest.mark.parametrize("rules", RULES)
def test_many_users_are_answered_as_each_of_them(crowd: Shop, rules: str, where: str | None):
    settings, db = crowd
    settings = msgspec.structs.replace(settings, recommend=RULES[rules])
    together = recommend(db, settings, USERS, 4, where=where, why=True)
    assert together == [recommend(db, settings, [user], 4, where=where, why=True)[0] for user in USERS]
    assert [one.user for one in together] == USERS
    assert all(one.rows for one in together)
    assert all((len(one.rows) < 4) == bool(one.reason) for one in together)


def test_rules_and_blocks_hold_whoever_asks(crowd: Shop):
    settings, db = crowd
    ben, anna, dora, _ = recommend(db, settings, USERS)
    assert (_items(ben), ben.reason) == ("hg", "the run has 2 a user")  # published links
    assert _items(anna) == "bdfgh"  # neither c nor e, which are horror
    assert "blocked by the user" in anna.reason
    assert {row["source"] for row in dora.rows} == {"popularity"}
    hating = msgspec.structs.replace(settings, recommend=RecommendSettings(blocked=("HATES",)))
    assert [_items(one) for one in recommend(db, hating, ["ben", "anna"], 2)] == ["gf", "bc"]
    once = msgspec.structs.replace(settings, recommend=RecommendSettings(max_per_entity={"HAS_GENRE": 1}))
    assert [_items(one) for one in recommend(db, once, ["anna", "ben"])] == ["bfh", "hged"]
    none = msgspec.structs.replace(settings, recommend=RecommendSettings(max_per_entity={"HAS_GENER": 1}))
    with pytest.raises(ConfigError, match="HAS_GENER"):
        recommend(db, none, ["anna"])


class Counting(Database):
    """The same database, which remembers what it was asked."""

    asked: list[str]

    def read(self, query: str, /, **parameters: Any) -> list[Any]:
        """Ask, and remember."""
        self.asked.append(query)
        return super().read(query, **parameters)


def test_a_list_of_users_takes_two_queries(shop: Shop):
    settings, db = shop
    counting = Counting(db._driver, db.name)
    counting.asked = []
    found = recommend(counting, settings, ["anna", "ben"] * 50, 1)
    assert [_items(one) for one in found] == ["b", "h"] * 50
    assert len(counting.asked) == 2


def test_blocks_of_all_users_take_one_query(crowd: Shop):
    settings, db = crowd
    counting = Counting(db._driver, db.name)
    counting.asked = []
    recommend(counting, settings, ["anna", "ben", "dora"], 2, where="true")
    assert sum("[b:BLOCKED]->(n)" in query and "type(b) IN $types" in query for query in counting.asked) == 1


def test_wrong_questions_from_python(shop: Shop):
    settings, db = shop
    assert recommend(db, settings, []) == []
    with pytest.raises(NotFoundError, match=r"has userId 'zoe', nor the ids of 1 more of the users"):
        recommend(db, settings, ["anna", "zoe", "yan"])
    for users, more in ((None, {}), (None, {"likes": ["a"], "now": True}), (["anna", None], {})):
        with pytest.raises(InputError):
            recommend(db, settings, users, **more)
    with pytest.raises(NotFoundError, match="no such book"):
        recommend(db, settings, ["anna"], likes=["no such book"])
    with pytest.raises(ConfigError, match="where 'tru e'"):
        recommend(db, settings, ["anna"], where="tru e")

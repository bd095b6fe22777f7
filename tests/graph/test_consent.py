"""People whose consent is not true are as absent for the model, the statistics and the explanations of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from graphrec.common.errors import ConfigError, GraphError, InputError
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings, load_settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.read import GraphArrays, read
from graphrec.ingest.targets import Targets
from graphrec.publishing.publish import publish
from graphrec.training.train import train
from tests.film_graph import FILMS

TOML = """
[graph]
social = ["FRIEND_OF"]
[graph.user]
consent = "agreed"
[train]
epochs = 2
"""
#: Twelve who agreed; those of one who said no, and of one who was never asked.
AGREED = """
UNWIND range(0, 11) AS n
CREATE (u:User {userId: 'v' + n, agreed: true})
WITH u, n
MATCH (i:Item)
WHERE (toInteger(i.itemId) + n) % 3 > 0
CREATE (u)-[:RATED {rating: 4.0}]->(i)
WITH DISTINCT u
MATCH (v:User {userId: 'v0'})
WHERE v <> u
CREATE (u)-[:FRIEND_OF]->(v)
"""
OTHERS = """
UNWIND [['no', false], ['unasked', null], ['text', 'true']] AS one
CREATE (u:User {userId: one[0], agreed: one[1]})
WITH u
MATCH (v:User {userId: 'v0'})
CREATE (u)-[:FRIEND_OF]->(v)
WITH u
MATCH (i:Item)
CREATE (u)-[:RATED {rating: 1.0}]->(i)
"""


@pytest.fixture
def people(settings: Settings, films: Database) -> tuple[Settings, Database]:
    (settings.root / "graphrec.toml").write_text(TOML, encoding="utf-8")
    films.write("MATCH (u:User) DETACH DELETE u")
    films.write(AGREED)
    return load_settings(), films


def same(one: GraphArrays, other: GraphArrays) -> bool:
    return (one.users, one.items, one.entities, one.fingerprint) == (
        other.users,
        other.items,
        other.entities,
        other.fingerprint,
    )


def test_the_model_is_as_if_they_were_absent(people: tuple[Settings, Database]) -> None:
    settings, db = people
    absent, alone = read(db, settings.graph, settings.split), train(db, settings).run
    db.write(OTHERS)
    assert same(read(db, settings.graph, settings.split), absent)
    run = train(db, settings).run
    for name in ("item", "user"):
        assert np.array_equal(
            run.arrays.tensors()[f"{'all.' * (name == 'user')}{name}"],
            alone.arrays.tensors()[f"{'all.' * (name == 'user')}{name}"],
        )
    assert run.info["counts"] == alone.info["counts"]
    assert run.metrics["ndcg@10"] == alone.metrics["ndcg@10"]
    everybody = replace(settings.graph, user=replace(settings.graph.user, consent=""))
    assert len(read(db, everybody).users) == len(absent.users) + 3


def test_statistics_and_explanations_of_others_leave_them_out(
    people: tuple[Settings, Database], run: Callable[..., Any]
) -> None:
    settings, db = people
    db.write(OTHERS)
    counted = {row["item"]: row["users"] for row in popular(db, settings.graph)}
    assert counted == {item: sum((int(item) + n) % 3 > 0 for n in range(12)) for item in FILMS}
    publish(db, train(db, settings).run, 3, settings=settings)
    assert db.read("MATCH (u:User)-[:RECOMMENDED]->() WHERE NOT coalesce(u.agreed = true, false) RETURN u") == []
    refused = run("recommend", "no")
    assert (refused.exit_code, "agreed" in refused.stderr) == (2, True), refused.stderr
    assert run("forget", "no", "--yes").exit_code == 0
    assert db.read("MATCH (u:User {userId: 'no'}) RETURN u") == []


def popular(db: Database, schema: GraphSchema) -> list[Any]:
    return db.read(queries.load("query/popular", schema), behaviours=["RATED"], items=None, k=10)


def test_somebody_new_needs_it_first(people: tuple[Settings, Database]) -> None:
    settings, db = people
    targets = Targets.read(db, settings.graph)
    with pytest.raises(InputError, match="agreed"):
        targets.new_key("user", "new")


def test_nobody_at_all_is_an_error(people: tuple[Settings, Database]) -> None:
    settings, db = people
    with pytest.raises(GraphError, match=r"no users: \[graph.user\] consent") as error:
        read(db, replace(settings.graph, user=replace(settings.graph.user, consent="agrreed")))
    assert "is no consent" in str(error.value.hint)


def test_people_who_are_items_need_it_in_both_tables(settings: Settings) -> None:
    toml = '[graph.user]\nlabel = "P"\nkey = "k"\nconsent = "c"\n[graph.item]\nlabel = "P"\nkey = "k"\n'
    (settings.root / "graphrec.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(ConfigError, match="same consent"):
        load_settings()

"""The small grammar of behaviours by a path, and what a mapping refuses."""

from __future__ import annotations

import tomllib

import pytest

from graphrec.common.errors import ConfigError
from graphrec.config.convert import convert
from graphrec.config.paths import parse
from graphrec.config.schema import Behaviour, GraphSchema

PATH = "(u)-[:PLACED]->(o:Order)-[r:ORDERS]->(i)"


def test_a_path_is_read_and_written() -> None:
    path = parse(" ( u )<-[ :`BY (ONE)` ]-( o:`Big``Order` )-[r:ORDERS]-(:Line)-[x : OF]->( i ) ")
    assert path.types == ("BY (ONE)", "ORDERS", "OF")
    assert path.labels == ("Big`Order", "Line")
    assert [element.direction for element in path.elements[::2]] == ["<-", "-", "->"]
    assert path.variables == {"o": 1, "r": 2, "x": 4}
    assert path.text() == "(u)<-[:`BY (ONE)`]-(o:`Big``Order`)-[r:ORDERS]-(:Line)-[x:OF]->(i)"
    assert parse(path.text()) == path
    assert (path.owned("x.a.b"), path.owned("y.a"), path.owned("o.")) == ((4, "a.b"), (None, "y.a"), (None, "o."))


def test_any_name_may_stand_on_a_path() -> None:
    path = parse("(u)-[:`A\\u0060`]->(o:`C:\\users`)-[:`)\n\x7f`]->(i)")
    assert path.types == ("A\\u0060", ")\n\x7f")
    assert path.labels == ("C:\\users",)
    assert parse(path.text()) == path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "begins with (u), the user"),
        ("(c:Customer)-[:PLACED]->(o:Order)-[:OF]->(i)", "begins with (u), the user"),
        ("(u)-[:BOUGHT]->(i)", "has no node between"),
        ("(u)-[:PLACED]->(o)-[:OF]->(i)", "has no label"),
        ("(u)-[:PLACED]->(o:Order)", "character 25: expected a relationship and a node"),
        ("(u)-[:PLACED|SENT]->(o:Order)-[:OF]->(i)", "character 4: expected"),
        ("(u)-[:PLACED*1..3]->(o:Order)-[:OF]->(i)", "character 4: expected"),
        ("(u)-[]->(o:Order)-[:OF]->(i)", "character 4: expected"),
        ("(u)-[:PLACED]->(o:Order {open: true})-[:OF]->(i)", "character 4: expected"),
        ("(u)<-[:PLACED]->(o:Order)-[:OF]->(i)", "an arrow has one head"),
        ("(u)-[:PLACED]->(o:Order)-[:OF]->(i)-[:IN]->(c:City)", "the path ends with (i)"),
        ("(u)-[:PLACED]->(o:Order)-[o:OF]->(i)", "the variable 'o' stands for two things"),
        ("(u)-[i:PLACED]->(o:Order)-[:OF]->(i)", "the variable 'i' stands for two things"),
        ("(u)-[:PLACED]->(o:Order)-[:OF]->(i) DETACH DELETE u", "the path ends with (i)"),
    ],
)
def test_what_is_no_path_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="path") as raised:
        parse(text)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            'strength = "quantity"',
            "strength = 'quantity': say of which node or relationship of the path it is a",
        ),
        ('strength = "x.quantity"', "'o.quantity' or 'r.quantity'"),
        ('time = "orderDate"', "'o.orderDate' or 'r.orderDate'"),
        ("dislike = 2.0", "dislike needs strength"),
    ],
)
def test_properties_name_their_owner(table: str, said: str) -> None:
    text = f'[behaviours.BOUGHT]\npath = "{PATH}"\n{table}\n'
    with pytest.raises(ConfigError) as raised:
        convert(tomllib.loads(text), GraphSchema, "graphrec.toml")
    assert said in str(raised.value)


def test_a_mapping_by_path() -> None:
    mapped = Behaviour(path=PATH, strength="r.quantity", time="o.orderDate")
    assert (mapped.key(mapped.strength), mapped.key(mapped.time_property)) == ("quantity", "orderDate")
    assert Behaviour(path=PATH).time_property is None
    schema = GraphSchema(behaviours={"BOUGHT": mapped, "VIEWED": Behaviour()})
    assert schema.behaviour_types == {"PLACED", "ORDERS", "VIEWED"}
    with pytest.raises(ValueError, match="'Item' are the users or items"):
        GraphSchema(behaviours={"BOUGHT": Behaviour(path="(u)-[:PLACED]->(o:Item)-[:OF]->(i)")})

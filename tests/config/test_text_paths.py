"""Texts that related nodes hold: the small grammar of their paths."""

from __future__ import annotations

import pytest

from graphrec.common.errors import ConfigError
from graphrec.config.convert import convert
from graphrec.config.schema import GraphSchema
from graphrec.config.text_paths import Step, parse_text


@pytest.mark.parametrize(
    ("text", "steps", "name"),
    [
        ("(i)-[:IN_GENRE]->(g).name", (Step("IN_GENRE", "->"),), "name"),
        (" ( i )<-[ : ACTED_IN ]-( p : Person ) . name ", (Step("ACTED_IN", "<-", "Person"),), "name"),
        ("(i)-[:`IN (A]`]-().`full ``name`", (Step("IN (A]", "-"),), "full `name"),
        ("(i)-[:A]->()-[:B]->(:C).d", (Step("A", "->"), Step("B", "->", "C")), "d"),
    ],
)
def test_paths(text: str, steps: tuple[Step, ...], name: str):
    found = parse_text(text)
    assert found is not None
    assert (found.steps, found.name) == (steps, name)


def test_other_texts_are_properties():
    assert [parse_text(text) for text in ("title", "plot summary", "a.b", "i)-[:A]->(b).c")] == [None] * 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(u)-[:A]->(b).c", "begins with"),
        ("(i).title", "expected a relationship"),
        ("(i)-[:A]->(b)", "a property at the end"),
        ("(i)-[r:A]->(b).c", "expected a relationship"),
        ("(i)-[:A|B]->(b).c", "expected a relationship"),
        ("(i)-[:A*1..3]->(b).c", "expected a relationship"),
        ("(i)<-[:A]->(b).c", "one head"),
        ("(i)-[:A]->(b {x: 1}).c", "expected a relationship"),
        ("(i)-[:A]->(b).c RETURN 1", "expected a relationship"),
    ],
)
def test_what_is_no_path_is_refused_when_it_is_read(text: str, said: str):
    with pytest.raises(ConfigError, match=said):
        convert({"item": {"text": [text]}}, GraphSchema, "graphrec.toml")

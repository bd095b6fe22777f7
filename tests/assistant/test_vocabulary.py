"""The vocabulary is read from a graph, and filters find their items in it."""

from __future__ import annotations

import msgspec
import pytest

from graphrec.assistant.actions import (
    AnyFilter,
    Context,
    EntityFilter,
    Filter,
    ItemRef,
    NumberFilter,
    Recommend,
    RelativeFilter,
    TextFilter,
)
from graphrec.assistant.conditions import matching, settled
from graphrec.assistant.understanding.understand import understand
from graphrec.assistant.understanding.vocabulary import open_vocabulary, read_vocabulary
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.graph.mapping import resolve

#: Item → year (as a text for one), minutes, country; Jaws, E.T., Duel, Alien, Dune.
FACTS = {
    "1": (1975, 124, "USA"),
    "2": (1982, 115, "USA"),
    "3": ("1971", 90, "USA"),
    "4": (1979, 117, "UK"),
    "5": (2021, 155, None),
}


@pytest.fixture
def described(films: Database) -> Database:
    films.write(
        "UNWIND $rows AS row MATCH (i:Item {itemId: row[0]}) "
        "SET i.year = row[1], i.runtime = row[2], i.country = row[3]",
        rows=[[item, *facts] for item, facts in FACTS.items()],
    )
    films.write("MATCH (i:Item {itemId: '5'}) SET i.hidden = true")
    return films


def test_names_are_read_and_filters_find_items(described: Database, settings: Settings):
    vocabulary = read_vocabulary(described, settings)
    assert {one.title for one in vocabulary.items} == {"Jaws", "E.T.", "Duel", "Alien"}  # Dune may not be shown
    assert (vocabulary.numbers["year"].low, vocabulary.numbers["year"].high) == (1971, 2021)
    assert {name: set(held) for name, held in vocabulary.texts.items()} == {"country": {"UK", "USA"}}
    spielberg = vocabulary.entity("Stephen Spielbreg")
    assert spielberg is not None
    assert spielberg.items == 3
    assert open_vocabulary(described, settings) is open_vocabulary(described, settings)

    schema = resolve(described, settings.graph)
    maker = EntityFilter(spielberg.entity, spielberg.name)
    scott = EntityFilter("e.Ridley Scott", "Ridley Scott")

    def fitting(*filters: Filter) -> set[str]:
        where = matching(schema, filters)
        assert where is not None
        return set(where.items(described, schema, None))

    assert fitting(NumberFilter("year", 1970, 1979)) == {"1", "3", "4"}
    assert fitting(NumberFilter("year", None, 1975), TextFilter("country", "USA")) == {"1", "3"}
    assert fitting(TextFilter("country", "USA", has=False)) == {"4", "5"}
    assert fitting(maker) == {"1", "2", "3"}
    assert fitting(maker, NumberFilter("runtime", 100)) == {"1", "2"}
    assert fitting(msgspec.structs.replace(maker, has=False)) == {"4", "5"}
    assert fitting(AnyFilter((maker, scott)), NumberFilter("year", 1975)) == {"1", "2", "4"}
    # Values are parameters: a property or a text that reads like Cypher is just one that no item has.
    assert fitting(NumberFilter("year} RETURN 1 //", 0)) == set()
    assert fitting(TextFilter("country", "USA' OR true //")) == set()

    shown = [ItemRef("1", "Jaws"), ItemRef("2", "E.T."), ItemRef("3", "Duel")]
    shorter, newer, older = RelativeFilter("runtime", True), RelativeFilter("year", False), RelativeFilter("year", True)
    assert settled(described, schema, [shorter], shown) == (NumberFilter("runtime", None, 114),)
    assert settled(described, schema, [newer], shown[:1]) == (NumberFilter("year", 1976),)
    assert settled(described, schema, [older], ()) == (NumberFilter("year", None, 1975),)

    found = understand("something by spielberg from the seventies", Context(), vocabulary).action
    assert found == Recommend((maker, NumberFilter("year", 1970, 1979)))

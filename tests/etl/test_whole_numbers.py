"""Columns of whole numbers that are stored as text are noticed; entities made from a cell have a name."""

from __future__ import annotations

from pathlib import Path

from graphrec_etl.rejects import Rejects
from graphrec_etl.tables import transform

MAPPING = """
[items]
file = "items.csv"
key = "id"
title = "name"
properties = { pages = "pages", zip = "zip", note = "note", shelf_id = "shelf" }

[[behaviours]]
file = "orders.csv"
type = "ORDERED"
user = "user"
item = "item"

[[relations]]
file = "items.csv"
type = "IN_CATEGORY"
from = "id"
to = "category"
"""


def test_numbers_stored_as_text_and_names_of_entities(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(
        "id,name,pages,zip,note,shelf_id,category\n1,A,90,01234,5,3,Tea\n2,B,,4711,x,4,Tea\n", encoding="utf-8"
    )
    (tmp_path / "orders.csv").write_text("user,item,quantity\nu1,1,1\nu2,2,12\n", encoding="utf-8")
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    tables = transform(tmp_path / "map.toml", Rejects())
    told = [note for note in tables.notes if "stored as text" in note]
    tail = "whole numbers, stored as text; to store numbers, add types = "
    assert told == [
        f'items.csv: pages holds {tail}{{ pages = "integer" }} to its table',
        f'orders.csv: quantity holds {tail}{{ quantity = "integer" }} to its table',
    ]
    assert [entity.get("name") for entity in tables.nodes("entity").properties] == ["Tea"]

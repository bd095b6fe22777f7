"""Short runs of the fuzzing targets, and all that longer ones have found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing.targets import TARGETS

SEEDS: dict[str, list[bytes]] = {
    "loaders": [
        b"\x00user_id:token\titem_id:token\trating:float\ttimestamp:float\nu1\ti1\t3.5\t1600000000\n",
        b"\x01item_id:token\ttitle:token_seq\tyear:float\n1\tAlien (1979)\t1979\n",
        b"\x02userID\titemID\trating\ttimestamp\tx_label\n0\t0\t5\t1\t0\n",
        b"\x030 1 2\n1 3\n",
        b"\x04196\t242\t3\t881250949\n",
        b'\x05u,i,at\n"a b",1,2020-01-01T00:00:00Z\n',
        b"\x06[[behaviours]]\nfile='x.csv'\ntype='LIKED'\nuser='u'\nitem='i'\n",
        b"\x07id,author,item,text,at\n1,u1,i1,good,2020-01-01\n",
        b'\x08{"id": 1, "author": "u1", "item": "i1", "text": "good", "at": 1600000000}\n',
    ],
    "configuration": [
        b'[graph.user]\nlabel = "Person"\nkey = "id"\n[[graph.behaviours]]\ntype = "BOUGHT"\nweight = 2\n',
        b'[model]\ndim = 64\n[train]\nepochs = 3\n[serve.filters]\nrecent = "i.year >= 2020"\n',
    ],
    "filters": [
        b"i.year >= 1990 AND EXISTS { (i)-[:HAS_GENRE]->(g) WHERE g.name = 'Drama' }",
        b"(:User)-[:PLACED]->(:Order)-[:CONTAINS]->(:Item)",
        b'i.`a``b` = "x\\"y" // z',
    ],
    "identifiers": [b"196", b"007", b"acme/7", b'["acme",7]', b"12.0", b"-9223372036854775808"],
    "events": [
        b'{"user_id": "u1", "item_id": 7, "type": "RATED", "at": "2026-01-01T10:00+02:00", "value": 4.5, "key": "k"}',
        b'{"events": [{"user_id": "u1", "type": "SEARCHED", "text": "alien", "at": 1600000000000}]}',
    ],
    "words": [
        b"something shorter than alien, and not horror, from the nineties",
        "我想看一部九十年代的科幻片，不要恐怖片".encode(),
        b"why the second one?",
    ],
}
#: What a run has found, mended since.
FOUND: dict[str, list[bytes]] = {
    "loaders": [b"\x01item_id:token\t--:float\n1\t2\n"],  # a column's name without a word
}


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_valid_or_was_found(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for data in [b"", *SEEDS[target], *FOUND.get(target, [])]:
        TARGETS[target](data)


@st.composite
def changed(draw: st.DrawFn, target: str) -> bytes:
    """A seed of which a piece is another, or any bytes."""
    seed = draw(st.sampled_from(SEEDS[target]))
    begin, end = sorted((draw(st.integers(0, len(seed))), draw(st.integers(0, len(seed)))))
    return seed[:begin] + draw(st.binary(max_size=12)) + seed[end:]


@pytest.mark.parametrize("target", TARGETS)
@given(data=st.data())
@settings(max_examples=60)
def test_changed_bytes(target: str, data: st.DataObject) -> None:
    TARGETS[target](data.draw(changed(target)))

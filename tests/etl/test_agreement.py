"""Hostile cells and files: what a dry run accepts is loaded, and what it refuses is named and leaves nothing behind."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from scipy.sparse import coo_array, save_npz

from graphrec.common.errors import InputError
from graphrec.common.moments import LATEST
from graphrec.config.ids import LONGEST_ID
from graphrec.config.schema import GraphSchema
from graphrec.datasets.folder import DataSet
from graphrec.datasets.frames import Columns, tables_of
from graphrec_etl import batches as batching
from graphrec_etl.model import Tables
from graphrec_etl.write import Writer

INTER = "user_id:token\titem_id:token\ttimestamp:float\n"
USER_KEYS = "MATCH (u:User) RETURN u.userId"

#: Column of a Parquet file of two users → whether both rows can be loaded. The first row is always harmless.
CELLS: dict[str, tuple[pa.Array, bool]] = {
    "integer": (pa.array([1, 2**63 - 1]), True),
    "least integer": (pa.array([1, -(2**63)]), True),
    "uint64": (pa.array([1, 2**63], pa.uint64()), False),
    "huge float": (pa.array([1.0, 1e308]), True),
    "infinity": (pa.array([1.0, float("inf")]), False),
    "NaN is missing": (pa.array([1.0, float("nan")]), True),
    "decimal": (pa.array([None, Decimal("1.5")]), False),
    "boolean": (pa.array([True, False]), True),
    "text with NUL": (pa.array(["a", "b\0c"]), True),
    "long text": (pa.array(["a", "x" * 60_000]), True),
    "bytes": (pa.array([None, b"\x89PNG"]), False),
    "date": (pa.array([date(2024, 3, 1), date.max]), True),
    "date outside": (pa.array([0, 10**7], pa.int32()).cast(pa.date32()), False),
    "time": (pa.array([0, 2**40], pa.timestamp("us", "UTC")), True),
    "time of nanoseconds": (pa.array([0, 5], pa.timestamp("ns", "America/New_York")), True),
    "time outside": (pa.array([0, 10**15], pa.timestamp("s")), False),
    "time outside with its zone": (pa.array([0, LATEST], pa.timestamp("ms", "Asia/Tokyo")), False),
    "duration": (pa.array([None, timedelta(days=1)]), False),
    "list of integers": (pa.array([[1], [2, 2**63 - 1]]), True),
    "empty list": (pa.array([["a"], []]), True),
    "list of dates": (pa.array([[], [date(2024, 3, 1)]]), True),
    "list of uint64": (pa.array([[1], [2**63]], pa.list_(pa.uint64())), False),
    "list of decimals": (pa.array([None, [Decimal("1.5")]]), False),
    "list with a gap": (pa.array([[1], [1, None]]), False),
    "list of lists": (pa.array([None, [[1]]]), False),
    "list with infinity": (pa.array([[1.0], [float("inf")]]), False),
    "struct": (pa.array([None, {"a": 1}]), False),
    "map": (pa.array([None, [("a", 1)]], pa.map_(pa.string(), pa.int64())), False),
}

#: Id → how it is stored; None if it is refused.
IDS: dict[str, tuple[object, str | None]] = {
    "longest": ("x" * LONGEST_ID, "x" * LONGEST_ID),
    "longest of four bytes": ("😀" * (LONGEST_ID // 4), "😀" * (LONGEST_ID // 4)),
    "one too long": ("x" * (LONGEST_ID + 1), None),
    "one too long in bytes": ("é" * (LONGEST_ID // 2 + 1), None),
    "a book": ("x" * 60_000, None),
    "NUL": ("a\0b", None),
    "escape": ("\x1b[31mred", None),
    "next line": ("a\x85b", None),
    "whole float as text": ("12.0", "12"),
    "negative whole float": ("-3.00", "-3"),
    "leading zeros": ("007.0", "007.0"),
    "a version": ("1.10", "1.10"),
    "scientific": ("1e5", "1e5"),
    "float": (12.0, "12"),
    "fraction": (1.5, "1.5"),
    "beyond exact floats": (2.0**53, None),
    "infinite": (float("inf"), None),
    "decimal": (Decimal("12.00"), "12"),
    "boolean": (True, None),
    "bytes": (b"12", None),
    "list": ([1, 2], None),
    "struct": ({"a": 1}, None),
    "uint64": (pa.scalar(2**64 - 1, pa.uint64()), str(2**64 - 1)),
}


def _mapping(users: str) -> str:
    return (
        f'[users]\nfile = "{users}"\nkey = "id"\n'
        '[[behaviours]]\nfile = "b.csv"\ntype = "BOUGHT"\nuser = "u"\nitem = "i"\ntime = "t"\n'
    )


@pytest.fixture
def agree(run, fingerprint):
    """Load after a dry run, and return the messages: both are right, or both are wrong and nothing is written."""

    def check(*arguments: object, accepted: bool) -> str:
        dry = run("load", *arguments, "--dry-run")
        assert "Traceback" not in dry.stderr
        before = fingerprint()
        wet = run("load", *arguments)
        assert "Traceback" not in wet.stderr
        assert (dry.exit_code, wet.exit_code) == ((0, 0) if accepted else (2, 2)), dry.stderr + wet.stderr
        if not accepted:
            assert fingerprint() == before
            assert dry.stderr == wet.stderr
        return dry.stdout + dry.stderr

    return check


@pytest.mark.parametrize("case", CELLS)
def test_parquet_properties(case, write, agree, held):
    column, accepted = CELLS[case]
    folder = write(**{"m.toml": _mapping("u.parquet"), "b.csv": "u,i,t\na,1,100\nb,2,200\n"})
    parquet.write_table(pa.table({"id": ["a", "b"], "x": column}), folder / "u.parquet")
    said = agree("tables", folder / "m.toml", accepted=accepted)
    if accepted:
        assert held("MATCH (u:User)-[:BOUGHT]->(i) RETURN u.userId, i.itemId") == {("a", "1"), ("b", "2")}
    else:
        assert "u.parquet:2, column x" in said


@pytest.mark.parametrize("case", IDS)
def test_ids(case, write, agree, held):
    cell, stored = IDS[case]
    folder = write(**{"m.toml": _mapping("u.parquet"), "b.csv": "u,i,t\nfirst,1,100\n"})
    # Two tables, so that both the first and a later user would be written.
    column = pa.array([cell])
    parquet.write_table(pa.table({"id": column, "age": [30]}), folder / "u.parquet")
    if stored is None:
        assert "u.parquet:1, column id" in agree("tables", folder / "m.toml", accepted=False)
        return
    write(**{"b.csv": f"u,i,t\n{stored},1,100\n"})
    agree("tables", folder / "m.toml", accepted=True)
    assert held("MATCH (u:User)-[:BOUGHT]->() RETURN u.userId, u.age") == {(stored, 30)}
    if isinstance(cell, str):  # a text file reads the same
        write(**{"m.toml": _mapping("u.csv"), "u.csv": f"id,age\n{cell},30\n"})
        agree("tables", folder / "m.toml", accepted=True)
        assert held("MATCH (u:User) RETURN u.userId") == {stored}


@pytest.mark.parametrize(
    ("cell", "accepted"),
    [
        ("9999-12-31T23:59:59Z", True),
        ("9999-12-31T23:59:59-05:00", False),
        ("0001-01-01T00:00:00Z", True),
        ("0001-01-01T00:00:00+05:00", False),
        ("1e400", False),
        ("nan", False),
        ("True", False),
    ],
)
def test_times_of_text(cell, accepted, write, agree):
    folder = write(**{"m.toml": _mapping("u.csv"), "u.csv": "id\na\n", "b.csv": f"u,i,t\na,1,1\na,1,{cell}\n"})
    said = agree("tables", folder / "m.toml", accepted=accepted)
    assert accepted or "b.csv:3, column t" in said


def test_a_boolean_is_no_time(write, agree):
    folder = write(**{"m.toml": _mapping("u.csv").replace("b.csv", "b.parquet"), "u.csv": "id\na\n"})
    parquet.write_table(pa.table({"u": ["a"], "i": ["1"], "t": [True]}), folder / "b.parquet")
    assert "b.parquet:1, column t: 'True' is a boolean" in agree("tables", folder / "m.toml", accepted=False)


#: Integers of 64 bits as text of a CSV → property, None if refused.
@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        ("9007199254740993", 2**53 + 1),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", None),
        ("1e308", None),
        ("9" * 5_000, None),
        ("1_000", None),
        ("12.0", 12),
    ],
)
def test_integers_of_text(cell, stored, write, agree, held):
    mapping = _mapping("u.csv").replace('key = "id"\n', 'key = "id"\ntypes = { n = "integer" }\n')
    folder = write(**{"m.toml": mapping, "u.csv": f"id,n\na,{cell}\n", "b.csv": "u,i,t\na,1,1\n"})
    said = agree("tables", folder / "m.toml", accepted=stored is not None)
    if stored is None:
        assert "u.csv:2, column n" in said
    else:
        assert held("MATCH (u:User) RETURN u.n") == {stored}


GOOD = {
    "x.inter": INTER + "u1\ti1\t100\nu2\ti1\t200\n",
    "x.item": "item_id:token\ttitle:token_seq\ni1\tHeat\n",
    "x.user": "user_id:token\tage:float\nu1\t30\nu2\t40\n",
    "x.kg": "head_id:token\trelation_id:token\ttail_id:token\nm.1\tgenre\tm.2\n",
    "x.link": "item_id:token\tentity_id:token\ni1\tm.1\n",
    "x.net": "source_id:token\ttarget_id:token\nu1\tu2\n",
}
LONG = "m." + "1" * 9_000
#: What is changed in the good folder → what the message says.
FILES: dict[str, tuple[dict[str, str], str]] = {
    "no rows": ({"x.inter": INTER}, "x.inter: holds no behaviours"),
    "no items": ({"x.item": "item_id:token\n"}, "x.item: holds no rows"),
    "no users": ({"x.user": "user_id:token\n"}, "x.user: holds no rows"),
    "no user column": (
        {"x.inter": "person:token\titem_id:token\nu1\ti1\n"},
        "no column user_id:token; the columns are person, item_id",
    ),
    "the item is no user": ({"x.inter": "item_id:token\trating:float\ni1\t5\n"}, "no column user_id:token"),
    "age": ({"x.user": "user_id:token\tage:float\nu1\t1e30\n"}, "x.user:2, column age: '1e30' is not an age"),
    "NUL": ({"x.inter": INTER + "u\0\ti1\t1\n"}, "x.inter:2, column user_id"),
    "long head": ({"x.kg": GOOD["x.kg"] + f"{LONG}\tgenre\tm.2\n"}, "x.kg:3, column head_id"),
    "long entity": ({"x.link": f"item_id:token\tentity_id:token\ni1\t{LONG}\n"}, "x.link:2, column entity_id"),
    "long property": ({"x.item": f"item_id:token\tentity_id:token\ni1\t{LONG}\n"}, "x.item:2, column entity_id"),
    "long friend": ({"x.net": GOOD["x.net"] + f"u1\t{LONG}\n"}, "x.net:3, column target_id"),
    "orphans": ({"x.inter": INTER + "1\ti1\t1\n2\ti1\t1\n"}, "all behaviours are orphans; the first: x.inter:2"),
    "orphaned links": ({"x.link": "item_id:token\tentity_id:token\n7\tm.1\n"}, "all links are orphans"),
    "orphaned friends": ({"x.net": "source_id:token\ttarget_id:token\n1\t2\n"}, "all friendships are orphans"),
    "own property": ({"x.inter": "user_id:token\titem_id:token\tat:token\nu1\ti1\tnow\n"}, "'at', which graphrec"),
}


@pytest.mark.parametrize("case", FILES)
def test_atomic_files(case, write, agree):
    files, said = FILES[case]
    assert said in agree("atomic", write(**{**GOOD, **files}), accepted=False)


def test_what_is_read_otherwise_is_said(write, agree):
    folder = write(
        **{
            "x.inter": "user_id:token\tartist_id:token\tlabel:float\nu1\ta1\t1\nu1\ta2\t0\n",
            "x.net": "source_id:token\ttarget_id:token\n",
        }
    )
    said = agree("atomic", folder, accepted=True)
    assert "x.inter: column artist_id is read as item_id" in said
    assert "x.net holds no rows" in said
    assert "1 of 2 RATED have a label of 0" in said
    assert 'RATED = { strength = "label", dislike = 0 }' in said


def test_negative_labels_are_said_without_a_database(write, caplog):
    folder = write(**{"x.inter": "user_id:token\titem_id:token\tlabel:float\nu1\ta1\t1\nu1\ta2\t0\n"})
    assert len(DataSet.at(folder, {}).tables.edges[0]) == 2
    assert "1 of 2 RATED have a label of 0" in caplog.text


def test_floats_meet_integers(write, agree, held):
    mapping = _mapping("u.csv") + '[items]\nfile = "i.parquet"\nkey = "id"\n'
    folder = write(**{"m.toml": mapping, "u.csv": "id\n1.0\n2.0\n", "b.csv": "u,i,t\n1,7,1\n2,8.0,1\n"})
    parquet.write_table(pa.table({"id": pa.array([7, 8])}), folder / "i.parquet")
    agree("tables", folder / "m.toml", accepted=True)
    assert held("MATCH (u:User)-[:BOUGHT]->(i:Item) RETURN u.userId, i.itemId") == {("1", "7"), ("2", "8")}


def test_ids_meet_those_of_the_graph(write, db, run, held):
    db.write("CREATE (:User {userId: 1.0}), (:User {userId: 2.0}), (:Item {itemId: '7.0'})")
    folder = write(**{"m.toml": _mapping("u.csv"), "u.csv": "id\n1\n2.0\n", "b.csv": "u,i,t\n1,7,20240301\n"})
    refused = run("load", "tables", folder / "m.toml")
    assert refused.exit_code == 2
    assert "Item.itemId has texts such as '7.0' in this database; graphrec reads '7' from files" in refused.stderr
    db.write("MATCH (i:Item) SET i.itemId = '7'")
    assert run("load", "tables", folder / "m.toml").exit_code == 0
    assert held(USER_KEYS) == {1.0, 2.0}
    bought = held("MATCH (u:User {userId: 1})-[r:BOUGHT]->(i) RETURN i.itemId, toString(r.at)")
    assert bought == {("7", "2024-03-01T00:00:00Z")}


def test_relations_that_join_nothing(write, agree):
    relation = '[[relations]]\nfile = "r.csv"\ntype = "KNOWS"\nfrom = "a"\nto = "b"\nstart = "user"\nend = "user"\n'
    files = {"m.toml": _mapping("u.csv") + relation, "u.csv": "id\na\n", "b.csv": "u,i,t\na,1,1\n"}
    folder = write(**files, **{"r.csv": "a,b\nx,y\n"})
    assert "all relations are orphans; the first: r.csv:2" in agree("tables", folder / "m.toml", accepted=False)
    write(**{"r.csv": "a,b\n"})
    assert "r.csv holds no rows" in agree("tables", folder / "m.toml", accepted=True)


@pytest.mark.parametrize(
    ("names", "said"), [(["id", "id"], "column 'id' appears twice"), (["id", " "], "column 2 has no name")]
)
def test_names_of_parquet_columns(names, said, write, agree):
    folder = write(**{"m.toml": _mapping("u.parquet"), "b.csv": "u,i,t\na,1,1\n"})
    parquet.write_table(pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names), folder / "u.parquet")
    assert said in agree("tables", folder / "m.toml", accepted=False)


def test_a_parquet_without_rows_and_a_cut_one(write, agree):
    folder = write(**{"m.toml": _mapping("u.parquet"), "b.csv": "u,i,t\na,1,1\n"})
    parquet.write_table(pa.table({"id": pa.array([], pa.string())}), folder / "u.parquet")
    assert "u.parquet: holds no rows" in agree("tables", folder / "m.toml", accepted=False)
    whole = folder / "u.parquet"
    parquet.write_table(pa.table({"id": [str(n) for n in range(5_000)]}), whole, compression="snappy")
    raw = bytearray(whole.read_bytes())
    raw[20:9_000] = bytes(8_980)
    whole.write_bytes(raw)
    assert "u.parquet: cannot be read after row 0" in agree("tables", folder / "m.toml", accepted=False)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_matrices_of_strange_numbers(value, tmp_path, agree):
    save_npz(tmp_path / "train.npz", coo_array(([1.0, value], ([0, 1], [0, 1])), shape=(2, 2)))
    said = agree("mmrec", tmp_path, accepted=False)
    assert "train.npz: the value of user 1 and item 1" in said


def test_matrices_without_behaviours(tmp_path, agree):
    save_npz(tmp_path / "train.npz", coo_array((2, 2)))
    assert "hold no behaviours" in agree("mmrec", tmp_path, accepted=False)


@pytest.mark.parametrize("shape", ["(-3, 2)", "(True, 2)", "(1000000000000, 2)"])
def test_vectors_of_strange_shapes(shape, write, agree):
    folder = write(**{"train.txt": "0 0\n", "test.txt": "0 0\n"})
    np.save(folder / "text.npy", np.zeros((3, 2), np.float32))
    raw = (folder / "text.npy").read_bytes()
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    (folder / "text.npy").write_bytes(raw[:10] + head.encode() + raw[128:])
    said = agree("lightgcn", folder, accepted=False)
    assert "text.npy: not a NumPy array: its shape" in said


def test_lists_without_behaviours(write, agree):
    assert "hold no behaviours" in agree("lightgcn", write(**{"train.txt": "0\n", "test.txt": "1\n"}), accepted=False)


def test_content_in_the_place_of_files(write, run, held):
    picture = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4).decode()
    rows = "".join(f"{n}\t{cell}\n" for n, cell in enumerate((picture, f"data:image/jpeg;base64,{picture}", "no.png")))
    folder = write(**{"train.txt": "0 0 1 2\n", "test.txt": "1 0\n", "media.tsv": "item_id\timage\n" + rows})
    result = run("load", "lightgcn", folder, "--media", folder / "media.tsv", "--json")
    assert result.exit_code == 0, result.stderr
    assert len(result.stdout) < 2_000
    notes = json.loads(result.stdout)["notes"]
    assert "1 images or sounds are base64, not the path of a file: left out; save them as files" in notes
    assert "1 images or sounds are a data: address, not the path of a file: left out; save them as files" in notes
    assert any("1 media files are not below" in note for note in notes)
    assert held("MATCH (i:Item) RETURN i.image") == {None}


def test_a_column_in_the_place_of_a_key(write, run, fingerprint, settings):
    settings.root.joinpath("graphrec.toml").write_text('[graph.item]\nkey = "id"\n[graph.entity]\nkey = "id"\n')
    for dry in (["--dry-run"], []):
        result = run("load", "atomic", write(**GOOD), *dry)
        assert result.exit_code == 2
        assert "'entityId' of the item nodes would overwrite their key 'id'" in result.stderr
    assert fingerprint() == ([], [])


def test_batches_of_long_texts(db, monkeypatch):
    monkeypatch.setattr(batching, "CHARACTERS", 1_000)
    tables = Tables()
    for number in range(20):
        tables.items.add(str(number))
        tables.items.properties[number]["description"] = "x" * 400
    batches: list[int] = []
    Writer(db, GraphSchema(), advance=lambda _, rows: batches.append(rows)).write(tables)
    assert batches == [3, 3, 3, 3, 3, 3, 2]


FRAME = pd.DataFrame({"user_id": ["a", "b"], "item_id": [1, 2], "t": [1, 2]})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"user_id": ["a", "b\0"]}, r"\['user_id'\]: row 1: .* control character"),
        ({"user_id": ["a", "x" * 9_000]}, r"\['user_id'\]: row 1: .* 9,000 characters"),
        ({"user_id": [True, False]}, r"\['user_id'\]: row 0: 'True' is a boolean"),
        ({"item_id": [1.0, 2.0**60]}, r"\['item_id'\]: row 1: .* too large to tell"),
        ({"t": [True, False]}, r"\['t'\]: row 0: 'True' is a boolean"),
        ({"t": [datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))), datetime(2, 1, 1, tzinfo=UTC)]}, "outside"),
    ],
)
def test_frames(change, said):
    with pytest.raises(InputError, match=said):
        tables_of(
            FRAME.assign(**{name: pd.Series(cells, dtype=None) for name, cells in change.items()}), Columns(time="t")
        )


@pytest.mark.parametrize(
    ("users", "said"),
    [
        (pd.DataFrame({"user_id": ["a"], "age": [1e30]}), "not an age"),
        (pd.DataFrame({"user_id": ["a"], "x": [b"raw"]}), "is bytes"),
        (pd.DataFrame({"user_id": ["a"], "x": pd.Series(["\ud800"], dtype=object)}), "half of a character"),
        (pd.DataFrame({"user_id": []}), "users is empty"),
    ],
)
def test_frames_of_users(users, said):
    with pytest.raises(InputError, match=said):
        tables_of(FRAME, Columns(), users=users)

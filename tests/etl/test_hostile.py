"""Hostile files: each is refused in a short message of its own, at once, and nothing else happens."""

from __future__ import annotations

import encodings
import io
import os
import pkgutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

INTER = "user_id:token\titem_id:token\n"
ROWS = "u1\ti1\n"
#: Codecs of Python that are none of text, or of which ASCII is no part.
NO_TEXT = {
    "aliases", "base64_codec", "bz2_codec", "cp037", "cp1026", "cp1140", "cp273", "cp424", "cp500", "cp864", "cp875",
    "hex_codec", "mbcs", "oem", "punycode", "quopri_codec", "raw_unicode_escape", "rot_13", "undefined",
    "unicode_escape", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le", "utf_7", "uu_codec",
    "zlib_codec",
}  # fmt: skip
CODECS = sorted({module.name for module in pkgutil.iter_modules(encodings.__path__)} - {"mbcs", "oem"})
OTHER_NAMES = ["rot13", "hex", "zip", "bz2", "uu", "", "nul", "../x", "latin-99", "\x1b[2J", "utf-8\x00", "x" * 5_000]

#: What is in the place of a file.
THINGS: dict[str, Callable[[Path], None]] = {
    "a pipe": os.mkfifo,
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "full": lambda path: path.symlink_to("/dev/full"),
    "a terminal": lambda path: path.symlink_to("/dev/tty"),
    "a folder": Path.mkdir,
    "a circle": lambda path: path.symlink_to(path.name),
    "memory": lambda path: path.symlink_to("/proc/self/mem"),
    "zeros": lambda path: path.write_bytes(bytes(4_096)) and None,
    "noise": lambda path: path.write_bytes(np.random.default_rng(0).bytes(4_096)) and None,
}
#: File → the other files of its folder, and the command.
PLACES: dict[str, tuple[dict[str, str], list[str]]] = {
    "x.inter": ({}, ["atomic", "."]),
    "x.item": ({"x.inter": INTER + ROWS}, ["atomic", "."]),
    "x.user": ({"x.inter": INTER + ROWS}, ["atomic", "."]),
    "x.kg": ({"x.inter": INTER + ROWS, "x.link": "item_id:token\tentity_id:token\ni1\te\n"}, ["atomic", "."]),
    "media.tsv": ({"x.inter": INTER + ROWS}, ["atomic", ".", "--media", "media.tsv"]),
    "ratings.csv": ({"movies.csv": "movieId,title,genres\n"}, ["movielens", "."]),
    "train.txt": ({"test.txt": "0 1\n"}, ["lightgcn", "."]),
    "image.npy": ({"train.txt": "0 0\n", "test.txt": "0 1\n"}, ["lightgcn", "."]),
    "train.npz": ({}, ["mmrec", "."]),
    "map.toml": ({}, ["tables", "map.toml"]),
    "b.csv": ({"map.toml": "[[behaviours]]\nfile='b.csv'\ntype='LIKED'\nuser='u'\nitem='i'\n"}, ["tables", "map.toml"]),
    "b.parquet": (
        {"map.toml": "[[behaviours]]\nfile='b.parquet'\ntype='LIKED'\nuser='u'\nitem='i'\n"},
        ["tables", "map.toml"],
    ),
}


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_file_of_data(place: str, thing: str, alone: Path, refused) -> None:
    others, command = PLACES[place]
    for name, text in others.items():
        (alone / name).write_text(text)
    try:
        THINGS[thing](alone / place)
    except OSError:
        pytest.skip("cannot be made here")
    message = refused("load", *command, "--dry-run")
    assert place.rpartition(".")[0] in message or "holds" in message or "no " in message


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_of_python(codec: str, alone: Path, run, refused) -> None:
    (alone / "x.inter").write_text(INTER + ROWS)
    command = ["load", "atomic", ".", "--dry-run", "--encoding", codec]
    if codec in NO_TEXT:
        assert repr(codec) in refused(*command)
    else:
        assert run(*command).exit_code == 0


@pytest.mark.parametrize("codec", OTHER_NAMES)
def test_names_of_no_encoding(codec: str, alone: Path, refused) -> None:
    (alone / "x.inter").write_text(INTER + ROWS)
    assert "encoding" in refused("load", "atomic", ".", "--dry-run", "--encoding", codec)


def _npy(header: str, version: int = 1) -> bytes:
    size = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + size + header.encode() + bytes(64)


def _shape(shape: str, kind: str = "'<f4'") -> bytes:
    return _npy(f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}}}\n", 2)


ARRAYS = {
    "10^10 empty rows": _shape("(10000000000, 0)"),
    "10^10 rows of nothing": _shape("(10000000000, 4)", "'|V0'"),
    "10^10 rows of empty text": _shape("(10000000000, 4)", "'|S0'"),
    "10^10 rows": _shape("(10000000000, 4)"),
    "10^10 columns": _shape("(1, 10000000000)"),
    "an enormous row": _shape("(3, 4)", "[('a', '<f4', (1000000, 100000))]"),
    "a negative shape": _shape("(-3, 4)"),
    "a shape of text": _shape("('a', 4)"),
    "a boolean shape": _shape("(True, 4)"),
    "5,000 digits": _shape("(1" + "0" * 5_000 + ", 4)"),
    "nested parentheses": _shape("(" * 5_000 + "1" + ")" * 5_000),
    "nested signs": _shape("(" + "-" * 8_000 + "1, 4)"),
    "nested lists": _npy("[" * 900 + "]" * 900),
    "a call": _shape("(__import__('os').getpid(), 4)"),
    "no header": _npy(""),
    "a cut header": _npy("{'descr': '<f4', ")[:40],
    "a dtype of nothing": _shape("(3, 4)", "'q9z'"),
    "version 9": _npy("{}").replace(b"NUMPY\x01", b"NUMPY\x09"),
    "NUL": _npy("\x00" * 80),
}


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("command", ["lightgcn", "mmrec"])
def test_headers_of_arrays(array: str, command: str, alone: Path, refused) -> None:
    for name, text in {"train.txt": "0 0\n", "test.txt": "0 1\n", "x.inter": "userID\titemID\n0\t1\n"}.items():
        (alone / name).write_text(text)
    (alone / "image.npy").write_bytes(ARRAYS[array])
    assert "image.npy: not a NumPy array: " in refused("load", command, ".", "--dry-run")


def _matrix(shape: Any, **parts: Any) -> bytes:
    held = {"format": "coo", "row": [0], "col": [0], "data": [1.0], "shape": shape} | parts
    file = io.BytesIO()
    np.savez(file, **{name: np.array(part) for name, part in held.items()})
    return file.getvalue()


MATRICES = {
    "10^10 users and items": _matrix([10**10, 10**10]),
    "a negative shape": _matrix([-1, 3]),
    "one dimension": _matrix([3]),
    "no shape": _matrix([]),
    "a place outside": _matrix([3, 3], row=[7]),
    "a negative place": _matrix([3, 3], row=[-1]),
    "places of text": _matrix([3, 3], row=["x"]),
    "values of text": _matrix([3, 3], data=["x"]),
    "unequal parts": _matrix([3, 3], data=[1.0, 2.0]),
    "another format": _matrix([3, 3], format="dok"),
    "a format that is a number": _matrix([3, 3], format=3),
    "parts missing": _matrix([3, 3], format="csr"),
    "not finite": _matrix([3, 3], data=[np.nan]),
}


@pytest.mark.parametrize("matrix", MATRICES)
def test_sparse_matrices(matrix: str, alone: Path, refused) -> None:
    for name in ("train", "valid", "test"):
        (alone / f"{name}.npz").write_bytes(MATRICES[matrix])
    refused("load", "mmrec", ".", "--dry-run")


def test_more_items_than_there_can_be(alone: Path, refused) -> None:
    for name in ("train", "test"):
        (alone / f"{name}.txt").write_text("0 0\n")
    assert "10,000,000,000" in refused("load", "lightgcn", ".", "--items", 10**10, "--dry-run")


def _times(values: list[int], kind: pa.DataType) -> pa.Array:
    return pa.array(values, pa.int32() if kind == pa.date32() else pa.int64()).cast(kind)


def _no_text() -> pa.Array:
    offsets = pa.py_buffer(np.array([0, 2], np.int32).tobytes())
    return pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(b"\xff\xfe")])


COLUMNS: dict[str, tuple[Callable[[], pa.Array], str]] = {
    "a zone on Mars": (lambda: _times([1], pa.timestamp("ms", tz="Mars/Phobos")), "a time of a zone"),
    "a zone that is a path": (lambda: _times([1], pa.timestamp("ms", tz="../../etc/passwd")), "a time of a zone"),
    "99 hours from UTC": (lambda: _times([1], pa.timestamp("ms", tz="+99:99")), "a time "),
    "the last millisecond": (lambda: _times([2**63 - 1], pa.timestamp("ms")), "years 1 to 9999"),
    "the first microsecond": (lambda: _times([-(2**63)], pa.timestamp("us", tz="UTC")), "years 1 to 9999"),
    "the last day": (lambda: _times([2**31 - 1], pa.date32()), "years 1 to 9999"),
    "the last date": (lambda: _times([86_400_000 * 10**8], pa.date64()), "years 1 to 9999"),
    "a duration": (lambda: _times([2**62], pa.duration("s")), ""),
    "a time of day": (lambda: _times([5], pa.time64("ns")), ""),
    "no text": (_no_text, "text that is not UTF-8"),
    "a nested list": (lambda: pa.array([[[[{"a": [1]}]]]]), ""),
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("as_time", [True, False])
def test_values_of_parquet(column: str, as_time: bool, alone: Path, refused) -> None:
    make, said = COLUMNS[column]
    pq.write_table(pa.table({"u": ["u1"], "i": ["i1"], "t": make()}), alone / "b.parquet")
    time = "time='t'\n" if as_time else ""
    (alone / "map.toml").write_text(PLACES["b.parquet"][0]["map.toml"] + time)
    message = refused("load", "tables", "map.toml", "--dry-run")
    assert "b.parquet:1, column t: " in message
    assert said in message or as_time


@pytest.mark.parametrize("seed", range(20))
def test_parquet_with_flipped_bytes(seed: int, alone: Path, run) -> None:
    """Whatever is flipped: the file is read or refused; a page may decode to other values."""
    rng = np.random.default_rng(seed)
    table = pa.table({"u": [f"u{n}" for n in range(500)], "i": [f"i{n % 9}" for n in range(500)], "t": range(500)})
    pq.write_table(table, alone / "b.parquet", compression="none" if seed % 2 else "snappy")
    data = np.frombuffer((alone / "b.parquet").read_bytes(), np.uint8).copy()
    end = len(data) if seed % 4 else len(data) // 2  # the footer too, or the pages alone
    data[rng.integers(4, end, 1 + seed * 4)] = rng.integers(0, 256, 1 + seed * 4)
    (alone / "b.parquet").write_bytes(data.tobytes())
    (alone / "map.toml").write_text(PLACES["b.parquet"][0]["map.toml"] + "time='t'\n")
    done = run("load", "tables", "map.toml", "--dry-run")
    assert done.exit_code in (0, 2), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.long
def test_100_000_columns(alone: Path, run) -> None:
    names = [f"c{n}" for n in range(100_000)]
    (alone / "x.inter").write_text(f"{INTER.strip()}\t" + "\t".join(f"{name}:float" for name in names) + "\n")
    (alone / "b.csv").write_text(f"u,i,{','.join(names)}\n")
    (alone / "map.toml").write_text(PLACES["b.csv"][0]["map.toml"])
    assert "holds no behaviours" in run("load", "atomic", ".", "--dry-run").stderr
    assert "holds no behaviours" in run("load", "tables", "map.toml", "--dry-run").stderr


MAPPINGS = {
    "nested lists": "x = " + "[" * 100_000,
    "nested tables": "[" + ".".join(["a"] * 3_000) + "]\nx = 1",
    "5,000 digits": "x = " + "9" * 5_000,
    "a file of 5,000 characters": f"[[behaviours]]\nfile = '{'b' * 5_000}.csv'\ntype='A'\nuser='u'\nitem='i'",
    "NUL in a file's name": '[[behaviours]]\nfile = "a\\u0000.csv"\ntype="A"\nuser="u"\nitem="i"',
    "NUL in a Parquet file's name": '[[behaviours]]\nfile = "a\\u0000.parquet"\ntype="A"\nuser="u"\nitem="i"',
    "a folder for a file": "[[behaviours]]\nfile = '.'\ntype='A'\nuser='u'\nitem='i'",
    "a codec for an encoding": "[[behaviours]]\nfile='a.csv'\nencoding='rot13'\ntype='A'\nuser='u'\nitem='i'",
    "a line for a separator": '[[behaviours]]\nfile="a.csv"\nseparator="\\n"\ntype="A"\nuser="u"\nitem="i"',
    "a quote for a separator": "[[behaviours]]\nfile='a.csv'\nseparator='\"'\ntype='A'\nuser='u'\nitem='i'",
    "ESC in a key": '"a\\u001b[2J" = 1',
    "ESC in a type": '[[behaviours]]\nfile="a.csv"\ntype="A\\u001b[2J"\nuser="u"\nitem="i"',
    "a table for a list": "[behaviours]\nfile='a.csv'",
    "a list for a table": "[[users]]\nfile='a.csv'",
    "nothing": "",
}


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_mappings(mapping: str, alone: Path, refused) -> None:
    (alone / "a.csv").write_text("u,i,c\n1,2,3\n")
    (alone / "map.toml").write_text(MAPPINGS[mapping])
    refused("load", "tables", "map.toml", "--dry-run")


ARGUMENTS = [
    ["load", "atomic", "\udcff\udcfe"],
    ["load", "atomic", "a\nerror: forged\x1b[2J"],
    ["load", "atomic", "x" * 5_000],
    ["load", "atomic", ".", "--behaviour", "\udcff"],
    ["load", "atomic", ".", "--media", "x" * 5_000],
    ["load", "tables", "\udcff"],
    ["load", "lightgcn", "/dev/null"],
    ["load", "mmrec", "/dev/zero"],
    ["load", "movielens", "\u202e"],
    ["load", "\udcff"],
    ["\udcff\x1b[2J"],
    ["\x9b"],
    ["similar", "x", "-k", "1e9"],
    ["similar", "x", "-k", "9" * 5_000],
    ["runs", "plot", "x" * 5_000],
    ["runs", "plot", "../../etc"],
    ["publish", "\udcff"],
    ["recommend", "u", "--html", "x" * 5_000 + ".html"],
    ["search", "x", "--by", "\x1b"],
    ["search", "--image", "/dev/zero"],
    ["embed", "--vectors", "text=/dev/zero"],
    ["embed", "--vectors", "\x1b[2J"],
    ["cypher", "\udcff"],
    ["cypher", "recommend", "--offline", "-p", "user"],
]


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=lambda arguments: ascii(" ".join(arguments))[:60])
def test_arguments(arguments: list[str], alone: Path, refused) -> None:
    refused(*arguments)

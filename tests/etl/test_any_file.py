"""Whatever stands in a file of data: it is read, or refused in a message that names the file, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graphrec.common.errors import ConfigError, InputError
from graphrec.common.html_text import escaped as in_html
from graphrec.common.markdown import escaped as in_markdown
from graphrec.common.printable import message_lines, printable, printable_lines
from graphrec_etl import atomic, lightgcn, mmrec, movielens, tables, values
from graphrec_etl.files import rows
from graphrec_etl.model import Tables
from graphrec_etl.rejects import Rejects
from graphrec_etl.times import Times
from tests.clear_answer import CONTROL

#: Bytes that readers give a meaning to, so that they come together.
PIECES = st.sampled_from([
    b"user_id:token", b"item_id:token", b"rating:float", b"timestamp:float", b"userID", b"itemID", b"x_label", b"u",
    b"i",
    b"\t", b"\t", b",", b"::", b"|", b'"', b"\n", b"\n", b"\r\n", b"\r", b" ", b"1", b"2", b"0", b"-1", b"1e999",
    b"nan",
    b"9" * 30, b"inf", b"2020-01-01", b"\x00", b"\x1b[2J", b"\xc3\xa9", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe",
    b"\xed\xa0\x80", "\u202e".encode(), b"x" * 9_000,
])  # fmt: skip
CONTENT = st.lists(PIECES | st.binary(max_size=4), max_size=40).map(b"".join)
ONE = b"user_id:token\titem_id:token\nu\t1\n"
MAP = "[[behaviours]]\nfile='x.csv'\ntype='LIKED'\nuser='u'\nitem='i'\n"

#: Source → head of the file, the file's name, the other files, and what reads the folder.
SOURCES: dict[str, tuple[bytes, str, dict[str, bytes], Callable[[Path, Rejects], Tables]]] = {
    "atomic": (b"user_id:token\titem_id:token\n", "x.inter", {}, atomic.transform),
    "items": (b"item_id:token\tt:token_seq\n", "x.item", {"x.inter": ONE}, atomic.transform),
    "mmrec": (b"userID\titemID\tx_label\n", "x.inter", {}, mmrec.transform),
    "lightgcn": (b"", "train.txt", {"test.txt": b"0 1\n"}, lightgcn.transform),
    "movielens": (b"", "u.data", {"u.item": b"", "u.user": b""}, movielens.transform),
    "tables": (b"u,i,c\n", "x.csv", {"m.toml": MAP.encode()}, lambda at, bad: tables.transform(at / "m.toml", bad)),
}  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
@given(content=CONTENT, headed=st.booleans())
def test_any_content(source: str, tmp_path: Path, content: bytes, headed: bool) -> None:
    head, name, others, transform = SOURCES[source]
    for other, data in others.items():
        (tmp_path / other).write_bytes(data)
    (tmp_path / name).write_bytes((head if headed else b"") + content)
    rejects = Rejects()
    try:
        found = transform(tmp_path, rejects)
    except (InputError, ConfigError) as error:
        message = message_lines(error)
        assert tmp_path.name in message or name in message
        assert CONTROL.search(message) is None
        assert len(message) < 5_000
        return
    for reject in rejects.first:
        assert CONTROL.search(message_lines(reject)) is None
    for role in ("user", "item", "entity"):
        json.dumps(found.nodes(role).properties, default=str).encode()
        assert all(key and key == key.strip() for key in found.nodes(role).codes)


CELLS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.binary(max_size=9)
    | st.dates() | st.datetimes() | st.decimals() | st.timedeltas() | st.times() | st.uuids()
    | st.lists(st.integers() | st.text(max_size=3) | st.none(), max_size=3)
)  # fmt: skip
PARSERS = [
    values.token,
    values.key,
    values.link,
    values.number,
    values.whole,
    values.numbers,
    values.tokens,
    values.native,
]


@given(st.sampled_from([*PARSERS, values.age(values.whole), None]), CELLS)
@example(values.key, "\ud800")
@example(values.number, 10**400)
@example(values.whole, "9" * 5_000)
@example(None, "9999-12-31T23:59:59-23:59")
@example(None, "0001-01-01T00:00:00+23:59")
@example(None, datetime.max)
@example(None, date.min)
def test_any_value(parse: values.Parser | None, cell: Any) -> None:
    """A parser returns something that Neo4j stores, or raises ValueError; None stands for times."""
    try:
        found = Times().read(cell) if parse is None else parse(cell)
    except ValueError as error:
        found = str(error)
    if isinstance(found, str):
        found.encode()
    if isinstance(found, int):
        assert -(2**63) <= found < 2**63


@given(CONTENT, st.sampled_from(["\t", ",", ";", "|", "::"]), st.sampled_from(["utf-8", "latin-1", "shift_jis"]))
def test_any_rows(tmp_path: Path, content: bytes, separator: str, encoding: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    for quoted in (len(separator) == 1, False):
        try:
            numbers = [number for number, _ in rows(file, separator, encoding=encoding, quoted=quoted)]
        except InputError as error:
            numbers = [] if str(file) in str(error) else [1, 0]
        assert numbers == sorted(numbers)


@given(st.text(max_size=50) | st.text("\x00\x1b\x9b\n\r\t\u202e\u2066\ud800[]/<|*`ab ", max_size=50))
def test_any_text_is_printable(text: str) -> None:
    for made in (printable(text), in_html(text), in_markdown(text)):
        assert CONTROL.search(made) is None
        assert len(made.splitlines()) <= 1
        made.encode()
    assert CONTROL.search(printable_lines(text)) is None
    assert printable(printable(text)) == printable(text)
    assert not set(in_html(text)) & set("<>\"'")
    assert json.loads(printable_lines(json.dumps(text, ensure_ascii=False))) == text
    assert all(line.startswith("  ") for line in message_lines(f"x{text}").split("\n")[1:])

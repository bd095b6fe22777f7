"""Hostile settings: whatever a file or a variable says, it is read or refused in a message of graphrec's own."""

from __future__ import annotations

import json
import os
import string
from pathlib import Path
from typing import Any

import msgspec
import pytest
import tomlkit
from hypothesis import example, given
from hypothesis import strategies as st

from graphrec.common.errors import ConfigError, InputError
from graphrec.common.printable import message_lines
from graphrec.config.settings import Settings, _File, load_settings
from graphrec.db.server.layout import Layout, Record
from tests.clear_answer import CONTROL

TABLES = {field.name: field.type for field in msgspec.structs.fields(_File)}
KEYS = {name: [field.name for field in msgspec.structs.fields(kind)] for name, kind in TABLES.items()}

#: What TOML can say.
SCALARS = (
    st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([0, 1, 2**31, 2**63 - 1, -1])
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(["auto", "none", "", "\x1b[2J", "\u202e", "x" * 5_000, "a\x00b", "~nobody/x", "/dev/zero"])
    | st.dates()
    | st.datetimes()
    | st.times()
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)


def table(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """A table with some of its own keys, and sometimes another one."""
    return st.dictionaries(st.sampled_from(KEYS[name]) | NAMES, VALUES, max_size=4)


FILES = st.fixed_dictionaries({}, optional={name: table(name) | VALUES for name in TABLES}) | st.dictionaries(
    NAMES, VALUES, max_size=3
)


def read(file: Path) -> Settings | str:
    """The settings, or the message that refuses them."""
    try:
        return load_settings(file)
    except (ConfigError, InputError) as error:
        message = message_lines(error)
        assert str(file) in message
        assert CONTROL.search(message) is None
        assert len(message) < 3_000
        return message


@given(FILES)
def test_any_values(alone: Path, tables: dict[str, Any]) -> None:
    file = alone / "graphrec.toml"
    file.write_bytes(tomlkit.dumps(tables).encode())
    found = read(file)
    if isinstance(found, Settings):  # then it can be written into a run and read again
        for name, kind in TABLES.items():
            assert msgspec.json.decode(msgspec.json.encode(getattr(found, name)), type=kind) == getattr(found, name)


@given(st.binary(max_size=200) | st.text(string.printable + "\x1b\x9b\u202e\ud800", max_size=200))
@example("[" * 100_000)
@example("x = " + "{a=" * 50_000)
@example("x = " + "9" * 5_000)
@example("[train]\nseed = 2020-99-99")
@example("\ufeff[train]\nseed = 1")
def test_any_bytes(alone: Path, content: bytes | str) -> None:
    file = alone / "graphrec.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    read(file)


#: Settings that would take hours, fill the memory, or make numbers that are none.
ABSURD = {
    "model.dim": [1_025, 65_536, 2**63],
    "model.init": ["inf", "nan", 1e308],
    "model.dropout": [1.0, "nan", -1],
    "model.hops": [5, 10**9],
    "model.neighbours": [2**31, -1],
    "content.dim": [4_097, 0],
    "content.batch": [0, 2**40],
    "train.lr": ["inf", "nan", 0, -1],
    "train.weight_decay": ["inf", "nan", -1],
    "train.epochs": [0, 2**31],
    "train.batch": [0, 2**63],
    "train.ema": [1.0, "nan"],
    "train.seed": [-1, 2**31],
    "split.valid": [1.0, "nan", "inf"],
    "publish.k": [0, 2**31],
    "database.wait": ["inf", "nan", -1],
    "recommend.interests": [0, 2**40],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in ABSURD.items() for value in values])
def test_absurd_settings(key: str, value: object, alone: Path) -> None:
    name, _, setting = key.partition(".")
    file = alone / "graphrec.toml"
    file.write_text(f"[{name}]\n{setting} = {value}\n")
    message = read(file)
    assert isinstance(message, str)
    assert f"[{name}] {setting} = " in message or "not valid TOML" in message


@pytest.mark.parametrize(
    "place", ["/dev/zero", "/dev/tty", "pipe", ".", "x" * 5_000, "\udcff", "circle", "/proc/self/mem"]
)
def test_what_is_no_file_of_settings(place: str, alone: Path, monkeypatch, refused) -> None:
    os.mkfifo(alone / "pipe")
    (alone / "circle").symlink_to("circle")
    monkeypatch.setenv("GRAPHREC_CONFIG", place)
    refused("runs")


@pytest.mark.parametrize("variable", ["GRAPHREC_HOME", "GRAPHREC_RUNS"])
@pytest.mark.parametrize(
    "place", ["x" * 5_000, "/dev/null", "/dev/null/x", "~nobody/x", "\udcff", "\x1b[2J", "/proc/1/x"]
)
def test_folders_that_are_none(variable: str, place: str, monkeypatch, alone: Path, refused) -> None:
    monkeypatch.setenv(variable, place)
    refused("runs")
    refused("runs", "plot")


RECORD = {"pid": 7, "started": 1.5, "version": "2026.08.1", "bolt": 7687, "http": 7474, "ready": True}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


def test_the_record_of_a_server_is_read(alone: Path) -> None:
    layout = Layout(alone)
    layout.write_record(Record(**RECORD))
    assert layout.read_record() == Record(**RECORD)


@given(st.sampled_from(sorted(RECORD)), JSON)
@example("pid", -1)
@example("pid", 2**64)
@example("bolt", 99_999)
@example("http", 0)
@example("started", float("nan"))
@example("started", float("inf"))
@example("version", "../../x")
@example("version", "\x1b[2J")
@example("ready", "yes")
def test_a_strange_record_of_a_server(alone: Path, name: str, value: Any) -> None:
    layout = Layout(alone)
    layout.record_file.write_text(json.dumps(RECORD | {name: value}))
    found = layout.read_record()
    if found is not None:
        assert 0 < found.bolt < 65_536
        assert 0 <= found.pid < 2**31
        assert set(found.version) <= set("0123456789.")


@given(st.binary(max_size=99))
@example(b"")
@example(b"[" * 100_000)
@example(json.dumps(RECORD).encode()[:-9])
@example(json.dumps(RECORD).encode("utf-16"))
@example(b"null")
def test_a_damaged_record_of_a_server_is_none(alone: Path, content: bytes) -> None:
    layout = Layout(alone)
    layout.record_file.write_bytes(content)
    assert layout.read_record() is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", json.dumps(RECORD | {"pid": -1}), json.dumps(RECORD | {"bolt": 99999})]
)
def test_commands_go_on_with_a_damaged_record(content: str, alone: Path, run) -> None:
    folder = alone / "home" / "neo4j"
    folder.mkdir(parents=True)
    (folder / "server.json").write_text(content)
    status = run("db", "status")
    assert (status.exit_code, status.stderr) == (0, "")
    assert "stopped" in status.stdout

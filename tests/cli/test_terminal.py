"""Text from the data on a terminal: no markup, no control characters, no forged lines; every command is walked."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from graphrec.cli import main as command_line
from graphrec.cli.main import VERBS
from graphrec.common.console import activity, echo, note, progress, shown
from graphrec.db.database import Database
from graphrec.publishing.publish import publish

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")

TITLES = {
    "1": "Brackets [/b] closed",
    "2": "[red]red[/red] :smile:",
    "3": "clear\x1b[2J\x9b2J\x1b]0;title\x07",
    "4": '<script>alert("|")</script>',
    "5": "line\nerror: forged\r\u202egnp.exe\u2066\x00\x7f",
}
USER = "an[/b]na\x1b[2J\u202e"
CREATOR = "Steven [/b]\x9b2J\nerror: forged"
#: What a terminal would obey, apart from the ends of lines.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]|\r(?!\r?\n)")

#: Verb → the arguments to try, and what must be in the output of all of them together.
WALK: dict[str, tuple[list[list[str]], list[str]]] = {
    "recommend": ([["recommend", USER, "--explain", "--html", "page.html"]], ["an[/b]na\\u001b[2J\\u202e", "script>"]),
    "explain": ([["explain", USER, "3", "--plot", "why.svg"], ["explain", USER, "4"]], ["clear\\u001b[2J\\u009b2J"]),
    "whatif": ([["whatif", USER, "3"], ["whatif", "no\x1b[2J", "4"]], ["error: "]),
    "similar": ([["similar", key] for key in "1235"], ["like Brackets [/b] closed", "[red]red[/red] :smile:"]),
    "search": ([["search", "\x1b[2J[/b]"]], ["error: "]),
    "inspect": (
        [["inspect", "--yes"], ["inspect", "--check"], ["inspect", "--json"]],
        ["an[/b]na\\u001b[2J\\u202e", "K[/b]"],
    ),
    "pseudonyms": ([["pseudonyms", "fingerprint", "\x1b[2J"], ["pseudonyms", "key", "no\x1b[2J"]], ["error: "]),
    "forget": ([["forget", USER, "--dry-run"], ["forget", "no\x1b[2J"]], ["to be removed"]),
    "person": ([["person", USER, "--export", "held.json"], ["person", "no\x1b[2J", "--export", "x"]], ["written: "]),
    "expire": ([["expire", "--days", "9000", "--dry-run"]], []),
    "runs": ([["runs"], ["runs", "plot", "no\x1b[2J\nerror: forged"]], ["no run"]),
    "export": ([["export", "all.csv"], ["export", "no\x1b[2J/\nerror: forged.csv"]], ["rows of"]),
    "cypher": ([["cypher"], ["cypher", "recommend", "-p", "user=\x1b[2J"]], []),
    "embed": ([["embed", "--text", "tfidf", "--image", "none", "--audio", "none"], ["embed", "--text", "\x9b/"]], []),
    "publish": ([["publish", "\x1b[2J\nerror: forged"]], ["no run"]),
    "quality": ([["quality"]], []),
    "rollback": ([["rollback"]], ["error: "]),
    "load": ([["load", "atomic", "data\x1b[2J\u202e"], ["load", "movielens", "\n\nerror: forged"]], ["[/b]\\x9b2J"]),
    "write": ([["write", USER, "3"], ["write", USER, "3", "--json"], ["write", "no\x1b[2J", "4"]], ["error: "]),
    "trends": ([["trends"], ["trends", "--entity", "\x1b[2J"]], []),
    "chat": ([["chat", USER]], []),
    "db": ([["db", "status"], ["db", "clean", "--dry-run"]], ["to be removed"]),
    "audit": (
        [
            ["audit", "privacy", "\x1b[2J"],
            ["audit", "privacy", "--only", "\x1b[2J"],
            ["audit", "stability", "\x1b[2J"],
            ["audit", "content", "\x1b[2J"],
        ],
        ["no run", "no attack"],
    ),
    "evaluate": ([["evaluate", "\x1b[2J"]], ["no run"]),
    "journal": ([["journal"], ["journal", "--verify"], ["journal", "--since", "\x1b[2J\nerror: forged"]], ["no time"]),
    "update": ([["update", "--from", "\x1b[2J"]], ["error: "]),
}
#: Verbs whose output has figures and names of their own alone, or which take minutes; they print by the same functions.
ELSEWHERE = {"quickstart", "train", "tune", "interest", "benchmark", "content", "doctor", "serve", "audit"}

Typed = Callable[..., str]


class _Terminal:
    """A pseudo-terminal in place of stdout and stderr, and what was written to it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._master, slave = os.openpty()
        self._file = os.fdopen(slave, "w", encoding="utf-8")
        self._held: list[bytes] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        patch.setattr(sys, "stdout", self._file)
        patch.setattr(sys, "stderr", self._file)

    def _read(self) -> None:
        while True:
            try:
                part = os.read(self._master, 65_536)
            except OSError:  # the other end is closed
                return
            self._held.append(part)

    def close(self) -> str:
        self._file.close()
        self._reader.join()
        os.close(self._master)
        return b"".join(self._held).decode()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Run something on a terminal without colours, and return what it shows."""
    monkeypatch.setenv("COLUMNS", "220")

    def call(do: Callable[[], object], term: str = "dumb") -> str:
        with monkeypatch.context() as patch:
            patch.setenv("TERM", term)
            terminal = _Terminal(patch)
            try:
                do()
            finally:
                said = terminal.close()
        return said

    return call


@pytest.fixture
def hostile(films: Database, make_run, tmp_path: Path) -> Iterator[Database]:
    """The films with hostile titles, names, ids, labels, types and properties, published."""
    films.write("UNWIND $rows AS row MATCH (i:Item {itemId: row[0]}) SET i.title = row[1]", rows=list(TITLES.items()))
    films.write(
        "MATCH (u:User {userId: 'anna'}) SET u.userId = $user, u.`[/b] \x1b[2J` = 'x' "
        "WITH u MATCH (e:Entity {entityId: 'e.Steven Spielberg'}) SET e.name = $name, e:`K[/b]`",
        user=USER,
        name=CREATOR,
    )
    films.write("MATCH (a:Item {itemId: '1'}), (e:Entity {name: 'Film'}) CREATE (a)-[:`T[/b]`]->(e)")
    users = [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]
    items = [[1.0, 0.0], [0.9, 0.1], [0.8, 0.3], [0.0, 1.0], [0.1, 0.9]]
    seen = [(0, 0), (0, 1), (1, 0), (1, 2), (2, 3), (2, 0)]
    publish(films, make_run([USER, "ben", "cleo"], list(TITLES), users, items, seen), k=3)
    folder = tmp_path / "data\x1b[2J\u202e"
    folder.mkdir()
    (folder / "x.inter").write_text(
        "user_id:token\titem_id:token\trating:float\nu1\ti1\t[/b]\x9b2J\n", encoding="utf-8"
    )
    yield films
    films.write("MATCH (n) DETACH DELETE n")


def test_every_command_is_walked_or_named() -> None:
    assert set(WALK) | ELSEWHERE == set(VERBS)


def test_text_from_the_data_is_neither_markup_nor_control(hostile, typed, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    wrong: list[tuple[object, object]] = []

    def run(args: list[str]) -> None:
        if args[0] == "chat":
            monkeypatch.setattr(sys, "stdin", io.StringIO("recommend me three\nwhy the first?\n\x1b[2J\n"))
        with pytest.raises(SystemExit) as left:
            command_line.main(args)
        if left.value.code not in (0, 2, None):
            wrong.append((args, left.value.code))

    for verb, (calls, expected) in WALK.items():
        whole = ""
        for args in calls:
            said = typed(partial(run, args))
            whole += said
            wrong += [(args, said[max(0, at.start() - 30) : at.end() + 9]) for at in CONTROL.finditer(said)]
            wrong += [(args, line) for line in said.splitlines() if re.match(r"(error: )?forged", line)]
        wrong += [(verb, words) for words in expected if words not in whole]
    for name in ("page.html", "why.svg"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        wrong += [(name, at[0]) for at in CONTROL.finditer(text)]
        wrong += [(name, "script")] if "<script>alert" in text else []
    assert wrong == []


def test_notes_bars_and_steps_of_an_activity(typed) -> None:
    bad = "[/b] [red]x[/red] \x1b[2J\x9b2J :smile:"

    def show() -> None:
        with shown():
            note(bad)
            with progress() as bar:
                bar.advance(bar.add_task(bad, total=2))
            with activity(bad) as tell:
                tell(f"next {bad}")

    said = typed(show, "xterm")
    assert said.count("[/b] [red]x[/red] \\u001b[2J\\u009b2J :smile:") >= 3
    assert "\x1b[2J" not in said
    assert "\x9b" not in said


def test_colours_are_for_terminals_that_have_them_and_users_who_want_them(typed, monkeypatch) -> None:
    def show() -> None:
        echo(" said", label="ok", colour="green")
        echo("more")

    assert typed(show, "xterm") == "\x1b[32mok\x1b[0m said\r\nmore\r\n"
    assert typed(show, "dumb") == "ok said\r\nmore\r\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert typed(show, "xterm") == "ok said\r\nmore\r\n"

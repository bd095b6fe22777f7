"""What touches people's data is written down, before and after, and names nobody."""

from __future__ import annotations

import inspect
import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import graphrec
from graphrec.api.journal import CALLS
from graphrec.cli.journal import COMMANDS
from graphrec.cli.main import cli
from graphrec.config.settings import load_settings
from graphrec.journal.file import Journal
from graphrec.journal.recording import journal_of
from graphrec.journal.verify import verify
from graphrec.pseudonyms.key import make_key
from graphrec.pseudonyms.pseudonym import Pseudonyms


def commands(command: click.Command, path: str = "") -> Iterator[str]:
    """Yield the commands that do something."""
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, f"{path} {name}".strip())


def test_every_command_and_call_says_what_it_does_to_peoples_data() -> None:
    assert set(commands(cli)) == set(COMMANDS)
    calls = {name for name, _ in inspect.getmembers(graphrec.Recommender, inspect.isfunction) if name[0] != "_"}
    assert calls == set(CALLS)


@pytest.fixture
def journal(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """A journal of the test's own."""
    (tmp_path / "graphrec.toml").write_text('[journal]\nfolder = "kept"\n', encoding="utf-8")
    return journal_of(load_settings())


def told(run: Any, *args: str) -> list[dict[str, Any]]:
    return list(json.loads(run("journal", "--json", *args).stdout))


def test_a_command_is_written_down_with_who_what_and_how_much(films: Any, journal: Journal, run: Any) -> None:
    assert run("forget", "anna", "--dry-run").exit_code == 0
    assert run("recommend", "nobody-4711").exit_code == 2
    assert run("forget", "anna", "--yes").exit_code == 0
    assert run("runs").exit_code == 0  # touches nobody
    first, second, third = told(run)
    assert (first["did"], first["kind"], first["outcome"], first["options"]) == (
        "forget",
        "remove",
        "done",
        ["--dry-run"],
    )
    assert first["counts"]["rowsRead"] > 0
    assert "nodesDeleted" not in first["counts"]
    assert (second["did"], second["outcome"]) == ("recommend", "refused")
    assert third["counts"]["nodesDeleted"] >= 1
    assert third["counts"]["relationshipsDeleted"] >= 1
    assert (third["account"], third["uid"]) == (pwd.getpwuid(os.getuid()).pw_name, os.getuid())
    assert third["users"] == first["users"] != second["users"]
    assert verify(journal).problems == []

    # Nobody is named; who has the key finds the work by an id.
    text = journal.file.read_text(encoding="utf-8")
    assert "anna" not in text
    assert "4711" not in text
    assert [row["options"] for row in told(run, "--user", "anna")] == [["--dry-run"], ["--yes"]]
    assert told(run, "--user", "ben") == []
    assert told(run, "--since", "2099-01-01") == []
    assert len(told(run, "--since", "1d")) == 3
    assert "no time" in run("journal", "--since", "soon").stderr


def test_it_is_verified_by_a_command(films: Any, journal: Journal, run: Any) -> None:
    run("forget", "anna", "--dry-run")
    left = run("journal", "--verify")
    assert (left.exit_code, left.stdout.count("as it was written")) == (0, 1)
    noted = left.stdout.splitlines()[-1]
    run("forget", "anna", "--dry-run")
    assert run("journal", "--verify", "--expect", noted).exit_code == 0
    journal.file.write_text(journal.file.read_text().replace("--dry-run", "--yes", 1))
    left = run("journal", "--verify", "--json")
    assert left.exit_code == 1
    assert json.loads(left.stdout)["problems"] == ["entry 1 (line 1) was changed"]
    assert run("journal", "--verify", "--expect", "4").exit_code == 2
    assert run("journal", "--expect", noted).exit_code == 2


def test_what_cannot_be_written_down_is_not_begun(films: Any, journal: Journal, run: Any, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where the folder would be", encoding="utf-8")
    for args in (("forget", "anna", "--yes"), ("export", "all.csv")):
        left = run(*args)
        assert (left.exit_code, left.stdout) == (2, "")
        assert f"{args[0]} was not begun, as the journal cannot be written" in left.stderr
        assert "[journal] folder" in left.stderr
    assert films.read("MATCH (u:User {userId: 'anna'}) RETURN count(*) AS found")[0]["found"] == 1
    assert not (tmp_path / "all.csv").exists()
    with pytest.raises(graphrec.GraphrecError, match="cannot be written"), graphrec.connect() as graph:
        graph.forget("anna")
    assert films.read("MATCH (u:User {userId: 'anna'}) RETURN count(*) AS found")[0]["found"] == 1
    (tmp_path / "graphrec.toml").write_text("[journal]\nkeep = false\n", encoding="utf-8")
    assert run("forget", "anna", "--yes").exit_code == 0


def test_python_is_written_down_too(films: Any, journal: Journal, run: Any) -> None:
    with graphrec.connect() as graph:
        graph.inspect()
        graph.forget("anna")
        with pytest.raises(graphrec.GraphrecError):
            graph.recommend(["ben", "nobody-4711"])
    rows = told(run)
    assert [(row["through"], row["did"], row["outcome"]) for row in rows] == [
        ("python", "inspect", "done"),
        ("python", "forget", "done"),
        ("python", "recommend", "refused"),
    ]
    assert [len(row.get("users", ())) for row in rows] == [0, 1, 2]
    assert rows[1]["counts"]["nodesDeleted"] >= 1
    assert "anna" not in journal.file.read_text(encoding="utf-8")


def test_a_folder_without_anything_gets_no_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("NEO4J_URI", "GRAPHREC_HOME", "GRAPHREC_CONFIG", "GRAPHREC_RUNS"):
        monkeypatch.delenv(name, raising=False)
    assert run("recommend", "anna").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_person_with_a_pseudonym_is_found_by_the_id_and_not_betrayed(
    journal: Journal, run: Any, tmp_path: Path
) -> None:
    old = make_key(tmp_path / "old.key")
    settings = tmp_path / "graphrec.toml"
    named = settings.read_text(encoding="utf-8") + '[privacy]\npseudonym_key = "%s"\n'
    settings.write_text(named % "old.key", encoding="utf-8")
    assert run("recommend", "anna").exit_code == 2  # she is not in this graph
    left = run("person", "anna", "--export", "all")
    assert (left.exit_code, Pseudonyms(old).of("anna") in left.stderr) == (2, True)
    assert [row["users"] for row in told(run)] == [[journal.fingerprint(Pseudonyms(old).of("anna"))]] * 2
    make_key(tmp_path / "new.key", before=old)
    settings.write_text(named % "new.key", encoding="utf-8")
    for name in ("anna", Pseudonyms(old).of("anna")):
        assert [row["did"] for row in told(run, "--user", name)] == ["recommend", "person"]

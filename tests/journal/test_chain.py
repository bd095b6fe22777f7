"""The file of the journal: whatever is changed in it is named; what happens by itself does not look like a change."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from graphrec.common.errors import ResourceError
from graphrec.journal.file import Head, Journal
from graphrec.journal.verify import verify

ENTRY = {"at": "2026-12-01T04:00:00.000+00:00", "id": "a1", "event": "begin", "did": "forget", "kind": "remove"}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A journal with five entries."""
    made = Journal(tmp_path / "journal")
    for number in range(5):
        made.append(ENTRY | {"id": f"a{number}"})
    return made


def lines(journal: Journal) -> list[bytes]:
    return journal.file.read_bytes().splitlines(keepends=True)


def put(journal: Journal, some: list[bytes]) -> list[str]:
    """Replace the lines of the file, and return the problems."""
    journal.file.write_bytes(b"".join(some))
    return verify(journal).problems


def test_as_it_was_written(journal: Journal) -> None:
    found = verify(journal)
    assert (found.entries, found.problems, found.remarks) == (5, [], [])
    assert found.last == journal.head()
    for path in journal.folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
    assert journal.folder.stat().st_mode & 0o777 == 0o700
    # Without graphrec: the hash that an entry repeats is that of the line before.
    hashed = "sed -n 2p journal.jsonl | head -c -1 | sha256sum"
    told = subprocess.run(["sh", "-c", hashed], cwd=journal.folder, capture_output=True, text=True, check=True).stdout
    assert json.loads(lines(journal)[2])["before"] == told.split()[0]


@pytest.mark.parametrize("place", range(5))
def test_an_entry_that_was_edited_is_named(journal: Journal, place: int) -> None:
    some = lines(journal)
    some[place] = some[place].replace(b'"forget"', b'"export"')
    assert put(journal, some) == [f"entry {place + 1} (line {place + 1}) was changed"]


@pytest.mark.parametrize("place", range(5))
def test_an_entry_that_was_removed_is_named(journal: Journal, place: int) -> None:
    some = lines(journal)
    del some[place]
    where = "at the end" if place == 4 else f"before line {place + 1}"
    assert put(journal, some) == [f"entry {place + 1} is missing {where}"]


@pytest.mark.parametrize(("left", "missing"), [(0, "entries 1 to 5 are"), (3, "entries 4 to 5 are"), (4, "entry 5 is")])
def test_what_was_cut_off_at_the_end_is_named(journal: Journal, left: int, missing: str) -> None:
    assert put(journal, lines(journal)[:left]) == [f"{missing} missing at the end"]
    journal.append(ENTRY)  # what comes later hides nothing
    assert verify(journal).problems == [f"{missing} missing before line {left + 1}"]


def test_entries_that_were_moved_are_named(journal: Journal) -> None:
    one, two, three, four, five = lines(journal)
    problems = put(journal, [one, three, two, four, five])
    assert "entry 2 (line 3) stands after entry 3" in problems
    assert put(journal, [one, two, two, three, four, five]) == ["entry 2 (line 3) stands after entry 2"]


def test_lines_that_were_put_in_are_named(journal: Journal) -> None:
    some = lines(journal)
    assert put(journal, [*some[:2], b"nothing\n", *some[2:]]) == ["line 3 is no entry"]
    assert put(journal, [*some, b"nothing\n"]) == ["line 6 is no entry"]
    forged = json.loads(some[4]) | {"number": 6, "before": Head(5, "").hash}
    assert put(journal, [*some, json.dumps(forged).encode() + b"\n"]) == ["entry 6 (line 6) was changed"]


def test_whoever_has_the_key_and_writes_all_anew_is_betrayed_by_the_hash_that_was_noted(
    journal: Journal, tmp_path: Path
) -> None:
    noted = verify(journal).last
    forged = Journal(tmp_path / "forged")
    forged.folder.mkdir()
    shutil.copy(journal.folder / "key", forged.folder / "key")
    for number in range(5):
        forged.append(ENTRY | {"id": f"a{number}", "did": "export"})
    assert verify(forged).problems == []
    assert verify(forged, noted).problems == ["entry 5 is not the one that was noted"]
    assert verify(Journal(tmp_path / "none"), noted).problems == ["entry 5, which was noted, is missing"]
    journal.append(ENTRY)
    assert verify(journal, noted).problems == []


def test_without_key_or_head(journal: Journal) -> None:
    (journal.folder / "head").unlink()
    assert "the head is missing" in verify(journal).problems[0]
    journal.append(ENTRY)
    assert verify(journal).problems == []
    (journal.folder / "key").unlink()
    assert verify(journal).problems == []
    some = lines(journal)
    some[1] = some[1].replace(b'"forget"', b'"export"')
    assert put(journal, some) == ["entry 2 (line 2) is not what entry 3 was written after"]


@pytest.mark.parametrize("size", [1, 40, -2])
def test_a_line_that_was_cut_off_is_told_and_breaks_nothing(journal: Journal, size: int) -> None:
    whole = lines(journal)
    extra = whole[-1][:size]
    with journal.file.open("ab") as file:
        file.write(extra)
    found = verify(journal)
    assert found.problems == []
    assert "cut off" in found.remarks[0]
    journal.append(ENTRY)
    found = verify(journal)
    assert found.problems == []
    assert found.remarks == ["line 6 was cut off while it was written"]
    assert found.entries == 6
    some = lines(journal)
    some[5] = b"{}\n"  # somebody tries to pass for one that was cut off
    assert put(journal, some) == ["line 6 is no entry"]


def test_a_line_that_lacks_its_end_alone_is_an_entry(journal: Journal) -> None:
    journal.append(ENTRY)
    journal.file.write_bytes(journal.file.read_bytes()[:-1])
    assert (verify(journal).entries, verify(journal).problems, verify(journal).remarks) == (6, [], [])
    journal.append(ENTRY)
    assert (verify(journal).entries, verify(journal).problems, verify(journal).remarks) == (7, [], [])


WRITER = """
import sys
from pathlib import Path
from graphrec.journal.file import Journal
journal = Journal(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(int(sys.argv[2])):
    entry = {"at": "2026-12-01", "id": f"{sys.argv[3]}{number}", "event": "begin", "pad": "x" * 3000}
    journal.append(entry, sync=False)
"""


def started(folder: Path, number: int, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WRITER, str(folder), str(number), name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_several_processes_write_one_after_the_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    for process in [started(journal.folder, 60, name) for name in "abc"]:
        process.communicate()
        assert process.returncode == 0
    found = verify(journal)
    assert (found.entries, found.problems, found.remarks) == (180, [], [])


@pytest.mark.long
def test_processes_that_are_killed_leave_a_chain(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    for turn in range(20):
        process = started(journal.folder, 100_000, f"k{turn}-")
        time.sleep(0.01 + 0.013 * turn)
        process.kill()
        process.communicate()
    journal.append(ENTRY)
    found = verify(journal)
    assert found.entries > 100
    assert found.problems == []


def test_where_it_cannot_be_written(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.getuid() == 0:
        blocked = Journal(journal.file / "below a file")
    else:
        journal.folder.chmod(0o500)
        blocked = Journal(journal.folder / "new")
    with pytest.raises(ResourceError) as refused:
        blocked.append(ENTRY)
    assert "[journal] folder" in str(refused.value.hint)


def test_an_entry_that_is_too_long_is_refused(journal: Journal) -> None:
    with pytest.raises(ResourceError, match="too long"):
        journal.append(ENTRY | {"users": ["x" * 100] * 200})
    assert verify(journal).problems == []

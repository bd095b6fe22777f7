"""Whether the journal is as it was written: nothing changed, removed, added or moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphrec.journal.entry import NOTHING, Line
from graphrec.journal.file import Head, Journal


@dataclass
class Verdict:
    """What was found.

    Attributes
    ----------
    entries
        Their number.
    problems
        Each names the entry, and the line of the file.
    remarks
        What is no sign of a change.
    last
        The last entry.
    """

    entries: int = 0
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    last: Head = field(default_factory=Head)

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict for JSON."""
        last = f"{self.last.number}:{self.last.hash}"
        return {"entries": self.entries, "intact": not self.problems, "last": last} | {
            "problems": self.problems,
            "remarks": self.remarks,
        }


def verify(journal: Journal, expected: Head | None = None) -> Verdict:
    """Read the whole journal and compare it with itself, with the head, and with an entry that was noted elsewhere."""
    found = Verdict()
    lines = list(journal.lines())
    keyed = journal.mark_of("") is not None
    if lines and not keyed:
        found.remarks.append("the key is missing: the hashes are compared, the marks are not")
    _chain(found, lines, journal if keyed else None)
    if journal.is_cut_off():
        found.remarks.append("the last line is cut off: a process was ended, or the disk was full, while it wrote")
    by_number = {line.number: line.hash for line in lines if line.entry is not None}
    _end(found, journal.head(), by_number)
    if expected is not None:
        if expected.number not in by_number:
            found.problems.append(f"entry {expected.number}, which was noted, is missing")
        elif by_number[expected.number] != expected.hash:
            found.problems.append(f"entry {expected.number} is not the one that was noted")
    return found


def _chain(found: Verdict, lines: list[Line], journal: Journal | None) -> None:
    last = Head()
    changed = False
    cut: list[tuple[int, str]] = []
    for place, line in enumerate(lines, 1):
        if line.entry is None:
            cut.append((place, line.hash))
            continue
        found.entries += 1
        entry, number, before = line.entry, line.number, changed
        told = entry.get("cut", [])
        found.problems += [f"line {at} is no entry" for at, one in cut if one not in told]
        found.remarks += [f"line {at} was cut off while it was written" for at, one in cut if one in told]
        if len(told) > len(cut):
            found.problems.append(f"line(s) before line {place} that were cut off are missing")
        cut = []
        changed = journal is not None and _is_changed(line, journal)
        if changed:
            found.problems.append(f"entry {number} (line {place}) was changed")
        found.problems += _order(number, place, last.number)
        follows = number == last.number + 1
        if follows and entry["before"] != last.hash and not changed and not before:
            if number == 1:
                found.problems.append("entry 1 (line 1) is not the first that was written")
            else:
                found.problems.append(
                    f"entry {last.number} (line {place - 1}) is not what entry {number} was written after"
                )
        last = Head(number, line.hash) if number > last.number else last
        found.last = last
    found.problems += [f"line {at} is no entry" for at, _ in cut]


def _is_changed(line: Line, journal: Journal) -> bool:
    marked = line.marked
    return marked is None or journal.mark_of(marked[0]) != marked[1]


def _order(number: int, place: int, last: int) -> Iterator[str]:
    if number > last + 1:
        yield f"{_some(last + 1, number - 1)} missing before line {place}"
    elif number <= last:
        yield f"entry {number} (line {place}) stands after entry {last}"


def _end(found: Verdict, head: Head | None, by_number: dict[int, str]) -> None:
    """Compare the end with what is kept of the last entry."""
    if head is None:
        if found.entries:
            found.problems.append("the head is missing: whether entries at the end are missing cannot be seen")
    elif head.number > found.last.number:
        found.problems.append(f"{_some(found.last.number + 1, head.number)} missing at the end")
    elif by_number.get(head.number, NOTHING) != head.hash:
        problem = f"entry {head.number} is not the one that was written"
        if not any(one.startswith(f"entry {head.number} (") for one in found.problems):
            found.problems.append(problem)


def _some(first: int, last: int) -> str:
    return f"entry {first} is" if first == last else f"entries {first} to {last} are"

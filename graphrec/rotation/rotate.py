"""Rotate the key of pseudonyms: the graph, the runs and the other files of a project get new pseudonyms.

The graph notes the new key first, so that nothing is loaded meanwhile, and last that the rotation is complete. After an
interruption, the same call goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from graphrec.common.errors import ConfigError, NotFoundError
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.write_lock import writing
from graphrec.ingest.spool import turns
from graphrec.pseudonyms.key import PseudonymKey, make_key, read_key
from graphrec.pseudonyms.noted import noted
from graphrec.pseudonyms.pseudonym import Pseudonyms
from graphrec.rotation.in_files import drop_derived, holding, rewrite
from graphrec.rotation.in_graph import relabel_events, relabel_users

BATCH = 5_000


class Rotation(msgspec.Struct, frozen=True, rename="camel"):
    """What a rotation did.

    Attributes
    ----------
    before, now
        Fingerprints of the keys.
    users, event_keys
        Numbers of ids and of keys of events that were relabelled in Neo4j by this call.
    files
        Files that were rewritten.
    removed
        What was removed, in words.
    left
        Files that still hold older pseudonyms, and that graphrec does not know how to rewrite.
    """

    before: str
    now: str
    users: int
    event_keys: int
    files: list[str]
    removed: list[str]
    left: list[str]

    def text(self) -> str:
        """Return it for a person."""
        said = [f"pseudonyms are under the key {self.now} now, no longer {self.before}"]
        said += [f"  users relabelled  {self.users:,}", f"  keys of events    {self.event_keys:,}"]
        said += [f"rewritten: {file}" for file in self.files] + [f"removed: {one}" for one in self.removed]
        said += [f"holds older pseudonyms, and was not rewritten: {file}" for file in self.left]
        return "\n".join(said)


def rotate(
    db: Database, settings: Settings, old: Path, new: Path, done: Callable[[str, int], object] = lambda _, __: None
) -> Rotation:
    """Rotate from the key in one file to that in another, which is made unless an interrupted rotation has made it.

    Parameters
    ----------
    done
        Called with what was relabelled or rewritten, and how many, after each step.

    Raises
    ------
    NotFoundError
        The ids of the graph are no pseudonyms.
    ConfigError
        The old key is not that of the graph, or the new one does not follow it.
    InputError
        A file cannot be rewritten, or the new key cannot be written.
    DatabaseError
        Neo4j refuses or is unreachable.
    """
    before = read_key(old)
    with writing(db, "pseudonyms rotate"), turns(settings.home):
        _check(db, before, new)
        after = read_key(new) if new.exists() else make_key(new, before)
        found = noted(db)
        assert found is not None
        if not after.follows(before) or found.next not in (None, after.fingerprint):
            raise ConfigError(
                f"{new} holds the key {after.fingerprint}, which does not continue this rotation",
                hint="name the file that the interrupted rotation made, or one that does not exist yet",
            )
        if found.next is None:
            db.write(queries.load("pseudonyms/begin"), fingerprint=before.fingerprint, next=after.fingerprint)
        pseudonyms = Pseudonyms(after)
        counts = {}
        for name, relabel in (("users", relabel_users), ("events", relabel_events)):
            counts[name] = 0
            for number in relabel(db, settings.graph, pseudonyms, BATCH):
                counts[name] += number
                done(name, number)
        removed = drop_derived(settings)
        files = []
        for file in rewrite(settings, pseudonyms):
            files.append(str(file))
            done("files", 1)
        left = [str(file) for file in holding(settings, before.generation)]
        db.write(queries.load("pseudonyms/finish"), fingerprint=after.fingerprint)
    return Rotation(before.fingerprint, after.fingerprint, counts["users"], counts["events"], files, removed, left)


def _check(db: Database, before: PseudonymKey, new: Path) -> None:
    found = noted(db)
    if found is None:
        raise NotFoundError(
            "the ids of users in this graph are no pseudonyms", hint="load with --pseudonymise into an empty database"
        )
    if found.fingerprint == before.fingerprint:
        return
    if new.exists() and read_key(new).fingerprint == found.fingerprint:
        raise ConfigError(
            f"the rotation is complete: pseudonyms are under the key {found.fingerprint} of {new}",
            hint=f"set [privacy] pseudonym_key to {new}",
        )
    raise ConfigError(
        f"the pseudonyms of this graph are under the key {found.fingerprint}, not {before.fingerprint}",
        hint="`graphrec pseudonyms fingerprint FILE` says which key a file holds",
    )

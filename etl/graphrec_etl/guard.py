"""What loading does to people's data: pseudonyms in the place of ids, and texts without what names people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from graphrec.common.crash_log import withhold
from graphrec.common.errors import InputError
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.graph.names import personal
from graphrec.graph.vocabulary import BIRTH
from graphrec.pseudonyms.door import open_door
from graphrec.pseudonyms.key import PseudonymKey
from graphrec.pseudonyms.pseudonym import canonical, generation
from graphrec.scrubbing.scrub import KINDS, Scrubber
from graphrec_etl.model import Nodes, Tables
from graphrec_etl.values import words


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What stands in messages and reject files for a value that may be anybody's.
WITHHELD = "(withheld)"
#: Words of users' properties that are left out too, besides those that :func:`graphrec.graph.names.personal` knows.
_NAMING = BIRTH | _words("username nickname login street ip card latitude longitude")
#: Words of labels of nodes that are what people write.
_WRITTEN = _words("search searches query queries post posts review reviews comment comments message messages")


class AboutUserError(InputError):
    """A file cannot be used, and the message names users.

    Parameters
    ----------
    message, hint
        As of every error.
    users
        Their ids, as they stand in the message between quotation marks.
    """

    def __init__(self, message: str, *, hint: str | None = None, users: Sequence[str]) -> None:
        super().__init__(message, hint=hint)
        self.users = tuple(users)


class Guard:
    """Changes what is loaded; without key and scrubber, nothing.

    Parameters
    ----------
    settings
        The project's settings.
    key_file
        File with the key of pseudonyms; None: the project's, if it has one.
    scrub
        Whether to scrub texts although the settings do not say so.

    Raises
    ------
    ConfigError
        The key cannot be used.
    LibraryError
        Texts are to be scrubbed, and ``graphrec[privacy]`` is not installed.
    """

    def __init__(self, settings: Settings, key_file: Path | None = None, *, scrub: bool = False) -> None:
        self._door = open_door(settings, key_file)
        privacy = settings.privacy
        wanted = scrub or privacy.scrub or self.key is not None
        self._scrubber = Scrubber(privacy.phone_regions, names=privacy.scrub_names) if wanted else None
        self._shared = settings.graph.shared

    @property
    def key(self) -> PseudonymKey | None:
        """The key of pseudonyms."""
        return self._door.pseudonyms.key if self._door.pseudonyms else None

    @property
    def scrubbed(self) -> dict[str, int] | None:
        """Kind → number of places that were taken out of texts; None: nothing was looked for."""
        return None if self._scrubber is None else {kind: self._scrubber.counts[kind] for kind in KINDS}

    def user(self, given: Any) -> str:
        """Return the id of a user as it may be written."""
        return str(self._door.user(given)) if str(given).strip() else ""

    def shown(self, value: Any) -> Any:
        """Return a value as it may be written into a message or a reject file.

        With pseudonyms none may: in a row that is wrong, any cell can hold an id. Its file and line say where it is.
        """
        if self.key is not None:
            return WITHHELD if str(value) else value
        return self.told(value)

    def told(self, text: Any) -> Any:
        """Return a text without what names people, which is not counted."""
        if self._scrubber is None or not isinstance(text, str):
            return text
        before = Counter(self._scrubber.counts)
        found = self._scrubber.text(text)
        self._scrubber.counts = before
        return found

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Put pseudonyms into the messages of errors that name users; of errors nobody foresaw, keep no message.

        Raises
        ------
        InputError
            The error, changed.
        """
        try:
            yield
        except AboutUserError as error:
            if self.key is None:
                raise
            message = error.message
            for user in error.users:
                message = message.replace(repr(user), repr(self.user(user)))
            raise InputError(message, hint=error.hint) from None
        except Exception as error:  # nobody foresaw it, and it may quote a cell
            if self.key is not None:
                withhold(error)
            raise

    def text(self, value: Any) -> Any:
        """Return free text as it is stored, and count what is taken out."""
        return value if self._scrubber is None else self._scrubber.value(value)

    def author(self, given: str | None) -> str | None:
        """Return the id of a user as it is stored.

        Raises
        ------
        ValueError
            It is a pseudonym already.
        """
        if given is None or self.key is None:
            return given
        if generation(given):
            raise ValueError("is a pseudonym already: load the original ids, or leave out the key")
        return self.user(given)

    def tables(self, tables: Tables, schema: GraphSchema) -> None:
        """Change tables that have been read: ids, users' properties, and what users write.

        That is text of behaviours, and of nodes in the place of items that are called searches, posts or the like.
        Titles, descriptions and other properties of a catalogue stay.

        Raises
        ------
        InputError
            Ids are pseudonyms already.
        """
        if self.key is not None:
            raw = list(tables.users.codes)
            self._rename(tables.users)
            if self._shared:
                self._rename(tables.items)
            self._own(tables, raw)
        for properties in tables.users.properties:
            for name, value in properties.items():
                properties[name] = self.text(value)
        if any(_WRITTEN & set(words(label)) for label in schema.item.labels):
            self._texts(tables)
        for edges in tables.edges:
            if edges.start == "user":
                for column in edges.properties.values():
                    if column.dtype == object:
                        column[:] = _objects([self.text(value) for value in column.tolist()])

    def _texts(self, tables: Tables) -> None:
        """Scrub the texts of nodes in the place of items; where the text is the key, equal ones become one node."""
        if self._scrubber is None:
            return
        before, tables.items = tables.items, Nodes(integers=tables.items.integers)
        now = np.empty(len(before), np.int32)
        for (key, code), properties in zip(before.codes.items(), before.properties, strict=True):
            new = self.text(key)
            now[code] = tables.items.add(new)
            kept = {name: new if value == key else self.text(value) for name, value in properties.items()}
            tables.items.properties[now[code]] |= kept
        tables.edges = [
            replace(edges, tails=now[edges.tails]) if edges.end == "item" else edges for edges in tables.edges
        ]

    def _rename(self, nodes: Nodes) -> None:
        again = next((name for name in nodes.codes if generation(name)), None)
        if again is not None:
            raise InputError(
                f"the id {again} is a pseudonym already", hint="load the original ids, or leave out the key"
            )
        nodes.codes = {self.user(name): code for name, code in nodes.codes.items()}

    def _own(self, tables: Tables, raw: list[str]) -> None:
        """Leave out users' properties that name them, and cells that repeat their ids."""
        dropped: Counter[str] = Counter()
        for code, properties in enumerate(tables.users.properties):
            for name in list(properties):
                if names_somebody(name) or canonical(properties[name]) == raw[code]:
                    del properties[name]
                    dropped[name] += 1
        for edges in tables.edges:
            if edges.start != "user":
                continue
            for column in edges.properties.values():
                if column.dtype == object:
                    pairs = zip(column.tolist(), edges.heads.tolist(), strict=True)
                    same = [self.user(one) if _is(one, raw[head]) else one for one, head in pairs]
                    column[:] = _objects(same)
        if dropped:
            told = ", ".join(f"{name} ({n:,})" for name, n in sorted(dropped.items()))
            tables.notes.append(f"properties of users that name them are left out: {told}")


def names_somebody(name: str) -> bool:
    """Return whether a property of a user names the person at once, so that loading with pseudonyms leaves it out.

    >>> [names_somebody(name) for name in ("email", "fullName", "Nachname", "客户姓名", "birth_date", "userName")]
    [True, True, True, True, True, True]
    >>> [names_somebody(name) for name in ("age", "gender", "zipCode", "memberSince")]
    [False, False, False, False]
    """
    return personal(name) or bool(_NAMING & {*words(name), name.lower()})


def _is(value: Any, raw: str) -> bool:
    return isinstance(value, str) and canonical(value) == raw


def _objects(values: list[Any]) -> np.ndarray[Any, np.dtype[np.object_]]:
    found = np.empty(len(values), object)
    found[:] = values
    return found

"""What comes in of people: pseudonyms in the place of ids, and words of searches without what names people."""

from __future__ import annotations

from threading import Lock

from msgspec.structs import replace

from graphrec.config.settings import Settings
from graphrec.ingest.event import Event, Impression
from graphrec.pseudonyms.door import open_door
from graphrec.pseudonyms.key import PseudonymKey
from graphrec.scrubbing.scrub import Scrubber


class Incoming:
    """Changes events and impressions before anything keeps them, as ``[privacy]`` says.

    Raises
    ------
    ConfigError
        The key of pseudonyms cannot be used.
    LibraryError
        Texts are to be scrubbed, and ``graphrec[privacy]`` is not installed.
    """

    def __init__(self, settings: Settings) -> None:
        self._door, privacy = open_door(settings), settings.privacy
        self._scrubber = Scrubber(privacy.phone_regions, names=privacy.scrub_names) if privacy.scrub else None
        self._counting = Lock()

    @property
    def key(self) -> PseudonymKey | None:
        """The key of pseudonyms."""
        return self._door.pseudonyms.key if self._door.pseudonyms else None

    def event(self, event: Event) -> Event:
        """Return an event as it may be kept."""
        text = event.text
        if self._scrubber is not None and isinstance(text, str):
            with self._counting:
                text = self._scrubber.text(text)
        return replace(event, user=self._door.user(event.user), key=self._door.event_key(event.key), text=text)

    def impression(self, given: Impression) -> Impression:
        """Return an impression as it may be kept."""
        return replace(given, user=self._door.user(given.user), key=self._door.event_key(given.key))

"""End a text before the first of a few given texts, while it comes in pieces."""

from __future__ import annotations

from collections.abc import Sequence


class StopTexts:
    """Passes pieces on, and holds back what may be the beginning of a stop text.

    Examples
    --------
    >>> text = StopTexts(["END"])
    >>> text.add("one E"), text.add("two EN"), text.add("D three"), text.stopped
    ('one ', 'Etwo ', '', True)
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._held = ""
        self.stopped = False

    def add(self, piece: str) -> str:
        """Return what can be shown after a further piece."""
        self._held += piece
        found = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            shown, self._held = self._held[: min(found)], ""
            return shown
        most = max((len(stop) - 1 for stop in self._stops), default=0)
        held = next(
            (n for n in range(min(most, len(self._held)), 0, -1) if self._begins(self._held[-n:])),
            0,
        )
        cut = len(self._held) - held
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def rest(self) -> str:
        """Return what was held back, at the end of the text."""
        held, self._held = self._held, ""
        return held

    def _begins(self, end: str) -> bool:
        return any(stop.startswith(end) for stop in self._stops)
